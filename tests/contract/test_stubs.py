"""The committed stubs and descriptors are what protos/ generates, and the protos are linted and documented."""

import re
import subprocess
import sysconfig
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
BIN = Path(sysconfig.get_path("scripts"))
PROTOS = sorted((ROOT / "protos").rglob("*.proto"))
DESCRIBED = ROOT / "gateway" / "rest" / "api.binpb"


def generated(under: Path) -> dict[str, bytes]:
    api = under / "creditrisk" / "api"
    return {
        path.relative_to(api).as_posix(): path.read_bytes()
        for path in sorted(api.rglob("*_pb2*.py*"))
        if path.suffix in {".py", ".pyi"}
    }


def test_regenerating_the_stubs_changes_nothing(tmp_path: Path) -> None:
    dry = ["make", "--no-print-directory", "-n", "-o", ".venv/.locked", "protos"]
    recipe = subprocess.run(dry, cwd=ROOT, capture_output=True, text=True, check=True)
    command = recipe.stdout.replace("\\\n", " ").replace(".venv/bin/", f"{BIN}/")
    command = command.replace("_out=.", f"_out={tmp_path}").replace(":. ", f":{tmp_path} ")
    command = command.replace("_out=gateway/rest/", f"_out={tmp_path}/")
    assert command.count(str(tmp_path)) == 5, command
    subprocess.run(command.split(), cwd=ROOT, check=True, capture_output=True)
    fresh, committed = generated(tmp_path), generated(ROOT)
    assert sorted(fresh) == sorted(committed), "run `make protos` and commit; remove stubs of protos that are gone"
    changed = [name for name in fresh if fresh[name] != committed[name]]
    assert not changed, "run `make protos` and commit"
    assert len(fresh) == 4 * len(PROTOS)
    described = (tmp_path / DESCRIBED.name).read_bytes()
    assert described == DESCRIBED.read_bytes(), "run `make protos` and commit"


def test_every_generated_folder_is_a_package() -> None:
    folders = {path.parent for path in (ROOT / "creditrisk" / "api").rglob("*_pb2.py")}
    packages = {parent for folder in folders for parent in (folder, *folder.parents) if "api" in parent.parts}
    assert not [folder for folder in packages if not (folder / "__init__.py").is_file()]


@pytest.mark.parametrize("arguments", [["lint"], ["format", "--diff", "--exit-code"]], ids=["lint", "format"])
def test_buf_has_nothing_to_say(arguments: list[str]) -> None:
    found = subprocess.run([BIN / "buf", *arguments], cwd=ROOT, capture_output=True, text=True, check=False)
    assert found.returncode == 0, found.stdout + found.stderr


def undocumented(proto: str) -> list[str]:
    """Declarations of a formatted proto with no comment above them; an empty request speaks for itself."""
    found = []
    above = ""
    message = ""
    for line in map(str.strip, proto.splitlines()):
        if re.match(r"(service|message|enum|oneof|rpc) |[\w. ]+ = \d+;", line):
            if opened := re.match(r"message (\w+)", line):
                message = opened[1]
            # A method's comment is the contract of its own request and response.
            method_s_own = re.match(r"message \w+(Request|Response|Result) \{", line)
            if not above.startswith("//") and not method_s_own:
                found.append(f"{message}: {line}")
        above = line
    return found


@pytest.mark.parametrize("path", PROTOS, ids=lambda path: path.stem)
def test_every_declaration_has_a_comment(path: Path) -> None:
    assert undocumented(path.read_text(encoding="utf-8")) == []


def test_a_missing_comment_is_found() -> None:
    message = "// A.\nmessage A {\n  int32 b = 1;\n  // C.\n  optional int64 c = 2;\n}\n"
    proto = f"{message}\nservice S {{\n  rpc D(E) returns (F);"
    assert undocumented(proto) == ["A: int32 b = 1;", "A: service S {", "A: rpc D(E) returns (F);"]

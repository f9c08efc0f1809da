"""``python -m gateway.login`` writes what the gateway reads."""

import os
import pty
import subprocess
import sys
from pathlib import Path

import pytest

from gateway.login.passwords import HASHER
from gateway.login.users import Role, read

PASSWORD = "a password of the teller"  # noqa: S105 - the tests' own


def command(*arguments: str, password: str = PASSWORD) -> "subprocess.CompletedProcess[str]":
    return subprocess.run(
        [sys.executable, "-m", "gateway.login", *arguments],
        input=f"{password}\n",
        capture_output=True,
        text=True,
        check=False,
    )


def add(file: Path, name: str, role: str, password: str = PASSWORD) -> "subprocess.CompletedProcess[str]":
    return command("add", name, "--role", role, "--users", str(file), "--password-stdin", password=password)


def test_users_are_added_changed_and_removed_and_comments_stay(tmp_path: Path) -> None:
    file = tmp_path / "users"
    file.write_text("# tellers\n", encoding="utf-8")
    file.chmod(0o644)
    for name, role in (("ana", "analyst"), ("vic", "viewer"), ("zoe@bank.example", "viewer")):
        added = add(file, name, role)
        assert (added.returncode, added.stderr) == (0, "")
    assert file.stat().st_mode & 0o777 == 0o600
    first = read(file)["ana"].hash
    assert HASHER.verify(first, PASSWORD)
    assert first.startswith("$argon2id$")
    changed = add(file, "ana", "viewer", "another password")
    assert "another password" in changed.stdout  # In words, not the password itself.
    assert read(file)["ana"].user.role is Role.VIEWER
    assert HASHER.verify(read(file)["ana"].hash, "another password")
    assert command("remove", "vic", "--users", str(file)).returncode == 0
    assert list(read(file)) == ["ana", "zoe@bank.example"]
    assert file.read_text(encoding="utf-8").startswith("# tellers\n")
    assert [one.name for one in tmp_path.iterdir()] == ["users"]


@pytest.mark.parametrize(
    ("name", "password", "says"),
    [
        ("ana", "too short", "12 to 256 characters"),
        ("ana", "x" * 257, "12 to 256"),
        ("a:b", PASSWORD, "the name must have"),
    ],
)
def test_what_cannot_be_is_refused_in_one_line(tmp_path: Path, name: str, password: str, says: str) -> None:
    ended = add(tmp_path / "users", name, "viewer", password)
    assert ended.returncode == 1
    (line,) = ended.stderr.splitlines()
    assert says in line
    assert password not in line
    assert not (tmp_path / "users").exists()


def test_no_such_user_file_or_folder(tmp_path: Path) -> None:
    assert "No such file" in command("remove", "ana", "--users", str(tmp_path / "users")).stderr
    add(tmp_path / "users", "ana", "viewer")
    assert "has no user vic" in command("remove", "vic", "--users", str(tmp_path / "users")).stderr
    assert "cannot be written" in add(tmp_path / "none" / "users", "ana", "viewer").stderr


@pytest.mark.parametrize(("again", "code"), [(PASSWORD, 0), ("another password", 1)])
def test_a_person_is_asked_twice_and_sees_nothing(tmp_path: Path, again: str, code: int) -> None:
    ours, its = pty.openpty()
    arguments = ("add", "ana", "--role", "viewer", "--users", str(tmp_path / "users"))
    with subprocess.Popen(
        [sys.executable, "-m", "gateway.login", *arguments], stdin=its, stdout=its, stderr=its, start_new_session=True
    ) as process:
        shown = b""
        for question, answer in ((b"Password: ", PASSWORD), (b"again: ", again)):
            while not shown.endswith(question):
                shown += os.read(ours, 1_024)
            os.write(ours, f"{answer}\n".encode())
        assert process.wait(30) == code
    os.close(its)
    os.close(ours)
    assert PASSWORD.encode() not in shown
    assert (tmp_path / "users").exists() == (code == 0)

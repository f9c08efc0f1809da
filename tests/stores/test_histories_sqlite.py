"""Histories in a SQLite file: what is beside the file, who may read it, what it never overwrites."""

import os
import sqlite3
import subprocess
import sys
import tempfile
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import pytest

from creditrisk.errors import InvalidHistories, InvalidSettings, Unavailable
from tests.databases import NOBODY
from tests.stores.sets import faults, read, write

READ_WITHOUT_RIGHTS = """
import os, sys
from tests.stores.sets import faults, read
if os.geteuid() == 0:
    os.setuid(int(sys.argv[2]))
print(faults(read(sys.argv[1]), [1]))
"""


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "histories.db"


@pytest.fixture
def url(file: Path) -> str:
    return f"sqlite:///{file}"


def test_a_reader_needs_no_right_to_write() -> None:
    with tempfile.TemporaryDirectory(prefix="histories-") as name:
        folder = Path(name)
        url = f"sqlite:///{folder / 'histories.db'}"
        write(url, 1)
        folder.chmod(0o555)
        done = subprocess.run(
            [sys.executable, "-c", READ_WITHOUT_RIGHTS, url, str(NOBODY)], check=True, capture_output=True, text=True
        )
        assert done.stdout == "[]\n"
        assert sorted(one.name for one in folder.iterdir()) == ["histories.db", "histories.db.lock"]
        if os.geteuid() != 0:
            with pytest.raises(Unavailable, match="Permission denied"):
                write(url, 2)
        folder.chmod(0o755)


def other_database(path: Path) -> None:
    with closing(sqlite3.connect(path)) as connection:
        connection.execute("CREATE TABLE decisions (prediction_id TEXT)")


@pytest.mark.parametrize("make", [other_database, Path.touch, lambda path: path.write_text("a letter")])
def test_a_file_of_something_else_is_neither_read_nor_overwritten(
    file: Path, url: str, make: Callable[[Path], None]
) -> None:
    make(file)
    before = file.read_bytes()
    with pytest.raises(InvalidSettings, match=r"HISTORIES_URL: .*histories\.db is no store of histories"):
        read(url)
    with pytest.raises(InvalidSettings, match="no store of histories"):
        write(url, 1)
    assert file.read_bytes() == before


@pytest.mark.parametrize(
    "damage",
    [
        lambda whole: whole[:4096],
        lambda whole: whole[:4096] + b"\0" * (len(whole) - 4096),
        lambda whole: whole[:-2] + bytes([whole[-2] ^ 1]) + whole[-1:],  # one bit of one vector
    ],
)
def test_a_damaged_file_is_said_to_be(file: Path, url: str, damage: Callable[[bytes], bytes]) -> None:
    write(url, 1)
    file.write_bytes(damage(file.read_bytes()))
    with pytest.raises(InvalidHistories, match=r"damaged.*; run python -m trainer materialize"):
        read(url)
    write(url, 2)
    assert not faults(read(url), [2])


def test_folders_are_made(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path / 'some' / 'where' / 'histories.db'}"
    assert read(url).as_of is None
    write(url, 1)
    assert not faults(read(url), [1])


def test_a_link_stays_one(tmp_path: Path, file: Path, url: str) -> None:
    (tmp_path / "elsewhere").mkdir()
    target = tmp_path / "elsewhere" / "real.db"
    file.symlink_to(target)
    write(url, 1)
    write(url, 2)
    assert file.is_symlink()
    assert not faults(read(f"sqlite:///{target}"), [2])

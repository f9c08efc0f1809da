"""The users file: what is in it, what is wrong with it, and that its last state counts."""

import os
from pathlib import Path

import pytest

from creditrisk.errors import InvalidSettings
from gateway.login.users import Role, User, Users, read
from tests.gateway.login.site import QUICK, UsersFile

HASH = QUICK.hash("planted-password-4711")


def test_users_are_read_with_comments_and_empty_lines(users: UsersFile) -> None:
    found = read(users.path)
    assert {entry.user for entry in found.values()} == {User("ana", Role.ANALYST), User("vic", Role.VIEWER)}
    assert HASH.split("$")[-1] not in repr(found)
    assert users.hashes["ana"] not in repr(found)


@pytest.mark.parametrize(
    ("line", "says"),
    [
        ("ana", "must be name:role:hash"),
        (HASH, "must be name:role:hash"),
        ("planted-password-4711:", "must be name:role:hash"),
        (f"ana b:viewer:{HASH}", "must be name:role:hash"),
        (f"{'a' * 65}:viewer:{HASH}", "must be name:role:hash"),
        (f"ana:admin:{HASH}", "the role of ana must be viewer or analyst"),
        ("ana:viewer:planted-password-4711", "the hash of ana is none of argon2id"),
        (f"ana:viewer:{HASH[:40]}", "the hash of ana is none of argon2id"),
        (f"ana:viewer:{HASH.replace('argon2id', 'argon2i')}", "the hash of ana is none of argon2id"),
        ("ana:viewer:$2y$05$abcdefghijklmnopqrstuv", "the hash of ana is none of argon2id"),
        (f"vic:viewer:{HASH}", "vic is there twice"),
    ],
    # The hash is new in each of the tests' processes, which must agree on the names.
    ids=range(11),
)
def test_a_wrong_line_is_named_and_not_shown(tmp_path: Path, line: str, says: str) -> None:
    file = tmp_path / "users"
    file.write_text(f"# first\nvic:viewer:{HASH}\n\n{line}\n", encoding="utf-8")
    with pytest.raises(InvalidSettings, match=f"users, line 4: {says}") as caught:
        Users(file)
    assert "planted" not in str(caught.value)
    assert "$" not in str(caught.value)


def test_a_file_that_cannot_be_read(tmp_path: Path) -> None:
    with pytest.raises(InvalidSettings, match="No such file"):
        Users(tmp_path / "none")
    with pytest.raises(InvalidSettings, match="Is a directory"):
        Users(tmp_path)
    (tmp_path / "users").write_bytes(b"\xff\xfe")
    with pytest.raises(InvalidSettings, match="UTF-8"):
        Users(tmp_path / "users")


def test_the_last_state_counts(users: UsersFile) -> None:
    found = Users(users.path)
    assert found.find("ana") is not None
    users.write(vic="analyst")
    assert found.find("ana") is None
    changed = found.find("vic")
    assert changed is not None
    assert changed.user.role is Role.ANALYST


def test_a_file_that_becomes_wrong_lets_nobody_in_until_it_is_mended(users: UsersFile) -> None:
    found = Users(users.path)
    users.path.write_text("ana", encoding="utf-8")
    assert (found.find("vic"), found.broken) == (None, True)
    users.path.unlink()
    assert (found.find("vic"), found.broken) == (None, True)
    users.write(vic="viewer")
    assert found.find("vic")
    assert not found.broken


def test_a_change_within_one_tick_of_the_clock_is_seen(users: UsersFile) -> None:
    found = Users(users.path)
    before = users.path.stat()
    other = UsersFile(users.path.with_name("other"))
    other.hashes = users.hashes
    other.write(ana="viewer", vic="analyst")
    os.utime(other.path, ns=(before.st_atime_ns, before.st_mtime_ns))
    other.path.replace(users.path)
    assert users.path.stat().st_size == before.st_size
    changed = found.find("ana")
    assert changed is not None
    assert changed.user.role is Role.VIEWER

"""Write a file of users who sign in by password: ``python -m gateway.login add | remove``."""

import argparse
import getpass
import os
import sys
import tempfile
from pathlib import Path

from creditrisk.errors import CreditRiskError, InvalidSettings
from gateway.login.passwords import hash_password
from gateway.login.users import NAME, Role, read, says_nothing


def main() -> None:
    """Do what the command line says; exit 1 with one clear line where it cannot be done."""
    parser = argparse.ArgumentParser(prog="python -m gateway.login", description=__doc__)
    commands = parser.add_subparsers(dest="command", required=True)
    add = commands.add_parser("add", help="add a user, or change role and password of one")
    add.add_argument("--role", required=True, choices=list(map(str, Role)), help="what the user may do")
    add.add_argument("--password-stdin", action="store_true", help="read the password from standard input")
    remove = commands.add_parser("remove", help="remove a user, whose session ends with that")
    for command in (add, remove):
        command.add_argument("name", help="what the user signs in by")
        command.add_argument("--users", type=Path, required=True, help="the file, as in the setting USERS")
    given = parser.parse_args()
    try:
        if given.command == "add":
            _add(given.users, given.name, given.role, from_stdin=given.password_stdin)
        else:
            _remove(given.users, given.name)
    except CreditRiskError as error:
        sys.exit(f"gateway.login: {error}")


def _add(file: Path, name: str, role: str, *, from_stdin: bool) -> None:
    if not NAME.fullmatch(name):
        raise InvalidSettings("the name must have 1 to 64 letters, digits and . _ @ + -, a letter or digit first")
    known = file.exists() and name in read(file)
    hashed = hash_password(sys.stdin.readline().rstrip("\r\n") if from_stdin else _ask())
    _write(file, name, f"{name}:{role}:{hashed}")
    print(f"{name} is {role} now, with another password" if known else f"{name} may sign in as {role}")


def _remove(file: Path, name: str) -> None:
    if name not in read(file):
        raise InvalidSettings(f"{file} has no user {name}")
    _write(file, name, None)
    print(f"{name} may no longer sign in")


def _ask() -> str:
    password = getpass.getpass("Password: ")
    if getpass.getpass("The same again: ") != password:
        raise InvalidSettings("these are two passwords; nothing was changed")
    return password


def _write(file: Path, name: str, line: str | None) -> None:
    """Put ``line`` in the place of the user's, or leave that out; whoever reads finds the old file or the new one."""
    lines = file.read_text(encoding="utf-8").splitlines() if file.exists() else []
    places = [at for at, old in enumerate(lines) if not says_nothing(old) and old.strip().split(":")[0] == name]
    at = places[0] if places else len(lines)
    lines[at : at + 1] = [] if line is None else [line]
    try:
        # The name of a temporary file is its owner's alone, mode 0600.
        with tempfile.NamedTemporaryFile(
            "w", dir=file.parent, prefix=f".{file.name}.", encoding="utf-8", delete=False
        ) as new:
            new.writelines(f"{one}\n" for one in lines)
            new.flush()
            os.fsync(new.fileno())
        Path(new.name).replace(file)
    except OSError as error:
        raise InvalidSettings(f"{file}: cannot be written ({error.strerror})") from error


if __name__ == "__main__":
    main()

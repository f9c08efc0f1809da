"""People, their roles, and the file of those who sign in by password.

One line a user: ``name:role:hash``, the hash by argon2id. Empty lines and lines that begin with # say nothing.
``python -m gateway.login`` writes such files.
"""

import logging
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import Final

from argon2 import Type, extract_parameters
from argon2.exceptions import InvalidHashError

from creditrisk.errors import InvalidSettings

log = logging.getLogger("login")

NAME: Final = re.compile(r"[A-Za-z0-9][A-Za-z0-9._@+-]{0,63}")


class Role(StrEnum):
    """What a person may do on the page."""

    VIEWER = "viewer"
    """Look at recorded decisions, monitoring and model, and simulate."""
    ANALYST = "analyst"
    """Also score applications, which decides and records."""


@dataclass(frozen=True, slots=True)
class User:
    """A person who has signed in."""

    name: str
    role: Role


@dataclass(frozen=True, slots=True)
class Entry:
    """A line of the file; the hash is shown nowhere."""

    user: User
    hash: str

    def __repr__(self) -> str:
        return f"Entry({self.user!r})"


class Users:
    """The users of a file, as it is now."""

    def __init__(self, file: Path) -> None:
        """Read ``file``.

        Raises:
            InvalidSettings: it cannot be read, or a line is wrong; the text names it and the mend.
        """
        self._file = file
        self.broken = False
        """Whether the file has become wrong."""
        self._version = self._look()
        self._entries = read(file)

    def find(self, name: str) -> Entry | None:
        """The user of that name, or None.

        A file that has become wrong has no users until it is mended: its last state could let in who was just removed.
        """
        version = self._look()
        if version != self._version:
            self._version = version
            try:
                self._entries, self.broken = read(self._file), False
                log.info("users read anew", extra={"users": len(self._entries)})
            except InvalidSettings as error:
                self._entries, self.broken = {}, True
                log.error("nobody can sign in by password: %s", error)  # noqa: TRY400 - the text says all
        return self._entries.get(name)

    def _look(self) -> tuple[int, ...]:
        """What differs once the file is another."""
        try:
            found = self._file.stat()
        except OSError:
            return ()
        return found.st_mtime_ns, found.st_size, found.st_ino


def read(file: Path) -> Mapping[str, Entry]:
    """The file's users by name.

    Raises:
        InvalidSettings: see ``Users``.
    """
    try:
        lines = file.read_text(encoding="utf-8").splitlines()
    except OSError as error:
        raise InvalidSettings(f"USERS {file}: cannot be read ({error.strerror})") from error
    except UnicodeDecodeError as error:
        raise InvalidSettings(f"USERS {file}: is not in UTF-8") from error
    entries: dict[str, Entry] = {}
    for number, line in enumerate(lines, 1):
        if says_nothing(line):
            continue
        wrong, entry = _parse(line.strip(), entries)
        if entry is None:
            raise InvalidSettings(f"USERS {file}, line {number}: {wrong}")
        entries[entry.user.name] = entry
    return entries


def says_nothing(line: str) -> bool:
    """Whether a line of the file is empty or a comment."""
    return not line.strip() or line.lstrip().startswith("#")


def _parse(line: str, known: Iterable[str]) -> tuple[str, Entry | None]:
    """What is wrong with a line, or its user. A name that is none is not told: it may be a password or hash."""
    name, _, rest = line.partition(":")
    role, _, hashed = rest.partition(":")
    if not NAME.fullmatch(name) or not role or not hashed:
        return "must be name:role:hash, the name of 1 to 64 letters, digits and . _ @ + -", None
    if name in known:
        return f"{name} is there twice; leave one", None
    if role not in set(Role):
        return f"the role of {name} must be {' or '.join(Role)}", None
    try:
        sound = extract_parameters(hashed).type is Type.ID
    except (InvalidHashError, ValueError):
        sound = False
    if not sound:
        return f"the hash of {name} is none of argon2id; set it with python -m gateway.login add", None
    return "", Entry(User(name, Role(role)), hashed)

"""The file of users: JSON, a name with its role and hashed password each; replaced whole, never in part."""

from __future__ import annotations

import json
import os
import threading
import unicodedata
from collections.abc import Mapping
from dataclasses import asdict, dataclass, replace
from pathlib import Path

from rag.errors import SettingsError, UsageError
from ui.people import ROLES, Person, Role
from ui.users.passwords import MAX_CHARS, MIN_CHARS, hash_password, nobodys, password_matches

_NAME_CHARS = 64


@dataclass(frozen=True, slots=True, kw_only=True)
class User:
    """What the file says of a name; without a password only a reverse proxy can vouch for it."""

    role: Role
    password: str = ""


class UserBook:
    """The users of a file, read again whenever the file has changed."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._seen: tuple[int, int, int] | None = None
        self._users: Mapping[str, User] = {}
        self._lock = threading.Lock()

    def users(self) -> Mapping[str, User]:
        """Everyone in the file by name; nobody if there is no file.

        Raises:
            SettingsError: the file is not what the command writes.
        """
        with self._lock:
            try:
                stat = self._path.stat()
            except FileNotFoundError:
                self._users, self._seen = {}, None
                return self._users
            seen = (stat.st_mtime_ns, stat.st_size, stat.st_ino)
            if seen != self._seen:
                self._users, self._seen = _read(self._path), seen
            return self._users

    def person(self, name: str) -> Person | None:
        """The person of that name, as the file has it now."""
        user = self.users().get(_normal(name))
        return None if user is None else Person(_normal(name), user.role)

    def signed_in(self, name: str, password: str) -> Person | None:
        """The person whose name and password these are; takes as long for a name that is not there."""
        user = self.users().get(_normal(name))
        hashed = user.password if user is not None and user.password else nobodys()
        right = password_matches(password, hashed)
        return Person(_normal(name), user.role) if right and user is not None else None

    def put(self, name: str, role: Role, password: str | None) -> None:
        """Add a user, or change role and password; None keeps the password there is, or leaves it out.

        Raises:
            UsageError: a name or password that cannot be one.
        """
        name = _normal(name)
        if not 0 < len(name) <= _NAME_CHARS or not name.isprintable():
            raise UsageError(f"a name has 1 to {_NAME_CHARS} printable characters")
        user = replace(self.users().get(name, User(role=role)), role=role)
        if password is not None:
            if not MIN_CHARS <= len(password) <= MAX_CHARS:
                raise UsageError(f"a password has {MIN_CHARS} to {MAX_CHARS} characters")
            user = replace(user, password=hash_password(password))
        self._write({**self.users(), name: user})

    def remove(self, name: str) -> None:
        """Take a user out.

        Raises:
            UsageError: there is no such user.
        """
        left = {known: user for known, user in self.users().items() if known != _normal(name)}
        if len(left) == len(self.users()):
            raise UsageError(f"no user {name!r} in {self._path}; see: python -m ui.users list")
        self._write(left)

    def _write(self, users: Mapping[str, User]) -> None:
        self._path.parent.mkdir(parents=True, exist_ok=True)
        draft = self._path.with_name(f".{self._path.name}.{os.getpid()}")
        words = json.dumps({name: asdict(user) for name, user in users.items()}, ensure_ascii=False, indent=1)
        try:
            with os.fdopen(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w", encoding="utf-8") as file:
                file.write(words + "\n")
                file.flush()
                os.fsync(file.fileno())
            draft.replace(self._path)
        finally:
            draft.unlink(missing_ok=True)


def _read(path: Path) -> Mapping[str, User]:
    try:
        found = json.loads(path.read_text(encoding="utf-8"))
        users = {name: User(role=one["role"], password=one.get("password", "")) for name, one in found.items()}
    except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
        raise SettingsError(f"{path} is not a file of users ({error}); make one: python -m ui.users add NAME") from None
    for name, user in users.items():
        if user.role not in ROLES:
            raise SettingsError(f"{path}: {name} has the role {user.role!r}; roles: {', '.join(ROLES)}")
    return users


def _normal(name: str) -> str:
    return unicodedata.normalize("NFC", name).strip()

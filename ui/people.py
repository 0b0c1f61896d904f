"""Who uses the page, and what each may do."""

from __future__ import annotations

from collections.abc import MutableMapping
from dataclasses import dataclass
from typing import Any, Literal, get_args

Role = Literal["reader", "editor", "maintainer"]
ROLES: tuple[Role, ...] = get_args(Role)
"""Each may do what those before it may: ask and read; add and remove documents; evaluate."""


@dataclass(frozen=True, slots=True)
class Person:
    """Somebody who uses the page; the name is empty where nobody signs in."""

    name: str
    role: Role

    def may(self, role: Role) -> bool:
        """Whether this person may do what is for ``role``."""
        return ROLES.index(self.role) >= ROLES.index(role)


ANYONE = Person("", "maintainer")
"""Whoever asks, where sign-in is off."""


def set_person(scope: MutableMapping[str, Any], person: Person) -> None:
    """Note on an ASGI request who asks."""
    scope.setdefault("state", {})["person"] = person


def person_of(scope: MutableMapping[str, Any]) -> Person:
    """Who asks, as noted on the ASGI request; a reader where nothing was."""
    found = scope.get("state", {}).get("person")
    return found if isinstance(found, Person) else Person("", "reader")

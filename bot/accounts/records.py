"""Accounts and what they did, as the store keeps them."""

from dataclasses import dataclass, field
from typing import Any

from bot.tickets.records import Role

CONSOLE_ROLES = (Role.ADMINISTRATOR, Role.DISPATCHER, Role.STAFF, Role.APPROVER, Role.READER)
"""The roles that an account can have."""

UNIT_ROLES = (Role.STAFF, Role.APPROVER)
"""The roles that are held in a unit."""


class AccountError(Exception):
    """An account cannot be made or changed like this; the message (Chinese) says why."""


@dataclass(frozen=True)
class Account:
    """Somebody who may sign in.

    ``password`` is an argon2 hash.  ``session_key`` stands in every session of the account: a new one ends them all.
    ``must_change``: the password was given by somebody else and is good for choosing an own one only.
    """

    id: int
    username: str
    name: str
    password: str
    role: Role
    unit: int | None
    must_change: bool
    active: bool
    session_key: str
    at: str
    last_login_at: str | None

    @property
    def shown(self) -> str:
        """How colleagues know them."""
        return self.name or self.username


@dataclass(frozen=True)
class AuditEntry:
    """Who did or saw what, when, from where."""

    id: int
    account: int | None
    username: str
    action: str
    object: str
    at: str
    address: str = ""
    detail: dict[str, Any] = field(default_factory=dict)

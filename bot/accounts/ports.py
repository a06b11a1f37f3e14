"""What the console asks of whoever keeps accounts; app.py fills it in."""

import datetime
from collections.abc import Mapping, Sequence
from typing import Any, Protocol

from bot.accounts.guessing import Tally
from bot.accounts.records import Account, AuditEntry
from bot.tickets.records import Role


class AccountStore(Protocol):
    """Accounts; every method is a transaction of its own.  Raises StoreError when it cannot be written."""

    def all(self) -> list[Account]:
        """Every account, active ones first, by user name."""

    def get(self, number: int) -> Account | None:
        """The account of that id."""

    def named(self, username: str) -> Account | None:
        """The account of that user name, in whatever case it is typed."""

    def add(self, username: str, password: str, role: Role, unit: int | None, name: str, must_change: bool) -> Account:
        """A new account; ``password`` is a hash.

        Raises:
            AccountError: the name is taken, or role and unit do not go together.
        """

    def change(self, number: int, name: str, role: Role, unit: int | None) -> Account:
        """Change what an account is; raises AccountError as add() does, and for the last administrator."""

    def set_active(self, number: int, active: bool) -> Account:
        """Let an account in or not; its sessions end.  Raises AccountError for the last administrator."""

    def set_password(self, number: int, password: str, must_change: bool) -> Account:
        """A new hash; every session of the account ends, and guessing at its name is forgotten."""

    def end_sessions(self, number: int) -> Account:
        """Sign the account out everywhere."""

    def signed_in(self, number: int) -> None:
        """Remember the time."""


class GuessStore(Protocol):
    """Failed attempts by key (a name's or an address's digest), shared by all processes."""

    def tally(self, key: str) -> Tally:
        """What is counted for that key."""

    def failed(self, keys: Mapping[str, int]) -> None:
        """Count a failure for each key, of which so many are free before waiting begins."""

    def forget(self, key: str) -> None:
        """Count anew."""


class AuditLog(Protocol):
    """Who did or saw what."""

    def add(self, account: int | None, username: str, action: str, object: str, detail: Mapping[str, Any], address: str) -> None:
        """Keep an entry."""

    def find(
        self,
        username: str = "",
        actions: Sequence[str] = (),
        object: str = "",
        since: datetime.date | None = None,
        until: datetime.date | None = None,
        before: int | None = None,
        most: int = 50,
    ) -> list[AuditEntry]:
        """The newest entries that match; ``before`` an id: older ones than that.  Days are China's, both included."""

    def actions(self) -> list[str]:
        """The actions that occur."""


class SettingsStore(Protocol):
    """What was set in the console, over the defaults and under the configuration."""

    def version(self) -> int:
        """Grows with every change; cheap."""

    def all(self) -> dict[str, Any]:
        """Every value that is set, by "section.key"."""

    def set(self, key: str, value: Any, by: str) -> None:
        """Set a value; None takes it back."""

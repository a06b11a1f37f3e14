"""A ticket's life as data: states, and what may be done in which of them by whom (data/life.toml)."""

import tomllib
from functools import cache
from pathlib import Path
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field, model_validator

from bot.tickets.matters import Matter
from bot.tickets.records import Role

DATA = Path(__file__).parent / "data"

Phase = Literal["open", "answered", "over"]


class _Record(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class State(_Record):
    """A state: whether somebody must still act in it, whether others take the matter for open, its words for staff and for
    residents."""

    phase: Phase
    status: Literal["open", "closed"]
    name: str
    resident: str


class NeededField(_Record):
    """Something that an action needs: the words before it, and what kind of thing it is."""

    words: str
    kind: Literal["text", "contact", "unit", "outside", "units", "days", "choice", "yes_no", "ticket"]
    choices: dict[str, str] = {}


class Change(_Record):
    """Something that can be done to a ticket; see the comments of data/life.toml for its fields."""

    action: str
    words: str
    line: str = ""
    from_: tuple[str, ...] = Field(alias="from")
    to: str | None = None
    roles: tuple[Role, ...]
    unit: Literal["", "lead", "involved"] = ""
    owner: Literal["", "reporter", "behind", "anyone"] = ""
    needs: tuple[str, ...] = ()
    may: tuple[str, ...] = ()
    only: dict[str, tuple[str, ...]] = {}
    when: tuple[str, ...] = ()
    after: str = ""
    takes: dict[str, str] = {}
    copies: dict[str, str] = {}
    sets: dict[str, bool | str | int] = {}
    clears: tuple[str, ...] = ()
    counts: tuple[str, ...] = ()
    stamps: tuple[str, ...] = ()
    then: tuple[str, ...] = ()
    tells: str = ""
    alerts: dict[Literal["lead", "dispatchers"], str] = {}
    internal: bool = False

    def fits(self, details: dict[str, Any]) -> bool:
        """Whether this is the change that the details ask for, among those of its action."""
        return all(details.get(name) in values for name, values in self.only.items() if name in details)


class Secrecy(_Record):
    """Which roles may see the people behind a ticket, and behind a secret one."""

    people: tuple[Role, ...]
    secret_people: tuple[Role, ...]


class GuessLimits(_Record):
    """How many wrong codes are taken within so many hours: from one resident, from one address, for one ticket."""

    resident: int = Field(ge=1)
    address: int = Field(ge=1)
    ticket: int = Field(ge=1)
    hours: int = Field(ge=1, le=24)


class Life(_Record):
    """States, changes and words; consistent in itself."""

    close_after_days: int = Field(ge=1)
    never_reopened: tuple[Matter, ...]
    secrecy: Secrecy
    guessing: GuessLimits
    states: dict[str, State]
    fields: dict[str, NeededField]
    tells: dict[str, str]
    alerts: dict[str, str]
    changes: tuple[Change, ...]

    @model_validator(mode="after")
    def _consistent(self) -> "Life":
        places = {"any", "any open", "any answered", "any over", *self.states}
        for change in self.changes:
            wrong = [
                *({*change.from_} - places),
                *({change.to} - {None, *self.states}),
                *({*change.needs, *change.may, *change.only, *change.takes.values()} - {*self.fields}),
                *({change.tells} - {"", *self.tells}),
                *({*change.alerts.values()} - {*self.alerts}),
            ]
            if wrong:
                raise ValueError(f"{change.action}：没有“{wrong[0]}”")
            if "resident" in change.roles and change.from_ and not change.owner:
                raise ValueError(f"{change.action}：居民可以做，却没有写 owner")
        return self

    def of(self, action: str) -> list[Change]:
        """The changes of an action; [] when there is no such action."""
        return [change for change in self.changes if change.action == action]

    def starts_from(self, change: Change, state: str) -> bool:
        """Whether the change can be made in this state."""
        return any(place in (state, "any", f"any {self.states[state].phase}") for place in change.from_)

    def open_states(self) -> list[str]:
        """The states in which somebody must act."""
        return [name for name, state in self.states.items() if state.phase == "open"]


@cache
def load_life(path: Path = DATA / "life.toml") -> Life:
    """The life in ``path``; pydantic's ValidationError when it does not fit together."""
    return Life.model_validate(tomllib.loads(path.read_text(encoding="utf-8")))

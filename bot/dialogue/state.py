"""A conversation's state: explicit, typed, versioned; kept per resident as JSON."""

import datetime
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError

VERSION = 1


class _Part(BaseModel):
    model_config = ConfigDict(extra="ignore")


class Focus(_Part):
    """The service that the conversation is about, and since when."""

    service: str
    at: datetime.datetime


class Entry(_Part):
    """What choosing an option does: show an aspect of a service, a field or a department, say something, or add the photos that
    wait to the ticket of that number."""

    kind: Literal["service", "field", "department", "say", "photos", "none"]
    value: str = ""
    aspect: str = "overview"
    text: str


class Menu(_Part):
    """The options that were shown last.  ``waits``: the reply asked for a choice, it did not merely offer more."""

    entries: list[Entry]
    waits: bool
    at: datetime.datetime
    question: str = ""
    others: list[str] = Field(default_factory=list)


class LoosePhotos(_Part):
    """Photos that came before it was said what they are about: their ids, and the number of the first one's message."""

    ids: list[int]
    first_message: int | None = None
    at: datetime.datetime


class Told(_Part):
    """What a resident told last that may be the matter of a complaint: the words, the number of the message, and when."""

    text: str
    message: int | None = None
    at: datetime.datetime


class Rest(_Part):
    """What of a long reply has not been shown, and the reply that it continues."""

    text: str
    reply: dict[str, Any]


class Flow(_Part):
    """A form that is being gone through: its name and what it has gathered."""

    name: str
    at: datetime.datetime
    data: dict[str, Any] = Field(default_factory=dict)


class ConversationState(_Part):
    """Everything that the next turn needs to know of the ones before."""

    version: int = VERSION
    focus: Focus | None = None
    menu: Menu | None = None
    rest: Rest | None = None
    flow: Flow | None = None
    photos: LoosePhotos | None = None
    told: Told | None = None
    failures: int = 0
    last_question: str = ""

    @classmethod
    def restore(cls, data: dict[str, Any] | None) -> "ConversationState":
        """The state that was kept; a new one for a new resident, or when an older service wrote what cannot be read."""
        if data is None or data.get("version") != VERSION:
            return cls()
        try:
            return cls.model_validate(data)
        except ValidationError:
            return cls()

    def dump(self) -> dict[str, Any]:
        """As JSON."""
        return self.model_dump(mode="json", exclude_none=True)

"""The vocabulary between channels and dialogue: what comes in, what goes out."""

from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any


class Mode(StrEnum):
    """What a reply is; see the answer object in docs/api.md."""

    ANSWER = "answer"
    CLARIFY = "clarify"
    ELIGIBILITY = "eligibility"
    FEEDBACK = "feedback"
    STATUS = "status"
    HANDOFF = "handoff"
    EMERGENCY = "emergency"
    CHITCHAT = "chitchat"
    REJECT = "reject"


class Kind(StrEnum):
    """What a resident sent."""

    TEXT = "text"
    VOICE = "voice"
    IMAGE = "image"
    VIDEO = "video"
    LOCATION = "location"
    LINK = "link"
    FOLLOW = "follow"


SHOWN = {Kind.IMAGE: "（照片）", Kind.LOCATION: "（位置）"}
"""What stands in the conversation for a message of that kind that has no words."""


@dataclass(frozen=True)
class Message:
    """One message of a resident, whatever the channel.

    ``resident`` is unique across channels.  ``delivery`` names this delivery, so that a repeated one is recognised; None
    when the channel cannot repeat.  ``limit`` is how many bytes of UTF-8 the reply may have there, None for no limit.
    ``data`` holds what a kind carries besides text (a location's label and coordinates, a picture's address, the id of a photo
    that was uploaded), and the network ``address`` that it came from, where there is one; none of it is kept by itself.
    """

    resident: str
    text: str
    channel: str
    kind: Kind = Kind.TEXT
    delivery: str | None = None
    limit: int | None = None
    data: dict[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class Item:
    """A service that a reply is about."""

    number: int
    service: str
    title: str
    departments: tuple[str, ...]
    confidence: float

    def as_json(self) -> dict[str, Any]:
        """As it stands in an answer object."""
        return {
            "number": self.number,
            "service": self.service,
            "title": self.title,
            "departments": list(self.departments),
            "confidence": round(self.confidence, 3),
        }


@dataclass(frozen=True)
class Option:
    """Something that can be tapped or typed next."""

    id: str
    text: str


@dataclass(frozen=True)
class SuggestedUnit:
    """Who a matter would be given to, and how sure that is."""

    name: str
    confidence: float


@dataclass(frozen=True)
class Reply:
    """An answer to one message; ``sources`` name where each statement comes from."""

    mode: Mode
    text: str
    items: tuple[Item, ...] = ()
    options: tuple[Option, ...] = ()
    asking: bool = False
    unit: SuggestedUnit | None = None
    ticket: str | None = None
    sources: tuple[dict[str, Any], ...] = ()

    def as_json(self) -> dict[str, Any]:
        """The answer object, without ``id``."""
        return {
            "mode": str(self.mode),
            "reply": self.text,
            "items": [item.as_json() for item in self.items],
            "options": [{"id": option.id, "text": option.text} for option in self.options],
            "asking": self.asking,
            "unit": {"name": self.unit.name, "confidence": round(self.unit.confidence, 3)} if self.unit else None,
            "ticket": self.ticket,
            "sources": list(self.sources),
        }

    @classmethod
    def from_json(cls, data: dict[str, Any]) -> "Reply":
        """The reply that ``as_json`` wrote down."""
        return cls(
            mode=Mode(data["mode"]),
            text=data["reply"],
            items=tuple(Item(**{**item, "departments": tuple(item["departments"])}) for item in data["items"]),
            options=tuple(Option(**option) for option in data["options"]),
            asking=data["asking"],
            unit=SuggestedUnit(**data["unit"]) if data["unit"] else None,
            ticket=data["ticket"],
            sources=tuple(data["sources"]),
        )

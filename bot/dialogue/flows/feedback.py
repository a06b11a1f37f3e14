"""Taking a complaint, suggestion, request or praise: what, where, shown for confirmation, filed."""

import re
import tomllib
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from pydantic import BaseModel

from bot.tickets.matters import Draft, Matter

_DATA = Path(__file__).parent.parent / "data" / "feedback.toml"
_LONGEST_PLACE = 40
LONGEST_SWAP = 3
"""A correction so much longer than what it puts right tells the whole matter anew."""


class FeedbackForm(BaseModel):
    """What has been gathered; kept in the conversation's state.

    ``secret``: who handles it may not see who told it; ``first_message``: where the conversation about it began.  ``alike``: the
    number of an open ticket that seems to be about the same thing.  ``photos``: ids of those that came with it.
    ``since``, ``name``, ``contact``: see particulars.py; ``offered``: that they can be said was told, once.  ``place_again``:
    where it is was asked a second time, and is not asked again.
    ``others``: what else was complained of in the same message, to be taken after this, which is the ``nth`` of them.
    ``apart``: it is not the same thing as a ticket of others; ``correcting``: which part was said to be wrong, and not yet how.
    ``told_where``: the line that acts at once was named, and is not named again.
    """

    kind: Matter = Matter.COMPLAINT
    matter: str = ""
    place: str = ""
    latitude: float | None = None
    longitude: float | None = None
    service: str | None = None
    unit: str | None = None
    confidence: float = 0.0
    secret: bool = False
    first_message: int | None = None
    alike: str = ""
    photos: list[int] = []
    since: str = ""
    name: str = ""
    contact: str = ""
    offered: bool = False
    place_again: bool = False
    others: list[str] = []
    nth: int = 1
    apart: bool = False
    correcting: str = ""
    told_where: bool = False

    @property
    def missing(self) -> str | None:
        """What must be asked next: matter or place; None when it can be filed."""
        if not self.matter:
            return "matter"
        return "place" if self.kind.needs_place and not self.place else None

    @property
    def open_particulars(self) -> str:
        """Which of since-when and contact could still be said: since, contact, both, or empty."""
        if not self.kind.needs_place:
            return ""
        if not self.since:
            return "since" if self.contact else "both"
        return "" if self.contact else "contact"

    def draft(self) -> Draft:
        """As it is filed."""
        return Draft(
            self.kind,
            self.matter,
            self.place,
            self.service,
            self.unit,
            self.confidence,
            since=self.since,
            latitude=self.latitude,
            longitude=self.longitude,
            secret=self.secret,
            name=self.name,
            contact=self.contact,
            photos=tuple(self.photos),
        )

    @property
    def point(self) -> tuple[float, float] | None:
        """Where the place is on the map, where that is known."""
        return None if self.latitude is None or self.longitude is None else (self.latitude, self.longitude)

    def after(self, before: "FeedbackForm") -> "FeedbackForm":
        """The form of a matter that was told in the same message as the one before it, with what was said of who tells it."""
        said = {name: getattr(before, name) for name in ("name", "contact", "offered", "told_where") if getattr(before, name)}
        first = before.first_message if before.first_message is not None else self.first_message
        number = before.nth + 1 if before.matter else self.nth
        more = {"secret": self.secret or before.secret, "first_message": first, "nth": number}
        return self.model_copy(update=said | more)

    def moved(self, place: str) -> "FeedbackForm":
        """The form with its place put right, in the words of the matter too: who handles it must not find two."""
        matter = self.matter.replace(self.place, place) if self.place else self.matter
        return self.at(place).model_copy(update={"matter": matter})

    def reworded(self, matter: str, instead_of: str = "") -> "FeedbackForm":
        """The form with its matter put right: the wrong word alone where it stands in the matter."""
        if instead_of and instead_of in self.matter and len(matter) <= len(instead_of) + LONGEST_SWAP:
            following = self.matter.partition(instead_of)[2]
            said_twice = next((k for k in range(len(matter), 0, -1) if following.startswith(matter[-k:])), 0)
            matter = self.matter.replace(instead_of, matter[: len(matter) - said_twice], 1)
        return self.model_copy(update={"matter": matter})

    def at(self, place: str, point: tuple[float, float] | None = None) -> "FeedbackForm":
        """The form with another place; a point on the map belongs to the place that it came with."""
        latitude, longitude = point or (None, None)
        return self.model_copy(update={"place": place, "latitude": latitude, "longitude": longitude})


@dataclass(frozen=True)
class Heard:
    """What a resident's words mean to a running form; ``besides`` is what is said besides cancelling it."""

    confirmed: bool = False
    cancelled: bool = False
    besides: str = ""


class FeedbackReader:
    """Reads kinds, places, confirmations and corrections, by the patterns in data/feedback.toml."""

    def __init__(self, path: Path = _DATA) -> None:
        data: dict[str, Any] = tomllib.loads(path.read_text(encoding="utf-8"))
        self._kinds = [(Matter(name), re.compile(pattern)) for name, pattern in data["kinds"].items()]
        self._confirm, self._cancel = re.compile(data["confirm"]), re.compile(data["cancel"])
        self._place_words = re.compile(data["place"])
        self._kind_name = re.compile(data["kind_name"])
        self._no_place = re.compile(data["no_place"])
        self._lead = re.compile(data["place_lead"])
        self._empty = re.compile(data["no_matter"])
        self._secrecy, self._no_secrecy = re.compile(data["secrecy"]), re.compile(data["no_secrecy"])
        self._mine = re.compile(data["mine"])
        self._ratings = [(name, re.compile(pattern)) for name, pattern in data["ratings"]]
        self._not_solved, self._solved = re.compile(data["not_solved"]), re.compile(data["solved"])
        self._addition = re.compile(data["addition"])
        self._confirm_plainly, self._nods = re.compile(data["confirm_plainly"]), re.compile(data["nods"])
        self._goes_on = re.compile(data["goes_on"])
        self._waits, self._wrong = re.compile(data["waits"]), re.compile(data["wrong"])
        self._process, self._photo = re.compile(data["process"]), re.compile(data["photo"])
        self._grieves, self._asks = re.compile(data["grieves"]), re.compile(data["asks"])
        self._rhetoric, self._pleads = re.compile(data["rhetoric"]), re.compile(data["pleads"])
        self._unknown_place, self._nameless = re.compile(data["unknown_place"]), re.compile(data["nameless"])
        self._filler, self._explicit = re.compile(data["filler"]), re.compile(data["explicit"])
        self._opening = re.compile(data["opening"])

    def wants_secrecy(self, text: str) -> bool | None:
        """Whether who tells it wants to stay unknown; None when the words do not say."""
        if self._no_secrecy.search(text):
            return False
        return True if self._secrecy.search(text) else None

    def asks_for_own(self, text: str) -> bool:
        """Whether the words ask for the tickets of who says them."""
        return bool(self._mine.search(text))

    def rating(self, text: str) -> tuple[str, str, bool | None] | None:
        """How content the words are (satisfied, basic, dissatisfied), the reason, whether it is solved; None for no rating."""
        for name, pattern in self._ratings:
            if match := pattern.search(text):
                reason = text[match.end() :].strip(" ,，。.!！;；")
                return name, reason, self.solved(text)
        return None

    def solved(self, text: str) -> bool | None:
        """Whether the words say that the matter is solved; None when they do not say."""
        return False if self._not_solved.search(text) else True if self._solved.search(text) else None

    def is_explicit(self, text: str) -> bool:
        """Whether the words say themselves that it is feedback, and do not ask how or where to give it."""
        return bool(self._explicit.search(self._opening.sub("", text)))

    def asks(self, text: str) -> bool:
        """Whether the words ask rather than tell."""
        return bool(self._asks.search(self._rhetoric.sub("", text)))

    def tells_wrong(self, text: str) -> bool:
        """Whether the words speak of something that is wrong, be it in a question."""
        return bool(self._grieves.search(text))

    def grieves(self, text: str) -> bool:
        """Whether the words tell that something is wrong, and do not ask."""
        return bool(self._grieves.search(text)) and not self.asks(self._opening.sub("", text))

    def complains(self, text: str) -> bool:
        """Whether the words are a complaint for sure: they say so, or tell what is wrong at a place that they name, or plead."""
        return self.is_explicit(text) or (self.grieves(text) and bool(self.place(text) or self._pleads.search(text)))

    def confirms_plainly(self, text: str) -> bool:
        """Whether the words can mean nothing but a yes to what was shown."""
        return bool(self._confirm_plainly.match(text))

    def nods(self, text: str) -> bool:
        """Whether a message without words says yes (a thumb)."""
        return bool(self._nods.match(text.strip()))

    def goes_on(self, text: str) -> bool:
        """Whether the words come back to a form that was left."""
        return bool(self._goes_on.match(text))

    def waits(self, text: str) -> bool:
        """Whether the words hold back what is shown for confirmation."""
        return bool(self._waits.match(text))

    def finds_wrong(self, text: str) -> bool:
        """Whether the words say that something is wrong and not what."""
        return bool(self._wrong.match(text))

    def asks_what_becomes(self, text: str) -> bool:
        """Whether the words ask what becomes of the matter that is shown."""
        return bool(self._process.match(text))

    def asks_for_photos(self, text: str) -> bool:
        """Whether the words ask how a photo comes along."""
        return bool(self._photo.search(text))

    def is_nameless(self, place: str) -> bool:
        """Whether the words for a place name none (我家门口)."""
        return not place or bool(self._nameless.match(place))

    def cannot_name_place(self, text: str) -> bool:
        """Whether the words say that there is no place, or none whose name they know."""
        return bool(self._unknown_place.match(text))

    def adds(self, text: str) -> bool:
        """Whether the words open an addition to what was told."""
        return bool(self._addition.search(text))

    def kind(self, text: str, otherwise: Matter = Matter.COMPLAINT) -> Matter:
        """The kind of matter that the words tell; ``otherwise`` where they tell none."""
        return next((kind for kind, pattern in self._kinds if pattern.search(text)), otherwise)

    def names_kind(self, text: str) -> bool:
        """Whether the text is the name of a kind and nothing else."""
        return bool(self._kind_name.match(text))

    def has_matter(self, text: str) -> bool:
        """Whether more is said than that one wants to complain."""
        return len(self._empty.sub("", self._secrecy.sub("", text))) >= 2

    def place(self, text: str) -> str:
        """The place that the text names; empty when it names none."""
        for match in self._place_words.finditer(text):
            place = self._lead.sub("", match.group())
            if place and not self._no_place.search(place) and not self._nameless.match(place):
                return place
        return ""

    def whole_place(self, text: str) -> str:
        """The text as the answer to "where"."""
        return self._lead.sub("", text).strip(" ,，。.")[:_LONGEST_PLACE]

    def hear(self, text: str) -> Heard:
        """Whether the words confirm or cancel a form."""
        if self._cancel.search(text):
            return Heard(cancelled=True, besides=self._filler.sub("", self._cancel.sub("", text)))
        return Heard(confirmed=bool(self._confirm.match(text)))

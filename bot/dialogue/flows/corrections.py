"""What a resident puts right in a form: which part, and what it should be."""

import re
import tomllib
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from bot.dialogue.flows.feedback import FeedbackForm, FeedbackReader
from bot.dialogue.flows.particulars import LONGEST_SINCE, ParticularsReader

_DATA = Path(__file__).parent.parent / "data" / "corrections.toml"
LONGEST_NAME = 10
LONGEST_MATTER = 500
LEAST_DIGITS = 5
"""So many digits without a word beside them want to be a telephone number."""

LITTLE_BESIDE = 12
"""So many characters beside the digits of a number are no matter that speaks of a number."""


@dataclass(frozen=True)
class Correction:
    """A part of the form (kind, matter, place, since, name, contact, photos) and what it should be.

    ``value`` is empty where it is only said that the part is wrong; ``drops``: it is not wanted any more.
    ``old``: the words that ``value`` stands instead of.  ``broken``: the value cannot be right (a number with a digit too few).
    """

    part: str
    value: str = ""
    old: str = ""
    drops: bool = False
    broken: bool = False


class CorrectionReader:
    """Reads corrections, by the patterns in data/corrections.toml and those of the parts themselves."""

    def __init__(self, reader: FeedbackReader, particulars: ParticularsReader, path: Path = _DATA) -> None:
        data: dict[str, Any] = tomllib.loads(path.read_text(encoding="utf-8"))
        names, patterns = data["names"], data["patterns"]
        self._reader, self._particulars = reader, particulars
        every = "|".join(names.values())
        self._between = re.compile(patterns["between"].replace("{name}", every))
        self._drops = {
            part: re.compile(f"{patterns['drops']}|{patterns['drops_after']}".replace("{name}", name))
            for part, name in names.items()
        }
        wrong = rf"{patterns['lead']}(?:{patterns['wrong']}|{patterns['changes']})(?P<rest>.*)$"
        self._wrong = {part: re.compile(wrong.replace("{name}", name)) for part, name in names.items()}
        states = rf"{patterns['lead']}{patterns['states']}(?P<rest>.+)$"
        self._states = {part: re.compile(states.replace("{name}", names[part])) for part in patterns["stated"]}
        self._named = {part: re.compile(name) for part, name in names.items()}
        self._link = re.compile(rf"^{patterns['link']}")
        self._instead, self._rather, self._anew = (re.compile(patterns[name]) for name in ("instead", "rather", "anew"))
        self._last_digits, self._calls = re.compile(patterns["last_digits"]), re.compile(patterns["calls"])
        self._digits = re.compile(patterns["digits"])

    def dropped(self, text: str, form: FeedbackForm) -> Correction | None:
        """A part that is not wanted any more: the number, the name, since when, the photos."""
        for part in ("contact", "name", "since", "photos"):
            if getattr(form, part) and self._drops[part].match(text):
                return Correction(part, drops=True)
        return None

    def read(self, text: str, form: FeedbackForm) -> list[Correction]:
        """What the words put right, one part after the other; [] when they are no correction."""
        pieces = self._between.split(text)
        found = [self._read_one(piece, form) for piece in pieces]
        if len(pieces) == 1 or not all(found):
            found = [self._read_one(text, form)]
        return [one for one in found if one is not None]

    def _read_one(self, text: str, form: FeedbackForm) -> Correction | None:
        if form.contact and (match := self._last_digits.search(text)):
            value = match["value"]
            return Correction("contact", form.contact[: -len(value)] + value, form.contact)
        for part, pattern in self._wrong.items():
            if match := pattern.match(text):
                rest = self._link.sub("", match["rest"]).strip(" ,，。.!！")
                return self._valued(part, rest, form) if rest else Correction(part)
        for part, pattern in self._states.items():
            if match := pattern.match(text):
                return self._valued(part, match["rest"].strip(" ,，。.!！"), form)
        for pattern in (self._instead, self._rather, self._anew):
            if match := pattern.match(text):
                old, value = match.groupdict().get("old", ""), match["value"].strip(" ,，。.")
                found = self._instead_of(old.strip(), value, form) if old else self._by_itself(value, form)
                if found is not None:
                    return found
        told = self._particulars.read(text, asked=True)
        if told.alone and told.contact:
            return Correction("contact", told.contact, form.contact)
        number = self.broken_number(text, form.missing is None)
        return Correction("contact", number, broken=True) if number else None

    def drops_contact(self, text: str) -> bool:
        """Whether the words, or one clause of them, take back a number that was given."""
        return any(self._drops["contact"].match(clause) for clause in (text, *re.split("[,，。]", text)))

    def is_about(self, part: str, text: str) -> bool:
        """Whether the words say that the part is wrong or has changed."""
        return bool(self._wrong[part].match(text))

    def broken_number(self, text: str, alone_too: bool = False) -> str:
        """Digits that are called a telephone number and are none, or (``alone_too``) that stand alone; empty for none."""
        digits = self._digits.search(text)
        if digits is None or self._particulars.read(text, asked=True).contact:
            return ""
        alone = alone_too and "".join(c for c in text if c.isalnum()).isdigit()
        called = self._named["contact"].search(text[: digits.start()]) and len(text) <= len(digits[0]) + LITTLE_BESIDE
        long = len(re.sub(r"\D", "", digits[0])) >= LEAST_DIGITS
        return digits[0] if long and (alone or called) else ""

    def answered(self, text: str, part: str, form: FeedbackForm) -> Correction | None:
        """What answers the question what a part should be; None when it is no such answer."""
        return self._valued(part, self._link.sub("", text).strip(" ,，。.!！"), form)

    # -- by the part ------------------------------------------------------------------------------------------------------

    def _valued(self, part: str, value: str, form: FeedbackForm) -> Correction | None:
        if part == "contact":
            number = self._particulars.read(value, asked=True).contact
            return Correction(part, number) if number else Correction(part, value, broken=bool(self._digits.search(value)))
        if part == "name":
            called = self._calls.match(value)
            return Correction(part, called["value"][:LONGEST_NAME]) if called else Correction(part)
        if part == "since":
            return Correction(part, value[:LONGEST_SINCE], form.since)
        if part == "place":
            return Correction(part, self._reader.whole_place(value), form.place)
        if part == "kind":
            return Correction(part, value) if self._reader.names_kind(value) else Correction(part)
        return Correction(part, value) if part == "matter" else Correction(part)

    # -- by what the words are --------------------------------------------------------------------------------------------

    def _instead_of(self, old: str, value: str, form: FeedbackForm) -> Correction | None:
        if self._reader.names_kind(old) and self._reader.names_kind(value):
            return Correction("kind", value)
        if number := self._particulars.read(value, asked=True).contact:
            return Correction("contact", number, old)
        if self._is_day(value) and (self._is_day(old) or old in form.since):
            return Correction("since", value[:LONGEST_SINCE], form.since or old)
        if form.name and old in form.name and (called := self._calls.match(value)):
            return Correction("name", called["value"], old)
        if form.place and old in form.place and not (self._reader.place(value) == "" and old in form.matter):
            return Correction("place", self._swapped(form.place, old, self._reader.whole_place(value)), form.place)
        if self._reader.place(old) and self._reader.place(value):
            return Correction("place", self._reader.whole_place(value), form.place)
        return Correction("matter", value, old) if _share(old, form.matter) else None

    def _by_itself(self, value: str, form: FeedbackForm) -> Correction | None:
        if self._reader.names_kind(value):
            return Correction("kind", value)
        if number := self._particulars.read(value, asked=True).contact:
            return Correction("contact", number)
        if self._is_day(value):
            return Correction("since", value[:LONGEST_SINCE], form.since)
        place = self._reader.place(value)
        if place and value.endswith(place):
            return Correction("place", self._reader.whole_place(value), form.place)
        return Correction("matter", value) if self._reader.grieves(value) else None

    def _is_day(self, text: str) -> bool:
        return bool(self._particulars.read(text, asked=True).since)

    @staticmethod
    def _swapped(whole: str, old: str, new: str) -> str:
        """The place with the wrong word alone put right, unless what is right tells the whole anew."""
        return whole.replace(old, new, 1) if old != whole and len(new) <= len(old) + 1 else new


def _share(words: str, matter: str) -> bool:
    """Whether the words are about something in the matter: two neighbouring characters, or the one that they are."""
    return words in matter or any(words[k : k + 2] in matter for k in range(len(words) - 1))


def corrected(form: FeedbackForm, correction: Correction, reader: FeedbackReader) -> FeedbackForm:
    """The form with the part put right; in the words of the matter too, since who handles it must not find two."""
    part, value, old = correction.part, correction.value, correction.old
    form = form.model_copy(update={"correcting": ""})
    if correction.drops:
        return form.model_copy(update={part: [] if part == "photos" else ""})
    if part == "place":
        return form.moved(value)
    if part == "matter":
        return form.reworded(value[:LONGEST_MATTER], old)
    if part == "kind":
        return form.model_copy(update={"kind": reader.kind(value)})
    if part == "since" and old:
        form = form.model_copy(update={"matter": form.matter.replace(old, value)})
    return form.model_copy(update={part: value})

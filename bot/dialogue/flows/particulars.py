"""Since when, and how to reach who tells it: taken from whatever was said, offered once, never insisted on."""

import re
import tomllib
from dataclasses import dataclass
from pathlib import Path
from typing import Any

_DATA = Path(__file__).parent.parent / "data" / "particulars.toml"
LITTLE = 1
"""So many characters beside since-when or a number are no more of the matter."""
LONGEST_SINCE = 30
_LEAD = r"(?:我(?:的|家)?|本人)?(?:的)?(?:联系)?(?:电话|手机号?码?|号码|联系方式)?(?:是|为|就是|[:：])*\s*"


@dataclass(frozen=True)
class Particulars:
    """What was read; each empty where it was not said.

    ``named``: the words that the name was said in.  ``alone``: nothing else was said.
    """

    since: str = ""
    name: str = ""
    contact: str = ""
    named: str = ""
    alone: bool = False

    @property
    def found(self) -> dict[str, str]:
        """What was said, by its name."""
        said = {"since": self.since, "name": self.name, "contact": self.contact}
        return {name: value for name, value in said.items() if value}


class ParticularsReader:
    """Reads them, by the patterns in data/particulars.toml."""

    def __init__(self, path: Path = _DATA) -> None:
        data: dict[str, Any] = tomllib.loads(path.read_text(encoding="utf-8"))
        self._since = [re.compile(pattern) for pattern in data["since"]]
        self._day, self._around, self._declines = (re.compile(data[name]) for name in ("day", "around", "declines"))
        self._phone, self._own, self._name = (re.compile(data[name]) for name in ("phone", "own_phone", "name"))
        self._others, self._others_own = re.compile(data["others"]), re.compile(data["others_own"])

    def declines(self, text: str) -> bool:
        """Whether the words say that neither is wanted, or known."""
        return bool(self._declines.match(text))

    def read(self, text: str, asked: bool = False, names: bool = False) -> Particulars:
        """What the text says of them.

        Args:
            asked: they were asked for: a bare day is an answer.
            names: a name is looked for also where no number stands beside it.
        """
        phone = self._phone_in(text, asked)
        since = self._since_in(text, asked)
        named = self._name.search(text) if phone or asked or names else None
        name = f"{named['name']}{named['title'] or ''}" if named else ""
        rest = text
        for said in (phone[0] if phone else "", since, named[0] if named else ""):
            rest = rest.replace(said, "", 1)
        alone = bool(phone or since or name) and len(self._around.sub("", rest)) <= LITTLE
        contact = re.sub(r"[ -]", "", phone[0]) if phone else ""
        return Particulars(since, name, contact, named[0] if named else "", alone)

    @staticmethod
    def besides(text: str, said: Particulars) -> str:
        """What is said besides them, without marks."""
        for words in (said.since, said.named):
            text = text.replace(words, "", 1) if words else text
        return "".join(c for c in text if c.isalnum())

    def _since_in(self, text: str, asked: bool) -> str:
        if asked and self._day.match(text):
            return text.strip("。.! ")[:LONGEST_SINCE]
        found = (match[0] for pattern in self._since if (match := pattern.search(text)))
        return next(found, "").removesuffix("就")[:LONGEST_SINCE]

    def _phone_in(self, text: str, asked: bool) -> "re.Match[str] | None":
        """The number that is the resident's own."""
        about_others = bool(self._others.search(text))
        for match in self._phone.finditer(text):
            before, after = text[: match.start()], text[match.end() :]
            if self._others_own.search(before):
                return match
            if about_others:
                continue
            ends = not after.strip("。.! ") and before.endswith((",", "，", "。", " ", ";", "；"))
            alone = len(self._around.sub("", before + after)) <= LITTLE
            if alone or ends or asked or self._own.search(before):
                return match
        return None


def without_person(text: str, told: Particulars) -> str:
    """A matter as it was written, without the name and the number of who tells it, and the words that only lead to them."""
    if told.contact:
        digits = "[ -]?".join(told.contact)
        text = re.sub(rf"[,，。;； ]?{_LEAD}(?<!\d){digits}(?!\d)", "", text, count=1)
    if told.named:
        text = text.replace(told.named, "", 1)
    return text.strip(" ,，;；") if told.contact or told.named else text


def masked(contact: str) -> str:
    """A number as it is read back: 139****1111."""
    return f"{contact[:3]}****{contact[-4:]}" if len(contact) >= 11 else f"****{contact[-4:]}"

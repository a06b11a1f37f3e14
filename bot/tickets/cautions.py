"""What staff should look at once more before a text goes to a resident: others' personal data, promises that nothing backs."""

import re
import tomllib
import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from functools import cache
from pathlib import Path
from typing import Any

DATA = Path(__file__).parent / "data"

_BLANKS = re.compile(r"[\s,，-]+")


@dataclass(frozen=True)
class Caution:
    """A piece of the text, and in words (Chinese) what is to be looked at."""

    found: str
    words: str


@dataclass(frozen=True)
class Background:
    """What a text is held against.

    ``own``: the data of the one person whom the text goes to, which may stand in it.  ``secret``: those of the people behind a
    secret report.  ``names``: of people behind other tickets.  ``published``: what may be said, with the public telephone
    numbers.  ``told``: what the resident said; a figure of theirs may be repeated.
    """

    today: date
    own: tuple[str, ...] = ()
    secret: tuple[str, ...] = ()
    names: tuple[str, ...] = ()
    published: str = ""
    told: str = ""


@cache
def _data() -> dict[str, Any]:
    with (DATA / "cautions.toml").open("rb") as file:
        return tomllib.load(file)


def plain(text: str) -> str:
    """``text`` in the form in which pieces are compared: half width, without blanks, commas and hyphens."""
    return _BLANKS.sub("", unicodedata.normalize("NFKC", text)).lower()


def cautions(text: str, background: Background) -> list[Caution]:
    """What is found, each piece once: personal data first, then promises."""
    words, found = _data()["words"], dict[str, Caution]()
    text = unicodedata.normalize("NFKC", text)

    def add(piece: str, kind: str, **more: str) -> None:
        found.setdefault(piece, Caution(piece, words[kind].format(found=piece, **more)))

    for piece in _in(text, background.secret):
        add(piece, "secret")
    for piece, what in _personal(text, background):
        add(piece, "personal", what=what)
    for piece in _in(text, background.names):
        add(piece, "name")
    promises = _data()["promises"]
    for match in re.finditer(promises["vague"], text):
        add(match[0], "vague")
    said = background.published + plain(background.told)
    for pattern in promises["figures"]:
        for match in re.finditer(pattern, text):
            if not _stands_in(plain(match[0]), said):
                add(match[0], "figure")
    for match in re.finditer(promises["date"], text):
        if _is_ahead(match, background.today) and not _stands_in(plain(match[0]), said):
            add(match[0], "date")
    return list(found.values())


def _in(text: str, pieces: Iterable[str]) -> list[str]:
    return [piece for piece in pieces if len(piece) > 1 and piece in text]


def _personal(text: str, background: Background) -> list[tuple[str, str]]:
    own = plain("".join(background.own))
    found = []
    for kind in _data()["personal"]:
        for match in re.finditer(kind["pattern"], text):
            piece = match[0].strip()
            check = _CHECKS.get(kind.get("check", ""))
            if (check is None or check(plain(piece))) and plain(piece) not in own and plain(piece) not in background.published:
                found.append((piece, kind["what"]))
            if check is None or check(plain(piece)):
                text = text.replace(match[0], "*" * len(match[0]))
    return found


def _stands_in(piece: str, said: str) -> bool:
    """Whether the figure stands there as it is, and not as the end of a longer one (300元 in 1300元)."""
    return re.search(rf"(?<![\d.]){re.escape(piece)}", said) is not None


def _is_ahead(match: re.Match[str], today: date) -> bool:
    try:
        return date(int(match["year"] or today.year), int(match["month"]), int(match["day"])) > today
    except ValueError:
        return True  # there is no such day: worth a look


def _is_id_number(number: str) -> bool:
    """The check digit of GB 11643."""
    weights = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)
    total = sum(int(digit) * weight for digit, weight in zip(number, weights, strict=False))
    return number[17:].upper() == "10X98765432"[total % 11]


def _is_bank_card(number: str) -> bool:
    """The Luhn digit of ISO/IEC 7812."""
    digits = [int(digit) for digit in reversed(number)]
    doubled = sum(sum(divmod(2 * digit, 10)) for digit in digits[1::2])
    return (sum(digits[::2]) + doubled) % 10 == 0


_CHECKS = {"id_number": _is_id_number, "bank_card": _is_bank_card}

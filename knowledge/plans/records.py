"""What reading a plan document gives: its items, fields and offices, what is wrong with it, and what was not understood."""

from dataclasses import dataclass

from knowledge.plans.findings import Finding
from knowledge.plans.offices import Offices
from knowledge.plans.settings import settings


@dataclass(frozen=True)
class Fault:
    """Something wrong: which kind, where, in words; ``item`` as numbered in the result, None when it concerns none."""

    kind: str
    place: str
    words: str
    item: int | None = None


@dataclass(frozen=True)
class Unread:
    """Words that became part of no item; ``position``: before the first, after the last, between, or a page's number."""

    place: str
    text: str
    position: str


@dataclass(frozen=True)
class ReadField:
    """A field (方面); ``number`` is 0 where headings are not numbered."""

    title: str
    place: str
    number: int = 0


@dataclass(frozen=True)
class ReadItem:
    """A promise: ``number`` counts through the document where numbering starts anew in every field, ``label`` is as written.

    ``name`` is a table's own name for it; ``offices_place`` where the responsible were named.
    """

    number: int
    label: str
    field: str
    text: str
    offices: Offices
    place: str
    offices_place: str = ""
    name: str = ""
    found: tuple[Finding, ...] = ()


@dataclass(frozen=True)
class ReadPlan:
    """What a document says, and what could not be understood."""

    title: str
    number: str
    year: int | None
    district: str
    city: str
    fields: tuple[ReadField, ...]
    items: tuple[ReadItem, ...]
    faults: tuple[Fault, ...]
    unread: tuple[Unread, ...]
    text: str

    @property
    def offices(self) -> tuple[str, ...]:
        """Every responsible office once, in the order of first mention."""
        return tuple(dict.fromkeys(name for item in self.items for name in item.offices.names))


def fault(kind: str, place: str, item: int | None = None, **values: object) -> Fault:
    """A fault with its words from the data file."""
    return Fault(kind, place, str(settings("reading")["faults"][kind]).format(**values), item)

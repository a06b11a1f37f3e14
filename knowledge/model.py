"""The knowledge base's vocabulary, checked when it is read.

Every class is an immutable pydantic model that refuses unknown keys, so that a misspelt field in a data file is a message
with file, item and field, and never a silent hole in an answer.
"""

import datetime
import re
from enum import StrEnum
from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field, StringConstraints, model_validator

Words = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1)]
Identifier = Annotated[str, StringConstraints(pattern=r"^[a-z0-9]+(-[a-z0-9]+)*$")]


class Kind(StrEnum):
    """What a service is: it decides how questions about it can be answered at all."""

    BENEFIT = "benefit"  # 补贴救助
    SERVICE = "service"  # 可办理、可使用
    WORKS = "works"  # 工程项目
    ACTIVITY = "activity"  # 活动
    GOVERNANCE = "governance"  # 治理目标

    @property
    def applied_for(self) -> bool:
        """Whether residents apply for it or take part in it; nobody applies for works and governance targets."""
        return self not in (Kind.WORKS, Kind.GOVERNANCE)


class Aspect(StrEnum):
    """The side of a service that a question asks about."""

    OVERVIEW = "overview"
    ELIGIBILITY = "eligibility"
    HOW = "how"
    AMOUNT = "amount"
    WHERE = "where"
    MATERIALS = "materials"
    TIME = "time"
    PROGRESS = "progress"
    CONTACT = "contact"


class PlaceList(StrEnum):
    """Whether the plan names the places: some of them (open, 等35个), all (closed), none although it counts them (none)."""

    OPEN = "open"
    CLOSED = "closed"
    NONE = "none"


class Purpose(StrEnum):
    """What a hotline is for; a complaint or rights line is not given to who asks how to apply."""

    EMERGENCY = "emergency"
    GENERAL = "general"
    ADVICE = "advice"
    RIGHTS = "rights"
    COMPLAINT = "complaint"
    HELP = "help"


class Record(BaseModel):
    """Base of all knowledge records: immutable, and strict about its keys."""

    model_config = ConfigDict(frozen=True, extra="forbid")


class Target(Record):
    """A promised quantity, as the plan puts it: ``what`` 换电站建设投运, ``amount`` 5 座."""

    what: Words
    amount: Words


class Criterion(Record):
    """One way to fall under a service: all circumstances of ``all`` hold and none of ``not``.

    ``words`` are the plan's (or the law's) own words that it rests on.  ``open``: those words leave the conditions to the
    department (符合条件的).  ``sure = false``: the group is wider than the service, so it may apply but need not.
    """

    all: dict[str, bool | list[str]]
    none_of: dict[str, bool | list[str]] = Field(default={}, alias="not")
    words: Words
    law: Identifier | None = None
    open: bool = False
    sure: bool = True


class ApplyAt(Record):
    """Where one applies, which is not always the department in charge; ``law`` says so, or else the ``basis`` that is written."""

    text: Words
    law: Identifier | None = None
    basis: str = ""

    @model_validator(mode="after")
    def _rests_on_something(self) -> "ApplyAt":
        if not self.law and not self.basis:
            raise ValueError("写了在哪申请，就要写依据（law 或 basis）")
        return self


class Validity(Record):
    """From when to when something is said, both days included; without a date there is no bound."""

    valid_from: datetime.date | None = None
    valid_until: datetime.date | None = None

    @model_validator(mode="after")
    def _ordered(self) -> "Validity":
        if self.valid_from and self.valid_until and self.valid_from > self.valid_until:
            raise ValueError("valid_from 不能晚于 valid_until")
        return self

    def holds_on(self, day: datetime.date) -> bool:
        """Whether it is said on that day."""
        return (self.valid_from or day) <= day <= (self.valid_until or day)


class Upkeep(Validity):
    """What GB/T 44191-2024 asks of an entry of a hotline's knowledge base: owner, basis, validity, review.

    ``basis`` is what the text rests on besides the plan and the cited laws, quoted as far as the text leans on it: its
    figures count as having a source.  ``published`` and ``by``: when and by whom the text was written in the console.
    ``earlier`` is what is said until ``valid_from``, with its own basis, day and writer.
    """

    basis: str = ""
    owner: str = ""
    review_on: datetime.date | None = None
    published: datetime.date | None = None
    by: str = ""
    earlier: str = ""
    earlier_basis: str = ""
    earlier_published: datetime.date | None = None
    earlier_by: str = ""

    @model_validator(mode="after")
    def _follows(self) -> "Upkeep":
        if self.earlier and not self.valid_from:
            raise ValueError("写了在那以前怎么说（earlier），就要写从哪天起（valid_from）")
        return self

    def until_then(self, day: datetime.date) -> "Upkeep | None":
        """What goes for the earlier text, on a day on which that is still said."""
        if not self.earlier or self.valid_from is None or day >= self.valid_from:
            return None
        return Upkeep(basis=self.earlier_basis, owner=self.owner, published=self.earlier_published, by=self.earlier_by)


class Notice(Validity):
    """An announcement of the district that the resident's page and the greeting show."""

    id: Identifier
    text: Words


class Service(Record):
    """事项: what a resident can ask about.

    ``title`` is what residents would call it, ``aliases`` other names.  ``answers`` holds the published text by aspect; an
    aspect that is absent is one that the plan does not state.  ``upkeep`` says of a text what it rests on, who keeps it and
    when it holds; ``owner`` and ``review_on`` stand for the texts that name none of their own.  ``places`` are those that the
    plan names.
    """

    id: Identifier
    title: Words
    kind: Kind
    aliases: tuple[Words, ...] = ()
    place_list: PlaceList | None = None
    places: tuple[Words, ...] = ()
    laws: tuple[Identifier, ...] = ()
    hotlines: tuple[str, ...] = ()
    apply_at: ApplyAt | None = None
    targets: tuple[Target, ...] = ()
    criteria: tuple[Criterion, ...] = ()
    answers: dict[Aspect, Words]
    upkeep: dict[Aspect, Upkeep] = {}
    owner: str = ""
    review_on: datetime.date | None = None

    @model_validator(mode="after")
    def _complete(self) -> "Service":
        if unwritten := [aspect for aspect in self.upkeep if aspect not in self.answers]:
            raise ValueError(f"upkeep.{unwritten[0]} 没有对应的 answers.{unwritten[0]}")
        if Aspect.OVERVIEW not in self.answers:
            raise ValueError("answers 缺少 overview（“是什么”）")
        if self.places and self.place_list not in (PlaceList.OPEN, PlaceList.CLOSED):
            raise ValueError("places 写了地点，place_list 应为 open 或 closed")
        if self.place_list in (PlaceList.OPEN, PlaceList.CLOSED) and not self.places:
            raise ValueError("place_list 为 open 或 closed 时，places 不能为空")
        return self


PLACE = 1000
"""The numbers of a further plan's items are shifted by its place times this, so that a number means one item of all plans."""


def place_of(number: int) -> int:
    """Which plan an item is of: 0 the first, k the further plan at place k."""
    return number // PLACE


def within_plan(number: int) -> int:
    """The number that an item has in its own plan."""
    return number % PLACE


class Item(Record):
    """One of a plan's numbered promises: verbatim text, departments, and the services inside it.

    ``number`` is its number among the items of all plans in force (``place_of``, ``within_plan``).
    """

    number: Annotated[int, Field(ge=1)]
    text: Words
    departments: Annotated[tuple[Words, ...], Field(min_length=1)]
    services: Annotated[tuple[Service, ...], Field(min_length=1)]

    @property
    def place(self) -> int:
        """Which plan it is of: 0 the first."""
        return place_of(self.number)

    @property
    def within(self) -> int:
        """Its number within its plan."""
        return within_plan(self.number)


class FieldFile(Record):
    """A data file of items/: one of a plan's fields (方面) and its items; ``place``: of which plan, 0 the first."""

    field: Words
    place: Annotated[int, Field(ge=0)] = 0
    items: Annotated[tuple[Item, ...], Field(min_length=1)]


class Department(Record):
    """A responsible department (责任部门).  Contact data is empty until an administrator enters it, with where it is from."""

    name: Words
    full_name: Words
    aliases: tuple[Words, ...] = ()
    vertical: bool = False
    phone: str = ""
    address: str = ""
    hours: str = ""
    source: str = ""
    review_on: datetime.date | None = None


class Unit(Record):
    """承办单位: who a matter can be given to besides the plan's departments."""

    name: Words
    ours: bool
    hotline: str = ""


class Hotline(Record):
    """A public telephone number, its purpose and source; ``words`` in a question outside the plan point to it."""

    number: Annotated[str, StringConstraints(pattern=r"^\d{3,6}$")]
    name: Words
    purpose: Purpose
    source: Words
    note: str = ""
    items: tuple[int, ...] = ()
    departments: tuple[Words, ...] = ()
    matters: tuple[Words, ...] = ()
    words: tuple[Words, ...] = ()
    review_on: datetime.date | None = None


class Law(Record):
    """What a law or national rule says, as far as an answer may state it.

    ``marks``: words by which an answer text leans on it; a reply that holds one of them names the law as its source.
    """

    id: Identifier
    name: Words
    items: tuple[int, ...]
    fact: Words
    marks: Annotated[tuple[Words, ...], Field(min_length=1)]
    until: datetime.date | None = None


class Safety(Record):
    """What to do at once in a danger (燃气泄漏)."""

    matter: Words
    fact: Words
    source: Words


class PlanHead(Record):
    """Which plan this is; ``examples`` are questions that the resident's page offers to begin with."""

    title: Words
    document_number: Words
    document: Words
    year: int
    district: Words
    city: str = ""
    examples: tuple[Words, ...] = ()


class FurtherPlan(PlanHead):
    """A plan in force beside the first: ``text`` is its whole document, its items' numbers are shifted by its ``place``."""

    place: Annotated[int, Field(ge=1, le=9)]
    text: str


def tight(text: str) -> str:
    """``text`` without the blanks that the printed plan puts around figures: 不低于 1.5 倍 → 不低于1.5倍."""
    return re.sub(r"(?<=[^\x21-\x7e])\s+|\s+(?=[^\x21-\x7e])", "", text)

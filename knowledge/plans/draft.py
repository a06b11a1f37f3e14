"""A plan that was read → a draft knowledge document: items with services, departments, national hotlines and laws."""

import datetime
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from itertools import count, pairwise
from typing import Any

from knowledge.base import KnowledgeBase
from knowledge.document import LISTS, Document, document_of, knowledge_of
from knowledge.errors import KnowledgeError
from knowledge.model import PLACE, Purpose
from knowledge.plan_document import parse_plan_document
from knowledge.plans.beside import alone, together_with
from knowledge.plans.blocks import Document as ReadDocument
from knowledge.plans.carrying import Carrier
from knowledge.plans.matching import Match, Outcome, matched
from knowledge.plans.offices import Offices, kind_of_office
from knowledge.plans.reader import read_plan
from knowledge.plans.records import ReadItem, ReadPlan
from knowledge.plans.services import questions_to_begin_with, services_of
from knowledge.plans.settings import settings

_NATIONAL = settings("national")
_WORDS = settings("services")["draft"]


MOST_ITEMS = 500
"""No plan promises more; comparing each with each takes seconds then."""


@dataclass(frozen=True)
class Corrections:
    """What a person put right before the plan became a draft; items are meant by their place in the document.

    ``titles`` name services; ``offices`` and ``numbers`` are an item's departments and number; ``left_out`` are no items.
    """

    title: str = ""
    number: str = ""
    year: int | None = None
    district: str = ""
    city: str = ""
    left_out: tuple[str, ...] = ()
    offices: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    numbers: Mapping[str, int] = field(default_factory=dict)
    titles: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class PlanDraft:
    """The draft, how the plan's items match the present ones, and what an administrator is told of what was carried over.

    ``place``: where the plan stands among those in force; 0 where it is the first.
    """

    document: Document
    matches: tuple[Match, ...]
    notes: tuple[str, ...]
    place: int = 0

    def number_of(self, number: int) -> int:
        """The number in the draft of the plan's item of that number."""
        return self.place * PLACE + number


def read_for(document: ReadDocument, base: KnowledgeBase) -> ReadPlan:
    """The plan in ``document``; where it is of the district of ``base``, misspelt names of its departments are noticed."""
    plan = read_plan(document)
    if plan.district != base.plan.district:
        return plan
    return read_plan(document, [department.name for department in base.departments])


def corrected(read: ReadPlan, corrections: Corrections) -> ReadPlan:
    """The plan as a person put it right."""
    offices, numbers = corrections.offices, corrections.numbers
    items = tuple(
        replace(
            item,
            offices=Offices(offices[item.place]) if offices.get(item.place) else item.offices,
            number=numbers.get(item.place, item.number),
        )
        for item in read.items
        if item.place not in corrections.left_out
    )
    return replace(
        read,
        title=corrections.title or read.title,
        number=corrections.number or read.number,
        year=corrections.year or read.year,
        district=corrections.district or read.district,
        city=corrections.city or read.city,
        items=items,
    )


def obstacles(read: ReadPlan) -> list[str]:
    """Why the plan cannot become a draft yet; all at once, each with its place."""
    found = [_WORDS[f"no_{name}"] for name in ("items", "title", "year", "district") if not getattr(read, name)]
    if len(read.items) > MOST_ITEMS:
        return [*found, _WORDS["too_many"].format(count=len(read.items), most=MOST_ITEMS)]
    numbers = [item.number for item in read.items]
    for item in read.items:
        if not item.text:
            found.append(_WORDS["no_text"].format(place=item.place, number=item.number))
        if not item.offices:
            found.append(_WORDS["no_offices"].format(place=item.place, number=item.number))
        if item.number < 1:
            found.append(_WORDS["not_numbered"].format(place=item.place))
        elif item.number >= PLACE:
            found.append(_WORDS["too_large"].format(place=item.place, number=item.number))
        elif numbers.count(item.number) > 1:
            found.append(_WORDS["doubled"].format(place=item.place, number=item.number))
    return found


def draft_of(
    read: ReadPlan,
    name: str,
    base: KnowledgeBase,
    today: datetime.date,
    titles: Mapping[str, str] | None = None,
    place: int = 0,
) -> PlanDraft:
    """The plan as a draft: in the place of the present one, or (``place``) of a further plan or beside those in force.

    A plan that is new beside the others is held against the first: what is written about the same promise is carried over to
    services of its own.

    Args:
        name: of the document's file.
        base: the present knowledge; where it is of the same district, what is written there is carried over.  Of another
            district's only what holds everywhere is taken: national hotlines, laws, kinds of units.
        titles: of services, by the place of an item that has one service.

    Raises:
        KnowledgeError: ``obstacles``.
    """
    if problems := obstacles(read):
        raise KnowledgeError(problems)
    assert read.year is not None
    if place == 0 and base.plan.district != read.district:
        base = alone(base, 0)
    new, every_id = place not in base.heads, set(base.services)
    whole, base = base, alone(base, 0 if new else place)
    same = base.plan.district == read.district
    matches = tuple(matched(list(base.items.values()) if same else [], read.items))
    notes: list[str] = []
    taken = every_id
    services: dict[int, list[dict[str, Any]]] = {}
    for match in matches:
        if match.new is None:
            continue
        if match.old is not None:
            carrier = Carrier(match.old, match.new, base, read.year, today)
            carried, told = carrier.services(), carrier.notes
            if new:
                carried, told = _spoken_of(carried, match.new, told)
                carried = [_own(service, read.year, taken) for service in carried]
            services[match.new.number] = carried or services_of(match.new, read.year, taken)
            notes += told
        else:
            services[match.new.number] = services_of(match.new, read.year, taken)
        if (title := (titles or {}).get(match.new.place)) and len(services[match.new.number]) == 1:
            services[match.new.number][0]["title"] = title
    renumbered = {m.old.number: m.new.number for m in matches if m.old and m.new}
    every = [service for item in read.items for service in services[item.number]]
    document: Document = {
        "plan": _head(read, name, every, base if same else None),
        "document": _document_text(read),
        "fields": [
            {"field": title, "items": [_item(item, services[item.number]) for item in items]} for title, items in _fields(read)
        ],
        **_tables(read, base, same, renumbered),
        "wording": dict(base.wording) if same else {},
    }
    _rest_on_laws(document, {match.new.number for match in matches if match.new and not match.old})
    if place or whole.plans:
        document = together_with(whole, document, place)
    if new:
        matches = tuple(match for match in matches if match.new)  # the first plan stays: nothing of it is gone
    return PlanDraft(document_of(knowledge_of(document)), matches, tuple(notes), place)


def _spoken_of(services: list[dict[str, Any]], item: ReadItem, notes: list[str]) -> tuple[list[dict[str, Any]], list[str]]:
    """Of several services those of which the new item's words hold a part of a name, since the plan beside still has the others;
    and the notes about them."""
    names = {service["title"]: " ".join([service["title"], *service.get("aliases", ())]) for service in services}
    gone = [title for title, said in names.items() if not any(a + b in item.text for a, b in pairwise(said) if " " not in a + b)]
    if not gone or len(services) == 1:
        return services, notes
    lines = {title: settings("services")["notes"]["service_left"].format(number=item.number, title=title) for title in gone}
    left = [note for note in notes if not any(f"“{title}”：" in note for title in gone)]
    return [service for service in services if service["title"] not in gone], [*left, *lines.values()]


def _own(service: dict[str, Any], year: int, taken: set[str]) -> dict[str, Any]:
    """A service that was carried over to a plan beside its own, under an id of its own."""
    wanted = f"{service['id']}-{year}"
    found = wanted
    for k in count(2):
        if found not in taken:
            break
        found = f"{wanted}-{k}"
    taken.add(found)
    return {**service, "id": found}


def _item(item: ReadItem, services: list[dict[str, Any]]) -> dict[str, Any]:
    return {"number": item.number, "text": item.text, "departments": list(item.offices.names), "services": services}


def _fields(read: ReadPlan) -> list[tuple[str, list[ReadItem]]]:
    """Every field that has items, in the order of its first one."""
    found: dict[str, list[ReadItem]] = {}
    for item in read.items:
        found.setdefault(item.field or _WORDS["no_field"], []).append(item)
    return list(found.items())


def _head(read: ReadPlan, name: str, services: Iterable[dict[str, Any]], before: KnowledgeBase | None) -> dict[str, Any]:
    examples = [*questions_to_begin_with(services), *_NATIONAL["examples"]]
    return {
        "title": read.title,
        "document_number": read.number or _WORDS["no_number"],
        "document": name,
        "year": read.year,
        "district": read.district,
        "city": read.city or (before.plan.city if before else ""),
        "examples": list(before.examples) if before and before.examples else examples,
    }


# -- the document's own text ------------------------------------------------------------------------------------------


def _document_text(read: ReadPlan) -> str:
    """The document as it was read; where its form (tables, Word's own numbers, corrections) does not stand in plain text, the
    same items in plain form, so that the knowledge can be held against the document ever after."""
    try:
        document = parse_plan_document(read.text)
    except KnowledgeError:
        return _plain(read)
    wanted = [(item.number, item.field, item.text, item.offices.names) for item in read.items]
    said = [(item.number, item.field, item.text, item.departments) for item in document.items]
    return read.text if said == wanted and document.title == read.title else _plain(read)


def _plain(read: ReadPlan) -> str:
    lines = [read.number or _WORDS["no_number"], f"《{read.title}》"]
    for title, items in _fields(read):
        lines.append(f"【{title}】")
        lines += [f"第{item.number}条 {item.text}（责任部门：{'、'.join(item.offices.names)}）" for item in items]
    return "\n\n".join(lines) + "\n"


# -- departments, hotlines, laws, units ---------------------------------------------------------------------------------


def _tables(read: ReadPlan, base: KnowledgeBase, same: bool, renumbered: dict[int, int]) -> dict[str, list[Any]]:
    known: dict[str, list[Any]] = {name: document_of(base)[name] for name in LISTS}
    names = list(read.offices)
    departments = {record["name"]: record for record in known["departments"]} if same else {}
    numbers = _NATIONAL["hotlines"]
    return {
        "departments": [departments.get(name) or _department(name, read) for name in names],
        "units": [unit for unit in known["units"] if unit["name"] not in names],
        "hotlines": [_hotline(one, read, same, renumbered) for one in known["hotlines"] if same or one["number"] in numbers],
        "laws": [{**law, "items": _numbers(law, renumbered)} for law in known["laws"]],
        "safety": known["safety"],
        "notices": known["notices"] if same else [],
    }


def _numbers(record: dict[str, Any], renumbered: dict[int, int]) -> list[int]:
    return [renumbered[number] for number in record.get("items", ()) if number in renumbered]


def _department(name: str, read: ReadPlan) -> dict[str, Any]:
    """A department that is new here: its full name as far as the district's name makes it, what its kind is called."""
    kind = kind_of_office(name)
    short = name[1:] if name[0] == read.district[-1] else name
    aliases = [alias for alias in kind.get("aliases", ()) if alias != name]
    full = read.city + read.district + short if name[0] == read.district[-1] else name
    return {"name": name, "full_name": full, "aliases": aliases, **({"vertical": True} if kind.get("vertical") else {})}


def _hotline(hotline: dict[str, Any], read: ReadPlan, same: bool, renumbered: dict[int, int]) -> dict[str, Any]:
    """A hotline with the items for which it may be named: those that it had, or those of the departments of its trade."""
    if same:
        names = [name for name in hotline.get("departments", ()) if name in read.offices]
        return {**hotline, "items": _numbers(hotline, renumbered), "departments": names}
    of_trade = [name for name in read.offices if kind_of_office(name).get("hotline") == hotline["number"]]
    advice = hotline["purpose"] == Purpose.ADVICE
    items = [item.number for item in read.items if item.offices.names[0] in of_trade] if advice else []
    return {**hotline, "items": items, "departments": of_trade}


def _rest_on_laws(document: Document, new: set[int]) -> None:
    """The services of ``new`` items rest on the national laws whose words they hold; a law that nothing rests on is left out."""
    by_id = {law["id"]: law for law in document["laws"]}
    for part in document["fields"]:
        for item in part["items"]:
            for rule in _NATIONAL["laws"]:
                if item["number"] in new and any(word in item["text"] for word in rule["words"]):
                    for law in (by_id[law_id] for law_id in rule["laws"] if law_id in by_id):
                        law["items"] = sorted({*law["items"], item["number"]})
                        for service in item["services"]:
                            service["laws"] = list(dict.fromkeys([*service.get("laws", ()), law["id"]]))
    rested = {law for part in document["fields"] for item in part["items"] for s in item["services"] for law in _cited(s)}
    document["laws"] = [law for law in document["laws"] if law["items"] or law["id"] in rested]


def _cited(service: dict[str, Any]) -> set[str]:
    cited = {*service.get("laws", ()), *(c["law"] for c in service.get("criteria", ()) if c.get("law"))}
    return cited | ({service["apply_at"]["law"]} if "apply_at" in service else set())


def counts(matches: Sequence[Match]) -> dict[Outcome, int]:
    """How many items of each outcome."""
    return {outcome: sum(match.outcome is outcome for match in matches) for outcome in Outcome}

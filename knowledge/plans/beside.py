"""Several plans in force: one plan of the knowledge taken for itself, put back, put beside the others, taken out again."""

import re
from dataclasses import replace
from typing import Any

from knowledge.base import KnowledgeBase
from knowledge.document import Document, document_of, knowledge_of
from knowledge.errors import KnowledgeError
from knowledge.model import PLACE, Item, PlanHead, place_of, within_plan
from knowledge.plans.records import ReadPlan
from knowledge.plans.settings import settings

MOST_PLANS = 9
"""As many further plans at most; their places are 1 to this."""
_WORDS: dict[str, str] = settings("services")["draft"]
_YEAR = re.compile(r"(?:19|20)\d\d年?度?")


def place_beside(read: ReadPlan, base: KnowledgeBase) -> int:
    """Where a plan comes that is to stand beside the first: in the place of its earlier version, else in a free one.

    An earlier version has the same document number, or the same title but for the year.

    Raises:
        KnowledgeError: it is the first plan itself, or there are as many as can be.
    """
    if read.number == base.plan.document_number if read.number else read.title == base.plan.title:
        raise KnowledgeError([_WORDS["already_first"].format(title=read.title, number=read.number)])
    for plan in base.plans:
        if read.number and plan.document_number == read.number:
            return plan.place
    for plan in base.plans:
        if _YEAR.sub("", plan.title) == _YEAR.sub("", read.title):
            return plan.place
    free = next((place for place in range(1, MOST_PLANS + 1) if place not in base.heads), None)
    if free is None:
        raise KnowledgeError([_WORDS["too_many_plans"].format(most=MOST_PLANS)])
    return free


def beside(read: ReadPlan, base: KnowledgeBase) -> ReadPlan:
    """The plan, of the district of ``base`` where it does not say of which."""
    return read if read.district else replace(read, district=base.plan.district, city=read.city or base.plan.city)


def alone(base: KnowledgeBase, place: int) -> KnowledgeBase:
    """The knowledge with that one of its plans only, whose items have their own numbers."""
    if not base.plans:
        return base
    head = base.heads[place]
    further = next((plan for plan in base.plans if plan.place == place), None)
    fields = tuple(
        replace(part, items=tuple(_renumbered(item, item.within) for item in part.items), place=0)
        for part in base.fields
        if part.place == place
    )
    return replace(
        base,
        plan=PlanHead.model_validate({name: getattr(head, name) for name in PlanHead.model_fields}),
        document=further.text if further else base.document,
        fields=fields,
        plans=(),
        laws=tuple(law.model_copy(update={"items": _numbers(law.items, place)}) for law in base.laws),
        hotlines=tuple(line.model_copy(update={"items": _numbers(line.items, place)}) for line in base.hotlines),
    )


def _renumbered(item: Item, number: int) -> Item:
    return item.model_copy(update={"number": number})


def _numbers(numbers: tuple[int, ...], place: int) -> tuple[int, ...]:
    return tuple(within_plan(number) for number in numbers if place_of(number) == place)


def together_with(base: KnowledgeBase, plan: Document, place: int) -> Document:
    """The knowledge with ``plan`` (a document of that plan alone) at ``place``, the other plans as they are.

    Departments, hotlines, laws and units that the district has stay as they are; those that the plan names besides are added,
    and departments that only the earlier version at that place named are left out.
    """
    before = document_of(base)
    document = _emptied(before, place)
    fields = [_field(part, place) for part in plan["fields"]]
    tables = {name: _joined(document[name], plan[name], key) for name, key in _TABLES.items()}
    for name in ("laws", "hotlines"):
        key = _TABLES[name]
        own = {record[key]: record.get("items", ()) for record in plan[name]}
        for record in tables[name]:
            items = [*record.get("items", ()), *(place * PLACE + number for number in own.get(record[key], ()))]
            if items or name == "laws":
                record["items"] = sorted(set(items))
    offices = {record["name"] for record in tables["departments"]}
    tables["units"] = [unit for unit in tables["units"] if unit["name"] not in offices]
    if place == 0:
        kept = [part for part in document["fields"] if part.get("place")]
        document = {**plan, **tables, "fields": [*fields, *kept], "plans": document["plans"]}
        return _settled(before, document)
    head = {name: value for name, value in plan["plan"].items() if name != "examples"}
    plans = [*document["plans"], {**head, "place": place, "text": plan["document"]}]
    parts = [*document["fields"], *fields]
    document |= {
        **tables,
        "fields": sorted(parts, key=lambda part: int(part.get("place", 0))),
        "plans": sorted(plans, key=lambda one: int(one["place"])),
    }
    return _settled(before, document)


_TABLES = {"departments": "name", "units": "name", "hotlines": "number", "laws": "id"}
"""The tables that all plans share, and by what their records are known."""


def _field(part: dict[str, Any], place: int) -> dict[str, Any]:
    items = [{**item, "number": place * PLACE + item["number"]} for item in part["items"]]
    return {"field": part["field"], **({"place": place} if place else {}), "items": items}


def _joined(present: list[dict[str, Any]], more: list[dict[str, Any]], key: str) -> list[dict[str, Any]]:
    known = {record[key] for record in present}
    return [
        *(dict(record) for record in present),
        *({**record, "items": []} if "items" in record else record for record in more if record[key] not in known),
    ]


def taken_out(document: Document, place: int) -> Document:
    """The document without the further plan at ``place`` and the departments that only it names."""
    return _settled(document, _emptied(document, place))


def _emptied(document: Document, place: int) -> Document:
    """Without the items and the text of the plan at ``place``; of the first plan the head and text stay."""
    left: Document = dict(document)
    left["plans"] = [plan for plan in document.get("plans", ()) if plan["place"] != place]
    left["fields"] = [part for part in document["fields"] if part.get("place", 0) != place]
    for name in ("laws", "hotlines"):
        left[name] = [_without(record, place) for record in document[name]]
    return left


def _settled(before: Document, after: Document) -> Document:
    """``after`` in its one form, without the departments that items of ``before`` named and none names any more."""
    gone = _offices(before) - _offices(after)
    after["departments"] = [record for record in after["departments"] if record["name"] not in gone]
    after["hotlines"] = [
        {**line, "departments": [name for name in line["departments"] if name not in gone]} if line.get("departments") else line
        for line in after["hotlines"]
    ]
    return document_of(knowledge_of(after))


def _offices(document: Document) -> set[str]:
    return {name for part in document["fields"] for item in part["items"] for name in item["departments"]}


def _without(record: dict[str, Any], place: int) -> dict[str, Any]:
    if "items" not in record:
        return dict(record)
    return {**record, "items": [number for number in record["items"] if place_of(number) != place]}

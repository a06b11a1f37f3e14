"""What a schema cannot see: references that lead nowhere, and statements that no source supports."""

import re
from collections import Counter
from collections.abc import Iterator

from knowledge.base import KnowledgeBase
from knowledge.errors import Problem
from knowledge.model import PLACE, Item, Service, tight
from knowledge.plan_document import PlanDocument

_FIGURE = re.compile(r"\d+(?:\.\d+)?%?")


def reference_problems(knowledge: KnowledgeBase) -> Iterator[str]:
    """Doubled numbers and ids, unknown departments, laws and hotlines."""
    numbers = Counter(item.number for part in knowledge.fields for item in part.items)
    yield from (f"{knowledge.item_name(number)}：编号重复" for number, count in numbers.items() if count > 1)
    places = Counter(plan.place for plan in knowledge.plans)
    yield from (f"同时有效的计划 {place}：位置重复" for place, count in places.items() if count > 1)
    for part in knowledge.fields:
        if strangers := [item.number for item in part.items if item.place != part.place or item.place not in knowledge.heads]:
            yield f"第{strangers[0]}条：没有它所在的计划"
    ids = Counter(s.id for part in knowledge.fields for item in part.items for s in item.services)
    yield from (f"{service_id}：事项编号重复" for service_id, count in ids.items() if count > 1)
    for what, names in (
        ("departments.toml 部门", [department.name for department in knowledge.departments]),
        ("units.toml 单位", [unit.name for unit in knowledge.units]),
        ("hotlines.toml 热线", [hotline.number for hotline in knowledge.hotlines]),
        ("laws.toml 法规", [law.id for law in knowledge.laws]),
    ):
        yield from (f"{what} {name}：重复" for name, count in Counter(names).items() if count > 1)
    for unit in knowledge.units:
        if unit.hotline and unit.hotline not in {hotline.number for hotline in knowledge.hotlines}:
            yield f"units.toml {unit.name} hotline：没有“{unit.hotline}”这个热线"
    departments = {department.name for department in knowledge.departments}
    laws = {law.id for law in knowledge.laws}
    hotlines = {hotline.number for hotline in knowledge.hotlines}
    for item in knowledge.items.values():
        for name in item.departments:
            if name not in departments:
                yield f"{knowledge.item_name(item.number)} departments：departments.toml 里没有“{name}”"
        for service in item.services:
            cited = {*service.laws, *(c.law for c in service.criteria if c.law)}
            if service.apply_at and service.apply_at.law:
                cited.add(service.apply_at.law)
            yield from (
                f"{knowledge.item_name(item.number)} {service.id} laws：没有“{law}”这部法规" for law in sorted(cited - laws)
            )
            for number in sorted(set(service.hotlines) - hotlines):
                yield f"{knowledge.item_name(item.number)} {service.id} hotlines：没有“{number}”这个热线"


def document_problems(knowledge: KnowledgeBase, document: PlanDocument | None, place: int = 0) -> Iterator[Problem]:
    """Items whose field, words or departments are not those of the published document, and items that are missing.

    Args:
        place: which of the plans the document is of.
    """
    if document is None:
        return
    said = {place * PLACE + item.number: item for item in document.items}
    fields = {item.number: part.title for part in knowledge.fields if part.place == place for item in part.items}
    for number in sorted(said.keys() - fields.keys()):
        yield Problem(f"{knowledge.item_name(number)}：计划原文里有，items/ 里没有", f"item:{number}")
    for number, title in fields.items():
        item, wanted = knowledge.items[number], said.get(number)
        if wanted is None:
            yield Problem(f"{knowledge.item_name(number)}：计划原文里没有这一条", f"item:{number}", "number")
        elif (item.text, item.departments, title) != (wanted.text, wanted.departments, wanted.field):
            words = f"{knowledge.item_name(number)}：条文、责任部门或所在方面与计划原文不一致"
            yield Problem(words, f"item:{number}", "text")


def source_problems(knowledge: KnowledgeBase) -> Iterator[Problem]:
    """Figures, places, targets and criteria that neither the item nor a cited law contains (unknown laws are told elsewhere)."""
    laws = {law.id: law for law in knowledge.laws}
    for item in knowledge.items.values():
        for service in item.services:
            where, key = f"{knowledge.item_name(item.number)} {service.id}", f"service:{service.id}"
            for aspect, text in service.answers.items():
                upkeep = service.upkeep.get(aspect)
                for figure in unsupported_figures(text, knowledge, item, service, upkeep.basis if upkeep else ""):
                    words = f"{where} answers.{aspect}：数字“{figure}”在条文和引用的法规里都没有"
                    yield Problem(words, key, f"answers.{aspect}")
                earlier = (upkeep.earlier, upkeep.earlier_basis) if upkeep else ("", "")
                for figure in unsupported_figures(earlier[0], knowledge, item, service, earlier[1]):
                    words = f"{where} upkeep.{aspect}.earlier：数字“{figure}”在条文和引用的法规里都没有"
                    yield Problem(words, key, f"upkeep.{aspect}")
            for nth, target in enumerate(service.targets):
                if tight(target.amount) not in tight(item.text):
                    yield Problem(f"{where} targets：条文里没有“{target.amount}”", key, "targets", nth)
            for nth, place in enumerate(service.places):
                if tight(place) not in tight(item.text):
                    yield Problem(f"{where} places：条文里没有“{place}”", key, "places", nth)
            for nth, criterion in enumerate(service.criteria):
                if criterion.law and criterion.law not in laws:
                    continue
                source = laws[criterion.law].fact if criterion.law else item.text
                if tight(criterion.words) not in tight(source):
                    yield Problem(f"{where} criteria：依据里没有“{criterion.words}”这句话", key, "criteria", nth)


def unsupported_figures(text: str, knowledge: KnowledgeBase, item: Item, service: Service, basis: str = "") -> list[str]:
    """The figures of ``text`` that are neither in the item, nor in a law or hotline that it cites, nor in its own ``basis``,
    nor the plan's year."""
    cited = [law for law in knowledge.laws if law.id in service.laws]
    hotlines = {h.number for h in knowledge.hotlines if item.number in h.items or h.number in service.hotlines}
    sources = [item.text, basis, *(law.name + law.fact for law in cited)]
    year = str(knowledge.plan_of(item.number).year)
    known = {year, *hotlines} | {figure for source in sources for figure in _FIGURE.findall(tight(source))}
    return [figure for figure in _FIGURE.findall(tight(text)) if figure not in known]

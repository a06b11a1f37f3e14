"""The knowledge base as a whole: what the parts of the service look things up in."""

import datetime
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from functools import cached_property

from knowledge.model import (
    Department,
    FurtherPlan,
    Hotline,
    Item,
    Law,
    Notice,
    PlanHead,
    Purpose,
    Safety,
    Service,
    Unit,
    place_of,
    within_plan,
)


@dataclass(frozen=True)
class PlanField:
    """One of a plan's fields (方面) with its items in order; ``place``: of which plan, 0 the first."""

    title: str
    items: tuple[Item, ...]
    place: int = 0


@dataclass(frozen=True)
class KnowledgeBase:
    """The checked, immutable plans in force with their services, departments, hotlines and laws.

    ``plan`` is the first plan and ``document`` its whole text; ``plans`` are those beside it.  ``fields`` are those of all
    plans.  ``wording`` holds the templates (section.name) that were changed in the console.
    """

    plan: PlanHead
    fields: tuple[PlanField, ...]
    departments: tuple[Department, ...]
    units: tuple[Unit, ...]
    hotlines: tuple[Hotline, ...]
    laws: tuple[Law, ...]
    safety: tuple[Safety, ...]
    examples: tuple[str, ...] = ()
    document: str = ""
    notices: tuple[Notice, ...] = ()
    wording: Mapping[str, str] = field(default_factory=dict, hash=False)
    plans: tuple[FurtherPlan, ...] = ()

    @cached_property
    def heads(self) -> dict[int, PlanHead]:
        """Every plan by its place, the first (0) first."""
        return {0: self.plan, **{plan.place: plan for plan in self.plans}}

    def plan_of(self, number: int) -> PlanHead:
        """The plan of the item of that number; the first where there is no such plan."""
        return self.heads.get(place_of(number), self.plan)

    def item_name(self, number: int) -> str:
        """The item as staff know it: 第5条; of a further plan with that plan's title."""
        plan = self.heads.get(place_of(number)) if place_of(number) else None
        return f"《{plan.title}》第{within_plan(number)}条" if plan else f"第{number}条"

    @cached_property
    def _named(self) -> dict[str, list[str]]:
        """The services of each title and alias."""
        found: dict[str, list[str]] = {}
        for service in self.services.values():
            for name in {service.title, *service.aliases}:
                found.setdefault(name, []).append(service.id)
        return found

    def same_matter(self, service_id: str) -> list[str]:
        """The service and those of other plans that share its title or an alias, the newest plan first.

        Of a plan with several such services the one that shares its title is meant, else the first.
        """
        service, item = self.services[service_id], self.item_of(service_id)
        found = {item.place: service_id}
        if self.plans:
            for name in (service.title, *service.aliases):
                for other in self._named[name]:
                    found.setdefault(self.item_of(other).place, other)
        return sorted(found.values(), key=lambda one: -self.plan_of(self.item_of(one).number).year)

    def group_of(self, service_id: str) -> int:
        """What answers for each other has one number: a plan item's services, and those of further plans about the same."""
        return min(self.item_of(one).number for one in self.same_matter(service_id))

    @cached_property
    def items(self) -> dict[int, Item]:
        """Every item by number, in the plan's order."""
        return {item.number: item for part in self.fields for item in part.items}

    @cached_property
    def services(self) -> dict[str, Service]:
        """Every service by its id, in the plan's order."""
        return {service.id: service for item in self.items.values() for service in item.services}

    @cached_property
    def _item_of_service(self) -> dict[str, Item]:
        return {service.id: item for item in self.items.values() for service in item.services}

    @cached_property
    def _departments_by_name(self) -> dict[str, Department]:
        return {department.name: department for department in self.departments}

    @cached_property
    def _hotlines_by_number(self) -> dict[str, Hotline]:
        return {hotline.number: hotline for hotline in self.hotlines}

    @cached_property
    def _laws_by_id(self) -> dict[str, Law]:
        return {law.id: law for law in self.laws}

    def item_of(self, service_id: str) -> Item:
        """The item that holds the service; KeyError when there is no such service."""
        return self._item_of_service[service_id]

    def department(self, name: str) -> Department:
        """The department of that short name; KeyError when there is none."""
        return self._departments_by_name[name]

    def hotline(self, number: str) -> Hotline:
        """The hotline of that number; KeyError when it is not known."""
        return self._hotlines_by_number[number]

    def law(self, law_id: str) -> Law:
        """The law of that id; KeyError when there is none."""
        return self._laws_by_id[law_id]

    def items_of_department(self, name: str) -> list[Item]:
        """What the department answers for, in the plan's order."""
        return [item for item in self.items.values() if name in item.departments]

    def on(self, day: datetime.date) -> "KnowledgeBase":
        """What is said on that day: without the texts and notices that do not hold then."""
        return replace(
            self,
            fields=tuple(replace(part, items=tuple(_item_on(item, day) for item in part.items)) for part in self.fields),
            notices=tuple(notice for notice in self.notices if notice.holds_on(day)),
        )

    def hotlines_for(self, service_id: str, *purposes: Purpose) -> Iterator[Hotline]:
        """The hotlines that may be named for the service, for these purposes only."""
        service, item = self.services[service_id], self.item_of(service_id)
        for hotline in self.hotlines:
            if (item.number in hotline.items or hotline.number in service.hotlines) and hotline.purpose in purposes:
                yield hotline


def _item_on(item: Item, day: datetime.date) -> Item:
    return item.model_copy(update={"services": tuple(_service_on(service, day) for service in item.services)})


def _service_on(service: Service, day: datetime.date) -> Service:
    over = {aspect for aspect, upkeep in service.upkeep.items() if not upkeep.holds_on(day)}
    if not over:
        return service
    said = {aspect: text for aspect, text in service.answers.items() if aspect not in over}
    kept = {aspect: upkeep for aspect, upkeep in service.upkeep.items() if aspect in said}
    for aspect in over:
        if then := service.upkeep[aspect].until_then(day):
            said[aspect], kept[aspect] = service.upkeep[aspect].earlier, then
    return service.model_copy(update={"answers": said, "upkeep": kept})

"""The knowledge base as a whole: what the parts of the service look things up in."""

import datetime
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from functools import cached_property

from knowledge.model import Department, Hotline, Item, Law, Notice, PlanHead, Purpose, Safety, Service, Unit


@dataclass(frozen=True)
class PlanField:
    """One of the plan's fields (方面) with its items in order."""

    title: str
    items: tuple[Item, ...]


@dataclass(frozen=True)
class KnowledgeBase:
    """A checked, immutable plan with its services, departments, hotlines and laws.

    ``document`` is the plan's whole text; ``wording`` holds the templates (section.name) that were changed in the console.
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
        """The plan item that holds the service; KeyError when there is no such service."""
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
    return service.model_copy(
        update={"answers": said, "upkeep": {a: upkeep for a, upkeep in service.upkeep.items() if a in said}}
    )

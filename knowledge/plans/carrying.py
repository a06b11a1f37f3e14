"""What is written about an item's services, carried over to the next plan's item: words stay, changed figures change."""

import datetime
import re
from dataclasses import replace
from typing import Any

from knowledge.base import KnowledgeBase
from knowledge.check import unsupported_figures
from knowledge.model import Aspect, Item, PlaceList, Service, tight
from knowledge.plans.findings import place_list
from knowledge.plans.matching import changed_figures
from knowledge.plans.records import ReadItem
from knowledge.plans.services import Part, answers_of
from knowledge.plans.settings import settings

_NOTES: dict[str, str] = settings("services")["notes"]


class Carrier:
    """Carries the services of one item over to its successor.

    Args:
        present: the knowledge that ``old`` belongs to.
        year: of the new plan.
        today: from when on a text that was carried over to changed words, or that speaks of the old year, is to be reviewed.

    ``notes`` tell an administrator what was left behind and what to look at.
    """

    def __init__(self, old: Item, new: ReadItem, present: KnowledgeBase, year: int, today: datetime.date) -> None:
        self.old, self.new, self.year, self.today = old, new, year, today
        self.before = present.plan.year
        self.notes: list[str] = []
        self._figures = changed_figures(old.text, new.text)
        self._words = tight(new.text)
        self._present = replace(present, plan=present.plan.model_copy(update={"year": year}))

    def services(self) -> list[dict[str, Any]]:
        """The services as records of a knowledge document."""
        return [self._service(service) for service in self.old.services]

    def _note(self, form: str, service: Service, **values: object) -> None:
        self.notes.append(_NOTES[form].format(number=self.new.number, title=service.title, **values))

    def _service(self, service: Service) -> dict[str, Any]:
        record: dict[str, Any] = service.model_dump(mode="json", by_alias=True, exclude_defaults=True)
        record["title"] = _replaced(service.title, self._figures)
        record["aliases"] = [_replaced(name, self._figures) for name in service.aliases]
        record["targets"] = self._targets(service)
        criteria = record.get("criteria", [])
        stays = [bool(one.law) or tight(one.words) in self._words for one in service.criteria]
        record["criteria"] = [criterion for criterion, stay in zip(criteria, stays, strict=True) if stay]
        for one, stay in zip(service.criteria, stays, strict=True):
            if not stay:
                self._note("left", service, what=_NOTES["criteria"], words=one.words)
        record["places"], record["place_list"] = self._places(service)
        record["answers"], record["upkeep"] = self._answers(service)
        return {name: value for name, value in record.items() if value not in ([], {}, None)}

    def _targets(self, service: Service) -> list[dict[str, str]]:
        out = []
        for target in service.targets:
            amount = target.amount if tight(target.amount) in self._words else _replaced(tight(target.amount), self._figures)
            if tight(amount) in self._words:
                out.append({"what": target.what, "amount": amount})
            else:
                self._note("left", service, what=_NOTES["targets"], words=target.what + tight(target.amount))
        return out

    def _places(self, service: Service) -> tuple[list[str], str | None]:
        """The places that the new text names; what was a list stays one only where places are named."""
        if not service.places:
            return [], str(service.place_list) if service.place_list else None
        names, is_open = place_list(self.new.text)
        stayed = [place for place in service.places if tight(place) in self._words]
        now = list(dict.fromkeys([*stayed, *names])) if len(self.old.services) == 1 else stayed
        for place in service.places:
            if place not in now:
                self._note("left", service, what=_NOTES["places"], words=place)
        kind = PlaceList.OPEN if is_open or service.place_list is PlaceList.OPEN else PlaceList.CLOSED
        return now, str(kind) if now else None

    def _answers(self, service: Service) -> tuple[dict[str, str], dict[str, dict[str, Any]]]:
        """The texts with what is kept about them; one whose figures the new item does not have is not carried over."""
        fresh = answers_of(self.new, Part(service.title, self.new.text, ""), self.year)
        item = self.old.model_copy(update={"text": self.new.text})  # with the old number, by which laws and hotlines know it
        changed = tight(self.old.text) != self._words
        answers: dict[str, str] = {}
        upkeep: dict[str, dict[str, Any]] = {}
        for aspect, text in service.answers.items():
            kept = service.upkeep.get(aspect)
            said = _replaced(text.replace(f"{self.before}年计划", f"{self.year}年计划"), self._figures)
            if strange := unsupported_figures(said, self._present, item, service, kept.basis if kept else ""):
                self._note("text_left", service, aspect=_NOTES[aspect], figure=strange[0], words=text)
                if aspect in fresh:
                    answers[str(aspect)] = fresh[aspect]
                continue
            answers[str(aspect)] = said
            if kept:
                upkeep[str(aspect)] = kept.model_dump(mode="json", exclude_defaults=True)
            if changed or (self.before != self.year and f"{self.before}年" in said):
                upkeep.setdefault(str(aspect), {})["review_on"] = self.today.isoformat()
                self._note("review", service, aspect=_NOTES[aspect])
        answers.setdefault(str(Aspect.OVERVIEW), fresh[Aspect.OVERVIEW])
        return answers, upkeep


def _replaced(text: str, figures: dict[str, str]) -> str:
    """The text with every figure that changed as it is now."""
    if not figures:
        return text
    pattern = "|".join(re.escape(figure) for figure in sorted(figures, key=len, reverse=True))
    return re.sub(rf"(?<![\d.])(?:{pattern})(?![\d.])", lambda found: figures[found.group()], text)

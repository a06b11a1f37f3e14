"""The one place that words replies: from the templates in data/ and from the knowledge base, never from its own phrases."""

import re
import tomllib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from bot.dialogue.eligibility import Match
from bot.dialogue.flows.feedback import FeedbackForm
from bot.dialogue.flows.particulars import masked
from bot.dialogue.promises import NOTHING_REPORTED, PromiseWords
from bot.dialogue.questions import Question
from bot.messages import Item, Mode, Option, Reply, SuggestedUnit
from bot.progress.records import Reported
from bot.questions.records import Faq
from bot.tickets.calendar import china_day
from bot.tickets.coordinates import point_of
from bot.tickets.letters import shown_time
from bot.tickets.records import Ticket
from knowledge.base import KnowledgeBase, PlanField
from knowledge.model import PLACE, Aspect, Hotline, Kind, PlaceList, Purpose, Service, place_of, tight, within_plan

WORDING = Path(__file__).parent / "data" / "wording.toml"

Source = dict[str, Any]

# A telephone number: digits that stand alone and are followed by no unit (120课时 is none).
_NUMBER = re.compile(r"(?<![\d.])(\d{3,5})(?![\d.%]|课时|人次|元|个|场|座|颗|册|亩|天|条|年|万)")

# What one may ask next, by the kind of service: the aspects that its residents ask most.
_NEXT: dict[Kind, tuple[Aspect, ...]] = {
    Kind.BENEFIT: (Aspect.ELIGIBILITY, Aspect.HOW, Aspect.AMOUNT, Aspect.CONTACT),
    Kind.SERVICE: (Aspect.ELIGIBILITY, Aspect.HOW, Aspect.WHERE, Aspect.CONTACT),
    Kind.ACTIVITY: (Aspect.TIME, Aspect.HOW, Aspect.CONTACT),
    Kind.WORKS: (Aspect.WHERE, Aspect.PROGRESS, Aspect.CONTACT),
    Kind.GOVERNANCE: (Aspect.PROGRESS, Aspect.CONTACT),
}


def with_changes(templates: dict[str, Any], changes: Mapping[str, str]) -> dict[str, Any]:
    """The templates with those in the place of which (section.name) something else was written in the console."""
    for key, changed in changes.items():
        *sections, name = key.split(".")
        section = templates
        for step in sections:
            section = section.setdefault(step, {})
        section[name] = changed
    return templates


class Wording:
    """Words replies about one knowledge base.

    Args:
        templates: the file of templates; every key that is asked for must be there (KeyError otherwise).
        reported: what departments reported on their promises.
    """

    def __init__(self, knowledge: KnowledgeBase, templates: Path = WORDING, reported: Reported = NOTHING_REPORTED) -> None:
        self.knowledge, self._promises = knowledge, PromiseWords(self.say, reported)
        self._templates = with_changes(tomllib.loads(templates.read_text(encoding="utf-8")), knowledge.wording)
        self._common = {
            **self._named_of(knowledge.items),
            "district": knowledge.plan.district,
            "count": len(knowledge.items),
        }

    def say(self, key: str, **values: object) -> str:
        """The template ``section.name`` with its fields filled in."""
        template: Any = self._templates
        for step in key.split("."):
            template = template[step]
        return str(template).format(**{**self._common, **values})

    # -- parts that several replies share ---------------------------------------------------------------------------------

    def item(self, service_id: str, confidence: float) -> Item:
        """The service as it stands in an answer object."""
        service, item = self.knowledge.services[service_id], self.knowledge.item_of(service_id)
        return Item(item.number, service.id, service.title, item.departments, confidence)

    def _named_of(self, numbers: Iterable[int]) -> dict[str, object]:
        """The ``plan`` and ``year`` of items for the templates; of several plans all, the newest first: 2023年、2022."""
        places = sorted({place_of(number) for number in numbers} & self.knowledge.heads.keys()) or [0]
        heads = sorted((self.knowledge.heads[place] for place in places), key=lambda head: -head.year)
        titles = dict.fromkeys(head.title for head in heads)
        return {"plan": "》、《".join(titles), "year": "年、".join(dict.fromkeys(str(head.year) for head in heads))}

    def _of(self, *service_ids: str) -> dict[str, object]:
        """The ``plan`` and ``year`` of services for the templates."""
        return self._named_of(self.knowledge.item_of(service_id).number for service_id in service_ids)

    def _apart(self, title: str, number: int, always: bool = True) -> str:
        """A title with its plan, where several are in force; not ``always``: only where it is not the first plan's."""
        if not self.knowledge.plans or not (always or place_of(number)):
            return title
        plan = self.knowledge.plan_of(number)
        alone = sum(head.year == plan.year for head in self.knowledge.heads.values()) == 1
        return self.say("browse.of_year" if alone else "browse.of_title", title=title, plan=plan.title, year=plan.year)

    def title(self, service_id: str) -> str:
        """What the service is called in an option: with its plan where another plan has the same matter, or is not the first."""
        several = len(self.knowledge.same_matter(service_id)) > 1
        return self._apart(self.knowledge.services[service_id].title, self.knowledge.item_of(service_id).number, several)

    def field_title(self, field: PlanField) -> str:
        """What a field is called in an option: with its plan, where it is not the first one's."""
        return self._apart(field.title, field.place * PLACE, False)

    def _cited_items(self, numbers: Iterable[int]) -> list[str]:
        """The items as the line of sources names them."""
        return [self.say("answer.plan_item", number=within_plan(n), **self._named_of([n])) for n in dict.fromkeys(numbers)]

    def departments(self, service_id: str) -> str:
        """The responsible departments' names."""
        return "、".join(self.knowledge.item_of(service_id).departments)

    def aspect_name(self, aspect: Aspect) -> str:
        """What an aspect is called in an option."""
        return self.say(f"aspects.{aspect}")

    def plan_source(self, number: int) -> Source:
        """The plan item as a source: its number within its plan, and which document that is."""
        return {"item": within_plan(number), "document": self.knowledge.plan_of(number).document_number}

    # -- a service's answer -----------------------------------------------------------------------------------------------

    def first_words(self, service: Service, aspect: Aspect) -> str:
        """What was asked, first: the published text, else that the plan is silent, else what follows from places and targets."""
        departments, of = self.departments(service.id), self._of(service.id)
        text = service.answers.get(aspect)
        if aspect is Aspect.PROGRESS and self._promises.is_reported(service):
            promised = text or self._promises.promised(service, of) or self._overview(service)
            return "\n".join([promised, *self._promises.lines(service)])
        if text and aspect is not Aspect.OVERVIEW:
            return text + "\n" + self._places(service) if aspect is Aspect.WHERE and service.place_list else text
        overview = self._overview(service)
        if aspect is Aspect.CONTACT:
            words = self.say("contact.responsible", title=service.title, departments=departments, **of)
            return words if self._has_contact(service.id) else words + self.say("contact.no_phone", departments=departments)
        if aspect is Aspect.PROGRESS:
            return self._progress(service, departments)
        if aspect is Aspect.WHERE and service.place_list:
            return self._places(service) + "\n" + overview
        if aspect is Aspect.OVERVIEW:
            return f"{overview}\n{self._places(service)}" if service.place_list is PlaceList.OPEN else overview
        side = "applied_for" if service.kind.applied_for else "government"
        return self.say(f"gap.{side}.{aspect}", departments=departments, **of) + "\n" + overview

    def _overview(self, service: Service) -> str:
        """The published text; the item's own words while that text does not hold."""
        said = service.answers.get(Aspect.OVERVIEW)
        return said or self.say("answer.verbatim", text=tight(self.knowledge.item_of(service.id).text), **self._of(service.id))

    @staticmethod
    def is_gap(service: Service, aspect: Aspect) -> bool:
        """Whether the plan does not state what was asked: staff can mend it by writing the text once."""
        derived = {Aspect.OVERVIEW, Aspect.CONTACT, Aspect.PROGRESS} | ({Aspect.WHERE} if service.place_list else set())
        return aspect not in service.answers and aspect not in derived

    def _has_contact(self, service_id: str) -> bool:
        names = self.knowledge.item_of(service_id).departments
        return any(self.knowledge.department(name).phone for name in names) or any(self._advice(service_id))

    def _advice(self, service_id: str) -> list[Hotline]:
        return list(self.knowledge.hotlines_for(service_id, Purpose.ADVICE))

    def _places(self, service: Service) -> str:
        departments = self.departments(service.id)
        total = self.say("places.total", amount=tight(service.targets[0].amount)) if service.targets else ""
        places = "、".join(tight(place) for place in service.places)
        kind = service.place_list or PlaceList.NONE
        return self.say(f"places.{kind}", places=places, total=total, departments=departments, **self._of(service.id))

    def _progress(self, service: Service, departments: str) -> str:
        words = self._promises.promised(service, self._of(service.id)) or self._overview(service)
        return words + self.say("progress.none_reported", departments=departments)

    def _contacts(self, service_id: str) -> Iterable[str]:
        service = self.knowledge.services[service_id]
        yield self.say("answer.departments", departments=self.departments(service_id))
        for name in self.knowledge.item_of(service_id).departments:
            department = self.knowledge.department(name)
            for key in ("phone", "address", "hours"):
                if value := getattr(department, key):
                    yield self.say(f"answer.department_{key}", name=name, **{key: value})
        if service.apply_at:
            yield self.say("answer.apply_at", place=service.apply_at.text)
        for hotline in self._advice(service_id):
            yield self.say("answer.hotline", number=hotline.number, name=hotline.name)

    def sources(self, service_id: str, text: str) -> list[Source]:
        """What ``text`` about the service rests on: the item, the laws that it names, the hotlines that it gives."""
        service, item = self.knowledge.services[service_id], self.knowledge.item_of(service_id)
        found: list[Source] = [self.plan_source(item.number)]
        cited = [self.knowledge.law(law_id) for law_id in service.laws]
        found += [{"law": law.name} for law in cited if any(mark in text for mark in law.marks)]
        found += self._hotlines_in(text)
        found += [
            {"published": upkeep.published.isoformat(), "by": upkeep.by, **({"basis": upkeep.basis} if upkeep.basis else {})}
            for aspect, upkeep in service.upkeep.items()
            if upkeep.published and service.answers[aspect] in text
        ]
        return found + self._promises.sources(service, text)

    def _cited(self, sources: Sequence[Source]) -> Iterable[str]:
        """The laws, and the texts that were written in the console, as the line of sources names them."""
        for source in sources:
            if "law" in source:
                yield source["law"]
            elif "published" in source:
                yield source.get("basis") or self.say("answer.updated", by=source["by"], date=source["published"])

    def _hotlines_in(self, text: str) -> list[Source]:
        """The hotlines that the text gives: whole numbers, not the 120 of 120课时."""
        given = set(_NUMBER.findall(text))
        return [{"hotline": hotline.number} for hotline in self.knowledge.hotlines if hotline.number in given]

    def service_reply(self, service_id: str, aspect: Aspect, confidence: float) -> Reply:
        """The answer about one service: what was asked, who is responsible, the source, and what can be asked next."""
        service, item = self.knowledge.services[service_id], self.knowledge.item_of(service_id)
        body = "\n".join([self.first_words(service, aspect), "", *self._contacts(service_id)])
        if service.kind in (Kind.BENEFIT, Kind.ACTIVITY, Kind.WORKS, Kind.SERVICE):
            body += "\n" + self.say("answer.verify", departments=self.departments(service_id), **self._of(service_id))
        sources = self.sources(service_id, body)
        cited = [*self._cited_items([item.number]), *self._cited(sources)]
        text = body + "\n" + self.say("answer.source", sources="；".join(cited))
        options = tuple(
            Option(str(k), self.aspect_name(next_aspect))
            for k, next_aspect in enumerate((a for a in _NEXT[service.kind] if a is not aspect), 1)
        )
        return Reply(Mode.ANSWER, text, (self.item(service_id, confidence),), options, sources=tuple(sources))

    def next_aspects(self, service_id: str, aspect: Aspect) -> list[Aspect]:
        """The aspects behind the options of ``service_reply``, in their order."""
        return [a for a in _NEXT[self.knowledge.services[service_id].kind] if a is not aspect]

    def several_reply(
        self, chosen: Sequence[tuple[str, Aspect, float]], together: bool, head: str = "answer.side_by_side"
    ) -> Reply:
        """Several services side by side: alternatives for one question, or (``together``) answers to several questions."""
        lines, sources, of = [], [], self._of(*(service_id for service_id, _, _ in chosen))
        for k, (service_id, aspect, _) in enumerate(chosen, 1):
            service = self.knowledge.services[service_id]
            words = self.first_words(service, aspect)
            lines.append(
                self.say(
                    "answer.side_line", k=k, title=self.title(service_id), departments=self.departments(service_id), text=words
                )
            )
            sources += self.sources(service_id, words)
        cited = self._cited_items(self.knowledge.item_of(s).number for s, _, _ in chosen)
        cited += list(dict.fromkeys(self._cited(sources)))
        lead = [] if together else [self.say(head, count=len(chosen), **of)]
        names = "、".join(dict.fromkeys(self.departments(s) for s, _, _ in chosen))
        tail = [self.say("answer.verify", departments=names, **of), self.say("answer.source", sources="；".join(cited))]
        return Reply(
            Mode.ANSWER,
            "\n\n".join([*lead, *lines, "\n".join(tail)]),
            tuple(self.item(s, confidence) for s, _, confidence in chosen),
            tuple(Option(str(k), self.title(s)) for k, (s, _, _) in enumerate(chosen, 1)),
            sources=tuple(sources),
        )

    def other_question(self, text: str) -> str:
        """That the second question of a message was not understood well enough."""
        return self.say("answer.other_question", text=_quotable(text, 30))

    # -- menus, turning away, departments --------------------------------------------------------------------------------

    def menu(self, lead: str, candidates: Sequence[tuple[str, float]], extra: Sequence[str] = ()) -> Reply:
        """A menu of services (id and probability), then ``extra`` options."""
        titles = [self.title(service_id) for service_id, _ in candidates]
        options = tuple(Option(str(k), text) for k, text in enumerate([*titles, *extra], 1))
        items = tuple(self.item(service_id, p) for service_id, p in candidates)
        return Reply(Mode.CLARIFY, lead, items, options, asking=True)

    def rejection(self, text: str, key: str = "reject.not_covered") -> Reply:
        """Told that it is not covered, who can tell, and that the question is kept."""
        hotline = next(
            (h for h in self.knowledge.hotlines if any(word in text for word in h.words)), self.knowledge.hotline("12345")
        )
        words = [self.say(key), self.say("reject.turn_to", number=hotline.number, name=hotline.name), self.say("reject.kept")]
        return Reply(Mode.REJECT, "\n".join(words), sources=({"hotline": hotline.number},))

    def written_reply(self, faq: Faq) -> Reply:
        """What staff wrote to a question outside the plan, with who and when."""
        office, day = faq.office or self.knowledge.plan.district, china_day(faq.at)
        text = faq.answer + "\n" + self.say("answer.source", sources=self.say("answer.written", by=office, date=day))
        return Reply(Mode.ANSWER, text, sources=({"published": day, "by": office}, *self._hotlines_in(faq.answer)))

    def department_reply(self, name: str, where: bool = False) -> Reply:
        """What a department answers for, item by item; ``where``: first how it is reached, or that the plan does not say."""
        items = self.knowledge.items_of_department(name)
        of = self._named_of(item.number for item in items)
        lines = [self.say("browse.department", name=name, count=len(items), **of)]
        shown: list[Item] = []
        several = len({item.place for item in items}) > 1
        for before, item in zip([None, *items], items, strict=False):
            if several and (before is None or before.place != item.place):
                lines.append(self.say("browse.of_plan", plan=self.knowledge.plan_of(item.number).title))
            titles = "、".join(service.title for service in item.services)
            lines.append(self.say("browse.department_line", number=item.within, titles=titles))
            shown += [self.item(service.id, 1.0) for service in item.services]
        department = self.knowledge.department(name)
        reach = [
            self.say(f"answer.department_{key}", name=name, **{key: value})
            for key in ("phone", "address", "hours")
            if (value := getattr(department, key))
        ]
        unsaid = [self.say("contact.no_phone", departments=name)] if where and not reach else []
        lines = [*(reach or unsaid), *lines] if where else [*lines, *reach]
        lines.append(self.say("answer.source", sources=f"《{of['plan']}》"))
        sources = [self.plan_source(item.number) for item in items] + list(self._hotlines_in("\n".join(unsaid)))
        return Reply(Mode.ANSWER, "\n".join(lines), tuple(shown), self._options(shown), sources=tuple(sources))

    def _options(self, shown: Iterable[Item]) -> tuple[Option, ...]:
        return tuple(Option(str(k), self.title(item.service)) for k, item in enumerate(shown, 1))

    def fields_reply(self) -> Reply:
        """The plan's fields to choose from."""
        fields = self.knowledge.fields
        options = tuple(Option(str(k), self.field_title(field)) for k, field in enumerate(fields, 1))
        return Reply(Mode.ANSWER, self.say("browse.fields", count=len(fields)), options=options)

    def departments_reply(self) -> Reply:
        """The departments to choose from."""
        names = [department.name for department in self.knowledge.departments]
        options = tuple(Option(str(k), name) for k, name in enumerate(names, 1))
        return Reply(Mode.ANSWER, self.say("browse.departments", count=len(names)), options=options)

    def field_reply(self, title: str) -> Reply:
        """The services of one field to choose from."""
        field = next(field for field in self.knowledge.fields if self.field_title(field) == title)
        shown = [self.item(service.id, 1.0) for item in field.items for service in item.services]
        options = self._options(shown)
        return Reply(
            Mode.ANSWER,
            self.say("browse.field", field=title),
            tuple(shown),
            options,
            sources=tuple(self.plan_source(item.number) for item in field.items),
        )

    def emergency(self, kind: str, resumable: bool) -> Reply:
        """The right number first."""
        safety = next((s.fact for s in self.knowledge.safety if s.matter == "燃气泄漏"), "")
        words = [self.say(f"emergency.{kind}", safety=safety), self.say("emergency.also")]
        if resumable:
            words.append(self.say("emergency.resume"))
        return self.with_hotlines(Mode.EMERGENCY, "\n".join(words))

    def with_hotlines(self, mode: Mode, text: str) -> Reply:
        """A reply that states nothing but the hotlines in it."""
        return Reply(mode, text, sources=tuple(self._hotlines_in(text)))

    def chitchat(self, key: str, **values: object) -> Reply:
        """Small talk, and talk about the service itself."""
        return Reply(Mode.CHITCHAT, self.say(f"chitchat.{key}", **values))

    # -- feedback and tickets ---------------------------------------------------------------------------------------------

    def place_of(self, location: dict[str, Any]) -> str:
        """The name of a location that was sent; its coordinates when it has none."""
        if label := str(location.get("label") or "").strip():
            return label
        latitude, longitude = point_of(location) or ("?", "?")
        return self.say("form.coordinates", latitude=latitude, longitude=longitude)

    def _unit_line(self, form: FeedbackForm, unit: SuggestedUnit | None) -> str:
        if form.service:
            item = self.knowledge.item_of(form.service)
            key = "form.unit.item_of_further" if item.place else "form.unit.item"
            return self.say(key, unit="、".join(item.departments), number=item.within, **self._of(form.service))
        return self.say("form.unit.plain", unit=self.unit_name(unit.name)) if unit else self.say("form.unit.none")

    def unit_name(self, name: str) -> str:
        """What a unit is called to residents."""
        return str(self._templates["form"]["units"].get(name, name))

    def _form(self, key: str, form: FeedbackForm, unit: SuggestedUnit | None, **more: object) -> str:
        place = self.say("form.place", place=_quotable(form.place)) if form.place else ""
        place += self.say("form.since", since=_quotable(form.since)) if form.since else ""
        place += self.say("form.contact", contact=f"{form.name} {masked(form.contact)}".strip()) if form.contact else ""
        place += self.say("form.photos", count=len(form.photos)) if form.photos else ""
        place += self.say("form.secret") if form.secret else ""
        kind = self.say(f"form.kinds.{form.kind}")
        return self.say(key, kind=kind, matter=_quotable(form.matter, 800), place=place, unit=self._unit_line(form, unit), **more)

    def _form_reply(self, text: str, form: FeedbackForm, unit: SuggestedUnit | None, **more: Any) -> Reply:
        items = (self.item(form.service, form.confidence),) if form.service else ()
        sources = (*(self.plan_source(item.number) for item in items), *self._hotlines_in(text))
        return Reply(Mode.FEEDBACK, text, items, unit=unit, sources=sources, **more)

    def _where_else(self, form: FeedbackForm, unit: SuggestedUnit | None) -> str:
        """Who takes it at once: the unit's own complaint line where there is one, and 12345."""
        known = next((u for u in self.knowledge.units if unit and u.name == unit.name and u.hotline), None)
        lines = [self.say("feedback.hotline")]
        if known and not form.service:
            hotline = self.knowledge.hotline(known.hotline)
            lines.insert(0, self.say("feedback.hotline_unit", number=hotline.number, name=hotline.name))
        if form.service:
            vertical = [n for n in self.knowledge.item_of(form.service).departments if self.knowledge.department(n).vertical]
            lines = [self.say("feedback.vertical", unit=name) for name in vertical] + lines
        return "\n".join(lines)

    def form_question(self, form: FeedbackForm, unit: SuggestedUnit | None) -> Reply:
        """What was understood so far, and where it is."""
        lines = [self.say("feedback.received", text=_quotable(form.matter)), self._unit_line(form, unit).strip()]
        lines += [self._where_else(form, unit)] if not form.told_where else []
        lines.append(self.say("form.ask_place_again" if form.place_again else "form.ask_place"))
        return self._form_reply("\n".join(lines), form, unit, asking=True)

    def form_shown(self, form: FeedbackForm, unit: SuggestedUnit | None, options: tuple[Option, ...], offers: str = "") -> Reply:
        """The whole for confirmation; ``offers``: which particulars may be added (since, contact, both)."""
        text = self._form("form.show", form, unit)
        if not form.told_where:
            text += "\n" + self._where_else(form, unit)
        if form.kind == "report" and not form.secret:
            text += "\n" + self.say("form.secret_offer")
        if offers:
            text += "\n" + self.say(f"form.offer.{offers}")
        return self._form_reply(text, form, unit, options=options, asking=True)

    def with_alike(self, reply: Reply, number: str, count: int, option: str) -> Reply:
        """The form for confirmation, with the offer to stand behind the ticket of others."""
        text = reply.text + "\n" + self.say("form.alike", number=number, count=count)
        return replace(reply, text=text, options=(*reply.options, Option(option, self.say("form.join_option"))))

    def not_accepted(self, reason: str, way: str) -> Reply:
        """That no office of the district may settle it, and the lawful way."""
        return self.with_hotlines(Mode.FEEDBACK, self.say("form.not_accepted", reason=reason, way=way))

    def form_filed(self, form: FeedbackForm, unit: SuggestedUnit | None, number: str, code: str) -> Reply:
        """Filed under this number; the code shows it to whoever knows both."""
        text = self._form("form.filed", form, unit, number=number) + "\n" + self.say("form.code", code=code)
        if form.secret:
            text += "\n" + self.say("form.secret_filed")
        if form.kind == "praise":
            text = self.say("feedback.praise") + "\n" + text
        return self._form_reply(text, form, unit, ticket=number)

    def tickets_shown(self, tickets: Sequence[tuple[Ticket, str]]) -> Reply:
        """What became of a resident's tickets, each with its state in words."""
        lines = [self.say("ticket.list", count=len(tickets))] if len(tickets) > 1 else []
        for ticket, state in tickets:
            kind = self.say(f"form.kinds.{ticket.kind}")
            matter = _quotable(ticket.matter, 60)
            day = china_day(ticket.at)
            line = self.say("ticket.shown", number=ticket.number, kind=kind, day=day, matter=matter, state=state)
            if ticket.reply and ticket.state == "answered":
                line += self.say("ticket.answered", reply=_quotable(ticket.reply, 400))
            elif ticket.due_at and ticket.lead and ticket.phase == "open":
                key = "ticket.due_provisional" if ticket.due_provisional else "ticket.due"
                line += self.say(key, day=shown_time(ticket.due_at))
            lines.append(line)
        return Reply(Mode.STATUS, "\n\n".join(lines), ticket=tickets[0][0].number)

    # -- the check which services apply ----------------------------------------------------------------------------------

    def eligibility_question(self, situation: str, found: Sequence[Match], question: Question) -> Reply:
        """What was understood, and the next question."""
        lines = [self.say("check.understood", situation=situation)] if situation else []
        items = tuple(self.item(m.service_id, 0.9 if m.certainty == "sure" else 0.5) for m in found)
        options = tuple(Option(number, text) for number, text in question.options)
        return Reply(Mode.ELIGIBILITY, "\n".join([*lines, question.text]), items, options, asking=True)

    def eligibility_outcome(self, situation: str, found: Sequence[Match]) -> Reply:
        """What may apply, sure ones first, each with its reason; nobody is told that they qualify."""
        lines = [self.say("check.understood", situation=situation)] if situation else []
        if not found:
            reply = "\n".join([*lines, self.say("check.nothing")])
            return Reply(Mode.ELIGIBILITY, reply, sources=({"hotline": "12345"},))
        lead = ""
        for k, one in enumerate(found, 1):
            if one.certainty != lead:
                lead = one.certainty
                lines += ["", self.say(f"check.{lead}")]
            lines.append(self._match_line(k, one))
        names = "、".join(dict.fromkeys(self.departments(m.service_id) for m in found))
        numbers = dict.fromkeys(m.item for m in found)
        cited = self._cited_items(numbers)
        laws = list(dict.fromkeys(self.knowledge.law(m.law).name for m in found if m.law))
        lines += ["", self.say("check.decide", departments=names), self.say("answer.source", sources="；".join([*cited, *laws]))]
        sources = [*(self.plan_source(number) for number in numbers), *({"law": law} for law in laws)]
        items = tuple(self.item(m.service_id, 0.9 if m.certainty == "sure" else 0.5) for m in found)
        options = self._options(items)
        return Reply(Mode.ELIGIBILITY, "\n".join(lines), items, options, sources=tuple(sources))

    def _match_line(self, k: int, one: Match) -> str:
        title = self.title(one.service_id)
        source = self.say("check.law") if one.law else self.say("check.plan", **self._of(one.service_id))
        line = self.say(
            "check.line",
            k=k,
            title=title,
            departments=self.departments(one.service_id),
            facts="、".join(one.facts),
            source=source,
            words=tight(one.words),
        )
        return line + (self.say("check.open") if one.open else "")


def _quotable(text: str, most: int = 80) -> str:
    """A resident's own words for showing back: one line, without what a channel could take for markup."""
    plain = " ".join(text.replace("<", "〈").replace(">", "〉").split())
    return plain if len(plain) <= most else plain[: most - 1] + "…"

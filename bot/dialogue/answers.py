"""Outcomes about services: an answer, several side by side, a menu, a list, a rejection; and what the state keeps of each."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Any, Literal

from bot.dialogue.ports import ForStaff
from bot.dialogue.state import Entry, Focus, Menu
from bot.dialogue.turn import Context, Outcome
from bot.dialogue.wording import Wording
from bot.messages import Mode, Option, Reply
from bot.questions.records import Faq
from bot.tickets.acceptance import lawful_way
from knowledge.base import KnowledgeBase
from knowledge.model import Aspect


class Answers:
    """Makes outcomes.

    Args:
        wording: words the replies.
    """

    def __init__(self, knowledge: KnowledgeBase, wording: Wording) -> None:
        self._knowledge, self._wording = knowledge, wording

    def menu(
        self,
        context: Context,
        lead: str,
        candidates: Sequence[tuple[str, float]],
        question: str,
        others: list[str],
        aspect: Aspect = Aspect.OVERVIEW,
    ) -> Outcome:
        """A menu of candidates with their probabilities; ``aspect``: the side of the chosen one that is told."""
        none = self._wording.say("clarify.none_of_these")
        reply = self._wording.menu(self._wording.say(lead), candidates, [none])
        entries = [
            Entry(kind="service", value=service, aspect=str(aspect), text=self._wording.title(service))
            for service, _ in candidates
        ]
        entries.append(Entry(kind="none", text=none))
        menu = Menu(entries=entries, waits=True, at=context.now, question=question, others=others)
        return Outcome(reply, context.state.model_copy(update={"menu": menu, "last_question": question}))

    def listed(self, context: Context, reply: Reply, kind: Literal["field", "department"] = "field") -> Outcome:
        """A reply whose options are services, or of that ``kind`` when it names no item."""
        if reply.items:
            entries = [Entry(kind="service", value=item.service, text=self._wording.title(item.service)) for item in reply.items]
        else:
            entries = [Entry(kind=kind, value=option.text, text=option.text) for option in reply.options]
        menu = Menu(entries=entries, waits=False, at=context.now)
        return Outcome(reply, context.state.model_copy(update={"menu": menu, "failures": 0}))

    def menu_again(self, context: Context, menu: Menu) -> Outcome:
        """The same menu, after a number that it does not have."""
        text = self._wording.say("clarify.out_of_range", count=len(menu.entries))
        candidates = [(entry.value, 0.0) for entry in menu.entries if entry.kind == "service"]
        extra = [entry.text for entry in menu.entries if entry.kind != "service"]
        return Outcome(self._wording.menu(text, candidates, extra), context.state.model_copy())

    def offering_person(self, context: Context, outcome: Outcome) -> Outcome:
        """With a person to be tapped."""
        words = self._wording.say("handoff.option")
        menu = Menu(entries=[Entry(kind="say", value="human", text=words)], waits=False, at=context.now)
        outcome.state = outcome.state.model_copy(update={"menu": menu})
        outcome.reply = replace(outcome.reply, options=(Option("1", words),))
        return outcome

    def written(self, context: Context, faq: Faq) -> Outcome:
        """What staff wrote to this question."""
        update = {"failures": 0, "last_question": context.message.text, "menu": None, "focus": None}
        state = context.state.model_copy(update=update)
        return Outcome(self._wording.written_reply(faq), state, decision={"faq": faq.id})

    def rejected(self, context: Context) -> Outcome:
        """Not known or not covered: who can tell, and that staff see it; a person is offered the second time."""
        failures = context.state.failures + 1
        reply = self._wording.rejection(context.meant.text)
        if way := lawful_way(context.meant.text):
            lawful = self._wording.not_accepted(way.reason, way.way)
            reply = replace(lawful, mode=Mode.REJECT, text=f"{lawful.text}\n{self._wording.say('reject.kept')}")
        if failures >= 2:
            reply = replace(reply, text=reply.text + "\n" + self._wording.say("reject.offer_person"))
        state = context.state.model_copy(update={"failures": failures, "last_question": context.message.text})
        outcome = Outcome(reply, state, [ForStaff("question", "计划没有覆盖，或没听懂")])
        return self.offering_person(context, outcome) if failures >= 2 else outcome

    def matter(self, context: Context, service: str, aspect: Aspect, confidence: float) -> Outcome:
        """What is known about a matter in every plan in force that has it."""
        same = self.same(service, context.meant.text)
        if len(same) == 1:
            return self.service(context, same[0], aspect, confidence)
        outcome = self.several(context, [(one, aspect, confidence) for one in same], False, "answer.same_matter")
        outcome.decision = self._shown(same[0], aspect)
        return outcome

    def same(self, service: str, text: str) -> list[str]:
        """The services of all plans about the same matter, the newest first; those of a year that the message names."""
        same = self._knowledge.same_matter(service)
        years = {one: str(self._knowledge.plan_of(self._knowledge.item_of(one).number).year) for one in same}
        return [one for one in same if years[one] in text] or same

    def _shown(self, service: str, aspect: Aspect) -> dict[str, Any]:
        """For the record: the aspect that was answered, and whether the plan is silent on it."""
        return {"aspect_shown": str(aspect), "gap": self._wording.is_gap(self._knowledge.services[service], aspect)}

    def service(self, context: Context, service: str, aspect: Aspect, confidence: float) -> Outcome:
        """One side of a service, which is in focus from then on; its other sides can be tapped."""
        reply = self._wording.service_reply(service, aspect, confidence)
        entries = [
            Entry(kind="service", value=service, aspect=next_aspect, text=self._wording.aspect_name(next_aspect))
            for next_aspect in self._wording.next_aspects(service, aspect)
        ]
        state = context.state.model_copy(
            update={
                "focus": Focus(service=service, at=context.now),
                "menu": Menu(entries=entries, waits=False, at=context.now),
                "failures": 0,
                "last_question": context.message.text,
            }
        )
        return Outcome(reply, state, decision=self._shown(service, aspect))

    def several(
        self,
        context: Context,
        chosen: Sequence[tuple[str, Aspect, float]],
        together: bool,
        head: str = "answer.side_by_side",
    ) -> Outcome:
        """Several services; ``together``: each was asked for, rather than one of them."""
        reply = self._wording.several_reply(chosen, together, head)
        outcome = self.listed(context, reply)
        outcome.state.focus = Focus(service=chosen[0][0], at=context.now)
        outcome.state.last_question = context.message.text
        return outcome

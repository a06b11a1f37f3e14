"""The steps of taking feedback: ask what is missing, show it, correct it, file it; and what became of it later."""

import re
from collections.abc import Callable
from dataclasses import replace

from bot.dialogue.flows.feedback import FeedbackForm, FeedbackReader
from bot.dialogue.ports import ForStaff
from bot.dialogue.state import Flow
from bot.dialogue.turn import Context, Outcome
from bot.dialogue.wording import Wording
from bot.messages import Kind, Message, Mode, Option, Reply, SuggestedUnit
from bot.tickets.matters import number_in
from bot.tickets.records import Ticket
from knowledge.base import KnowledgeBase

_URGE = re.compile(r"催|快点(?:办|处理)|怎么还没|咋还没|还没人")
_WITHDRAW = re.compile(r"撤回|撤销|撤了|不投诉了|不用办了|撤掉")
_ADD = re.compile(r"(?:补充|再说一?点)[:： ,，]*(?P<text>.{2,})")
_ASKS = re.compile(r"[吗么呢?]|咋|怎么|如何|哪|谁|多少|几|啥|什么|能不能|有没有")
CANCEL_OPTION = "2"
LEAST_QUESTION = 6
"""Characters that must be left beside 算了 for the rest to be a message of its own."""
COVERED_AT = 0.5
"""From this probability on a matter is said to belong to a plan item."""


class FeedbackFlow:
    """Takes a complaint, suggestion, request or praise in as few questions as it needs.

    Args:
        hand_over: answers what a message says besides cancelling the form.
    """

    name = "feedback"

    def __init__(self, knowledge: KnowledgeBase, wording: Wording, hand_over: Callable[[Context], Outcome]) -> None:
        self._knowledge, self._wording, self._reader = knowledge, wording, FeedbackReader()
        self._hand_over = hand_over

    def is_explicit(self, text: str) -> bool:
        """Whether the words themselves say that this is a complaint, a suggestion or praise."""
        return self._reader.is_explicit(text)

    # -- taking it --------------------------------------------------------------------------------------------------------

    def start(self, context: Context) -> Outcome:
        """From "我要投诉", or from a message that is a complaint already."""
        text = context.message.text.strip()
        form = FeedbackForm(kind=self._reader.kind(context.meant.text))
        if self._reader.has_matter(context.meant.text):
            form = self._with_matter(context, form, text)
        return self._next(context, form, first=True)

    def _with_matter(self, context: Context, form: FeedbackForm, text: str) -> FeedbackForm:
        meant = context.meant
        best = meant.candidates[0]
        inside = meant.covered >= COVERED_AT
        unit = self._knowledge.item_of(best.topic).departments[0] if inside else meant.unit
        return form.model_copy(
            update={
                "matter": text,
                "place": form.place or self._reader.place(meant.text),
                "service": best.topic if inside else None,
                "unit": None if unit == "12345" else unit,
                "confidence": best.probability if inside else meant.unit_confidence,
            }
        )

    def resume(self, context: Context) -> Outcome | None:
        """The next words for a running form; None when they are about something else."""
        assert context.state.flow is not None  # the engine resumes only what runs
        form = FeedbackForm.model_validate(context.state.flow.data)
        if context.message.kind is Kind.LOCATION:
            return self._next(context, form.model_copy(update={"place": self._wording.place_of(context.message.data)}))
        if context.meant.text.isdigit() and context.state.menu is not None:
            return None  # options of an answer in between
        if context.meant.text == CANCEL_OPTION and form.missing is None:
            return self._cancelled(context)
        heard = self._reader.hear(context.meant.text)
        if heard.cancelled:
            state = context.state.model_copy(update={"flow": None})
            if len(heard.besides) >= LEAST_QUESTION:
                return self._hand_over(replace(context, state=state))
            return self._cancelled(context)
        if heard.corrects:
            changes = {k: v for k, v in (("kind", heard.kind), ("place", heard.place), ("matter", heard.matter)) if v}
            return self._next(context, form.model_copy(update=changes))
        if not heard.confirmed and self._is_something_else(context, form):
            return None
        return self._continue(context, form, heard.confirmed)

    def _cancelled(self, context: Context) -> Outcome:
        state = context.state.model_copy(update={"flow": None})
        return Outcome(Reply(Mode.FEEDBACK, self._wording.say("form.cancelled")), state)

    def at_place(self, context: Context) -> Outcome:
        """A location that was sent first is the place of what follows."""
        place = self._wording.place_of(context.message.data)
        form = FeedbackForm(place=place)
        flow = Flow(name=self.name, at=context.now, data=form.model_dump(mode="json"))
        reply = Reply(Mode.FEEDBACK, self._wording.say("media.location", label=place), asking=True)
        return Outcome(reply, context.state.model_copy(update={"flow": flow, "menu": None}))

    @staticmethod
    def _is_something_else(context: Context, form: FeedbackForm) -> bool:
        """A question, a wish for a person … instead of what the form waits for."""
        meant = context.meant
        if meant.act in ("human", "privacy", "status", "capability", "browse", "dept"):
            return meant.act_confidence >= 0.5
        if form.missing == "matter" or (form.missing == "place" and not _ASKS.search(meant.text)):
            return False
        return meant.act == "ask" and meant.act_confidence >= 0.6 and meant.confidence >= 0.8

    def _adds(self, context: Context) -> bool:
        """Whether the words tell more of the matter: a statement long enough to say something, no question of its own."""
        meant = context.meant
        if self._reader.adds(meant.text) or meant.feedback >= COVERED_AT:
            return True
        return meant.act == "situation" and len(meant.text) >= LEAST_QUESTION

    def _continue(self, context: Context, form: FeedbackForm, confirmed: bool) -> Outcome | None:
        text = context.message.text.strip()
        if form.missing == "matter":
            if confirmed or not self._reader.has_matter(context.meant.text):
                return self._next(context, form)
            told = self._reader.kind(context.meant.text)
            return self._next(context, self._with_matter(context, form.model_copy(update={"kind": told}), text))
        if form.missing == "place":
            place = "" if confirmed else self._reader.whole_place(text)
            return self._next(context, form.model_copy(update={"place": place or form.place}))
        if confirmed:
            return self._file(context, form)
        place = self._reader.place(context.meant.text)
        if place and len(context.meant.text) <= len(place) + LEAST_QUESTION:
            return self._next(context, form.model_copy(update={"place": place}))
        if not self._adds(context):
            return None
        return self._next(context, form.model_copy(update={"matter": f"{form.matter}；{text}"[:500]}))

    def _next(self, context: Context, form: FeedbackForm, first: bool = False) -> Outcome:
        """Ask for what is missing, or show the whole for confirmation."""
        missing = form.missing
        asked = form.model_copy(update={"place_asked": missing == "place" or form.place_asked})
        state = context.state.model_copy(
            update={"flow": Flow(name=self.name, at=context.now, data=asked.model_dump(mode="json")), "menu": None, "failures": 0}
        )
        if missing == "matter":
            return Outcome(Reply(Mode.FEEDBACK, self._wording.say("form.ask_matter"), asking=True), state)
        options = tuple(
            Option(str(k), self._wording.say(f"form.{name}_option")) for k, name in enumerate(("confirm", "cancel"), 1)
        )
        if missing == "place":
            reply = self._wording.form_question(form, _unit(form))
        else:
            reply = self._wording.form_shown(form, _unit(form), options)
        kept = [ForStaff("feedback", str(form.kind), form.service, form.unit)] if first else []
        return Outcome(reply, state, kept)

    def _file(self, context: Context, form: FeedbackForm) -> Outcome:
        assert context.tickets is not None  # only a conversation without a store has none, and it has no running forms
        ticket = context.tickets.file(form.draft())
        state = context.state.model_copy(update={"flow": None})
        return Outcome(self._wording.form_filed(form, _unit(form), ticket.number), state)

    # -- what became of it ------------------------------------------------------------------------------------------------

    def status(self, context: Context) -> Outcome:
        """The state of a ticket, or of the latest ones; urged, added to, withdrawn where that is asked."""
        assert context.tickets is not None
        text, number = context.meant.text, number_in(context.meant.text)
        ticket = context.tickets.find(number) if number else None
        if number and ticket is None:
            return self._said(context, "ticket.not_found", number=number)
        mine = [ticket] if ticket else context.tickets.mine()
        if not mine:
            return Outcome(Reply(Mode.STATUS, self._wording.say("status.none"), sources=({"hotline": "12345"},)), context.state)
        if change := self._change(text, context.message):
            return self._changed(context, mine, *change)
        return Outcome(
            self._wording.tickets_shown([(ticket, context.tickets.state_of(ticket)) for ticket in mine]), context.state
        )

    @staticmethod
    def _change(text: str, message: Message) -> tuple[str, str] | None:
        if _WITHDRAW.search(text):
            return "withdraw", ""
        if match := _ADD.search(message.text):
            return "add", match.group("text")
        return ("urge", "") if _URGE.search(text) else None

    def _changed(self, context: Context, mine: list[Ticket], kind: str, text: str) -> Outcome:
        assert context.tickets is not None
        desk = context.tickets
        able = [ticket for ticket in mine if any(change.action == kind for change in desk.actions(ticket))]
        if not able:
            return self._said(context, "ticket.nothing_to_change")
        desk.perform(able[0].number, kind, **({"text": text} if text else {}))
        return self._said(context, f"ticket.{kind}", number=able[0].number)

    def _said(self, context: Context, key: str, number: str | None = None) -> Outcome:
        reply = Reply(Mode.STATUS, self._wording.say(key, number=number), ticket=number if key != "ticket.not_found" else None)
        return Outcome(reply, context.state)


def _unit(form: FeedbackForm) -> SuggestedUnit | None:
    return SuggestedUnit(form.unit, form.confidence) if form.unit else None

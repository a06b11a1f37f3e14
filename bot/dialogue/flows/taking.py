"""The steps of taking feedback: ask what is missing, show it, correct it, file it."""

import datetime
import re
from collections.abc import Callable, Sequence
from dataclasses import asdict, replace

from bot.dialogue.flows.feedback import FeedbackForm, FeedbackReader, Heard
from bot.dialogue.flows.particulars import LONGEST_SINCE, Particulars, ParticularsReader, without_person
from bot.dialogue.flows.photos import MOST_PHOTOS, loose_photos
from bot.dialogue.flows.several import Concerns, concerns
from bot.dialogue.ports import ForStaff
from bot.dialogue.state import Flow, Told
from bot.dialogue.suggestion import COVERED_AT, suggestion
from bot.dialogue.turn import Context, Interpret, Outcome
from bot.dialogue.wording import Wording
from bot.messages import Kind, Mode, Option, Reply, SuggestedUnit
from bot.tickets.acceptance import lawful_way
from bot.tickets.case import NotAllowed
from bot.tickets.coordinates import point_of
from knowledge.base import KnowledgeBase

_NUMBER_WORDS = re.compile(r"电话|手机|联系")
_JOINS = re.compile(r"一起反映|一块反映|加入|算我一个|同一件|就是这(?:个|件)")
CANCEL_OPTION, JOIN_OPTION = "2", "3"
LONGEST_OPTION = 2
"""Digits of an option's number; more are a telephone number."""
LONGEST_WISH = 20
"""A message of so few characters that speaks of secrecy is a wish about the form, and no matter of its own."""
_PART_OF_PLACE = re.compile(r"\d+(?:号楼|栋|单元)")
_HAPPENS = re.compile(r"[把被]|天天|总是|老是|没人|不让")
LONGEST_MATTER = 500
LITTLE_MORE = 4
"""Characters beside a place in a message that is nothing but a place."""
SURELY_ANOTHER = 0.8
"""A statement that is this surely about a service of the plan is no addition to the form."""
JUST_NOW = datetime.timedelta(minutes=30)
"""Who confirms once more so soon after filing means what was filed."""
LEAST_QUESTION = 6
"""Characters that must be left beside 算了 for the rest to be a message of its own."""


class FeedbackFlow:
    """Takes a complaint, suggestion, request or praise in as few questions as it needs.

    Args:
        hand_over: answers what a message says besides cancelling the form.
        interpret: gives the meaning of words that were told before.
    """

    name = "feedback"

    def __init__(
        self,
        knowledge: KnowledgeBase,
        wording: Wording,
        reader: FeedbackReader,
        hand_over: Callable[[Context], Outcome],
        interpret: Interpret,
    ) -> None:
        self._knowledge, self._wording, self._reader = knowledge, wording, reader
        self._hand_over, self._interpret, self._particulars = hand_over, interpret, ParticularsReader()

    def is_explicit(self, text: str) -> bool:
        """Whether the words themselves say that this is a complaint, a suggestion or praise."""
        return self._reader.complains(text)

    def concerns(self, text: str) -> Concerns:
        """The complaints of a message and the question beside them."""
        return concerns(text, self._reader)

    def tells_wrong(self, text: str) -> bool:
        """Whether something is wrong, and the words are no insult alone."""
        return self._reader.grieves(text)

    def declines(self, context: Context) -> bool:
        """Whether the words leave out a number that was offered to be given."""
        flow, text = context.state.flow, context.meant.text
        offered = flow is not None and flow.name == self.name and FeedbackForm.model_validate(flow.data).offered
        return offered and self._particulars.declines(text) and bool(_NUMBER_WORDS.search(text))

    def pending(self, context: Context) -> str:
        """A reminder of the form that is still open, and of what it waits for."""
        assert context.state.flow is not None
        missing = FeedbackForm.model_validate(context.state.flow.data).missing
        return self._wording.say(f"form.pending_{missing}" if missing else "form.pending")

    def is_nod(self, text: str) -> bool:
        """Whether a message without words is a sign of assent."""
        return self._reader.nods(text)

    def nods(self, context: Context) -> bool:
        """Whether a sign without words confirms the form that is shown."""
        flow = context.state.flow
        shown = flow is not None and flow.name == self.name and FeedbackForm.model_validate(flow.data).missing is None
        return shown and self._reader.nods(context.message.text)

    def confirmed_late(self, context: Context) -> Outcome | None:
        """A plain confirmation where no form is open: what was filed just now, else that nothing waits for it."""
        if not self._reader.confirms_plainly(context.meant.text):
            return None
        latest = context.tickets.mine(1) if context.tickets else []
        if latest and context.now - datetime.datetime.fromisoformat(latest[0].at) <= JUST_NOW:
            number = latest[0].number
            return Outcome(Reply(Mode.STATUS, self._wording.say("form.already", number=number), ticket=number), context.state)
        return Outcome(Reply(Mode.CHITCHAT, self._wording.say("form.nothing_open")), context.state)

    def taken_up(self, context: Context) -> Outcome | None:
        """A plain yes or no to a form that was left for a while: shown again, or dropped; None for other words."""
        assert context.state.flow is not None
        if self._reader.hear(context.meant.text).cancelled:
            return self._cancelled(context)
        if not (self._reader.confirms_plainly(context.meant.text) or self.nods(context)):
            return None
        outcome = self._next(context, FeedbackForm.model_validate(context.state.flow.data))
        outcome.reply = replace(outcome.reply, text=f"{self._wording.say('form.left_open')}\n{outcome.reply.text}")
        return outcome

    # -- taking it --------------------------------------------------------------------------------------------------------

    def start(self, context: Context) -> Outcome:
        """From "我要投诉", or from a message that is a complaint already."""
        text = context.message.text.strip()
        form = self._new_form(context).model_copy(
            update={
                "kind": self._reader.kind(context.meant.text),
                "secret": self._reader.wants_secrecy(context.meant.text) is True,
            }
        )
        if not self._reader.has_matter(context.meant.text) and (told := self._told_before(context)):
            context, text = replace(context, meant=self._interpret(told.text)), told.text
            first = told.message if form.first_message is None else form.first_message
            form = form.model_copy(update={"first_message": min(first, told.message) if first and told.message else first})
        if self._reader.has_matter(context.meant.text):
            if form.kind.needs_place and (way := lawful_way(context.meant.text)):
                return Outcome(self._wording.not_accepted(way.reason, way.way), context.state.model_copy(update={"flow": None}))
            form = self._with_matter(context, form, text)
            if number := self._told_already(context, form.matter):
                reply = Reply(Mode.STATUS, self._wording.say("form.told_before", number=number), ticket=number)
                return Outcome(reply, context.state.model_copy(update={"flow": None}))
        return self._next(context, form, first=True)

    def start_several(self, context: Context, matters: Sequence[str]) -> Outcome:
        """From a message with several complaints, or one beside a question: one after the other."""
        return self._begin(context, matters[0], list(matters[1:]), self._reader.wants_secrecy(context.meant.text) is True)

    def _begin(self, context: Context, matter: str, others: list[str], secret: bool) -> Outcome:
        meant = self._interpret(matter)
        context = replace(context, meant=meant, message=replace(context.message, text=matter))
        outcome = self.start(context)
        flow = outcome.state.flow
        if flow is None or flow.name != self.name:
            return outcome
        form = FeedbackForm.model_validate(flow.data).model_copy(update={"others": others})
        form = form.model_copy(update={"secret": secret or form.secret})
        first = outcome.for_staff if not form.secret else []
        outcome = self._next(replace(context, state=outcome.state), form)
        outcome.for_staff = first
        if others:
            words = self._wording.say("form.more_matters", count=len(others))
            outcome.reply = replace(outcome.reply, text=f"{outcome.reply.text}\n{words}")
        return outcome

    @staticmethod
    def _told_already(context: Context, matter: str) -> str:
        """The number of an open ticket of theirs about the very same; empty when there is none."""
        desk = context.tickets
        if desk is None:
            return ""
        open_ones = (one for one in desk.mine() if any(change.action == "urge" for change in desk.actions(one)))
        return next((one.number for one in open_ones if one.matter == matter), "")

    def _told_before(self, context: Context) -> Told | None:
        """What was told before it was said that it is a complaint."""
        told = context.state.told
        return told if told and context.now - told.at <= JUST_NOW else None

    def noted(self, context: Context, outcome: Outcome) -> Outcome:
        """Something wrong was told and answered as a question: it can be taken up as a complaint."""
        text, reply = context.meant.text, outcome.reply
        turned_away = reply.mode is Mode.REJECT and len(text) >= LEAST_QUESTION and context.meant.act not in ("noise", "human")
        wrong = self._reader.tells_wrong(text) or (turned_away and not self._reader.asks(text))
        if not wrong or outcome.state.flow or reply.mode not in (Mode.ANSWER, Mode.REJECT, Mode.CLARIFY, Mode.ELIGIBILITY):
            return outcome
        message = context.tickets.next_message if context.tickets else None
        outcome.state = outcome.state.model_copy(
            update={"told": Told(text=context.message.text.strip(), message=message, at=context.now)}
        )
        if not self._reader.asks(text):
            outcome.reply = replace(reply, text=f"{reply.text}\n\n{self._wording.say('form.take_up')}")
        return outcome

    @staticmethod
    def _new_form(context: Context) -> FeedbackForm:
        """With the photos that were sent before it was said what they are about."""
        loose = loose_photos(context)
        first = context.tickets.next_message if context.tickets else None
        return FeedbackForm(
            first_message=loose.first_message if loose else first,
            photos=loose.ids if loose else [],
        )

    def _with_matter(self, context: Context, form: FeedbackForm, text: str) -> FeedbackForm:
        place, thought = form.place or self._reader.place(context.meant.text), suggestion(self._knowledge, context.meant)
        told = self._particulars.read(context.meant.text, names=form.secret)
        return form.model_copy(update={"matter": without_person(text, told), "place": place, **asdict(thought), **told.found})

    def resume(self, context: Context) -> Outcome | None:
        """The next words for a running form; None when they are about something else."""
        assert context.state.flow is not None  # the engine resumes only what runs
        form = FeedbackForm.model_validate(context.state.flow.data)
        if context.message.kind is Kind.LOCATION:
            return self._next(context, self._at_location(context, form))
        if context.meant.text.isdigit() and len(context.meant.text) <= LONGEST_OPTION and context.state.menu is not None:
            return None  # options of an answer in between
        if context.meant.text == CANCEL_OPTION and form.missing is None:
            return self._cancelled(context)
        if form.alike and form.missing is None and (_JOINS.search(context.meant.text) or context.meant.text == JOIN_OPTION):
            return self._joined(context, form)
        wish = self._reader.wants_secrecy(context.meant.text)
        if wish is not None and form.matter and len(context.meant.text) <= LONGEST_WISH:
            form = form.model_copy(update={"secret": wish, "alike": ""})
            return self._next(context, self._person_apart(form) if wish else form)
        if form.matter and (outcome := self._particulars_only(context, form)):
            return outcome
        said = self._particulars.read(context.meant.text, asked=form.offered, names=form.secret)
        if form.missing is None and (outcome := self._held_back(context, form)):
            return outcome
        heard = self._reader.hear(without_person(context.meant.text, said))
        if self._reader.nods(context.message.text):
            heard = Heard(confirmed=True)
        if heard.cancelled:
            state = context.state.model_copy(update={"flow": None})
            if len(heard.besides) >= LEAST_QUESTION:
                return self._hand_over(replace(context, state=state))
            return self._cancelled(context)
        if heard.corrects:
            form = form.moved(heard.place) if heard.place else form
            form = form.reworded(heard.matter, heard.instead_of) if heard.matter else form
            form = form.model_copy(update={"since": heard.since[:LONGEST_SINCE]}) if heard.since else form
            return self._next(context, form.model_copy(update={"kind": heard.kind or form.kind}))
        if form.place and self._reader.cannot_name_place(context.meant.text):
            return self._next(context, form)
        if not heard.confirmed and self._is_something_else(context, form):
            return None
        return self._continue(context, form, heard.confirmed, said)

    def _held_back(self, context: Context, form: FeedbackForm) -> Outcome | None:
        """Not yet; something is wrong that is not said; or what will become of it."""
        text, unit = context.meant.text, form.unit or self._wording.say("form.whoever")
        told = {
            "waits": self._reader.waits,
            "what_is_wrong": self._reader.finds_wrong,
            "process": self._reader.asks_what_becomes,
            "photo": self._reader.asks_for_photos,
        }
        key = next((key for key, is_said in told.items() if is_said(text)), "")
        if not key:
            return None
        flow = Flow(name=self.name, at=context.now, data=form.model_dump(mode="json"))
        reply = Reply(Mode.FEEDBACK, self._wording.say(f"form.{key}", unit=unit), unit=_unit(form), asking=True)
        return Outcome(reply, context.state.model_copy(update={"flow": flow, "menu": None}))

    def _person_apart(self, form: FeedbackForm) -> FeedbackForm:
        """A matter that is to be secret names nobody who tells it."""
        told = self._particulars.read(form.matter, names=True)
        return form.model_copy(update={"matter": without_person(form.matter, told), **told.found})

    def _particulars_only(self, context: Context, form: FeedbackForm) -> Outcome | None:
        """Since when, or how to reach them, and nothing else; or that neither is wanted."""
        if form.offered and self._particulars.declines(context.meant.text):
            return self._next(context, form)
        told = self._particulars.read(context.meant.text, asked=form.offered)
        return self._next(context, form.model_copy(update=told.found)) if told.alone else None

    def _cancelled(self, context: Context) -> Outcome:
        state = context.state.model_copy(update={"flow": None})
        return Outcome(Reply(Mode.FEEDBACK, self._wording.say("form.cancelled")), state)

    def at_place(self, context: Context) -> Outcome:
        """A location that was sent first is the place of what follows."""
        form = self._at_location(context, self._new_form(context))
        flow = Flow(name=self.name, at=context.now, data=form.model_dump(mode="json"))
        reply = Reply(Mode.FEEDBACK, self._wording.say("media.location", label=form.place), asking=True)
        return Outcome(reply, context.state.model_copy(update={"flow": flow, "menu": None, "photos": None}))

    def with_photo(self, context: Context, photo: int) -> Outcome:
        """A photo for a running form: added, and the form goes on."""
        assert context.state.flow is not None
        form = FeedbackForm.model_validate(context.state.flow.data)
        if len(form.photos) >= MOST_PHOTOS:
            return Outcome(Reply(Mode.FEEDBACK, self._wording.say("photo.too_many", most=MOST_PHOTOS)), context.state)
        form = form.model_copy(update={"photos": [*form.photos, photo]})
        outcome = self._next(context, form)
        words = self._wording.say("photo.added_to_form", count=len(form.photos))
        outcome.reply = replace(outcome.reply, text=f"{words}\n{outcome.reply.text}")
        return outcome

    def _at_location(self, context: Context, form: FeedbackForm) -> FeedbackForm:
        location = context.message.data
        return form.at(self._wording.place_of(location), point_of(location))

    def _is_something_else(self, context: Context, form: FeedbackForm) -> bool:
        """A question, a wish for a person … instead of what the form waits for."""
        meant = context.meant
        if meant.act in ("human", "privacy", "status", "capability", "browse", "dept"):
            return meant.act_confidence >= 0.5
        if form.missing and (not self._reader.asks(meant.text) or self._reader.tells_wrong(meant.text)):
            return False
        return meant.act == "ask" and meant.act_confidence >= 0.6 and meant.confidence >= SURELY_ANOTHER

    def _adds(self, context: Context) -> bool:
        """Whether the words tell more of the matter: a statement long enough to say something, no question of its own."""
        meant = context.meant
        if self._reader.adds(meant.text) or self._reader.grieves(meant.text) or meant.feedback >= COVERED_AT:
            return True
        tells = meant.act in ("situation", "ask", "fragment", "too_broad") and not self._reader.asks(meant.text)
        return tells and len(meant.text) >= LEAST_QUESTION and (meant.act == "situation" or meant.confidence < SURELY_ANOTHER)

    def _continue(self, context: Context, form: FeedbackForm, confirmed: bool, said: Particulars) -> Outcome | None:
        text = context.message.text.strip()
        if form.missing == "matter":
            if confirmed or not self._reader.has_matter(context.meant.text):
                return self._next(context, form)
            told, place = self._reader.kind(context.meant.text, form.kind), self._reader.place(context.meant.text)
            if place and len(text) <= len(place) + LITTLE_MORE and not self._reader.tells_wrong(text):
                return self._next(context, form.at(self._reader.whole_place(text)))
            return self._next(context, self._with_matter(context, form.model_copy(update={"kind": told}), text))
        text = without_person(text, said)
        form = form.model_copy(update=said.found)
        if form.missing == "place":
            return self._next(context, form if confirmed else self._placed(context, form, text, said))
        if confirmed:
            return self._file(context, form)
        place = self._reader.place(context.meant.text)
        if place and len(context.meant.text) <= len(place) + LEAST_QUESTION:
            nearer = _PART_OF_PLACE.match(place) and place not in form.place
            return self._next(context, form.at(form.place + place if nearer else place))
        if not self._adds(context):
            return self._next(context, form) if said.contact else None
        return self._next(context, form.model_copy(update={"matter": f"{form.matter}；{text}"[:LONGEST_MATTER]}))

    def _placed(self, context: Context, form: FeedbackForm, text: str, said: Particulars) -> FeedbackForm:
        """The form after an answer to "where": the place alone, a place and more of the matter, or more of the matter only."""
        words = context.meant.text
        if self._reader.cannot_name_place(words):
            return form.at(self._wording.say("form.unknown_place"))
        if not said.found and not self._reader.has_matter(words):
            return form
        named = self._reader.place(words)
        besides = self._particulars.besides(text.replace(named, "") if named else text, said)
        tells = self._reader.tells_wrong(words) or bool(_HAPPENS.search(besides)) or context.meant.feedback >= COVERED_AT
        if named and tells and len(besides) >= LEAST_QUESTION:
            return form.at(named).model_copy(update={"matter": f"{form.matter}；{text}"[:LONGEST_MATTER]})
        if not named and tells and not form.place_again:
            return form.model_copy(update={"matter": f"{form.matter}；{text}"[:LONGEST_MATTER], "place_again": True})
        place = named if named and (said.found or tells) else self._reader.whole_place(text)
        if self._reader.is_nameless(place) and not form.place_again:
            return form.model_copy(update={"place_again": True})
        return form.at(place or self._reader.whole_place(text) or words)

    def _next(self, context: Context, form: FeedbackForm, first: bool = False) -> Outcome:
        """Ask for what is missing, or show the whole for confirmation."""
        offers = ""
        if form.missing is None:
            offers = "" if form.offered else form.open_particulars
            form = form.model_copy(update={"alike": self._alike(context, form), "offered": True})
        flow = Flow(name=self.name, at=context.now, data=form.model_dump(mode="json"))
        state = context.state.model_copy(update={"flow": flow, "menu": None, "photos": None, "told": None, "failures": 0})
        if form.missing == "matter":
            key = "form.ask_matter_there" if form.place else "form.ask_matter"
            return Outcome(Reply(Mode.FEEDBACK, self._wording.say(key, place=form.place), asking=True), state)
        asks = form.missing == "place"
        reply = self._wording.form_question(form, _unit(form)) if asks else self._shown(context, form, offers)
        kept = [ForStaff("feedback", str(form.kind), form.service, form.unit)] if first and not form.secret else []
        return Outcome(reply, state, kept)

    def _shown(self, context: Context, form: FeedbackForm, offers: str) -> Reply:
        """The whole for confirmation, with the offer to stand behind a ticket about the same thing."""
        options = tuple(
            Option(str(k), self._wording.say(f"form.{name}_option")) for k, name in enumerate(("confirm", "cancel"), 1)
        )
        reply = self._wording.form_shown(form, _unit(form), options, offers)
        if not form.alike:
            return reply
        return self._wording.with_alike(reply, form.alike, self._behind(context, form.alike), JOIN_OPTION)

    def _file(self, context: Context, form: FeedbackForm) -> Outcome:
        assert context.tickets is not None  # only a conversation without a store has none, and it has no running forms
        ticket = context.tickets.file(form.draft(), form.first_message)
        state = context.state.model_copy(update={"flow": None})
        reply = self._wording.form_filed(form, _unit(form), ticket.number, ticket.code)
        if not form.others:
            return Outcome(reply, state)
        following = self._begin(replace(context, state=state), form.others[0], form.others[1:], form.secret)
        words = f"{reply.text}\n\n{self._wording.say('form.next_matter')}\n{following.reply.text}"
        following.reply = replace(following.reply, text=words, ticket=ticket.number)
        return following

    def _alike(self, context: Context, form: FeedbackForm) -> str:
        """The number of an open ticket about the same thing that the resident does not stand behind; empty when there is none."""
        unknown = form.place == self._wording.say("form.unknown_place")
        if form.secret or unknown or not form.kind.needs_place or context.tickets is None:
            return ""
        return next((ticket.number for ticket in context.tickets.duplicates(form.draft())), "")

    @staticmethod
    def _behind(context: Context, number: str) -> int:
        """How many residents stand behind the ticket."""
        assert context.tickets is not None
        ticket = context.tickets.desk.store.ticket(number)
        return 1 + (ticket.joined if ticket else 0)

    def _joined(self, context: Context, form: FeedbackForm) -> Outcome:
        """The resident stands behind the ticket of others instead of filing one more."""
        assert context.tickets is not None
        try:
            ticket = context.tickets.perform(form.alike, "join", text=form.matter, name=form.name, contact=form.contact)
            if form.photos:
                words = self._wording.say("photo.added", count=len(form.photos))
                context.tickets.add_photos(ticket.number, form.photos, words)
        except NotAllowed:  # closed or withdrawn meanwhile
            return self._next(context, form.model_copy(update={"alike": ""}))
        state = context.state.model_copy(update={"flow": None})
        text = self._wording.say("form.joined", number=ticket.number, count=1 + ticket.joined)
        return Outcome(Reply(Mode.FEEDBACK, text, unit=_unit(form), ticket=ticket.number), state)


def _unit(form: FeedbackForm) -> SuggestedUnit | None:
    return SuggestedUnit(form.unit, form.confidence) if form.unit else None

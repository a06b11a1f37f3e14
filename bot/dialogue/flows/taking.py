"""The steps of taking feedback: ask what is missing, show it, correct it, file it."""

import datetime
import re
from collections.abc import Callable, Sequence
from dataclasses import asdict, replace

from bot.dialogue.flows import joining
from bot.dialogue.flows.corrections import LONGEST_MATTER, Correction, CorrectionReader, corrected
from bot.dialogue.flows.feedback import FeedbackForm, FeedbackReader, Heard
from bot.dialogue.flows.particulars import Particulars, ParticularsReader, without_person
from bot.dialogue.flows.photos import MOST_PHOTOS, loose_photos
from bot.dialogue.flows.several import ConcernReader, Concerns
from bot.dialogue.ports import ForStaff
from bot.dialogue.state import Flow, Told
from bot.dialogue.suggestion import COVERED_AT, suggestion
from bot.dialogue.turn import Context, Interpret, Outcome
from bot.dialogue.wording import Wording
from bot.messages import Kind, Mode, Option, Reply, SuggestedUnit
from bot.tickets.acceptance import lawful_way
from bot.tickets.coordinates import point_of
from bot.tickets.letters import short
from knowledge.base import KnowledgeBase

_WISHES = re.compile(r"^(?:我?(?:想|要)?(?:建议|提议|希望)|(?:你们?|区里|政府|街道|社区)?(?:能不能|能否|可不可以|可否)(?=.{4}))")
"""A wish, which is the matter of a suggestion though it is put as a question."""
_NUMBER_WORDS = re.compile(r"电话|手机|联系")
CANCEL_OPTION = "2"
LONGEST_OPTION = 2
"""Digits of an option's number; more are a telephone number."""
LONGEST_WISH = 20
"""A message of so few characters that speaks of secrecy is a wish about the form, and no matter of its own."""
_PART_OF_PLACE = re.compile(r"\d+(?:号楼|栋|单元)")
_HAPPENS = re.compile(r"[把被]|天天|总是|老是|没人|不让")
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
        self._concerns, self._corrections = ConcernReader(reader), CorrectionReader(reader, self._particulars)

    def is_explicit(self, text: str) -> bool:
        """Whether the words themselves say that this is a complaint, a suggestion or praise."""
        return self._reader.complains(text)

    def concerns(self, text: str) -> Concerns:
        """The complaints of a message and the question beside them."""
        return self._concerns.read(text)

    def asks(self, text: str) -> bool:
        """Whether the words ask rather than tell."""
        return self._reader.asks(text)

    def tells_wrong(self, text: str) -> bool:
        """Whether something is wrong, and the words are no insult alone."""
        return self._reader.grieves(text)

    def declines(self, context: Context) -> bool:
        """Whether the words leave out, or take back, a number that can be given."""
        flow, text = context.state.flow, context.meant.text
        if flow is None or flow.name != self.name:
            return False
        form = FeedbackForm.model_validate(flow.data)
        leaves_out = form.offered and self._particulars.declines(text) and bool(_NUMBER_WORDS.search(text))
        return leaves_out or self._corrections.dropped(text, form) is not None

    def pending(self, flow: Flow) -> str:
        """A reminder of the form that is still open, and of what it waits for."""
        missing = FeedbackForm.model_validate(flow.data).missing
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
        """A plain yes or no to a form that was left for a while, or the place that it waits for; None for other words."""
        assert context.state.flow is not None
        form, text = FeedbackForm.model_validate(context.state.flow.data), context.meant.text
        if self._reader.hear(text).cancelled:
            return self._cancelled(context, form)
        place = self._reader.place(text)
        if form.missing == "place" and place and len(text) <= len(place) + LITTLE_MORE and not self._reader.tells_wrong(text):
            form = form.at(self._reader.whole_place(text))
        elif not (self._reader.confirms_plainly(text) or self._reader.goes_on(text) or self.nods(context)):
            return None
        return self._before(self._wording.say("form.left_open"), self._next(context, form))

    @staticmethod
    def _before(words: str, outcome: Outcome) -> Outcome:
        """The outcome with words ahead of its reply."""
        outcome.reply = replace(outcome.reply, text=f"{words}\n{outcome.reply.text}")
        return outcome

    # -- taking it --------------------------------------------------------------------------------------------------------

    def start(self, context: Context, before: FeedbackForm | None = None, others: Sequence[str] = ()) -> Outcome:
        """From "我要投诉", or from a message that is a complaint already.

        Args:
            before: the form of the matter that was told in the same message and taken before this.
            others: what is to be taken after this.
        """
        text = context.message.text.strip()
        form = self._new_form(context).model_copy(
            update={
                "kind": self._reader.kind(context.meant.text),
                "secret": self._reader.wants_secrecy(context.meant.text) is True,
                "others": list(others),
            }
        )
        form = form.after(before) if before else form
        if not self._reader.has_matter(context.meant.text) and (told := self._told_before(context)):
            context, text = replace(context, meant=self._interpret(told.text)), told.text
            first = told.message if form.first_message is None else form.first_message
            form = form.model_copy(update={"first_message": min(first, told.message) if first and told.message else first})
        if self._reader.has_matter(context.meant.text):
            if form.kind.needs_place and (way := lawful_way(context.meant.text)):
                return self._going_on(context, form, self._wording.not_accepted(way.reason, way.way))
            form = self._with_matter(context, form, text)
            if before and form.kind.needs_place and not form.place:
                form = form.at(before.place, before.point)
            if number := self._told_already(context, form.matter):
                words = self._wording.say("form.told_before", number=number)
                return self._going_on(context, form, Reply(Mode.STATUS, words, ticket=number))
        outcome = self._next(context, form, first=True)
        if others:
            words, shown = self._wording.say("form.more_matters", count=len(others)), outcome.reply.text
            said, question = shown.rsplit("\n", 1) if not outcome.reply.options else (shown, "")
            outcome.reply = replace(outcome.reply, text=f"{said}\n{words}\n{question}".strip())
        return outcome

    def _going_on(self, context: Context, form: FeedbackForm, reply: Reply) -> Outcome:
        """The form is done with by ``reply``; the next matter of the same message follows."""
        context = replace(context, state=context.state.model_copy(update={"flow": None}))
        if not form.others:
            return Outcome(reply, context.state)
        following = self._begin(context, form.others, form)
        words = f"{reply.text}\n\n{self._wording.say('form.next_matter')}\n{following.reply.text}"
        sources = (*reply.sources, *(one for one in following.reply.sources if one not in reply.sources))
        ticket = reply.ticket or following.reply.ticket
        following.reply = replace(following.reply, text=words, ticket=ticket, sources=sources)
        return following

    def start_several(self, context: Context, matters: Sequence[str]) -> Outcome:
        """From a message with several complaints, or one beside a question: one after the other."""
        secret = self._reader.wants_secrecy(context.meant.text) is True
        return self._begin(context, list(matters), FeedbackForm(secret=secret))

    def _begin(self, context: Context, matters: list[str], before: FeedbackForm | None) -> Outcome:
        """The first of the matters; what was said with the one ``before`` it need not be said again."""
        matter, others = matters[0], matters[1:]
        context = replace(
            context, meant=self._interpret(matter), message=replace(context.message, text=matter, kind=Kind.TEXT, data={})
        )
        return self.start(context, before, others)

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
        if lawful_way(text):
            return outcome
        wrong = self._reader.tells_wrong(text) or (turned_away and not self._reader.asks(text))
        if not wrong or outcome.state.flow or reply.mode not in (Mode.ANSWER, Mode.REJECT, Mode.CLARIFY, Mode.ELIGIBILITY):
            return outcome
        message = context.tickets.next_message if context.tickets else None
        outcome.state = outcome.state.model_copy(
            update={"told": Told(text=context.message.text.strip(), message=message, at=context.now)}
        )
        if not self._reader.asks(text) or (reply.mode is Mode.REJECT and self._reader.tells_wrong(text)):
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
        form, text = FeedbackForm.model_validate(context.state.flow.data), context.meant.text
        if context.message.kind is Kind.LOCATION:
            return self._next(context, self._at_location(context, form))
        if text.isdigit() and len(text) <= LONGEST_OPTION and context.state.menu is not None:
            return None  # options of an answer in between
        if text == CANCEL_OPTION and form.missing is None:
            return self._cancelled(context, form)
        if form.alike and form.missing is None and joining.joins(text):
            return self._joined(context, form)
        if form.alike and joining.apart(text) and not joining.by_itself(text):
            return self._next(context, form.model_copy(update={"apart": True}))
        if form.others and self._concerns.is_one(text):
            whole = "；".join([form.matter, *form.others])[:LONGEST_MATTER]
            return self._next(context, self._told_anew(form.model_copy(update={"others": []}), whole))
        wish = self._reader.wants_secrecy(text)
        if wish is not None and form.matter and len(text) <= LONGEST_WISH:
            form = form.model_copy(update={"secret": wish, "alike": ""})
            return self._next(context, self._person_apart(form) if wish else form)
        if form.matter and (dropped := self._corrections.dropped(text, form)):
            return self._put_right(context, form, [dropped])
        if form.matter and (outcome := self._particulars_only(context, form)):
            return outcome
        said = self._particulars.read(text, asked=form.offered, names=form.secret)
        if form.missing is None and (outcome := self._held_back(context, form)):
            return outcome
        heard = self._reader.hear(without_person(text, said))
        if self._reader.nods(context.message.text) or (form.alike and joining.by_itself(text)):
            heard = Heard(confirmed=True)
        if heard.cancelled:
            return self._given_up(context, form, heard)
        if form.matter and not heard.confirmed and (corrections := self._put_right_by(text, form)):
            return self._put_right(context, form, corrections)
        if (form.place and self._reader.cannot_name_place(text)) or self._reader.goes_on(text):
            return self._next(context, form)
        if not heard.confirmed and self._is_something_else(context, form):
            return None
        return self._continue(context, form, heard.confirmed, said)

    def _put_right_by(self, text: str, form: FeedbackForm) -> list[Correction]:
        """What the words put right, or how the part should be that was said to be wrong."""
        found = self._corrections.read(text, form)
        if found or not form.correcting or self._reader.asks(text):
            return found
        answer = self._corrections.answered(text, form.correcting, form)
        return [answer] if answer else []

    def _put_right(self, context: Context, form: FeedbackForm, corrections: Sequence[Correction]) -> Outcome:
        """The parts put right and the form shown; the first is asked for of which it was not said how it should be."""
        wanting: Correction | None = None
        for one in corrections:
            if one.part == "photos":
                one = replace(one, drops=True)
            if one.broken or not (one.value or one.drops):
                wanting = wanting or one
                continue
            form = corrected(form, one, self._reader)
            form = self._told_anew(form, form.matter) if one.part == "matter" else form
        if wanting is None:
            return self._next(context, form)
        key = "form.broken_number" if wanting.broken else f"form.right.{wanting.part}"
        form = form.model_copy(update={"correcting": wanting.part})
        return self._waiting(context, form, self._wording.say(key, number=wanting.value))

    def _told_anew(self, form: FeedbackForm, matter: str) -> FeedbackForm:
        """The form with another matter, and who takes that."""
        thought = suggestion(self._knowledge, self._interpret(matter))
        return form.model_copy(update={"matter": matter, **asdict(thought)})

    def _given_up(self, context: Context, form: FeedbackForm, heard: Heard) -> Outcome:
        """One of several matters, all of them, or this one; what is said besides is answered."""
        text = context.meant.text
        if form.others and self._concerns.means_all(text):
            form = form.model_copy(update={"others": []})
        elif form.others and (k := self._concerns.meant(text, [form.matter, *form.others], form.nth)):
            others = [matter for n, matter in enumerate(form.others, 1) if n != k]
            words = self._wording.say("form.other_dropped", matter=short(form.others[k - 1]))
            return self._before(words, self._next(context, form.model_copy(update={"others": others})))
        elif not form.others and len(heard.besides) >= LEAST_QUESTION:
            return self._hand_over(replace(context, state=context.state.model_copy(update={"flow": None})))
        return self._cancelled(context, form)

    def _held_back(self, context: Context, form: FeedbackForm) -> Outcome | None:
        """Not yet; something is wrong that is not said; or what will become of it."""
        text = context.meant.text
        unit = self._wording.unit_name(form.unit) if form.unit else self._wording.say("form.whoever")
        told = {
            "waits": self._reader.waits,
            "what_is_wrong": self._reader.finds_wrong,
            "process": self._reader.asks_what_becomes,
            "photo": self._reader.asks_for_photos,
        }
        key = next((key for key, is_said in told.items() if is_said(text)), "")
        if not key:
            return None
        return self._waiting(context, form, self._wording.say(f"form.{key}", unit=unit))

    def _waiting(self, context: Context, form: FeedbackForm, words: str) -> Outcome:
        """The form waits for what the words ask for."""
        flow = Flow(name=self.name, at=context.now, data=form.model_dump(mode="json"))
        reply = Reply(Mode.FEEDBACK, words, unit=_unit(form), asking=True)
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
        if not told.alone:
            return None
        form = form.model_copy(update={"correcting": ""} if form.correcting in told.found else {})
        return self._next(context, form.model_copy(update=told.found))

    def _cancelled(self, context: Context, form: FeedbackForm) -> Outcome:
        key = "form.this_cancelled" if form.others else "form.cancelled"
        return self._going_on(context, form, Reply(Mode.FEEDBACK, self._wording.say(key)))

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
        return self._before(self._wording.say("photo.added_to_form", count=len(form.photos)), self._next(context, form))

    def _at_location(self, context: Context, form: FeedbackForm) -> FeedbackForm:
        location = context.message.data
        return form.at(self._wording.place_of(location), point_of(location))

    def _is_something_else(self, context: Context, form: FeedbackForm) -> bool:
        """A question, a wish for a person … instead of what the form waits for."""
        meant = context.meant
        if meant.act in ("human", "privacy", "status", "capability", "browse", "dept"):
            return meant.act_confidence >= 0.5
        if form.missing == "matter" and _WISHES.search(meant.text):
            return False
        if form.missing and self._asks_plainly(context):
            return True
        if form.missing and (not self._reader.asks(meant.text) or self._reader.tells_wrong(meant.text)):
            return False
        return meant.act == "ask" and meant.act_confidence >= 0.6 and meant.confidence >= SURELY_ANOTHER

    def _asks_plainly(self, context: Context) -> bool:
        """Whether the words are a question, where a complaint or its place was to come."""
        meant = context.meant
        tells = self._reader.tells_wrong(meant.text) or meant.feedback >= COVERED_AT
        tells = tells or bool(self._reader.place(meant.text)) or self._reader.cannot_name_place(meant.text)
        return meant.act == "ask" and meant.act_confidence >= 0.6 and self._reader.asks(meant.text) and not tells

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
            return self._next(context, form.at(form.place + place) if nearer else form.moved(place))
        if text in form.matter:
            return self._next(context, form)
        if not self._adds(context):
            return self._next(context, form) if said.contact else None
        return self._next(context, self._told_anew(form, f"{form.matter}；{text}"[:LONGEST_MATTER]))

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
            alike = joining.alike(context, form, self._wording.say("form.unknown_place"))
            form = form.model_copy(update={"alike": alike, "offered": True})
        shown = form
        if form.missing != "matter":
            form = form.model_copy(update={"told_where": True})
        flow = Flow(name=self.name, at=context.now, data=form.model_dump(mode="json"))
        state = context.state.model_copy(update={"flow": flow, "menu": None, "photos": None, "told": None, "failures": 0})
        if form.missing == "matter":
            key = "form.ask_matter_there" if form.place else "form.ask_matter"
            return Outcome(Reply(Mode.FEEDBACK, self._wording.say(key, place=form.place), asking=True), state)
        asks = form.missing == "place"
        reply = self._wording.form_question(shown, _unit(form)) if asks else self._shown(context, shown, offers)
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
        return self._wording.with_alike(reply, form.alike, joining.behind(context, form.alike), joining.JOIN_OPTION)

    def _file(self, context: Context, form: FeedbackForm) -> Outcome:
        assert context.tickets is not None  # only a conversation without a store has none, and it has no running forms
        ticket = context.tickets.file(form.draft(), form.first_message)
        return self._going_on(context, form, self._wording.form_filed(form, _unit(form), ticket.number, ticket.code))

    def _joined(self, context: Context, form: FeedbackForm) -> Outcome:
        """The resident stands behind the ticket of others instead of filing one more."""
        ticket = joining.join(context, form, self._wording.say("photo.added", count=len(form.photos)))
        if ticket is None:
            return self._next(context, form.model_copy(update={"alike": ""}))
        text = self._wording.say("form.joined", number=ticket.number, count=1 + ticket.joined)
        return self._going_on(context, form, Reply(Mode.FEEDBACK, text, unit=_unit(form), ticket=ticket.number))


def _unit(form: FeedbackForm) -> SuggestedUnit | None:
    return SuggestedUnit(form.unit, form.confidence) if form.unit else None

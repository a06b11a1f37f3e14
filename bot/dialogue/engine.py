"""One turn: the state before, a message and what it means → the reply and the state after.  Nothing is kept here."""

import datetime
import re
from dataclasses import replace
from typing import Any

from bot.dialogue.acts import LOST, Acts, lists_departments
from bot.dialogue.answers import Answers
from bot.dialogue.broad import BroadQuestions
from bot.dialogue.choosing import Choice, Chosen, choose
from bot.dialogue.fitting import cut_at_sentence, options_size
from bot.dialogue.flows.afterwards import Afterwards
from bot.dialogue.flows.danger import DangerFlow
from bot.dialogue.flows.deletion import DeletionFlow
from bot.dialogue.flows.eligibility import EligibilityFlow
from bot.dialogue.flows.feedback import FeedbackReader
from bot.dialogue.flows.handoff import HandoffFlow
from bot.dialogue.flows.photos import PhotoFlow
from bot.dialogue.flows.taking import FeedbackFlow
from bot.dialogue.following import FollowUps
from bot.dialogue.parts import split_questions
from bot.dialogue.policy import Decision, Thresholds, Verdict, decide, menu_of
from bot.dialogue.ports import ForStaff, NothingWritten, Written
from bot.dialogue.state import ConversationState, Entry, Menu, Rest
from bot.dialogue.turn import SMALL_TALK, Context, Interpret, Outcome
from bot.dialogue.wording import Wording
from bot.live import LiveRules
from bot.messages import Kind, Mode, Reply
from bot.questions.records import Faq
from intents.taught import TAUGHT
from intents.text import has_words
from intents.understanding import Interpretation
from knowledge.base import KnowledgeBase
from knowledge.model import Aspect

BROAD = "clarify.broad"
"""The words ahead of a menu where the question names no service."""
FEW_WORDS = 6
"""A complaint of so few characters is of what was just spoken of."""
_RATINGS = {"有用": "rated_useful", "没用": "rated_useless"}
SURE_ASPECT, SURE_UNASKED = 0.5, 0.9
"""So sure must be which side of a service is asked for, in a question and in words that ask nothing (殡葬的事)."""
PART_AT = 0.5
"""A question among several is answered from this confidence on: every answer stands under its title, so an error is seen."""
LEFT_OPEN = datetime.timedelta(days=2)
"""So long a form that was left is still taken up, until the evening after; words about anything else go elsewhere after
``focus_minutes``."""
SHORT = 7
"""A message of so few characters that holds no service's name leans on the one in focus, whatever it resembles."""
LEAST_TEXT = 240
"""Bytes of a reply that are shown at least, even where the options under it need more room than there is."""
_ASKS_WHERE = re.compile(r"电话|号码|在哪|搁哪|哪儿|哪里|哪块|地址|咋走|怎么走|几点|上班|下班|开门|联系")
_ASKS_DUTIES = re.compile(r"(?:管|干|负责|做|办).{0,2}(?:啥|哈|什么|哪些|么)|是个?(?:啥|什么|干)")
_ONCE_MORE = re.compile(
    r"^(?:请|麻烦|你|您|能不能|可以|把|刚才|刚刚|上面|那个|那|问的|说的|的|,)*(?:再|重新|重)(?:给我)?(?:说|讲|发|答|念)(?:一)?(?:遍|下|次)(?:吗|吧|呗|好吗)*[。.?!]*$"
)
_INQUIRES = re.compile(r"(?:我?想|我?要|来)?(?:请?问|咨询|了解|打听)(?:问|一?下)?")
_READ_ON = re.compile(r"^(继续|接着看|接着说|往下看|下面呢|还有呢|后面呢)[。.!]?$")


class Dialogue:
    """Answers one message after another.

    Args:
        knowledge: what to say.
        interpret: gives the meaning of a text, for the parts of a message with two questions.
        thresholds: when to answer, ask back, decline.
        focus_minutes: how long a service stays what "it" means.
        retention_days: told to residents who ask what is kept.
        live: how long one waits for a person, and when there is one.
        written: what staff wrote to questions outside the plan.
    """

    def __init__(
        self,
        knowledge: KnowledgeBase,
        wording: Wording,
        interpret: Interpret,
        thresholds: Thresholds,
        focus_minutes: int = 30,
        retention_days: int = 365,
        live: LiveRules = LiveRules(),
        written: Written = NothingWritten(),
    ) -> None:
        self.knowledge, self.wording, self.interpret, self.thresholds = knowledge, wording, interpret, thresholds
        self.focus_time = datetime.timedelta(minutes=focus_minutes)
        self.deletion = DeletionFlow(wording, retention_days)
        reader = FeedbackReader()
        self.feedback = FeedbackFlow(knowledge, wording, reader, self._act, interpret)
        self.afterwards = Afterwards(wording, reader)
        self.photos = PhotoFlow(wording)
        self.eligibility = EligibilityFlow(knowledge, wording, thresholds.answer_at, thresholds.clarify_at)
        self.danger = DangerFlow(wording, thresholds, interpret, SMALL_TALK)
        self.handoff = HandoffFlow(wording, live, thresholds.answer_at)
        self._written = written
        self._follow_ups = FollowUps()
        self._broad, self._answers = BroadQuestions(knowledge), Answers(knowledge, wording)
        self._acts = Acts(knowledge, thresholds, reader)
        self._names = tuple({name for s in knowledge.services.values() for name in (s.title, *s.aliases)})
        self._flows = {flow.name: flow for flow in (self.deletion, self.feedback, self.eligibility, self.afterwards)}

    # -- the order in which a message is looked at -------------------------------------------------------------------------

    def prepare(self, meant: Interpretation) -> None:
        """Think of what the words alone decide, before a turn begins: while one runs, nobody else can write."""
        for part in split_questions(meant.text):
            self.interpret(part)
        found = self.feedback.concerns(meant.text)
        for part in (*found.matters, found.question):
            if part:
                self.interpret(part)
        self.eligibility.prepare(meant.text)
        self.danger.prepare(meant.text)
        if meant.confidence < self.thresholds.answer_at:
            self._written.alike(meant.text)

    def written_to(self, text: str) -> Faq | None:
        """What staff wrote to that question, or to one that says the same."""
        return self._written.exactly(text) or self._written.alike(text)

    def respond(self, context: Context) -> Outcome:
        """The outcome of one message.  Danger comes first, then what the message is, then what was going on."""
        for step in (
            self._danger,
            self.handoff.taken,
            self._no_text,
            self._reading_on,
            self._once_more,
            self._rated,
            self.handoff.given_up,
            self._running_flow,
            self.afterwards.rated,
            self.afterwards.reached,
            self._choice,
            self.afterwards.pressed,
            self._follow_up,
            self.feedback.confirmed_late,
            self.handoff.waiting,
            self.afterwards.answering,
            self._act,
        ):
            if outcome := step(context):
                outcome.decision = {**self._record(context), **outcome.decision, "step": step.__name__.strip("_")}
                if outcome.quiet:
                    outcome.state = self.photos.noted(context)
                    return outcome
                if step != self.afterwards.reached:  # a telephone number is no danger, whatever it resembles
                    outcome = self.danger.cautious(context, outcome)
                outcome = self.feedback.noted(context, outcome)
                return self._fit(context, self._reminding(context, outcome))
        raise AssertionError("the last step always answers")

    def _record(self, context: Context) -> dict[str, Any]:
        meant = context.meant
        return {
            "text": meant.text,
            "words": list(meant.words),
            "act": [meant.act, round(meant.act_confidence, 3)],
            "aspect": [meant.aspect, round(meant.aspect_confidence, 3)],
            "candidates": [[c.topic, round(c.probability, 3)] for c in meant.candidates[:4]],
            "confidence": round(meant.confidence, 3),
            "covered": round(meant.covered, 3),
            "danger": [meant.danger_kind, round(meant.danger, 3)],
        }

    def _reminding(self, context: Context, outcome: Outcome) -> Outcome:
        """Something else was answered while a form is open: it is not forgotten."""
        flow, before = outcome.state.flow, context.state.flow
        answered_by_form = outcome.reply.mode in (Mode.FEEDBACK, Mode.EMERGENCY)
        waits = flow == before or (before is not None and before.name == self.deletion.name)
        if flow and waits and flow.name == self.feedback.name and not answered_by_form:
            outcome.reply = _with_text(outcome.reply, f"{outcome.reply.text}\n\n{self.feedback.pending(flow)}")
        return outcome

    def _fit(self, context: Context, outcome: Outcome) -> Outcome:
        """Cut a reply that is too long for its channel at a sentence; the rest waits for 继续."""
        limit, reply = context.message.limit, outcome.reply
        if limit is None or len(reply.text.encode()) + options_size(reply.options) <= limit:
            return outcome
        note = self.wording.say("channel.read_on")
        room = max(limit - options_size(reply.options) - len(note.encode()) - 2, LEAST_TEXT)
        shown, rest = cut_at_sentence(reply.text, room)
        outcome.reply = _with_text(reply, f"{shown}\n{note}")
        outcome.state.rest = Rest(text=rest, reply={**reply.as_json(), "options": []})
        return outcome

    # -- danger, media, reading on ----------------------------------------------------------------------------------------

    def _danger(self, context: Context) -> Outcome | None:
        return None if self.feedback.declines(context) else self.danger.answer(context)

    def _no_text(self, context: Context) -> Outcome | None:
        message, state = context.message, context.state
        if message.kind is Kind.FOLLOW:
            return Outcome(self.wording.chitchat("welcome"), ConversationState())
        if message.kind is Kind.IMAGE and context.photo is not None:
            running = state.flow and state.flow.name == self.feedback.name and context.now - state.flow.at <= self.focus_time
            return self.feedback.with_photo(context, context.photo) if running else self.photos.arrived(context)
        if message.kind is Kind.LOCATION:
            return None if state.flow and state.flow.name == self.feedback.name else self.feedback.at_place(context)
        if message.kind is not Kind.TEXT and not message.text.strip():
            return Outcome(Reply(Mode.CHITCHAT, self.wording.say(f"media.{message.kind}")), state)
        if not has_words(context.meant.text) and not self.feedback.nods(context):
            return Outcome(self.wording.chitchat("ack" if self.feedback.is_nod(message.text) else "blank"), state)
        return None

    def _once_more(self, context: Context) -> Outcome | None:
        """The last question answered again, for who did not get it."""
        asked = context.state.last_question
        if not asked or not _ONCE_MORE.match(context.meant.text):
            return None
        return self._act(replace(context, message=replace(context.message, text=asked), meant=self.interpret(asked)))

    def _reading_on(self, context: Context) -> Outcome | None:
        if not _READ_ON.match(context.meant.text):
            return None
        state = context.state.model_copy(update={"rest": None})
        if context.state.rest is None:
            return Outcome(self.wording.chitchat("nothing_more"), state)
        whole = Reply.from_json(context.state.rest.reply)
        return Outcome(_with_text(whole, context.state.rest.text), state)

    def _rated(self, context: Context) -> Outcome | None:
        rating = _RATINGS.get(context.meant.text)
        if rating is None:
            return None
        useful, question = rating == "rated_useful", context.state.last_question
        kept = [] if useful else [ForStaff("question", f"评价没用：{question}", text=question or None)]
        return Outcome(self.wording.chitchat(rating), context.state, kept, useful=useful)

    # -- menus ------------------------------------------------------------------------------------------------------------

    def _choice(self, context: Context) -> Outcome | None:
        menu = context.state.menu
        if menu is None or context.now - menu.at > self.focus_time:
            return None
        choice = choose(context.meant.text, [entry.text for entry in menu.entries])
        if isinstance(choice, Chosen):
            return self._chosen(context, menu, menu.entries[choice.position])
        if choice is Choice.OUT_OF_RANGE and menu.waits:
            return self._answers.menu_again(context, menu)
        if choice is Choice.NONE_OF_THESE:
            return self._none_of_these(context, menu)
        return None

    def _chosen(self, context: Context, menu: Menu, entry: Entry) -> Outcome | None:
        if entry.kind == "none":
            return self._none_of_these(context, menu)
        if entry.kind == "service":
            return self._answers.service(context, entry.value, Aspect(entry.aspect), 1.0)
        if entry.kind == "field":
            return self._answers.listed(context, self.wording.field_reply(entry.value))
        if entry.kind == "department":
            return self._answers.listed(context, self.wording.department_reply(entry.value))
        if entry.kind == "photos":
            return self.photos.to_ticket(context, entry.value)
        if entry.kind == "say" and entry.value == "human":
            return self.handoff.start(context)
        return None

    def _none_of_these(self, context: Context, menu: Menu) -> Outcome:
        """A second best menu, then staff."""
        if menu.waits and len(menu.others) >= 1:
            shown = [(one, 0.0) for other in menu.others[:4] for one in self._answers.same(other, menu.question)]
            return self._answers.menu(context, "clarify.second_menu", shown, menu.question, [], self._aspect(context.meant))
        question = menu.question or context.state.last_question
        lines = [self.wording.say("reject.given_up"), self.wording.say("reject.offer_person")]
        reply = Reply(Mode.REJECT, "\n".join(lines), sources=({"hotline": "12345"},))
        state = context.state.model_copy(update={"failures": context.state.failures + 1})
        outcome = Outcome(reply, state, [ForStaff("question", f"都不是：{question}", text=question or None)])
        return self._answers.offering_person(context, outcome)

    # -- flows ------------------------------------------------------------------------------------------------------------

    def _running_flow(self, context: Context) -> Outcome | None:
        flow = context.state.flow
        if flow is None or flow.name not in self._flows:
            return None
        if context.now - flow.at > self.focus_time:
            returns = flow.name == self.feedback.name and context.now - flow.at <= LEFT_OPEN
            if not returns:
                context.state.flow = None
            return self.feedback.taken_up(context) if returns else None
        outcome = self._flows[flow.name].resume(context)
        if outcome is None and flow.name == self.deletion.name:
            # A later "好的" would be taken for consent: whoever speaks of something else has not confirmed.
            context.state.flow = self.deletion.interrupted(context.state)
            return self._running_flow(context)
        return outcome

    # -- what the message is ----------------------------------------------------------------------------------------------

    def _act(self, context: Context) -> Outcome:
        meant, state = context.meant, context.state
        if meant.offices and meant.act == "dept" and not self.feedback.is_explicit(meant.text):
            return self._answers.listed(
                context, self.wording.department_reply(meant.offices[0], bool(_ASKS_WHERE.search(meant.text)))
            )
        if outcome := self._several(context):
            return outcome
        act = self._acts.of(context)
        if act in (*SMALL_TALK, LOST):
            outcome = Outcome(self.wording.chitchat(act), state)
            return self._answers.offering_person(context, outcome) if act in ("insult", LOST) else outcome
        handler = {
            "human": self.handoff.start,
            "status": self.afterwards.status,
            "privacy": self.deletion.start,
            "browse": self._browse,
            "capability": self.eligibility.start,
            "feedback": self._complaint,
            "feedback_start": self._complaint,
            "noise": self._noise,
        }.get(act, self._question)
        return handler(context)

    def _several(self, context: Context) -> Outcome | None:
        """Several complaints in one message, or a complaint beside a question that can be answered: both are heard."""
        found = self.feedback.concerns(context.meant.text)
        asked = self.interpret(found.question) if found.question else None
        answered = asked is not None and asked.confidence >= self.thresholds.answer_at
        if not found.matters or (len(found.matters) == 1 and not answered):
            return None
        outcome = self.feedback.start_several(context, found.matters)
        if asked is not None and answered:
            answer = self.wording.service_reply(asked.candidates[0].topic, self._aspect(asked), asked.confidence)
            sources = (*answer.sources, *outcome.reply.sources)
            outcome.reply = replace(outcome.reply, text=f"{answer.text}\n\n{outcome.reply.text}", sources=sources)
        return outcome

    def _browse(self, context: Context) -> Outcome:
        if lists_departments(context.meant.text):
            return self._answers.listed(context, self.wording.departments_reply(), "department")
        return self._answers.listed(context, self.wording.fields_reply())

    def _noise(self, context: Context) -> Outcome:
        return Outcome(Reply(Mode.REJECT, self.wording.say("reject.noise")), context.state)

    # -- questions --------------------------------------------------------------------------------------------------------

    def _focus(self, context: Context) -> str | None:
        focus = context.state.focus
        if focus is None or context.now - focus.at > self.focus_time or focus.service not in self.knowledge.services:
            return None
        return focus.service

    def _complaint(self, context: Context) -> Outcome:
        return self.feedback.start(self._of_focus(context))

    def _of_focus(self, context: Context) -> Context:
        """The message with the service just spoken of ahead of few words that name nothing (太脏了)."""
        service, text = self._focus(context), context.message.text.strip()
        if service is None or len(text) > FEW_WORDS or not self.feedback.tells_wrong(context.meant.text):
            return context
        told = f"{self.wording.title(service)}：{text}"
        return replace(context, message=replace(context.message, text=told), meant=self.interpret(told))

    def _follow_up(self, context: Context) -> Outcome | None:
        """A short message about a side of the service in focus, unless it names another one for sure."""
        service, meant = self._focus(context), context.meant
        asks = self._follow_ups.aspect(meant.text) is not None and self.feedback.asks(meant.text)
        if service is None or meant.level == TAUGHT or self._acts.is_no_follow_up(meant, asks):
            return None
        short = len(meant.text) <= SHORT and not any(name in meant.text for name in self._names)
        named = not short and meant.confidence >= self.thresholds.answer_at and meant.candidates[0].topic != service
        aspect = self._follow_ups.aspect(meant.text)
        if aspect is not None and not named:
            return self._answers.service(context, service, aspect, 1.0)
        if meant.act == "fragment" and not named:
            return self._answers.service(context, service, self._aspect(meant), 1.0)
        return None

    def _aspect(self, meant: Interpretation) -> Aspect:
        """The side that is asked for: the whole, unless the words say it or the classifier is sure."""
        aspect = Aspect(meant.aspect)
        if self._follow_ups.asks_for(aspect, meant.text):
            return aspect
        asks = self.feedback.asks(_INQUIRES.sub("", meant.text))
        sure = SURE_ASPECT if asks else SURE_UNASKED
        return aspect if meant.aspect_confidence >= sure and meant.text not in self._names else Aspect.OVERVIEW

    def _question(self, context: Context) -> Outcome:
        if context.meant.level != TAUGHT and (faq := self._written.exactly(context.meant.text)):
            return self._answers.written(context, faq)
        parts = [self.interpret(part) for part in split_questions(context.meant.text)]
        sure = [part for part in parts if part.confidence >= min(PART_AT, self.thresholds.answer_at)]
        unsure = [part for part in parts if part not in sure and part.covered >= self.thresholds.clarify_at]
        if len(sure) >= 2 and len({part.candidates[0].group for part in sure}) >= 2:
            said = [
                (one, self._aspect(p), p.confidence) for p in sure for one in self._answers.same(p.candidates[0].topic, p.text)
            ]
            return self._answers.several(context, said, True)
        if len(sure) == 1 and unsure:
            first = sure[0]
            outcome = self._answers.matter(context, first.candidates[0].topic, self._aspect(first), first.confidence)
            other = self.wording.other_question(unsure[0].text)
            outcome.reply = _with_text(outcome.reply, f"{outcome.reply.text}\n\n{other}")
            return outcome
        decision = decide(context.meant, self.thresholds)
        if context.meant.act == "too_broad":
            decision = Decision(Verdict.CLARIFY, menu_of(context.meant.candidates))
        if decision.verdict in (Verdict.REJECT, Verdict.CLARIFY) and (faq := self._written.alike(context.meant.text)):
            return self._answers.written(context, faq)
        if decision.verdict in (Verdict.REJECT, Verdict.CLARIFY) and self.feedback.tells_wrong(context.meant.text):
            return self._complaint(context)
        if decision.verdict is Verdict.REJECT and context.meant.offices and _ASKS_DUTIES.search(context.meant.text):
            return self._answers.listed(context, self.wording.department_reply(context.meant.offices[0]))
        if menu := self._for_some_people(context, decision):
            return menu
        if self.eligibility.tells_a_life(context):
            return self.eligibility.start(context)
        if context.meant.act == "situation" and decision.verdict is Verdict.REJECT:
            return self.eligibility.start(context)
        return self._carry_out(context, decision)

    def _for_some_people(self, context: Context, decision: Decision) -> Outcome | None:
        """The menu of what is for the people asked about, unless a service for them is what the question names for sure."""
        found = self._broad.services(context.meant.text) if context.meant.level != TAUGHT else []
        if not found or (decision.verdict is Verdict.ANSWER and decision.candidates[0].topic in found):
            return None
        likely = {one.topic: one.probability for one in context.meant.candidates}
        shown = [(one, likely.get(one, 0.0)) for one in found]
        side = self._follow_ups.aspect(context.meant.text) or Aspect.OVERVIEW
        return self._answers.menu(context, BROAD, shown, context.message.text, [], side)

    def _carry_out(self, context: Context, decision: Decision) -> Outcome:
        meant = context.meant
        if decision.verdict is Verdict.ANSWER:
            return self._answers.matter(context, decision.candidates[0].topic, self._aspect(meant), meant.confidence)
        if decision.verdict is Verdict.SIDE_BY_SIDE:
            said = [
                (s, Aspect.OVERVIEW, c.probability) for c in decision.candidates for s in self._answers.same(c.topic, meant.text)
            ]
            return self._answers.several(context, said, False)
        if decision.verdict is Verdict.CLARIFY:
            lead = BROAD if meant.act == "too_broad" else "clarify.which"
            shown = [(one, c.probability) for c in decision.candidates for one in self._answers.same(c.topic, meant.text)]
            others = [c.topic for c in meant.candidates if c.topic not in {s for s, _ in shown}][:3]
            return self._answers.menu(context, lead, shown, context.message.text, others, self._aspect(meant))
        return self._answers.rejected(context)


def _with_text(reply: Reply, text: str) -> Reply:
    return replace(reply, text=text)

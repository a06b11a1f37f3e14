"""Which service applies to me: circumstances gathered over a few turns, then what may apply and why."""

import re
from functools import lru_cache

from pydantic import BaseModel

from bot.dialogue.eligibility import Certainty, Match, answered, match, next_question, outcome
from bot.dialogue.ports import ForStaff
from bot.dialogue.state import Entry, Flow, Menu
from bot.dialogue.turn import Context, Outcome
from bot.dialogue.wording import Wording
from bot.messages import Mode, Reply
from intents.circumstances import LifeSituation, Situation, life_situation, read
from knowledge.base import KnowledgeBase

_CORRECTS = re.compile(r"(?:说|写|打|弄|记)错|不对|更正|改一下|^不是|应该是|其实")
_STOPS = re.compile(r"^(?:算了|不查了|不看了|不问了|先不|取消|停|退出|不说了)")
_ASKS_SOMETHING = re.compile(
    r"[吗么嘛不没](?:$|[,，。;])|[吗么嘛?]|咋|怎么|如何|哪|谁|多少|几|啥|什么|能不能|能给|可不可以|有没有|行不行|可以|申请|报名|求|帮帮|想问|给不给|是不是|还是|到底|([一-龥])不\1"
)
_ASKS_NOTHING = re.compile(r"没(?:啥|什么|几|多少|谁|哪)|(?:好|前|这|那|十|老)几|几十|不(?:怎么|咋|多少)|多少(?:有|也|还)")
"""Words of asking that ask nothing: 没啥收入, 好几年."""
_ASKS_BROADLY = re.compile(
    r"(?:啥|什么|哪些|哪样)(?:补|政策|帮|照顾|优惠|待遇|救助|福利|说法|好处|项目|服务|能)|(?:能|可以)(?:给|帮|替|为)?(?:我们?|俺|他们?|她|咱|孩子|老人|家里)?(?:享受|领|申请|办|拿|得|帮)(?:到|点)?(?:啥|什么|哪)|有(?:啥|什么)(?:能|可以)"
)


KNOWN_TEXTS = 4096
"""How many texts a process remembers the life of: the same short questions come again and again."""
CERTAIN = 0.95
"""Who asks so surely about one service is answered, unless the circumstances lead for sure to another one."""
NAMED_AT = 0.5
"""A service this likely that the circumstances do not lead to is what the message asks about."""


class Check(BaseModel):
    """What the check knows; kept in the conversation's state.  ``first``: the service that the first words were nearest to."""

    situation: Situation = Situation()
    asked: list[str] = []
    question: str = ""
    options: list[str] = []
    first: str = ""


class EligibilityFlow:
    """Finds what may apply, asks what would decide, and takes corrections."""

    name = "eligibility"

    def __init__(self, knowledge: KnowledgeBase, wording: Wording, answer_at: float, covered_at: float) -> None:
        self._knowledge, self._wording = knowledge, wording
        self._answer_at, self._covered_at = answer_at, covered_at
        self._names = tuple(name for s in knowledge.services.values() for name in (s.title, *s.aliases))
        self._life = lru_cache(maxsize=KNOWN_TEXTS)(self._life_of)

    def _life_of(self, text: str) -> tuple[LifeSituation, dict[int, bool]]:
        """What normalised words tell of a life, and what (by group) it leads to: whether for sure."""
        life = life_situation(text, self._names)
        led_to: dict[int, bool] = {}
        if life.is_one or life.situation.known:
            for one in match(self._knowledge, life.situation):
                group = self._knowledge.group_of(one.service_id)
                led_to[group] = led_to.get(group, False) or one.certainty is Certainty.SURE
        return life, led_to

    def prepare(self, text: str) -> None:
        """Read the words ahead of the turn that will need it."""
        self._life(text)

    def tells_a_life(self, context: Context) -> bool:
        """Whether the message tells circumstances rather than asking one thing that is understood already."""
        text = context.meant.text
        life, led_to = self._life(text)
        told = life.is_one or (context.meant.act == "situation" and life.situation.known)
        found = led_to if told else {}
        best = context.meant.candidates[0]
        named = context.meant.act != "situation" and best.probability >= NAMED_AT and best.group not in found
        if not found or named:
            return False
        if _ASKS_BROADLY.search(text):
            return True
        if context.meant.act == "ask" and context.meant.confidence >= CERTAIN and not self._leads_further(found, best.group):
            return False
        tells = context.meant.act == "situation" or context.meant.covered >= self._covered_at
        return tells and not _ASKS_SOMETHING.search(_ASKS_NOTHING.sub("", text))

    @staticmethod
    def _leads_further(found: dict[int, bool], asked: int) -> bool:
        """Whether the circumstances lead for sure to something besides what is asked about."""
        return any(sure for group, sure in found.items() if group != asked)

    def start(self, context: Context) -> Outcome:
        """From "我能办什么", or from a message that tells of a life."""
        situation = read(context.meant.text)
        if not situation.known:
            reply = Reply(Mode.ELIGIBILITY, self._wording.say("eligibility.start"), asking=True)
            return self._with(context, reply, Check(situation=situation))
        best = context.meant.candidates[0]
        return self._go_on(context, Check(situation=situation, first=best.topic))

    def resume(self, context: Context) -> Outcome | None:
        """An answer, more circumstances, or a correction; None when the message is about something else."""
        assert context.state.flow is not None  # the engine resumes only what runs
        check, text = Check.model_validate(context.state.flow.data), context.meant.text
        if _STOPS.match(text) and (check.question or not check.asked):
            return Outcome(self._wording.chitchat("ack"), context.state.model_copy(update={"flow": None}))
        if check.question:
            reply = answered(check.situation, check.question, text)
            if reply.understood:
                return self._go_on(context, check.model_copy(update={"situation": reply.situation}))
        told = read(text, check.situation)
        if told.known and not self._asks_something_else(context):
            situation = check.situation.updated(told, correcting=bool(_CORRECTS.search(text)))
            return self._go_on(context, check.model_copy(update={"situation": situation}))
        if check.question and context.meant.act in ("ack", "noise", "fragment"):
            return self._go_on(context, check)
        return None

    def _asks_something_else(self, context: Context) -> bool:
        meant = context.meant
        if meant.act in ("feedback", "human", "privacy", "status", "dept"):
            return meant.act_confidence >= 0.6
        return meant.act == "ask" and meant.confidence >= self._answer_at and bool(_ASKS_SOMETHING.search(meant.text))

    def _go_on(self, context: Context, check: Check) -> Outcome:
        """The next question that would decide something, else the outcome."""
        question = next_question(self._knowledge, check.situation, check.asked)
        if question is not None:
            check = check.model_copy(
                update={
                    "asked": [*check.asked, question.id],
                    "question": question.id,
                    "options": [text for _, text in question.options],
                }
            )
            found = self._ordered(match(self._knowledge, check.situation), check)
            reply = self._wording.eligibility_question(check.situation.shown(), found, question)
            return self._with(context, reply, check)
        return self._ended(context, check.model_copy(update={"question": "", "options": []}))

    def _ended(self, context: Context, check: Check) -> Outcome:
        found = self._ordered(outcome(self._knowledge, check.situation), check)
        reply = self._wording.eligibility_outcome(check.situation.shown(), found)
        done = self._with(context, reply, check)
        entries = [Entry(kind="service", value=item.service, text=self._wording.title(item.service)) for item in reply.items]
        if entries:
            done.state.menu = Menu(entries=entries, waits=False, at=context.now)
        else:
            done.for_staff = [ForStaff("question", "说了情况，没有对得上的事项")]
        return done

    def _ordered(self, found: list[Match], check: Check) -> list[Match]:
        """One match an item, the service that was spoken of before its siblings; sure ones first, then its item."""
        near = self._knowledge.item_of(check.first).number if check.first in self._knowledge.services else 0
        kept: dict[int, Match] = {}
        for one in sorted(found, key=lambda m: (m.certainty != "sure", m.service_id != check.first)):
            kept.setdefault(one.item, one)
        return sorted(kept.values(), key=lambda m: (m.certainty != "sure", m.item != near))

    def _with(self, context: Context, reply: Reply, check: Check) -> Outcome:
        flow = Flow(name=self.name, at=context.now, data=check.model_dump(mode="json"))
        return Outcome(reply, context.state.model_copy(update={"flow": flow, "menu": None, "failures": 0}))

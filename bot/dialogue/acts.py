"""What a message is for: the classifier's act, put right by plain words and by how sure everything else is."""

import re

from bot.dialogue.flows.feedback import FeedbackReader
from bot.dialogue.flows.photos import loose_photos
from bot.dialogue.policy import Thresholds
from bot.dialogue.turn import SMALL_TALK, Context
from bot.tickets.matters import number_in
from intents.understanding import FEEDBACK_ACTS, Interpretation
from knowledge.base import KnowledgeBase

LOST = "lost"
"""The act of who does not understand the bot."""
CERTAIN, SURE_FEEDBACK = 0.95, 0.8
"""Words this surely about a service, and not that surely feedback, ask for the service."""
LONGEST_QUESTION = 24
"""Characters of a question that asks nothing but for the service; longer ones tell what is wrong with it as well."""
SURE_ACT = 0.5
"""Below this a message that seems to ask for a ticket, for a person or for one's data may as well ask about a service."""
SURE_SMALL_TALK = 0.6
"""Below this small talk that names a service for sure is a question."""
_UNCLEAR = ("ask", "fragment", "too_broad", "situation", "noise")
"""Acts that may as well be the matter of photos which were sent just before."""
_LISTS_DEPARTMENTS = re.compile(
    r"^(?:都|一共|总共|计划里?|你们)?有?(?:都有)?(?:哪些|啥|什么|多少个?|几个)(?:责任)?(?:部门|单位|委办局)(?:负责|呢|啊|呀)?[?。!]*$"
)
_DELETES = re.compile(
    r"^(?:那|就|都|全|全都|把|它们?|我的|记录|信息|给我|帮我)*(?:删|清)(?:了|掉|除|空)*(?:我的)?(?:记录|信息|数据)?(?:吧|呗|了)*[。.!]*$"
)
_LOST = re.compile(
    r"^(?:我|俺|都|有点|还是|根本|就|也|这|你说的|说的|写的|啥也|,)*(?:听|看|整|弄|搞)?(?:不太|不|没)(?:懂|明白|清楚?)"
    r"(?:了|啊|呢|你?(?:说|讲|写)的?(?:啥|什么|是啥|是什么))*[。.!]*$"
)


def lists_departments(text: str) -> bool:
    """Whether normalised ``text`` asks which departments there are."""
    return bool(_LISTS_DEPARTMENTS.search(text))


class Acts:
    """Tells what a message is for.

    Args:
        reader: knows by the words alone what is feedback, what asks and what tells that something is wrong.
    """

    def __init__(self, knowledge: KnowledgeBase, thresholds: Thresholds, reader: FeedbackReader) -> None:
        self._knowledge, self._thresholds, self._reader = knowledge, thresholds, reader

    def of(self, context: Context) -> str:
        """One of the classifier's acts, or ``LOST``."""
        meant = context.meant
        act = self._told(meant)
        if act in _UNCLEAR and loose_photos(context) and meant.confidence < self._thresholds.answer_at:
            return "feedback"
        if _LOST.match(meant.text):
            return LOST
        if act in SMALL_TALK and (self._reader.grieves(meant.text) or self._better_a_question(meant)):
            return "ask"
        return act

    def is_no_follow_up(self, meant: Interpretation, asks: bool) -> bool:
        """Whether it is for something besides services; ``asks``: it asks for a side of one, which may look like a call for a
        person (有电话没)."""
        other = meant.act in ("status", "privacy") or (meant.act == "human" and not asks)
        return meant.act in FEEDBACK_ACTS or (other and meant.act_confidence >= SURE_ACT)

    def _told(self, meant: Interpretation) -> str:
        """The act, with the threshold of feedback against a question."""
        if number_in(meant.text) or self._reader.asks_for_own(meant.text):
            return "status"
        if lists_departments(meant.text):
            return "browse"
        if _DELETES.match(meant.text):
            return "privacy"
        if self._reader.complains(meant.text):
            return "feedback"
        if meant.act in ("ask", "fragment", "too_broad", *FEEDBACK_ACTS):
            if meant.feedback >= self._thresholds.feedback_at and not self._asks_for_sure(meant):
                return meant.act if meant.act in FEEDBACK_ACTS else "feedback"
            return "ask" if meant.act in FEEDBACK_ACTS else meant.act
        if meant.act == "status" and meant.act_confidence < SURE_ACT and meant.covered >= self._thresholds.clarify_at:
            return "ask"
        return meant.act

    def _asks_for_sure(self, meant: Interpretation) -> bool:
        """Whether it asks for what the plan holds (换电站建了几座了, 想给老人安个扶手), which is answered and not filed."""
        if meant.confidence < CERTAIN or meant.feedback >= SURE_FEEDBACK or self._reader.grieves(meant.text):
            return False
        asks = len(meant.text) <= LONGEST_QUESTION and self._reader.asks(meant.text)
        return asks or self._knowledge.services[meant.candidates[0].topic].kind.applied_for

    def _better_a_question(self, meant: Interpretation) -> bool:
        return meant.act_confidence < SURE_SMALL_TALK and meant.confidence >= self._thresholds.answer_at

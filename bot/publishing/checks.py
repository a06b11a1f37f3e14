"""What is wrong with a draft (it cannot be published so) and what an administrator should look at once more."""

import datetime
from collections.abc import Iterator
from dataclasses import dataclass

from bot.dialogue.fitting import options_size
from bot.dialogue.templates import template_problems
from bot.dialogue.wording import Wording
from bot.live import CHINA
from bot.publishing.words import say
from knowledge.base import KnowledgeBase
from knowledge.dead import dead_references, past_their_date
from knowledge.document import Document, knowledge_of, problems_of
from knowledge.errors import KnowledgeError, Problem
from knowledge.model import Aspect

WECHAT_BYTES = 2048
"""A passive reply in WeChat holds so many bytes of UTF-8."""


@dataclass(frozen=True)
class Findings:
    """``wrong`` keeps the draft from being published, ``notes`` do not."""

    wrong: tuple[Problem, ...]
    notes: tuple[Problem, ...] = ()
    knowledge: KnowledgeBase | None = None


def check_draft(document: Document, now: datetime.datetime) -> Findings:
    """Everything that can be found without asking it anything."""
    try:
        knowledge = knowledge_of(document)
    except KnowledgeError as error:
        return Findings(tuple(_placed(problem) for problem in error.problems))
    wrong = [*map(_placed, problems_of(knowledge)), *dead_references(knowledge), *_templates(knowledge)]
    if wrong:
        return Findings(tuple(wrong), knowledge=knowledge)
    today = now.astimezone(CHINA).date()
    return Findings((), (*past_their_date(knowledge, today), *_too_long(knowledge.on(today))), knowledge)


def _placed(problem: str) -> Problem:
    return problem if isinstance(problem, Problem) else Problem(problem)


def _templates(knowledge: KnowledgeBase) -> Iterator[Problem]:
    for key, text in knowledge.wording.items():
        for words in template_problems({key: text}):
            yield Problem(words, "wording", key)


def _too_long(knowledge: KnowledgeBase) -> Iterator[Problem]:
    """Answers that WeChat cannot show in one message: the resident has to write 继续."""
    wording = Wording(knowledge)
    for service in knowledge.services.values():
        for aspect in Aspect:
            reply = wording.service_reply(service.id, aspect, 1.0)
            size = len(reply.text.encode()) + options_size(reply.options)
            if size > WECHAT_BYTES:
                where = knowledge.item_name(knowledge.item_of(service.id).number)
                words = say("notes.too_long", where=where, title=service.title, aspect=wording.aspect_name(aspect), size=size)
                yield Problem(words, f"service:{service.id}", f"answers.{aspect}")

"""Drafts on trial in an installation: what publishing works on, put together for the console and for the command."""

import contextlib
import ctypes
import datetime
import functools
import gc
from collections.abc import Callable

from bot.config import Config
from bot.dialogue.mind import Mind
from bot.publishing.asking import RESIDENT
from bot.publishing.desk import Model as TrialModel
from bot.publishing.desk import PublishingDesk
from bot.publishing.replaying import ReplayDesk
from bot.serving import mind_of
from bot.store.engine import Engine
from bot.store.faqs import FaqBook
from bot.store.knowledge import FILES
from bot.store.known_questions import KnownQuestions
from bot.store.progress import SqliteProgress
from bot.store.publishing import PublishingStore, digest_of
from bot.store.questions import taught_questions
from bot.store.scratch import scratch_desk
from bot.store.traffic import SqliteTraffic
from bot.tickets.rules import Rules
from bot.written import WrittenAnswers
from intents.model import Model
from intents.taught import TaughtMemory
from intents.understanding import Interpretation
from knowledge.base import KnowledgeBase

ASKED_TOGETHER = 32
"""So many texts (a question and its parts) are remembered from one Mind to the other."""


def publishing_desk(
    config: Callable[[], Config],
    engine: Engine,
    rules: Rules,
    model: Callable[[], Model | None],
    clock: Callable[[], datetime.datetime],
) -> PublishingDesk:
    """The desk over this store; ``model``: the trained model now, None where there is none yet."""
    store = PublishingStore(engine, clock, lambda: config().console.second_person)
    return PublishingDesk(
        store,
        store,
        KnownQuestions(engine, clock),
        digest_of,
        lambda: trial_model(model(), engine, config, clock),
        lambda: scratch_desk(RESIDENT, rules, clock()),
        clock,
        FILES,
        functools.partial(_end_of_thread, engine),
    )


def _end_of_thread(engine: Engine) -> None:
    """What a trial needed is given back to the system: a worker has little memory."""
    engine.close()
    gc.collect()
    with contextlib.suppress(OSError, AttributeError):  # another C library keeps what it has
        ctypes.CDLL(None).malloc_trim(0)


def replay_desk(publishing: PublishingDesk, engine: Engine) -> ReplayDesk:
    """Replays over what residents wrote in this store."""
    return ReplayDesk(publishing, publishing.trials, SqliteTraffic(engine))


def trial_model(
    model: Model | None, engine: Engine, config: Callable[[], Config], clock: Callable[[], datetime.datetime]
) -> TrialModel:
    """What drafts are asked with: the trained model, with what staff taught and wrote.

    Nothing of what is asked on trial is remembered; the two Minds that are compared share what the classifier makes of a text.
    """
    if model is None:
        return TrialModel("none", None)
    understand = functools.lru_cache(maxsize=ASKED_TOGETHER)(model.understanding.interpret)
    reported, faqs = SqliteProgress(engine, clock).reported, FaqBook(engine, clock).active

    def mind(knowledge: KnowledgeBase) -> Mind:
        groups = {service: knowledge.group_of(service) for service in knowledge.services}
        memory = TaughtMemory(model.understanding).fit(taught_questions(engine), groups).warm()
        written = WrittenAnswers(model.understanding, faqs())

        def interpret(text: str) -> Interpretation:
            return memory.with_taught(text, understand(text))

        return mind_of("trial", knowledge, model, interpret, config(), clock(), reported(), written)

    def new_topics(knowledge: KnowledgeBase) -> int:
        learned = set(model.understanding.best.topic.classes)
        return len(knowledge.services.keys() - learned)

    return TrialModel(model.version, mind, new_topics)

"""Drafts on trial in an installation: what publishing works on, put together for the console and for the command."""

import datetime
from collections.abc import Callable

from bot.config import Config
from bot.dialogue.mind import Mind
from bot.publishing.asking import RESIDENT
from bot.publishing.desk import Model as TrialModel
from bot.publishing.desk import PublishingDesk
from bot.publishing.replaying import ReplayDesk
from bot.serving import learned_of, mind_of
from bot.store.engine import Engine
from bot.store.faqs import FaqBook
from bot.store.knowledge import FILES
from bot.store.known_questions import KnownQuestions
from bot.store.progress import SqliteProgress
from bot.store.publishing import PublishingStore, digest_of
from bot.store.scratch import scratch_desk
from bot.store.traffic import SqliteTraffic
from bot.tickets.rules import Rules
from bot.written import WrittenAnswers
from intents.model import Model
from knowledge.base import KnowledgeBase


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
        engine.close,
    )


def replay_desk(publishing: PublishingDesk, engine: Engine) -> ReplayDesk:
    """Replays over what residents wrote in this store."""
    return ReplayDesk(publishing, publishing.trials, SqliteTraffic(engine))


def trial_model(
    model: Model | None, engine: Engine, config: Callable[[], Config], clock: Callable[[], datetime.datetime]
) -> TrialModel:
    """What drafts are asked with: the trained model, with what staff taught."""
    if model is None:
        return TrialModel("none", None)

    def mind(knowledge: KnowledgeBase) -> Mind:
        learned, reported = learned_of(knowledge, model, engine), SqliteProgress(engine, clock).reported()
        written = WrittenAnswers(model.understanding, FaqBook(engine, clock).active())
        return mind_of("trial", knowledge, model, learned.interpret, config(), clock(), reported, written)

    def new_topics(knowledge: KnowledgeBase) -> int:
        learned = set(model.understanding.best.topic.classes)
        return len(knowledge.services.keys() - learned)

    return TrialModel(model.version, mind, new_topics)

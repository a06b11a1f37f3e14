"""What is published, taught, set and trained becomes what messages are answered by, in every process, while messages come in."""

import datetime
import functools
import logging
import shutil
import subprocess
import threading
from collections.abc import Callable, Sequence
from pathlib import Path
from zoneinfo import ZoneInfo

from bot.config import Config
from bot.dialogue.conversation import Clock
from bot.dialogue.engine import Dialogue
from bot.dialogue.mind import Mind
from bot.dialogue.policy import Thresholds
from bot.dialogue.ports import NothingWritten, Written
from bot.dialogue.promises import NOTHING_REPORTED
from bot.dialogue.turn import Interpret
from bot.dialogue.wording import Wording
from bot.learning import Learned
from bot.progress.records import Reported
from bot.store.engine import Engine
from bot.store.faqs import FaqBook
from bot.store.knowledge import KnowledgeStore
from bot.store.progress import SqliteProgress
from bot.store.questions import taught_questions, taught_version
from bot.topics import catalogue_of
from bot.written import WrittenAnswers
from intents.current_topics import CurrentTopics
from intents.model import Model, ModelStore
from knowledge.base import KnowledgeBase

log = logging.getLogger(__name__)

CHINA = ZoneInfo("Asia/Shanghai")
LOOK_EVERY = 1.0
"""Seconds between two looks whether something was published."""

Stamp = tuple[object, ...]


def thresholds_of(config: Config, model: Model) -> Thresholds:
    """What the configuration says, else what training chose."""
    own = {name: getattr(config.answers, name) for name in model.thresholds}
    return Thresholds(**{**model.thresholds, **{name: value for name, value in own.items() if value is not None}})


def mind_of(
    version: str,
    knowledge: KnowledgeBase,
    model: Model,
    interpret: Interpret,
    config: Config,
    now: datetime.datetime,
    reported: Reported = NOTHING_REPORTED,
    written: Written = NothingWritten(),
) -> Mind:
    """The Mind of this knowledge, be it published or a draft, as it holds today.

    ``reported``: on its promises; ``written``: what staff wrote to questions outside the plan.
    """
    catalogue = catalogue_of(knowledge)
    if model.catalogue != catalogue.fingerprint:
        interpret = CurrentTopics(interpret, model.understanding, catalogue).interpret
    said = knowledge.on(now.astimezone(CHINA).date())
    dialogue = Dialogue(
        said,
        Wording(said, reported=reported),
        interpret,
        thresholds_of(config, model),
        config.answers.focus_minutes,
        config.privacy.retention_days,
        config.live.rules,
        written,
    )
    return Mind(version, said, dialogue, interpret)


def models_of(config: Config) -> ModelStore:
    """The trained model's place."""
    return ModelStore(config.store.path.parent / "model", use_vectors=config.answers.use_sentence_model)


def learned_of(knowledge: KnowledgeBase, model: Model, engine: Engine) -> Learned:
    """The model with what staff taught about these services; it follows what is taught."""
    groups = {service: knowledge.group_of(service) for service in knowledge.services}
    taught, version = functools.partial(taught_questions, engine), functools.partial(taught_version, engine)
    return Learned(model.understanding, groups, taught, version)


class MindMaker:
    """Makes the Mind of what holds now.

    Args:
        config: the configuration now.
        models: where the trained model lies.
        learned: a model with what was taught about the services that there are.
        progress: what departments reported on their promises.
        faqs: what staff wrote to questions outside the plan.
    """

    def __init__(
        self,
        config: Callable[[], Config],
        models: ModelStore,
        versions: KnowledgeStore,
        learned: Callable[[KnowledgeBase, Model], Learned],
        progress: SqliteProgress,
        faqs: FaqBook,
        clock: Clock,
    ) -> None:
        self.config, self.models, self.versions, self.learned, self._clock = config, models, versions, learned, clock
        self.progress, self.faqs = progress, faqs
        self._written: tuple[object, WrittenAnswers] | None = None

    def stamp(self) -> Stamp:
        """Changes when a new Mind is to be made: something was published, set, trained, reported, written, or a day is over."""
        day = self._clock().astimezone(CHINA).date()
        return (
            self.versions.published_number(),
            self.models.stamp(),
            self.config(),
            day,
            self.progress.version(),
            self.faqs.version(),
        )

    def published(self, model: Model, earlier: Learned) -> tuple[Mind, Learned]:
        """The Mind of what is published, and what it understands with; what ``earlier`` made is taken over."""
        version = self.versions.published()
        knowledge = version.knowledge
        learned = self.learned(knowledge, model)
        learned.warm(earlier)
        said = self.progress.reported(), self._written_for(model)
        return mind_of(str(version.id), knowledge, model, learned.interpret, self.config(), self._clock(), *said), learned

    def _written_for(self, model: Model) -> WrittenAnswers:
        """What staff wrote, with its vectors made; the same as before while nothing of it changed."""
        stamp = (id(model), self.faqs.version())
        if self._written is None or self._written[0] != stamp:
            self._written = stamp, WrittenAnswers(model.understanding, self.faqs.active()).warm()
        return self._written[1]


class Minds:
    """The Mind of this process; ``watch`` keeps it the newest, without a request ever waiting for it.

    Args:
        first: what the process begins with.
        model: what ``first`` understands with.
        learned: the same with what was taught.
    """

    def __init__(self, maker: MindMaker, first: Mind, model: Model, learned: Learned) -> None:
        self._maker, self._mind, self._model, self._learned = maker, first, model, learned
        self._model_stamp = maker.models.stamp()
        self._stamp: Stamp | None = None

    def current(self) -> Mind:
        """What the next turn is answered by."""
        return self._mind

    def model(self) -> Model:
        """What this process understands with."""
        return self._model

    def look(self) -> bool:
        """Make a new Mind when something changed since the last look; whether there is one.

        What cannot be made is logged, and what was there goes on answering until something changes again.
        """
        try:
            stamp = self._maker.stamp()
            if stamp == self._stamp:
                self._learned.look()
                return False
            self._stamp = stamp
            if self._maker.models.stamp() != self._model_stamp:
                self._model_stamp = self._maker.models.stamp()
                self._model = self._loaded()
            self._mind, self._learned = self._maker.published(self._model, self._learned)
            return True
        except Exception:
            log.exception("what was published cannot be served; what was there before goes on")
            return False

    def _loaded(self) -> Model:
        model = self._maker.models.load()
        model.understanding.warm_words()
        model.understanding.warm()
        return model

    def watch(self, every: float = LOOK_EVERY) -> None:
        """Look again and again, in a thread of this process."""
        _again_and_again(self.look, every, "minds")


class Trainer:
    """Trains anew, in a process of its own, when what is published has other topics than the trained model.

    Args:
        models: where the trained model lies.
        database: the store's file; opened anew at every look, as nothing of it may be carried over a fork.
        command: trains what is published and stores the model.
    """

    def __init__(self, models: ModelStore, database: Path, command: Sequence[str]) -> None:
        self._models, self._database, self._command = models, database, list(command)
        self._seen: object = None

    def look(self) -> bool:
        """Train when that is needed and nobody else on this machine does; whether a model was trained."""
        engine = Engine(self._database)
        try:
            versions = KnowledgeStore(engine)
            stamp = (versions.published_number(), self._models.stamp())
            if stamp == self._seen:
                return False
            self._seen = stamp  # a training that failed is not tried again until something changes
            if self._models.fits(catalogue_of(versions.published().knowledge)):
                return False
        finally:
            engine.close()
        with self._models.training_alone() as alone:
            if not alone:
                self._seen = None
                return False
            return self._train()

    def _train(self) -> bool:
        log.warning("the published knowledge has new topics: training anew")
        nice = shutil.which("nice")
        command = [nice, "-n", "10", *self._command] if nice else self._command
        done = subprocess.run(command, check=False, capture_output=True, text=True)
        if done.returncode:
            log.error("training failed", extra={"error": done.stderr[-2000:]})
        return done.returncode == 0

    def watch(self, every: float = 2 * LOOK_EVERY) -> None:
        """Look again and again, in a thread of this process; the parent of the workers, so that only one does."""
        _again_and_again(self._look_safely, every, "trainer")

    def _look_safely(self) -> None:
        try:
            self.look()
        except Exception:
            log.exception("cannot tell whether to train")


def _again_and_again(do: Callable[[], object], every: float, name: str) -> None:
    def run() -> None:
        pause = threading.Event()
        while not pause.wait(every):
            do()

    threading.Thread(target=run, name=name, daemon=True).start()

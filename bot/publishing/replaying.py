"""The last weeks' real questions asked of a draft: whom it would have answered otherwise."""

import datetime
import logging
import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from typing import Any, Protocol

from bot.dialogue.mind import Mind
from bot.messages import Reply
from bot.publishing.asking import reply_to
from bot.publishing.desk import TELL_EVERY, PublishingDesk, Situation
from bot.publishing.errors import Refused
from bot.publishing.ports import TrialRow, Trials
from bot.publishing.words import say
from knowledge.document import knowledge_of

log = logging.getLogger(__name__)

REPLAY = "replay"
DAYS = 30
MOST = 2000
"""So many different texts are asked at most; of more, a random part."""
LONGEST_SECONDS = 180.0
PAUSE_SECONDS = 0.002
"""After each question, so that residents who ask meanwhile are not kept waiting."""


@dataclass(frozen=True)
class Wrote:
    """What residents wrote in these words: the newest such message, and how many there are."""

    message: int
    text: str
    times: int


@dataclass(frozen=True)
class Reached:
    """A reply in short: its mode, the services, its text."""

    mode: str
    services: tuple[str, ...]
    text: str

    @classmethod
    def of(cls, reply: Reply) -> "Reached":
        """The reply in short."""
        return cls(str(reply.mode), tuple(item.service for item in reply.items[:4]), reply.text)

    def as_json(self) -> dict[str, Any]:
        """To be kept."""
        return asdict(self)


@dataclass(frozen=True)
class Otherwise:
    """A text that the draft answers otherwise."""

    wrote: Wrote
    before: Reached
    after: Reached

    @property
    def elsewhere(self) -> bool:
        """Whether another service or kind of reply is reached, not only other words."""
        return (self.before.mode, self.before.services) != (self.after.mode, self.after.services)


class Traffic(Protocol):
    """What residents wrote, and what a replay made of it.  Sealed messages are never given."""

    def wrote(self, since: datetime.datetime, most: int) -> tuple[list[Wrote], int, int]:
        """Different texts since then (a random part of more than ``most``), how many there are, in how many messages."""

    def keep(self, trial: int, rows: Sequence[Otherwise]) -> None:
        """Keep what a replay found, as long as the messages are kept."""

    def found(self, trial: int, offset: int, most: int) -> list[Otherwise]:
        """What a replay found, the most frequent first."""


@dataclass
class ReplayDesk:
    """Replays a draft.

    Args:
        ticking: a clock that only runs forward; pause: called after every question.
    """

    publishing: PublishingDesk
    trials: Trials
    traffic: Traffic
    ticking: Callable[[], float] = time.monotonic
    pause: Callable[[], None] = lambda: time.sleep(PAUSE_SECONDS)

    def subject(self, situation: Situation) -> str:
        """All that a replay depends on, besides what residents write."""
        published = situation.published.id if situation.published else 0
        return f"{situation.digest}/{published}/{self.publishing.model().version}"

    def latest(self, situation: Situation) -> TrialRow | None:
        """The newest replay of this draft."""
        return self.trials.latest(REPLAY, self.subject(situation))

    def begin(self, situation: Situation, by: str) -> bool:
        """Replay in a thread of this process; False while that is being done already.

        Raises:
            Refused: nothing is published or trained that the draft could be compared with, or the draft has mistakes.
        """
        if situation.published is None or self.publishing.model().mind is None or situation.findings.wrong:
            raise Refused(say("refused.nothing_to_replay"))
        since = self.publishing.clock() - datetime.timedelta(days=DAYS)
        wrote, texts, messages = self.traffic.wrote(since, MOST)
        trial = self.trials.begin(REPLAY, self.subject(situation), len(wrote), by)
        if trial is None:
            return False
        counts = {"texts": texts, "messages": messages}
        threading.Thread(target=self._in_thread, args=(trial, situation, wrote, counts), name="replay", daemon=True).start()
        return True

    def _in_thread(self, trial: int, situation: Situation, wrote: Sequence[Wrote], counts: dict[str, int]) -> None:
        try:
            self.replay(trial, situation, wrote, counts)
        except Exception:
            log.exception("a replay failed")
            self.trials.fail(trial, "")
        finally:
            self.publishing.done()

    def replay(self, trial: int, situation: Situation, wrote: Sequence[Wrote], counts: dict[str, int]) -> None:
        """Ask everything of both; what is done when the time is over is kept."""
        before, after = self._minds(situation)
        desk, now = self.publishing.scratch(), self.publishing.clock()
        until, asked, times, rows = self.ticking() + LONGEST_SECONDS, 0, 0, list[Otherwise]()
        for one in wrote:
            was, is_now = (Reached.of(reply_to(mind, one.text, now, desk)) for mind in (before, after))
            if was != is_now:
                rows.append(Otherwise(one, was, is_now))
            asked, times = asked + 1, times + one.times
            if asked % TELL_EVERY == 0:
                self.trials.went_on(trial, asked)
                if self.ticking() > until:
                    break
            self.pause()
        self.traffic.keep(trial, rows)
        result = {
            **counts,
            "asked": asked,
            "times": times,
            "otherwise": len(rows),
            "otherwise_times": sum(row.wrote.times for row in rows),
            "elsewhere": sum(row.elsewhere for row in rows),
        }
        self.trials.finish(trial, result)

    def _minds(self, situation: Situation) -> tuple[Mind, Mind]:
        make = self.publishing.model().mind
        if situation.published is None or make is None:
            raise Refused(say("refused.nothing_to_replay"))
        return make(knowledge_of(situation.published.document)), make(knowledge_of(situation.draft.document))

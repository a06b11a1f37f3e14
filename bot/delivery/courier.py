"""The courier: takes letters that are due out of the outbox, sends them, writes down what became of it.

One runs in every worker process, with connections of its own; leases in the table keep them apart.
"""

import logging
import os
import secrets
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor, wait
from dataclasses import dataclass
from datetime import datetime, timedelta

from bot.delivery.choice import Chooser
from bot.delivery.outbox import Letter, Outcome, Result, Way, load_data
from bot.delivery.ports import Begun, LetterStore, Sender

log = logging.getLogger(__name__)

STOP_SECONDS = 4.0
SETTLE_AGAIN_AFTER = (0.5, 1.0, 2.0, 4.0, 8.0)
"""Seconds between attempts to write a result down; together with the store's own waiting well inside a lease."""


@dataclass(frozen=True)
class Periodic:
    """Something to be done every so often, by one process at a time."""

    name: str
    every: timedelta
    work: Callable[[], object]


class Courier:
    """Delivers.

    Args:
        letters: the outbox.
        chooser: which way a letter goes.
        senders: the ways that are configured.
        clock: the time, with its zone.
        jobs: what is done every so often besides.
    """

    def __init__(
        self,
        letters: LetterStore,
        chooser: Chooser,
        senders: Mapping[Way, Sender],
        clock: Callable[[], datetime],
        jobs: Sequence[Periodic] = (),
    ) -> None:
        self._letters, self._chooser, self._senders, self._clock, self._jobs = letters, chooser, senders, clock, jobs
        self._settings = load_data("ways")["courier"]
        self._name = f"{os.getpid()}:{secrets.token_hex(4)}"
        self._stopping = threading.Event()
        self._thread: threading.Thread | None = None

    # -- one round --------------------------------------------------------------------------------------------------------

    def run_once(self, pool: ThreadPoolExecutor | None = None) -> int:
        """Send what is due now; how many letters that were."""
        now = self._clock()
        self._letters.recover(now)
        lease = timedelta(seconds=self._settings["lease_seconds"])
        letters = self._letters.claim(now, self._name, self._settings["claim_at_once"], lease)
        if pool is None:
            for letter in letters:
                self._handle(letter)
        else:
            wait([pool.submit(self._handle, letter) for letter in letters])
        return len(letters)

    def run_until_idle(self, most: int = 1000) -> None:
        """Rounds until nothing is due."""
        for _ in range(most):
            if not self.run_once():
                return

    def _handle(self, letter: Letter) -> None:
        try:
            if self._stopping.is_set():
                return  # given back by release()
            begun = self._letters.decide(letter, self._chooser.choose, self._clock(), self._name)
            if begun is None:
                return
            result = self._try(begun.letter, begun.send.way, begun.send.address)
            self._settle(begun, result)
            level = logging.INFO if result.outcome is Outcome.SENT else logging.WARNING
            log.log(
                level,
                "delivery",
                extra={"letter": letter.id, "way": begun.send.way, "outcome": result.outcome, "detail": result.detail},
            )
        except Exception:
            # The store is away: the lease ends, and the letter is dealt with then.
            log.exception("a letter could not be handled", extra={"letter": letter.id})

    def _settle(self, begun: Begun, result: Result) -> None:
        """Write the result down, patiently: what was sent and not written down would have to be taken for uncertain."""
        for wait_seconds in (*SETTLE_AGAIN_AFTER, None):
            try:
                self._letters.settle(begun, result, self._clock(), self._name)
                return
            except Exception:
                if wait_seconds is None:
                    raise
                log.warning("a result could not be written down yet", extra={"letter": begun.letter.id})
                time.sleep(wait_seconds)

    def _try(self, letter: Letter, way: Way, address: str) -> Result:
        sender = self._senders.get(way)
        if sender is None:
            return Result(Outcome.REFUSED, f"没有配置{way.words}")
        try:
            return sender.send(letter, address)
        except Exception as error:
            log.exception("a way out failed", extra={"letter": letter.id, "way": way})
            return Result(Outcome.UNCERTAIN, type(error).__name__)

    # -- in the background ------------------------------------------------------------------------------------------------

    def start(self) -> None:
        """Work in a thread until stop(); call it after the fork."""
        self._name = f"{os.getpid()}:{secrets.token_hex(4)}"
        self._thread = threading.Thread(target=self._work, name="courier", daemon=True)
        self._thread.start()

    def stop(self) -> None:
        """Begin nothing new, let what is under way end, and give back the rest."""
        self._stopping.set()
        if self._thread:
            self._thread.join(STOP_SECONDS)

    def _work(self) -> None:
        with ThreadPoolExecutor(self._settings["threads"], thread_name_prefix="courier") as pool:
            while not self._stopping.is_set():
                busy = self._round(pool)
                if not busy:
                    self._stopping.wait(self._settings["poll_seconds"])
        try:
            self._letters.release(self._name, self._clock())
        except Exception:
            log.exception("claimed letters could not be given back")

    def _round(self, pool: ThreadPoolExecutor) -> int:
        try:
            handled = self.run_once(pool)
            for job in self._jobs:
                self._do(job)
            return handled
        except Exception:
            log.exception("a round of the courier failed")
            return 0

    def _do(self, job: Periodic) -> None:
        if not self._letters.claim_job(job.name, job.every, self._clock()):
            return
        try:
            job.work()
        except Exception:
            log.exception("a periodic job failed", extra={"job": job.name})

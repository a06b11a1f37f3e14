"""The configuration and the words of pages as they are now: what is set in the console takes effect without a restart."""

import logging
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from typing import Any

from bot.config import Config, ConfigError, with_settings

log = logging.getLogger(__name__)

LOOK_EVERY = 1.0
"""Seconds between looks at the version."""


class CurrentConfig:
    """Call it for the configuration.

    Args:
        config: from command line, environment and file.
        version: of the settings; cheap, asked at most once in ``LOOK_EVERY`` seconds.
        settings: all of them by "section.key"; asked when the version changed.
        ticking: a clock that only runs forward.
    """

    def __init__(
        self,
        config: Config,
        version: Callable[[], int],
        settings: Callable[[], Mapping[str, Any]],
        ticking: Callable[[], float] = time.monotonic,
    ) -> None:
        self.given = config
        self._version, self._settings, self._ticking = version, settings, ticking
        self._now, self._seen, self._looked = config, 0, float("-inf")
        self._lock = threading.Lock()

    def __call__(self) -> Config:
        """The configuration now; the last known one while the store cannot be read."""
        with self._lock:
            if self._ticking() - self._looked >= LOOK_EVERY:
                self._looked = self._ticking()
                try:
                    self._look()
                except Exception:
                    log.exception("the settings cannot be read")
            return self._now

    def look_again(self) -> None:
        """Do not wait: a setting was just changed here."""
        self._looked = float("-inf")

    def _look(self) -> None:
        version = self._version()
        if version == self._seen:
            return
        now = self.given
        for place, value in self._settings().items():
            try:
                now = with_settings(now, {place: value}) if place in _places(now) else now
            except ConfigError as error:  # of an older version of the service
                log.warning("a setting is left out: %s", error)
        self._now, self._seen = now, version


def _places(config: Config) -> set[str]:
    return {f"{name}.{key}" for name, section in config for key in type(section).model_fields}


class CurrentWords(Mapping[str, object]):
    """Words that pages show, as they are whenever they are looked up.

    Args:
        make: gives all of them as they are now.
    """

    def __init__(self, make: Callable[[], Mapping[str, object]]) -> None:
        self._make = make

    def __getitem__(self, name: str) -> object:
        return self._make()[name]

    def __iter__(self) -> Iterator[str]:
        return iter(self._make())

    def __len__(self) -> int:
        return len(self._make())

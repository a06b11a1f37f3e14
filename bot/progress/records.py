"""Promises that are reported on, and reports.  Plain data, as the store keeps it."""

from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True)
class Report:
    """How far a promise was at the end of a month, as its department reported it.

    ``target`` is the promise's name in the plan (换电站建设投运), empty for a service without a figure; ``month`` is 2026-02.
    ``value`` is how much is done (3座), ``text`` what residents should know besides, ``evidence`` and ``url`` what it rests on.
    ``finished``: there is nothing more to report.  ``department``: who reported; ``by``: which clerk, for staff only;
    ``at``: when, ISO 8601 in UTC.
    """

    service: str
    target: str
    month: str
    value: str
    text: str = ""
    evidence: str = ""
    url: str = ""
    finished: bool = False
    department: str = ""
    unit: int | None = None
    account: int | None = None
    by: str = ""
    at: str = ""


@dataclass(frozen=True)
class Past:
    """What was done to a report: report, correct or withdraw; with what it said from then on (withdraw: until then)."""

    action: str
    report: Report


@dataclass(frozen=True)
class Evidence:
    """A file that a report rests on; ``id`` is 0 and ``content`` there while it is being kept, the other way round in a list."""

    name: str
    content: bytes = b""
    id: int = 0
    target: str = ""
    month: str = ""
    by: str = ""
    at: str = ""


@dataclass(frozen=True)
class Promise:
    """One thing to report on: a target of a service, or (``target`` and ``amount`` empty) a service without a figure."""

    service: str
    title: str
    item: int
    target: str
    amount: str
    departments: tuple[str, ...]

    @property
    def key(self) -> tuple[str, str]:
        """What reports of it carry: service and target."""
        return self.service, self.target


Reported = Mapping[str, tuple[Report, ...]]
"""The latest report of each target, by service."""

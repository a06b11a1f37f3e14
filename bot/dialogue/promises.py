"""Words what departments reported on the plan's promises."""

from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import Any

from bot.progress.records import Report, Reported
from bot.progress.rules import month_words
from bot.tickets.calendar import china_day
from knowledge.model import Service, tight

NOTHING_REPORTED: Reported = MappingProxyType({})

_ENDS = ("。", "！", "？")


class PromiseWords:
    """How far the promises are, from the templates.

    Args:
        say: fills in a template.
        reported: the latest report of each target.
    """

    def __init__(self, say: Callable[..., str], reported: Reported) -> None:
        self._say, self._reported = say, reported

    def is_reported(self, service: Service) -> bool:
        """Whether anything was reported on what the plan still holds."""
        return bool(self._reports(service))

    def promised(self, service: Service, of: Mapping[str, object]) -> str:
        """The plan's targets; empty when it gives no figure.  ``of``: which plan's, for the template."""
        targets = "；".join(f"{target.what}{tight(target.amount)}" for target in service.targets)
        return self._say("progress.target", targets=targets, **of) if targets else ""

    def lines(self, service: Service) -> list[str]:
        """A line for each target's latest report, then what was not reported."""
        return [*map(self._line, self._reports(service)), *self._missing(service)]

    def sources(self, service: Service, text: str) -> list[dict[str, Any]]:
        """Who reported what ``text`` says, and when."""
        return [self._source(report) for report in self._reports(service) if self._line(report) in text]

    def _reports(self, service: Service) -> list[Report]:
        """The latest report of each target that the plan holds, in its order."""
        known = {report.target: report for report in self._reported.get(service.id, ())}
        return [known[name] for name in (*(target.what for target in service.targets), "") if name in known]

    def _line(self, report: Report) -> str:
        key = "progress.finished" if report.finished else "progress.reported"
        what = self._say("progress.what", what=report.target) if report.target else ""
        words = self._say(key, month=month_words(report.month), by=report.department, what=what, value=report.value)
        return words + (report.text if report.text.endswith(_ENDS) or not report.text else report.text + "。")

    def _missing(self, service: Service) -> list[str]:
        known = {report.target for report in self._reported.get(service.id, ())}
        missing = "、".join(target.what for target in service.targets if target.what not in known)
        return [self._say("progress.rest_not_reported", targets=missing)] if missing else []

    def _source(self, report: Report) -> dict[str, Any]:
        day = china_day(report.at)
        basis = self._say("progress.source", by=report.department, date=day)
        if report.evidence:
            basis += self._say("progress.evidence", evidence=report.evidence)
        return {"published": day, "by": report.department, "basis": basis}

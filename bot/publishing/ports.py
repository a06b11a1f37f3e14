"""What publishing asks of whoever keeps versions, trials and known questions."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

from bot.questions.known import KnownQuestion
from knowledge.document import Document


class Version(Protocol):
    """One version of the knowledge base."""

    @property
    def id(self) -> int:
        """Its number."""

    @property
    def document(self) -> Document:
        """What it says."""

    @property
    def note(self) -> str:
        """What somebody remarked about it."""

    @property
    def by(self) -> str:
        """Who made it."""

    @property
    def at(self) -> str:
        """When."""


@dataclass(frozen=True)
class TrialRow:
    """A trial as it is kept.  ``state``: running, done, failed (also one that stopped in the middle)."""

    id: int
    subject: str
    state: str
    done: int
    total: int
    result: Any
    by: str
    at: str


@dataclass(frozen=True)
class Accepted:
    """That somebody accepts that a known question gets worse, and why."""

    reason: str
    by: str
    at: str


@dataclass(frozen=True)
class Approval:
    """Who approved a draft, and when."""

    by: str
    at: str


class Versions(Protocol):
    """The knowledge base's versions."""

    def present(self) -> tuple[Version | None, Version | None]:
        """What is published and what is the draft, as they stand at one moment."""

    def written_by(self, draft: int) -> Mapping[tuple[str, str], str]:
        """Who changed each field of each record of a draft last."""

    def last_editor(self, draft: int) -> str:
        """Who made the last change of a draft."""

    def history(self, most: int) -> list[dict[str, Any]]:
        """Every version without its content, newest first."""

    def previous(self) -> int | None:
        """The number of the version that was published before the present one."""


class Trials(Protocol):
    """Trials, acknowledgements, approvals; publishing, which looks at all of them."""

    def begin(self, kind: str, subject: str, total: int, by: str) -> int | None:
        """A new trial; None while another one of that subject runs."""

    def went_on(self, trial: int, done: int) -> None:
        """So many were asked."""

    def finish(self, trial: int, result: Any) -> None:
        """It is done, with this result."""

    def fail(self, trial: int, why: str) -> None:
        """It cannot be done."""

    def latest(self, kind: str, subject: str) -> TrialRow | None:
        """The newest trial of a subject."""

    def accept(self, digest: str, questions: Sequence[int], reason: str, by: str) -> None:
        """Somebody accepts that these questions get worse with this draft."""

    def accepted(self, digest: str) -> dict[int, Accepted]:
        """What was accepted for this draft, by question."""

    def approve(self, draft: int, digest: str, by: Sequence[str]) -> None:
        """Somebody, known under these names, approves this draft.  Raises Refused for who changed it last."""

    def approval(self, digest: str) -> Approval | None:
        """The first approval of this draft."""

    def needs_second_person(self) -> bool:
        """Whether that is switched on."""

    def discard(self, draft: int, digest: str) -> None:
        """The draft is not wanted.  Raises Refused when it has changed."""

    def publish(self, draft: int, digest: str, subject: str, document: Document, by: str, note: str) -> int:
        """The draft becomes what holds.  Raises Refused when anything stands against it."""

    def publish_again(self, number: int, by: str) -> int:
        """An earlier version holds again, as a new one at the end."""


class KnownStore(Protocol):
    """Known questions."""

    def active(self) -> list[KnownQuestion]:
        """Those in use."""

    def version(self) -> int:
        """Grows with every change."""

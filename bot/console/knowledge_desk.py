"""What the pages about the knowledge base work on: the published and the draft document side by side, and replies tried out."""

import datetime
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any, Protocol

from bot.console.frame import CHINA
from bot.console.parts import part
from bot.dialogue.mind import Mind
from bot.dialogue.trial import Trial, seconds_aloud, try_aspect
from bot.dialogue.wording import Wording
from bot.messages import Reply
from knowledge.base import KnowledgeBase
from knowledge.changes import Change, Records, apart, differences, with_changes
from knowledge.document import Document, knowledge_of
from knowledge.figures import figures_without_source
from knowledge.model import Aspect, Service, Upkeep

Values = Sequence[tuple[str, str, Any]]
"""Record, field and value."""


class Version(Protocol):
    """One version of the knowledge base."""

    @property
    def id(self) -> int: ...  # noqa: D102
    @property
    def document(self) -> Document: ...  # noqa: D102
    @property
    def note(self) -> str: ...  # noqa: D102
    @property
    def by(self) -> str: ...  # noqa: D102
    @property
    def at(self) -> str: ...  # noqa: D102
    @property
    def state(self) -> str: ...  # noqa: D102
    @property
    def based_on(self) -> int | None: ...  # noqa: D102

    @property
    def published_at(self) -> str | None:
        """When it was published; None for a draft that never was."""


class Edit(Protocol):
    """One change that somebody made in a draft."""

    @property
    def id(self) -> int: ...  # noqa: D102
    @property
    def version(self) -> int: ...  # noqa: D102
    @property
    def object(self) -> str: ...  # noqa: D102
    @property
    def field(self) -> str: ...  # noqa: D102
    @property
    def before(self) -> Any: ...  # noqa: D102
    @property
    def after(self) -> Any: ...  # noqa: D102
    @property
    def by(self) -> str: ...  # noqa: D102
    @property
    def at(self) -> str: ...  # noqa: D102


class Versions(Protocol):
    """The versions that are kept."""

    def published(self) -> Version:
        """What holds now."""

    def draft(self) -> Version | None:
        """What is being edited."""

    def version(self, number: int) -> Version | None:
        """A version by its number."""

    def versions(self, most: int = 100) -> list[dict[str, Any]]:
        """Every version without its document, newest first."""

    def edits(self, version: int | None = None, object: str | None = None, most: int = 500) -> Sequence[Edit]:
        """Changes of a version, or of one record, newest first."""

    def change(self, number: int) -> Edit | None:
        """One change by its number."""

    def edit_all(
        self, values: Values, by: str, now: datetime.datetime, seen: Sequence[tuple[str, str, str]] = ()
    ) -> list[Change]:
        """Set fields in the draft, all or none.  Raises KnowledgeError, Overtaken."""


@dataclass(frozen=True)
class Text:
    """An answer of a service in the draft, beside the published one.

    ``state``: none (the plan does not state it), published, new, changed, removed; ``figures``: those without a source.
    """

    aspect: Aspect
    name: str
    state: str
    published: str | None
    text: str | None
    upkeep: Upkeep
    holds: bool
    gap: bool
    figures: Sequence[str] = ()


@dataclass(frozen=True)
class Both:
    """The published document and the one being edited (the same while there is no draft)."""

    published: Document
    draft: Document
    number: int
    has_draft: bool

    @cached_property
    def was(self) -> Records:
        """The published records by key."""
        return apart(self.published)

    @cached_property
    def now(self) -> Records:
        """The draft's records by key."""
        return apart(self.draft)

    @cached_property
    def knowledge(self) -> KnowledgeBase:
        """The draft, read."""
        return knowledge_of(self.draft)

    @cached_property
    def changes(self) -> list[Change]:
        """What the draft changes."""
        return differences(self.published, self.draft)

    @cached_property
    def changed(self) -> frozenset[str]:
        """The records that the draft changes."""
        return frozenset(change.object for change in self.changes)


@dataclass(frozen=True)
class Preview:
    """A reply as residents get it.

    ``wechat``: its text there with links as WeChat takes them; ``size``: bytes of the whole reply there in UTF-8, of which
    ``limit`` are shown at once; ``rest``: what waits for 继续; ``day``: the day that it was tried for.
    """

    wechat: str
    size: int
    limit: int
    rest: str
    page: Reply
    seconds: int
    day: datetime.date


@dataclass(frozen=True)
class KnowledgeDesk:
    """Everything that the pages work on.

    Args:
        mind: what messages would be answered by with this knowledge, at that time.
        words: a text in its words, nothing left out.
        wechat: a reply's text as WeChat gets it; ``wechat_bytes`` of it are shown at once.
    """

    versions: Versions
    mind: Callable[[KnowledgeBase, datetime.datetime], Mind]
    words: Callable[[str], list[str]]
    wechat: Callable[[Reply], str]
    wechat_bytes: int
    clock: Callable[[], datetime.datetime]

    def both(self) -> Both:
        """What is published and what is being edited, now."""
        published, draft = self.versions.published(), self.versions.draft()
        return Both(published.document, (draft or published).document, published.id, draft is not None)

    def today(self) -> datetime.date:
        """The day in China."""
        return self.clock().astimezone(CHINA).date()

    def texts(self, both: Both, service: str, names: Mapping[str, str]) -> list[Text]:
        """Every aspect of a service of the draft, written or not."""
        knowledge, found = both.knowledge, []
        now, was = knowledge.services[service], both.was.get(f"service:{service}", {}).get("answers", {})
        for aspect in Aspect:
            text, published, upkeep = now.answers.get(aspect), was.get(aspect), now.upkeep.get(aspect, Upkeep())
            state = _state(published, text)
            if state == "published" and _upkeep_changed(both, service, aspect):
                state = "changed"
            figures = self.figures(knowledge, now, text, upkeep.basis) if text else []
            gap = Wording.is_gap(now, aspect)
            found.append(Text(aspect, names[aspect], state, published, text, upkeep, upkeep.holds_on(self.today()), gap, figures))
        return found

    @staticmethod
    def figures(knowledge: KnowledgeBase, service: Service, text: str, basis: str) -> list[str]:
        """Figures of the text that its sources do not hold."""
        return figures_without_source(text, knowledge, knowledge.item_of(service.id), service, basis)

    def preview(self, document: Document, values: Values, service: str, aspect: Aspect, day: datetime.date) -> Preview:
        """The answer with these values in the place of the document's, as it would be given on that day.

        Raises:
            KnowledgeError: with them the document cannot be read.
        """
        at = datetime.datetime.combine(day, datetime.time(12), CHINA)
        mind = self.mind(knowledge_of(with_changes(document, values)), at)
        trial: Trial = try_aspect(mind, service, aspect, at, self.wechat_bytes)
        return Preview(
            self.wechat(trial.reply),
            len(self.wechat(trial.whole).encode()),
            self.wechat_bytes,
            trial.rest,
            trial.whole,
            seconds_aloud(trial.whole.text),
            day,
        )


def desk() -> KnowledgeDesk:
    """The desk of this application."""
    found: KnowledgeDesk = part("knowledge")
    return found


def _state(published: str | None, text: str | None) -> str:
    if published == text:
        return "none" if text is None else "published"
    return "new" if published is None else "removed" if text is None else "changed"


def _upkeep_changed(both: Both, service: str, aspect: Aspect) -> bool:
    key = f"service:{service}"
    then, now = (records.get(key, {}).get("upkeep", {}).get(aspect) for records in (both.was, both.now))
    return bool(then != now)

"""From draft to live: what stands against it, what it was asked on trial, and the step itself."""

import datetime
import logging
import threading
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property

from bot.dialogue.mind import Mind
from bot.live import CHINA
from bot.publishing.asking import ScratchDesk
from bot.publishing.checks import Findings, check_draft
from bot.publishing.comparing import MUST_BE_ACKNOWLEDGED, Compared, Verdict, compare, still_wrong
from bot.publishing.errors import Refused
from bot.publishing.ports import Accepted, Approval, KnownStore, TrialRow, Trials, Version, Versions
from bot.publishing.stamping import stamped
from bot.publishing.words import say
from knowledge.base import KnowledgeBase
from knowledge.changes import Change, differences
from knowledge.document import Document, knowledge_of

log = logging.getLogger(__name__)

KNOWN = "known"
TELL_EVERY = 10
"""So many questions are asked between two signs of life of a trial."""


@dataclass(frozen=True)
class Model:
    """What a trial understands with: the version of the trained model, and what it makes of some knowledge.

    ``mind``: None where nothing was trained yet.  ``new_topics``: how many services of that knowledge the model never learned.
    """

    version: str
    mind: Callable[[KnowledgeBase], Mind] | None
    new_topics: Callable[[KnowledgeBase], int] = lambda knowledge: 0


@dataclass(frozen=True)
class Situation:
    """A draft and all that publishing it depends on, as it stands at one moment.

    ``subject`` names what the trial depends on; ``digest`` the draft's document.
    """

    published: Version | None
    draft: Version
    digest: str
    subject: str
    findings: Findings
    trial: TrialRow | None
    accepted: Mapping[int, Accepted]
    approval: Approval | None
    needs_second_person: bool
    last_editor: str

    @cached_property
    def changes(self) -> list[Change]:
        """What the draft changes."""
        return differences(self.published.document, self.draft.document) if self.published else []

    @cached_property
    def rows(self) -> list[Compared]:
        """The known questions as the trial left them; none before it is done."""
        if self.trial is None or self.trial.state != "done":
            return []
        return [Compared.from_json(row) for row in self.trial.result["rows"]]

    def of(self, *verdicts: Verdict) -> list[Compared]:
        """Those with one of these verdicts."""
        return [row for row in self.rows if row.verdict in verdicts]

    @property
    def still_wrong(self) -> list[Compared]:
        """Those that neither what is published nor the draft answers rightly."""
        return still_wrong(self.rows)

    @property
    def notes(self) -> list[str]:
        """What must be said about the trial."""
        return list(self.trial.result.get("notes", [])) if self.trial and self.trial.state == "done" else []

    @property
    def to_accept(self) -> list[Compared]:
        """What got worse and nobody has accepted yet."""
        return [row for row in self.of(*MUST_BE_ACKNOWLEDGED) if row.question not in self.accepted]

    @property
    def stands_against(self) -> list[str]:
        """Why it may not be published now; empty when it may."""
        why = []
        if self.findings.wrong:
            why.append(say("refused.wrong", count=len(self.findings.wrong)))
        elif self.trial is None:
            why.append(say("refused.not_asked"))
        elif self.trial.state != "done":
            why.append(say(f"refused.{self.trial.state}"))
        if self.to_accept:
            why.append(say("refused.worse", count=len(self.to_accept)))
        if self.needs_second_person and self.approval is None:
            why.append(say("refused.second_person", editor=self.last_editor))
        return why


@dataclass
class PublishingDesk:
    """What the page and the command work on.

    Args:
        digest_of: changes with a document.
        model: what a trial understands with now.
        scratch: the desk of a resident whom nobody knows.
        files: the name under which the project's own files write.
        done: called at the end of a trial's thread, to close what it opened.
    """

    versions: Versions
    trials: Trials
    known: KnownStore
    digest_of: Callable[[Document], str]
    model: Callable[[], Model]
    scratch: ScratchDesk
    clock: Callable[[], datetime.datetime]
    files: str
    done: Callable[[], None] = lambda: None
    _checked: dict[str, Findings] = field(default_factory=dict)

    # -- looking ----------------------------------------------------------------------------------------------------------

    def situation(self) -> Situation | None:
        """How it stands; None without a draft."""
        published, draft = self.versions.present()
        if draft is None:
            return None
        digest = self.digest_of(draft.document)
        today = self.clock().astimezone(CHINA).date()
        subject = f"{digest}/{published.id if published else 0}/{self.known.version()}/{self.model().version}"
        return Situation(
            published,
            draft,
            digest,
            subject,
            self._findings(f"{digest}/{today}", draft.document),
            self.trials.latest(KNOWN, subject),
            self.trials.accepted(digest),
            self.trials.approval(digest),
            self.trials.needs_second_person(),
            self.versions.last_editor(draft.id),
        )

    def _findings(self, key: str, document: Document) -> Findings:
        if key not in self._checked:
            self._checked = {key: check_draft(document, self.clock())}
        return self._checked[key]

    # -- trials -----------------------------------------------------------------------------------------------------------

    def begin(self, situation: Situation, by: str) -> bool:
        """Ask the known questions in a thread of this process; False where that is being done already."""
        questions = self.known.active()
        trial = self.trials.begin(KNOWN, situation.subject, len(questions), by)
        if trial is None:
            return False
        threading.Thread(target=self._in_thread, args=(trial, situation), name="trial", daemon=True).start()
        return True

    def ask_now(self, situation: Situation, by: str, tell: Callable[[str], None]) -> None:
        """The same here and now, for a person who waits."""
        trial = self.trials.begin(KNOWN, situation.subject, len(self.known.active()), by)
        if trial is None:
            raise Refused(say("refused.running"))
        self._ask(trial, situation, tell)

    def _in_thread(self, trial: int, situation: Situation) -> None:
        try:
            self._ask(trial, situation, lambda words: None)
        except Exception:
            log.exception("a trial failed")
            self.trials.fail(trial, "")
        finally:
            self.done()

    def _ask(self, trial: int, situation: Situation, tell: Callable[[str], None]) -> None:
        model, questions = self.model(), self.known.active()
        if model.mind is None or not questions:
            notes = [say("trial.none" if not questions else "trial.no_model")]
            self.trials.finish(trial, {"rows": [], "notes": notes})
            return
        draft = knowledge_of(self._stamped(situation))
        before = model.mind(knowledge_of(situation.published.document)) if situation.published else None
        after, desk, now = model.mind(draft), self.scratch(), self.clock()
        rows = []
        for number, row in enumerate(compare(before, after, questions, now, desk), 1):
            rows.append(row.as_json())
            if number % TELL_EVERY == 0:
                self.trials.went_on(trial, number)
                tell(f"{number}/{len(questions)}")
        new = model.new_topics(draft)
        notes = [say("trial.new_topics", count=new)] if new else []
        self.trials.finish(trial, {"rows": rows, "notes": notes})

    def _stamped(self, situation: Situation) -> Document:
        draft, published = situation.draft, situation.published
        today = self.clock().astimezone(CHINA).date()
        written = self.versions.written_by(draft.id)
        return stamped(published.document if published else None, draft.document, written, self.files, today)

    # -- accepting, approving, publishing ---------------------------------------------------------------------------------

    def accept(self, situation: Situation, questions: Sequence[int], reason: str, by: str) -> None:
        """Somebody accepts that questions get worse.

        Raises:
            Refused: no reason is given.
        """
        if not reason.strip():
            raise Refused(say("refused.no_reason"))
        worse = {row.question for row in situation.of(*MUST_BE_ACKNOWLEDGED)}
        self.trials.accept(situation.digest, [number for number in questions if number in worse], reason.strip(), by)

    def approve(self, situation: Situation, names: Sequence[str]) -> None:
        """Somebody, known under these names, approves the draft as it is.

        Raises:
            Refused: they changed it last themselves, or it has changed.
        """
        self.trials.approve(situation.draft.id, situation.digest, names)

    def discard(self, situation: Situation) -> None:
        """The draft is not wanted; what is published stays.

        Raises:
            Refused: it has changed.
        """
        self.trials.discard(situation.draft.id, situation.digest)

    def publish(self, situation: Situation, by: str, note: str = "") -> int:
        """The draft becomes what holds; its number.

        Raises:
            Refused: something stands against it.
        """
        if situation.stands_against:
            raise Refused("；".join(situation.stands_against))
        document = self._stamped(situation)
        return self.trials.publish(situation.draft.id, situation.digest, situation.subject, document, by, note)

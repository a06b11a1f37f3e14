"""Groups of unanswered questions and what staff see of each; plain data, as the store gives it."""

from dataclasses import dataclass, field


@dataclass(frozen=True)
class Group:
    """Alike questions.  ``people`` wait; ``guess`` is the service that the bot thought of.

    ``state``: open, passed (a unit has it), settled, moved (nothing is left in it).  ``outcome``: taught, answered, not_ours,
    passed, closed.
    """

    id: int
    label: str
    size: int
    people: int
    grave: bool
    first_at: str
    last_at: str
    state: str
    guess: str | None = None
    guess_confidence: float = 0.0
    unit: int | None = None
    outcome: str | None = None
    answer: str | None = None
    settled_by: int | None = None
    settled_at: str | None = None
    settlement: str | None = None


@dataclass(frozen=True)
class Question:
    """One unanswered question.  ``candidates``: services with probability, as the bot saw them; ``aspect`` it heard asked."""

    id: int
    group: int | None
    resident: str
    message: int
    text: str
    reason: str
    status: str
    at: str
    outcome: str | None = None
    candidates: tuple[tuple[str, float], ...] = ()
    confidence: float = 0.0
    covered: float = 0.0
    act: str = ""
    aspect: str = "overview"


@dataclass(frozen=True)
class Line:
    """A line of a conversation as staff see it; the words of a sealed one, and its ``photo``, are not given."""

    id: int
    author: str
    text: str
    at: str
    sealed: bool = False
    photo: int | None = None


@dataclass(frozen=True)
class Suggestion:
    """A text that staff wrote, for administrators to take over: an answer to a question, or what the plan does not state."""

    id: int
    kind: str
    text: str
    question: str
    service: str | None
    aspect: str | None
    at: str
    state: str = "open"
    account: int | None = None
    group: int | None = None


@dataclass(frozen=True)
class Faq:
    """An answer to a question outside the plan, with the ways in which residents ask it.

    ``office``: who answers, as residents read it.  ``state``: waiting (for a second person), active, stopped.  ``account``
    wrote it, ``by`` is their name; ``at``: when it was written or taken over, ISO 8601 in UTC.
    """

    id: int
    answer: str
    questions: tuple[str, ...]
    office: str = ""
    state: str = "active"
    account: int | None = None
    by: str = ""
    approved_by: int | None = None
    at: str = ""


@dataclass(frozen=True)
class Gap:
    """An aspect of a service that was asked for and that the plan does not state."""

    service: str
    aspect: str
    count: int
    last_at: str
    written: str | None = None


@dataclass(frozen=True)
class Rated:
    """An answer that was rated 没用, or one of the day's sample: what was asked, what was said, about which service."""

    message: int
    resident: str
    question: str
    answer: str
    service: str | None
    confidence: float
    at: str
    verdict: str | None = None


@dataclass(frozen=True)
class Settlement:
    """What one step of staff led to: how many questions, and how many residents were written."""

    id: str
    questions: int
    residents: int


@dataclass(frozen=True)
class Waiting:
    """A wish for a person as the console lists it."""

    id: int
    resident: str
    state: str
    since: str
    last: str = ""
    account: int | None = None
    account_name: str = ""
    taken_at: str | None = None
    staff_at: str | None = None
    resident_at: str | None = None
    channel: str = ""
    lines: tuple[Line, ...] = field(default=())


@dataclass(frozen=True)
class Caller:
    """Somebody for whom a clerk asked: the conversation of the call, and the number under which they want the answer."""

    resident: str
    phone: str
    name: str = ""


@dataclass(frozen=True)
class Call:
    """What a caller is to be told by telephone: the letter, whom, what they asked (or which ticket it is about), what to say."""

    letter: int
    phone: str
    name: str
    question: str
    text: str
    at: str
    ticket: str | None = None


@dataclass(frozen=True)
class Seen:
    """Which callers somebody sees: those of their unit (None: all), those behind secret tickets or not."""

    unit: int | None = None
    secrets: bool = False

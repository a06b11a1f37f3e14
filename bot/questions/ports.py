"""What the console asks of whoever keeps questions and handoffs."""

from collections.abc import Mapping, Sequence
from typing import Protocol

from bot.questions.records import Gap, Group, Line, Question, Rated, Settlement, Suggestion, Waiting


class Questions(Protocol):
    """Reads groups and questions."""

    def groups(self, state: str, unit: int | None, offset: int, most: int) -> list[Group]:
        """The groups of a state (open, passed, settled), the most pressing first; of one unit, or of all."""

    def count_groups(self, state: str, unit: int | None) -> tuple[int, int]:
        """How many groups of that state there are, and how many questions in them."""

    def group(self, number: int) -> Group | None:
        """The group of that id."""

    def questions(self, group: int, most: int = 100) -> list[Question]:
        """The group's questions, oldest first."""

    def question(self, number: int) -> Question | None:
        """The question of that id."""

    def around(self, question: Question, before: int = 6, after: int = 6) -> list[Line]:
        """The conversation around a question."""

    def alike(self, group: int, states: Sequence[str], most: int) -> list[tuple[Group, float]]:
        """The groups nearest to this one, with their cosine."""


class Settlements(Protocol):
    """Changes groups, each time in one transaction."""

    def settle(
        self,
        group: int,
        outcome: str,
        answer: str,
        letters: Mapping[int, str],
        account: int,
        *,
        author: str = "staff",
        service: str | None = None,
        unit: int | None = None,
    ) -> Settlement | None:
        """Settle the open questions of a group that there are letters for; None when somebody else has."""

    def undo(self, settlement: str) -> int:
        """Take a settlement back; how many questions are open again."""

    def split(self, group: int, questions: Sequence[int]) -> int | None:
        """Some of a group's questions into a new group."""

    def move(self, group: int, questions: Sequence[int], target: int) -> int | None:
        """Some of a group's questions into another open group."""

    def teach_one(self, text: str, service: str, account: int) -> None:
        """Teach a single question."""


class Reviews(Protocol):
    """What is reviewed besides unanswered questions."""

    def rated_useless(self, most: int = 50) -> list[Rated]:
        """Answers found useless that nobody has looked at."""

    def reviewed(self, message: int) -> None:
        """Somebody has looked at a rating."""

    def sample(self, most: int = 20) -> list[Rated]:
        """Confident answers of the daily sample that nobody has judged."""

    def judge(self, message: int, verdict: str, service: str | None, account: int) -> bool:
        """Right or wrong; False when it was judged before."""

    def answer(self, message: int) -> Rated | None:
        """A reply with its question."""

    def shares(self) -> dict[str, int]:
        """Counts: right, wrong, useful, useless."""

    def gaps(self) -> list[Gap]:
        """What is asked for and not stated."""

    def gap_questions(self, service: str, aspect: str, most: int = 10) -> list[str]:
        """How residents asked for it."""

    def suggest(
        self, kind: str, text: str, account: int, *, question: str = "", group: int | None = None, **about: str | None
    ) -> int:
        """Keep a text for administrators; its id."""

    def suggestions(self, state: str = "open") -> list[Suggestion]:
        """The texts in that state."""

    def close_suggestion(self, number: int, state: str) -> bool:
        """Taken over or dropped."""

    def known(self) -> list[tuple[str, str | None]]:
        """Questions with known answers: text and service."""


class Live(Protocol):
    """Conversations that wait for a person or have one."""

    def open_ones(self) -> list[Waiting]:
        """Those that wait, then those that somebody has."""

    def left_ones(self, most: int = 30) -> list[Waiting]:
        """Those who left a message."""

    def count_waiting(self) -> tuple[int, int]:
        """How many wait, and the number of the newest."""

    def one(self, number: int) -> Waiting | None:
        """The one of that id."""

    def lines(self, resident: str, after: int = 0, most: int = 200, before: int = ...) -> list[Line]:
        """The conversation's latest lines with a number above ``after`` and below ``before``, oldest first."""

    def take(self, number: int, account: int, over: bool = False) -> bool:
        """Take a conversation that waits or was left, with ``over`` also a colleague's; False when it is not to be had."""

    def begin(self, resident: str, account: int, question: str) -> int | None:
        """Talk with a resident about their question; the conversation's number, None when they cannot be written to."""

    def send(self, number: int, account: int, text: str) -> bool:
        """Write to the resident; False when this clerk does not have the conversation."""

    def hand_back(self, number: int, account: int) -> bool:
        """End it."""

    def leave(self, account: int) -> int:
        """A clerk goes: what they have is left to colleagues or to the bot; how many that were."""

    def settle_left(self, number: int, account: int) -> bool:
        """A left message has been dealt with."""

"""What is wrong in a workbook, told by sheet and cell."""

from dataclasses import dataclass
from typing import Any

from knowledge.errors import KnowledgeError


@dataclass(frozen=True, order=True)
class Mistake:
    """One mistake; ``sheet`` and ``cell`` are empty where it concerns the file, ``cell`` where it concerns a whole sheet."""

    sheet: str
    cell: str
    words: str

    def __str__(self) -> str:
        place = "!".join(part for part in (self.sheet, self.cell) if part)
        return f"{place}：{self.words}" if place else self.words


class WorkbookError(KnowledgeError):
    """The workbook is refused; ``mistakes`` are all that were found, sheet by sheet."""

    def __init__(self, mistakes: list[Mistake]) -> None:
        super().__init__([str(mistake) for mistake in mistakes])
        self.mistakes = mistakes

    def __reduce__(self) -> Any:
        """See KnowledgeError."""
        return type(self), (self.mistakes,)

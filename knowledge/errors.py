"""What the knowledge base refuses, in words that the person who wrote the data can act on."""

from typing import Any


class Problem(str):
    """What is wrong, in words, and where: the record and field as in ``knowledge.changes``, ``nth`` in the field's list."""

    object: str
    field: str
    nth: int

    def __new__(cls, words: str, object: str = "", field: str = "", nth: int = 0) -> "Problem":
        """The words, which know their place."""
        made = super().__new__(cls, words)
        made.object, made.field, made.nth = object, field, nth
        return made


class KnowledgeError(Exception):
    """The knowledge is inconsistent; ``problems`` names each place (file, item, field) and what is wrong there."""

    def __init__(self, problems: list[str]) -> None:
        super().__init__("；".join(problems))
        self.problems = problems

    def __reduce__(self) -> Any:
        """As pickle carries it from one process to another."""
        return type(self), (self.problems,)

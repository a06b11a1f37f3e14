"""What a sheet of tickets from elsewhere may hold: data/import.toml, and which of its headers is which column."""

import re
import tomllib
from collections.abc import Iterable, Mapping
from functools import cache, cached_property
from pathlib import Path
from typing import Literal

from pydantic import BaseModel, ConfigDict

DATA = Path(__file__).parent / "data" / "import.toml"


class Incoming(BaseModel):
    """A column that is understood; what its keys mean stands at the top of the file."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    field: str
    header: str
    synonyms: tuple[str, ...]
    kind: Literal["text", "number", "choice", "unit", "time"]
    most: int
    width: int
    note: str
    example: str
    choices: str = ""
    required: bool = False


class Understood(BaseModel):
    """The file."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    columns: tuple[Incoming, ...]
    choices: Mapping[str, Mapping[str, tuple[str, ...]]]

    @cached_property
    def _by_header(self) -> dict[str, Incoming]:
        return {bare(name): column for column in self.columns for name in (column.header, *column.synonyms)}

    def column(self, header: str) -> Incoming | None:
        """The column that a header means; None for one that nobody knows."""
        return self._by_header.get(bare(header))

    def headers(self, cells: Iterable[tuple[int, str]]) -> dict[int, Incoming]:
        """Which place of a row of headers is which column; of two for the same the better known name counts, then the first."""
        found: dict[str, tuple[int, int, Incoming]] = {}
        for place, header in cells:
            column = self.column(header)
            if column is None:
                continue
            names = [bare(name) for name in (column.header, *column.synonyms)]
            ranked = (names.index(bare(header)), place, column)
            if column.field not in found or ranked[:2] < found[column.field][:2]:
                found[column.field] = ranked
        return {place: column for _, place, column in found.values()}

    def choice(self, column: Incoming, words: str) -> str | None:
        """The choice that words mean; None when they mean none."""
        choices = self.choices[column.choices]
        return next((name for name, known in choices.items() if words.lower() in (word.lower() for word in known)), None)

    def words_of(self, column: Incoming) -> list[str]:
        """What the choices are called."""
        return [known[0] for known in self.choices[column.choices].values()]


def bare(header: str) -> str:
    """A header without blanks, marks and what stands in brackets: “ 诉求内容（必填）* ” is 诉求内容."""
    return re.sub(r"[\s*＊:：]|[（(【\[].*?[）)】\]]", "", header)


@cache
def understood() -> Understood:
    """The columns; pydantic's ValidationError when the file is wrong."""
    return Understood.model_validate(tomllib.loads(DATA.read_text(encoding="utf-8")))

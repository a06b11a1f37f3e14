"""How the workbook is laid out: data/sheets.toml as sheets and columns."""

import re
import tomllib
from collections.abc import Mapping
from functools import cache, cached_property
from pathlib import Path
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, field_validator

DATA = Path(__file__).parent / "data" / "sheets.toml"

GUIDE = "说明"
"""The first sheet; it is written for people, and nothing of it is taken."""

MARK = "标记"
"""In the first sheet: of which state of the knowledge base the workbook was made."""

Circumstances = Mapping[str, str]
"""What the circumstances of criteria are called, by their names in the document."""

Kind = Literal["text", "verbatim", "number", "date", "yes_no", "choice", "one", "some", "facts", "shown"]


class Column(BaseModel):
    """A column; what its keys mean stands at the top of data/sheets.toml."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    header: str
    field: str
    kind: Kind
    note: str
    width: int
    required: bool = False
    optional: bool = False
    unique: bool = False
    default: bool | None = None
    refers: str = ""
    choices: str = ""
    pattern: str = ""
    wrong: str = ""
    most: int = 1000
    least: int = 0
    greatest: int = 0

    @field_validator("pattern")
    @classmethod
    def _is_pattern(cls, value: str) -> str:
        re.compile(value)
        return value


class Sheet(BaseModel):
    """A sheet; what its keys mean stands at the top of data/sheets.toml."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    name: str
    table: str
    about: str
    columns: tuple[Column, ...]
    single: bool = False
    optional: bool = False
    key: str = ""
    of: str = ""
    list: str = ""
    strings: bool = False

    @cached_property
    def by_field(self) -> dict[str, Column]:
        """The columns by the field that they hold."""
        return {column.field: column for column in self.columns}

    @property
    def link(self) -> str:
        """The field that tells whose row it is; empty where the rows belong to nothing, or to the only row there is."""
        return self.columns[0].field if self.of and self.columns[0].kind == "one" else ""


class Layout(BaseModel):
    """All sheets in their order."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    sheets: tuple[Sheet, ...]
    choices: Mapping[str, Mapping[str, str]]

    @cached_property
    def by_name(self) -> dict[str, Sheet]:
        """The sheets by the name on their tab."""
        return {sheet.name: sheet for sheet in self.sheets}

    @cached_property
    def by_table(self) -> dict[str, Sheet]:
        """The sheets by the table that they hold."""
        return {sheet.table: sheet for sheet in self.sheets}

    def key_of(self, table: str) -> Column:
        """The column by which rows of the table are named."""
        sheet = self.by_table[table]
        return sheet.by_field[sheet.key]

    def words_of(self, column: Column, value: Any) -> str:
        """What a choice is called."""
        return self.choices[column.choices][value]

    def model_post_init(self, _: Any) -> None:
        """Refuse references to what is not there.

        Raises:
            KeyError: a column or sheet points to a table, key or choices that do not exist.
        """
        for sheet in self.sheets:
            if sheet.of:
                self.by_table[sheet.of]
            for column in sheet.columns:
                if column.refers:
                    self.key_of(column.refers)
                if column.choices:
                    self.choices[column.choices]


@cache
def layout() -> Layout:
    """The layout in the data file; pydantic's ValidationError or KeyError when it is wrong."""
    return Layout.model_validate(tomllib.loads(DATA.read_text(encoding="utf-8")))

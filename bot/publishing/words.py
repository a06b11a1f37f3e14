"""What publishing tells: data/words.toml."""

import tomllib
from functools import cache
from pathlib import Path
from typing import Any


@cache
def _file() -> dict[str, Any]:
    with (Path(__file__).parent / "data" / "words.toml").open("rb") as file:
        return tomllib.load(file)


def say(key: str, **values: object) -> str:
    """The words ``section.name`` with their fields filled in."""
    section, _, name = key.partition(".")
    return str(_file()[section][name]).format(**values)

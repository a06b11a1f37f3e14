"""The reader's data files, read once."""

import tomllib
from functools import cache
from pathlib import Path
from typing import Any


@cache
def settings(name: str) -> dict[str, Any]:
    """The data file of that name (reading, services, national) in data/."""
    return tomllib.loads((Path(__file__).parent / "data" / f"{name}.toml").read_text(encoding="utf-8"))

"""What the console calls things: data/words.toml and data/audit.toml."""

import tomllib
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Any

_DATA = Path(__file__).parent / "data"


@cache
def _file(name: str) -> dict[str, Any]:
    with (_DATA / name).open("rb") as file:
        return tomllib.load(file)


def role_words() -> Mapping[str, str]:
    """Roles in Chinese."""
    words: dict[str, str] = _file("words.toml")["roles"]
    return words


def role_effects() -> Mapping[str, str]:
    """What each role may do, in a sentence."""
    words: dict[str, str] = _file("words.toml")["role_effects"]
    return words


def audit_words() -> Mapping[str, str]:
    """Actions of the audit log in Chinese."""
    return {action: words for name, table in _file("audit.toml").items() if name != "details" for action, words in table.items()}


def audit_details() -> Mapping[str, str]:
    """Names of the details of the audit log's entries in Chinese."""
    words: dict[str, str] = _file("audit.toml")["details"]
    return words


def matter_words() -> Mapping[str, str]:
    """Kinds of matter in Chinese."""
    words: dict[str, str] = _file("words.toml")["matters"]
    return words


def source_words() -> Mapping[str, str]:
    """Where tickets come from, in Chinese."""
    words: dict[str, str] = _file("words.toml")["ticket_sources"]
    return words


def alert_ways() -> Mapping[str, str]:
    """Ways to alert a unit, in Chinese."""
    words: dict[str, str] = _file("words.toml")["alert_ways"]
    return words


def mode_words() -> Mapping[str, str]:
    """What a reply can be, in Chinese."""
    words: dict[str, str] = _file("words.toml")["modes"]
    return words


def outcome_words() -> Mapping[str, str]:
    """How good a reply to a known question is, in Chinese."""
    words: dict[str, str] = _file("words.toml")["outcomes"]
    return words


def verdict_words() -> Mapping[str, str]:
    """What became of a known question, in Chinese."""
    words: dict[str, str] = _file("words.toml")["verdicts"]
    return words


def version_states() -> Mapping[str, str]:
    """States of a version of the knowledge base, in Chinese."""
    words: dict[str, str] = _file("words.toml")["version_states"]
    return words

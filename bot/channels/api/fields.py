"""Fields of a request read one by one, each of its kind; what is wrong is one error that names the field."""

from collections.abc import Collection, Mapping
from datetime import UTC, datetime
from typing import Any
from urllib.parse import urlsplit

from bot.channels.errors import ApiError
from bot.channels.residents import plain_text


class Fields:
    """The fields of a JSON object, or of an address's query."""

    def __init__(self, given: Mapping[str, Any], known: Collection[str]) -> None:
        if unknown := sorted(set(given) - set(known)):
            raise ApiError(422, f"没有 {unknown[0]} 这一项，可以有：{'、'.join(known)}", "unknown_field", unknown[0])
        self._given = {name: value for name, value in given.items() if value is not None}

    def __contains__(self, name: str) -> bool:
        return name in self._given

    def text(self, name: str, most: int, needed: bool = False) -> str:
        """A text without blanks around it; empty where there is none."""
        value = self._given.get(name, "")
        if not isinstance(value, str):
            raise wrong(name, f"{name} 应为文字")
        value = value.strip()
        if needed and not value:
            raise wrong(name, f"缺少 {name}")
        if len(value) > most:
            raise wrong(name, f"{name} 最多 {most} 个字")
        return value

    def choice(self, name: str, choices: Collection[str], needed: bool = False) -> str | None:
        """One of the choices."""
        if name not in self._given and not needed:
            return None
        value = self._given.get(name)
        if not isinstance(value, str) or value not in choices:
            raise wrong(name, f"{name} 应为 {'、'.join(choices)} 之一")
        return value

    def flag(self, name: str) -> bool:
        """True or false; false where it is not said."""
        value = self._given.get(name, False)
        if not isinstance(value, bool):
            raise wrong(name, f"{name} 应为 true 或 false")
        return value

    def whole(self, name: str) -> int | None:
        """A whole number."""
        value = self._given.get(name)
        if value is not None and (isinstance(value, bool) or not isinstance(value, int) or abs(value) > 2**53):
            raise wrong(name, f"{name} 应为整数")
        return value

    def texts(self, name: str, most: int, longest: int) -> list[str]:
        """A list of texts."""
        values = self._given.get(name, [])
        if not isinstance(values, list) or not all(isinstance(value, str) and value for value in values):
            raise wrong(name, f"{name} 应为文字的列表")
        if len(values) > most or any(len(value) > longest for value in values):
            raise wrong(name, f"{name} 最多 {most} 项，每项最多 {longest} 个字")
        return [plain_text(value) for value in values]

    def raw(self, name: str) -> Any:
        """As it was given."""
        return self._given.get(name)


def wrong(field: str, words: str) -> ApiError:
    """The error that says what is wrong with a field."""
    return ApiError(422, words, "invalid", field)


def moment(name: str, text: str) -> datetime:
    """A moment in ISO 8601 with its zone; raises ApiError."""
    try:
        at = datetime.fromisoformat(text.replace(" ", "+"))  # a + in an address that was not escaped
        if at.tzinfo is None:
            raise ValueError
        return at.astimezone(UTC)
    except (ValueError, OverflowError):
        raise wrong(name, f"{name} 应为带时区的时间，如 2026-03-02T10:00:00+08:00") from None


def is_web_address(url: str) -> bool:
    """Whether it is an address of a page or picture on the web."""
    try:
        parts = urlsplit(url)
        return parts.scheme in ("http", "https") and bool(parts.hostname) and url.isprintable() and " " not in url
    except ValueError:
        return False

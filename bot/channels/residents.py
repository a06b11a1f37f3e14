"""Who a resident is on each channel: names that cannot meet each other."""

import secrets


def wechat_resident(openid: str) -> str:
    """A follower of the Official Account."""
    return f"wechat:{openid}"


def bearer_resident(user: str) -> str:
    """Whoever a caller of the interface says; a namespace of its own."""
    return f"api:{user}"


def new_page_resident() -> str:
    """A new visitor of the page, known by a signed cookie from then on."""
    return f"web:{secrets.token_urlsafe(16)}"


def sound_text(text: str) -> str:
    """``text`` as it can be stored and sent: lone surrogates (half an emoji) and NUL characters replaced."""
    return text.encode("utf-8", "replace").decode("utf-8").replace("\x00", " ")


def sound_id(given: object) -> str | int | float | None:
    """A caller's own id as it can be sent back; None for what is no plain value."""
    if isinstance(given, str):
        return sound_text(given)
    return given if isinstance(given, (int, float)) else None

"""The audit log: who did or saw what."""

import datetime
from typing import Any

from flask import Blueprint, render_template, request
from flask.typing import ResponseReturnValue

from bot.console.knowledge_words import as_text, field_words
from bot.console.parts import parts
from bot.console.settings import setting_groups
from bot.console.words import audit_details, audit_words

audit_log = Blueprint("console_audit", __name__, url_prefix="/console/audit")

PAGE = 50
_LISTS = ("questions", "fields", "scopes")
"""Details that are lists; the others with two values are before and after."""


def _day(name: str) -> datetime.date | None:
    try:
        return datetime.date.fromisoformat(request.args.get(name, ""))
    except ValueError:
        return None


@audit_log.get("/")
def page() -> ResponseReturnValue:
    """The newest entries that match."""
    log, words = parts().audit, audit_words()
    action, views = request.args.get("action", ""), request.args.get("views") == "1"
    there = log.actions()
    actions = [action] if action else [name for name in there if name.endswith(".view")] if views else []
    if views and not actions:
        actions = ["-"]  # nobody looked at anything yet
    entries = log.find(
        request.args.get("username", "").strip().casefold(),
        actions,
        request.args.get("object", "").strip(),
        _day("since"),
        _day("until"),
        request.args.get("before", type=int),
        PAGE + 1,
    )
    filters = {name: value for name, value in request.args.items() if name != "before"}
    return render_template(
        "console/audit/page.html",
        entries=entries[:PAGE],
        older=entries[PAGE - 1].id if len(entries) > PAGE else None,
        words=words,
        detail=_detail,
        actions=[("", "所有操作"), *((name, words.get(name, name)) for name in there)],
        filters=filters,
    )


def _detail(object: str, name: str, value: Any) -> tuple[str, str]:
    """A detail of an entry as it is read: what it is called, and its value (before → after for a change)."""
    titles = {setting.key: setting.title for group in setting_groups() for setting in group.settings}
    called = audit_details().get(name) or titles.get(name) or field_words(object if ":" in object else "service:", name)
    if isinstance(value, list) and len(value) == 2 and name not in _LISTS:
        return called, " → ".join(as_text(one) or "（没有）" for one in value)
    return called, "、".join(as_text(one) for one in value) if isinstance(value, list) else as_text(value)

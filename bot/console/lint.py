"""The check of answer texts: what it finds in the draft, each with the way to mend it or a reason to leave it."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any, Protocol

from flask import Blueprint, abort, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from bot.console.frame import audit, signed_in
from bot.console.knowledge import edit_url
from bot.console.knowledge_desk import Both, desk
from bot.console.knowledge_words import field_words, object_words
from bot.console.parts import part
from knowledge.changes import mark_of, value_of
from knowledge.lint import Finding, lint, rules

lint_pages = Blueprint("console_lint", __name__, url_prefix="/console/lint")

LONGEST = 300


class Acknowledged(Protocol):
    """What was found and left as it is."""

    def all(self) -> dict[str, dict[str, Any]]:
        """mark, reason, by and at, by the finding's key."""

    def keep(self, key: str, mark: str, reason: str, by: str) -> None:
        """The finding is left as it is, for as long as the value stays that of ``mark``."""

    def drop(self, key: str) -> None:
        """It is told again."""


@dataclass(frozen=True)
class Shown:
    """A finding with its place; ``left``: why it was left as it is, by whom and when."""

    finding: Finding
    object: str
    field: str
    url: str
    mark: str
    left: dict[str, Any] | None


def _book() -> Acknowledged:
    book: Acknowledged = part("acknowledged")
    return book


def _shown(both: Both) -> list[Shown]:
    left = _book().all()
    return [_one(finding, both, left.get(finding.key)) for finding in lint(both.knowledge, desk().today())]


def _one(finding: Finding, both: Both, left: dict[str, Any] | None) -> Shown:
    mark = mark_of(value_of(both.draft, finding.object, finding.field))
    return Shown(
        finding,
        object_words(finding.object, both),
        field_words(finding.object, finding.field),
        edit_url(finding.object, finding.field, both),
        mark,
        left if left and left["mark"] == mark else None,
    )


@lint_pages.get("/")
def index() -> ResponseReturnValue:
    """Every finding, rule by rule; those that were left as they are below."""
    both = desk().both()
    shown = _shown(both)
    return render_template(
        "console/lint/index.html",
        groups=[
            (name, rule, [one for one in shown if one.finding.rule == name and not one.left]) for name, rule in rules().items()
        ],
        left=[one for one in shown if one.left],
        open=sum(not one.left for one in shown),
        has_draft=both.has_draft,
        longest=LONGEST,
    )


@lint_pages.post("/leave")
def leave() -> ResponseReturnValue:
    """A finding is left as it is, for a reason."""
    key, reason = request.form.get("key", ""), request.form.get("reason", "").strip()
    found = _found(key, _shown(desk().both()))
    if not reason or len(reason) > LONGEST:
        flash("请写明为什么不用改。" if not reason else f"理由最多 {LONGEST} 个字。", "warning")
        return redirect(url_for(".index") + f"#{found.finding.rule}")
    _book().keep(key, found.mark, reason, signed_in().shown)
    audit("knowledge.leave", found.finding.object, {"key": key, "reason": reason})
    flash(f"记下了：{found.object} {found.field}不用改。文字改了会再检查。", "success")
    return redirect(url_for(".index") + f"#{found.finding.rule}")


@lint_pages.post("/tell-again")
def tell_again() -> ResponseReturnValue:
    """A finding that was left is told again."""
    key = request.form.get("key", "")
    found = _found(key, _shown(desk().both()))
    _book().drop(key)
    audit("knowledge.leave", found.finding.object, {"key": key, "reason": ""})
    return redirect(url_for(".index") + f"#{found.finding.rule}")


@lint_pages.post("/owners")
def owners() -> ResponseReturnValue:
    """The department in charge becomes the owner of every service that has none."""
    both = desk().both()
    without = [one.finding.object for one in _shown(both) if one.finding.rule == "owner"]
    values = [(key, "owner", "、".join(both.knowledge.item_of(key.partition(":")[2]).departments)) for key in without]
    made = desk().versions.edit_all(values, signed_in().shown, desk().clock())
    audit("knowledge.record", "owner", {"services": len(made)})
    flash(f"已给 {len(made)} 件事填上责任部门，存在草稿里。", "success")
    return redirect(url_for(".index"))


def _found(key: str, shown: Iterable[Shown]) -> Shown:
    found = next((one for one in shown if one.finding.key == key), None)
    if found is None:
        abort(404, "这一处已经改好了。")
    return found

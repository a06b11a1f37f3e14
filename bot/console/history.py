"""Who changed what in the knowledge base and when, word by word; an earlier value goes back into the draft."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from flask import Blueprint, abort, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from bot.console.frame import audit, signed_in
from bot.console.knowledge import ShownChange, edit_url, shown, together_with
from bot.console.knowledge_desk import Both, Edit, desk
from bot.console.knowledge_words import field_words, object_words
from bot.console.words import version_states
from knowledge.changes import Change, differences, value_of
from knowledge.errors import KnowledgeError

history = Blueprint("console_history", __name__, url_prefix="/console/history")

MOST = 200
_DISCARDED = "作废的草稿"


@dataclass(frozen=True)
class Line(ShownChange):
    """What somebody did, as the page shows it; ``edit``: its number."""

    edit: int
    by: str
    at: str
    version: int
    restorable: bool


@history.get("/")
def index() -> ResponseReturnValue:
    """Every change, or those of one record or field, newest first."""
    both = desk().both()
    record, field, by = (request.args.get(name, "").strip() for name in ("object", "field", "by"))
    edits = [edit for edit in desk().versions.edits(object=record or None, most=MOST * 3) if _wanted(edit, field, by)][:MOST]
    return render_template(
        "console/history/index.html",
        lines=[_line(edit, both) for edit in edits],
        about=object_words(record, both) if record else "",
        back=edit_url(record, field, both) if record else "",
        given={"object": record, "field": field, "by": by},
        most=MOST,
    )


def _wanted(edit: Edit, field: str, by: str) -> bool:
    same = not field or edit.field in (field, "*") or edit.field.replace("upkeep.", "answers.") == field
    return same and (not by or by == edit.by)


def _line(edit: Edit, both: Both) -> Line:
    restorable = value_of(both.draft, edit.object, edit.field) != edit.before
    return Line(**vars(shown(edit, both)), edit=edit.id, by=edit.by, at=edit.at, version=edit.version, restorable=restorable)


@history.post("/edits/<int:number>/restore")
def restore(number: int) -> ResponseReturnValue:
    """What stood there before that change goes into the draft."""
    edit = desk().versions.change(number)
    if edit is None:
        abort(404)
    both = desk().both()
    words = f"{object_words(edit.object, both)} {field_words(edit.object, edit.field)}"
    try:
        values = together_with(both, edit.object, edit.field, edit.before)
        made: Sequence[Any] = desk().versions.edit_all(values, signed_in().shown, desk().clock())
    except KnowledgeError as error:
        flash(f"不能恢复：{'；'.join(error.problems)}", "danger")
        return redirect(url_for(".index", object=edit.object))
    if made:
        audit("knowledge.restore", edit.object, {"field": edit.field, "edit": number})
    already = value_of(both.draft, edit.object, edit.field) == edit.before
    without = "草稿里已经是这样了。" if already else "不能单独恢复这一处：要连同它所在的条文一起。"
    flash(f"已放进草稿：{words}。" if made else without, "success" if made else "info")
    return redirect(url_for(".index", object=edit.object))


@history.get("/versions")
def versions() -> ResponseReturnValue:
    """Every version that was published or thrown away, and the draft."""
    return render_template("console/history/versions.html", versions=desk().versions.versions(), state_words=_state_words)


@history.get("/versions/<int:number>")
def version(number: int) -> ResponseReturnValue:
    """What one version changed against the one that it was made from."""
    found = desk().versions.version(number)
    if found is None:
        abort(404)
    before = desk().versions.version(found.based_on) if found.based_on else None
    both = desk().both()
    made: list[Change] = differences(before.document, found.document) if before else []
    return render_template(
        "console/history/version.html",
        version=found,
        before=before,
        lines=[shown(change, both) for change in made],
        state=_state_words(found.state, found.published_at),
    )


def _state_words(state: str, published_at: str | None) -> str:
    return _DISCARDED if state == "archived" and not published_at else version_states().get(state, state)

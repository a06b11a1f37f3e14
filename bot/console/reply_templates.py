"""Templates of replies: those that come with the service, and what administrators add."""

from typing import Protocol

from flask import Blueprint, abort, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from bot.console.frame import CHINA, audit, signed_in
from bot.console.parts import part, parts
from bot.tickets.records import Ticket, Unit
from bot.tickets.reply_templates import PLACEHOLDERS, ReplyTemplate, TemplateError, check_template, filled, own_templates

reply_templates = Blueprint("console_templates", __name__, url_prefix="/console/templates")

LONGEST = 1500


class TemplateBook(Protocol):
    """Where added templates stand."""

    def all(self) -> list[ReplyTemplate]:
        """Those that were added, by title."""

    def save(self, template: ReplyTemplate, by: str) -> int:
        """Keep it (id 0: as a new one); its id."""

    def delete(self, number: int) -> bool:
        """Take it out; False when there is none."""


def _book() -> TemplateBook:
    book: TemplateBook = part("reply_templates")
    return book


def templates_for(ticket: Ticket, unit: Unit | None) -> list[tuple[str, str]]:
    """Titles and texts filled for this ticket, added ones first."""
    today = parts().clock().astimezone(CHINA).date()
    return [(one.title, filled(one, ticket, unit, today)) for one in (*_book().all(), *own_templates())]


@reply_templates.get("/")
def index() -> ResponseReturnValue:
    """All of them, with a form for a new one, or for the one that the address names."""
    number = request.args.get("edit", 0, type=int)
    chosen = next((one for one in _book().all() if one.id == number), None)
    if number and chosen is None:
        abort(404)
    return _page(chosen or ReplyTemplate("", ""), {})


def _page(chosen: ReplyTemplate, errors: dict[str, str]) -> ResponseReturnValue:
    page = render_template(
        "console/templates/index.html",
        added=_book().all(),
        own=own_templates(),
        chosen=chosen,
        errors=errors,
        longest=LONGEST,
        placeholders=PLACEHOLDERS,
    )
    return page, 400 if errors else 200


@reply_templates.post("/")
def save() -> ResponseReturnValue:
    """Keep a new one, or a changed one."""
    form = request.form
    number = form.get("id", 0, type=int)
    wanted = ReplyTemplate(form.get("title", "").strip(), form.get("text", "").strip(), number)
    if number and all(one.id != number for one in _book().all()):
        abort(404)
    errors = {}
    if not 2 <= len(wanted.title) <= 40:
        errors["title"] = "名称要 2 到 40 个字"
    if not 1 <= len(wanted.text) <= LONGEST:
        errors["text"] = f"请写正文，最多 {LONGEST} 个字"
    try:
        check_template(wanted.text)
    except TemplateError as error:
        errors["text"] = str(error)
    if errors:
        return _page(wanted, errors)
    _book().save(wanted, signed_in().username)
    audit("template.save", wanted.title)
    flash(f"已保存“{wanted.title}”", "success")
    return redirect(url_for(".index"))


@reply_templates.post("/<int:number>/delete")
def delete(number: int) -> ResponseReturnValue:
    """Take one out."""
    if not _book().delete(number):
        abort(404)
    audit("template.delete", str(number))
    flash("已删除", "success")
    return redirect(url_for(".index"))

"""The knowledge base as an Excel workbook: taken away, and brought back as the draft after a look at what it changes."""

import datetime
import io
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Protocol

from flask import Blueprint, flash, redirect, render_template, request, send_file, url_for
from flask.typing import ResponseReturnValue

from bot.console.differences import Piece
from bot.console.frame import CHINA, audit, signed_in
from bot.console.heavy import made_apart, read_file
from bot.console.knowledge import change_shown
from bot.console.knowledge_desk import Both, Version
from bot.console.knowledge_words import field_words, object_words, words
from bot.console.parts import part, parts
from bot.console.uploads import takes_files, uploaded, uploads, waiting
from bot.dialogue.templates import template_problem
from knowledge.changes import Change, differences
from knowledge.document import Document, document_of, knowledge_of
from knowledge.errors import KnowledgeError
from knowledge.merging import Merging, merging
from knowledge.workbook.exporter import export_workbook, mark_of
from knowledge.workbook.importer import import_marked
from knowledge.workbook.mistakes import Mistake, WorkbookError

workbook = Blueprint("console_workbook", __name__, url_prefix="/console/workbook")
takes_files("console_workbook.upload")

XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
KIND = "workbook"
MOST_SHOWN = 300


class Drafts(Protocol):
    """Who takes a whole document as the draft."""

    def draft(self) -> Version | None:
        """What is being edited."""

    def published(self) -> Version:
        """What holds now."""

    def state(self, mark: str, mark_of: Callable[[Document], str]) -> Document | None:
        """The state of the knowledge base that had this mark."""

    def replace_draft(self, document: Document, note: str, by: str, now: datetime.datetime) -> int:
        """Make this document the draft; its number."""


@dataclass(frozen=True)
class Shown:
    """A change as the page shows it; ``place``: names its record and field in the form."""

    object: str
    field: str
    pieces: list[Piece]
    place: str


def drafts() -> Drafts:
    """What this page reads and writes."""
    given: Drafts = part("drafts")
    return given


@workbook.get("/")
def page() -> ResponseReturnValue:
    """Take the workbook away, or bring one."""
    return _page()


def _page(mistakes: list[Mistake] | None = None, name: str = "", error: str = "", status: int = 200) -> ResponseReturnValue:
    shown = render_template(
        "console/workbook/page.html",
        draft=drafts().draft(),
        published=drafts().published(),
        mistakes=mistakes,
        name=name,
        error=error,
    )
    return shown, status


@workbook.get("/draft.xlsx", defaults={"state": "draft"})
@workbook.get("/published.xlsx", defaults={"state": "published"})
def download(state: str) -> ResponseReturnValue:
    """The workbook of the draft (of what is published while there is none), or of what is published."""
    version = (drafts().draft() if state == "draft" else None) or drafts().published()
    day = parts().clock().astimezone(CHINA).date()
    told = f"第{version.id}版（{'草稿' if version.state == 'draft' else '已发布'}），{day:%Y-%m-%d} 导出"
    content = made_apart(export_workbook, version.document, told, words()["circumstances"])
    audit("workbook.export", f"第{version.id}版")
    name = f"知识库-第{version.id}版-{day:%Y%m%d}.xlsx"
    return send_file(io.BytesIO(content), XLSX, as_attachment=True, download_name=name)


@workbook.post("/upload")
def upload() -> ResponseReturnValue:
    """Read the workbook: its mistakes, or what it would change."""
    given = uploaded()
    if given is None:
        return _page(error="请选择一个 .xlsx 文件", status=400)
    name, content = given
    try:
        document, mark = _read(content)
    except WorkbookError as refused:
        audit("workbook.refused", name, {"mistakes": len(refused.mistakes)})
        return _page(refused.mistakes, name, status=422)
    if document == _current().document:
        return _page(name=name, error="和现在的知识库一样，没有改动。", status=200)
    return _preview(uploads().keep(KIND, signed_in().id, name, content), name, mark, document)


def _read(content: bytes) -> tuple[Document, str]:
    """The document that the workbook holds, and the mark of the state that it was made of."""
    return read_file(content, import_marked, content, template_problem, words()["circumstances"])


def _current() -> Version:
    return drafts().draft() or drafts().published()


def _mark(version: Version) -> str:
    """Changes whenever the draft is changed, published or thrown away."""
    return f"{version.id}-{mark_of(version.document)}"


def _merging(document: Document, mark: str) -> Merging | None:
    """The file brought together with what was changed since it was made; None where nothing was, or nobody can tell what."""
    now = _current().document
    if mark in ("", mark_of(now)):
        return None
    base = drafts().state(mark, mark_of)
    return merging(base, document, now) if base else None


def _preview(token: str, name: str, mark: str, document: Document, overtaken: bool = False) -> ResponseReturnValue:
    current, published, draft = _current(), drafts().published(), drafts().draft()
    found = _merging(document, mark)
    changes = found.made if found else differences(current.document, document)
    both = Both(current.document, document, current.id, draft is not None)
    shown = render_template(
        "console/workbook/preview.html",
        token=token,
        name=name,
        mark=_mark(current),
        overtaken=overtaken,
        stale=mark not in ("", mark_of(current.document)),
        merging=found,
        problems=_problems(found.document) if found else [],
        clashes=_all_shown(found.clashes, both) if found else [],
        later=_all_shown(found.later, both) if found else [],
        draft=draft,
        unpublished=len(differences(published.document, draft.document)) if draft else 0,
        count=len(changes),
        changes=_all_shown(changes[:MOST_SHOWN], both),
    )
    return shown, 409 if overtaken else 200


def _problems(document: Document) -> list[str]:
    """Why the document cannot be the draft."""
    try:
        knowledge_of(document)
    except KnowledgeError as error:
        return list(error.problems)
    return []


def _all_shown(changes: Iterable[Change], both: Both) -> list[Shown]:
    return [_shown(change, both) for change in changes]


def _shown(change: Change, both: Both) -> Shown:
    pieces = list(change_shown(change.object, change.field, change.before, change.after))
    place = f"{change.object}|{change.field}"
    return Shown(object_words(change.object, both), field_words(change.object, change.field), pieces, place)


@workbook.post("/take")
def take() -> ResponseReturnValue:
    """Make the workbook that was looked at the draft; what was changed since it was made stays, save what is asked for."""
    token, name, content = waiting(KIND)
    try:
        document, mark = _read(content)
    except WorkbookError as refused:
        return _page(refused.mistakes, name, status=422)
    current = _current()
    if request.form.get("mark") != _mark(current):
        return _preview(token, name, mark, document, overtaken=True)
    if request.form.get("whole") != "1" and (found := _merging(document, mark)):
        places = [(record, field) for record, _, field in (place.rpartition("|") for place in request.form.getlist("file"))]
        document = found.with_file(places)
        if problems := _problems(document):
            flash(f"这样合不起来：{'；'.join(problems[:3])}", "danger")
            return _preview(token, name, mark, _read(content)[0])
        document = document_of(knowledge_of(document))
    count = len(differences(current.document, document))
    if not count:
        return _page(name=name, error="和现在的知识库一样，没有改动。", status=200)
    number = drafts().replace_draft(document, f"从 {name} 导入", signed_in().shown, parts().clock())
    uploads().drop(token)
    audit("workbook.import", f"第{number}版", {"file": name, "changes": count})
    flash(f"{count} 处改动已存成草稿，检查、发布以后居民才看得到。", "success")
    return redirect(url_for("console_knowledge.changes"))


@workbook.post("/drop")
def drop() -> ResponseReturnValue:
    """The workbook is not wanted."""
    token, name, _ = waiting(KIND)
    uploads().drop(token)
    flash(f"没有导入 {name}，什么都没有改。", "success")
    return redirect(url_for(".page"))

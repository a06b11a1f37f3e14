"""Next year's plan, or another district's: read, looked at, put right where the reading failed, and made the draft."""

import datetime
import re
from collections.abc import Mapping
from dataclasses import dataclass

from flask import Blueprint, abort, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from bot.console.frame import CHINA, audit, signed_in
from bot.console.heavy import read_file
from bot.console.knowledge_desk import desk
from bot.console.parts import parts
from bot.console.uploads import takes_files, uploaded, uploads, waiting
from bot.console.workbook import drafts
from knowledge.base import KnowledgeBase
from knowledge.changes import differences, mark_of
from knowledge.document import knowledge_of, problems_of
from knowledge.errors import KnowledgeError
from knowledge.plans.beside import beside, place_beside, taken_out
from knowledge.plans.draft import Corrections, PlanDraft, corrected, draft_of, obstacles, read_for
from knowledge.plans.files import of_file
from knowledge.plans.findings import Finding
from knowledge.plans.matching import Outcome, Piece, word_differences
from knowledge.plans.records import ReadItem, ReadPlan

plan_import = Blueprint("console_plan_import", __name__, url_prefix="/console/plans")
takes_files("console_plan_import.read", "console_plan_import.review", "console_plan_import.take")

KIND = "plan"
PASTED = "粘贴的文字.txt"
HEAD = {"title": "计划名称", "number": "文号", "year": "年份", "district": "区县", "city": "所在的市"}
FINDINGS = {"date": "日期", "money": "金额", "percent": "百分数", "figure": "数字", "place": "地点"}
_BETWEEN = re.compile(r"[、，,;；\s]+")
_YEAR = re.compile(r"20\d\d")


@dataclass(frozen=True)
class Line:
    """An item as the page shows it: as it was read, and as it stands after the corrections."""

    item: ReadItem
    number: str
    offices: str
    title: str
    titles: tuple[str, ...]
    out: bool

    @property
    def found(self) -> list[tuple[str, Finding]]:
        """What was found in its words, each with what it is."""
        return [(FINDINGS[one.kind], one) for one in self.item.found]


@dataclass(frozen=True)
class Changed:
    """An item that changed: its words, and its departments where these changed too."""

    old: int
    new: int
    words: list[Piece]
    offices: list[Piece]


@plan_import.get("/")
def page() -> ResponseReturnValue:
    """Bring a document."""
    return _page()


def _page(error: str = "", pasted: str = "", status: int = 200) -> ResponseReturnValue:
    both = desk().both()
    shown = render_template(
        "console/plans/page.html",
        error=error,
        pasted=pasted,
        beside=_beside(),
        heads=both.knowledge.heads,
        counts={place: sum(item.place == place for item in both.knowledge.items.values()) for place in both.knowledge.heads},
        has_draft=both.has_draft,
    )
    return shown, status


def _beside() -> bool:
    """Whether the plan is to be in force beside the present ones, instead of in the place of the first."""
    return request.values.get("beside") == "1"


@plan_import.post("/read")
def read() -> ResponseReturnValue:
    """Read the document that was sent or pasted."""
    pasted = request.form.get("text", "")
    given = uploaded() or ((PASTED, pasted.encode()) if pasted.strip() else None)
    if given is None:
        return _page("请选择一个文件，或者把计划的文字粘贴进来。", status=400)
    name, content = given
    try:
        plan = _read(name, content)
    except KnowledgeError as refused:
        audit("plan.refused", name)
        return _page(" ".join(refused.problems), pasted, 422)
    if not plan.items:
        audit("plan.refused", name)
        return _page("没有找到编号的条目：一条要有自己的编号（1. 或 （一） 或 第1条），或者是表格里的一行。", pasted, 422)
    token = uploads().keep(KIND, signed_in().id, name, content)
    return redirect(url_for(".show", token=token, beside="1" if _beside() else None))


@plan_import.get("/<token>")
def show(token: str) -> ResponseReturnValue:
    """What was read."""
    found = uploads().get(KIND, signed_in().id, token)
    if found is None:
        abort(404, "上传的计划已经不在了（存成了草稿、没有要，或者放了一天以上）。请重新上传。")
    name, content = found
    return _review(token, name, _read(name, content), Corrections())


def _read(name: str, content: bytes) -> ReadPlan:
    return read_for(read_file(content, of_file, name, content), _base())


def _base() -> KnowledgeBase:
    return knowledge_of(drafts().published().document)


@plan_import.post("/review")
def review() -> ResponseReturnValue:
    """The same again with what was put right."""
    token, name, content = waiting(KIND)
    plan = _read(name, content)
    return _review(token, name, plan, _corrections(plan, request.form))


@plan_import.post("/take")
def take() -> ResponseReturnValue:
    """Make the plan the draft."""
    token, name, content = waiting(KIND)
    plan = _read(name, content)
    corrections = _corrections(plan, request.form)
    right, place, stops = _placed(plan, corrections)
    if stops or _not_taken(plan, request.form) or request.form.get("mark", _mark()) != _mark():
        return _review(token, name, plan, corrections, 422)
    draft = _draft(right, name, corrections, place)
    number = drafts().replace_draft(draft.document, f"导入《{right.title}》", signed_in().shown, parts().clock())
    uploads().drop(token)
    audit("plan.import", f"第{number}版", {"file": name, "items": len(right.items), **({"place": place} if place else {})})
    how = "，和现在的计划同时有效" if place else ""
    flash(f"《{right.title}》已存成草稿，{len(right.items)} 条{how}。检查、发布以后居民才看得到。", "success")
    return redirect(url_for("console_knowledge.changes"))


@plan_import.post("/drop")
def drop() -> ResponseReturnValue:
    """The plan is not wanted."""
    token, name, _ = waiting(KIND)
    uploads().drop(token)
    flash(f"没有导入 {name}，什么都没有改。", "success")
    return redirect(url_for(".page"))


@plan_import.post("/take-out/<int:place>")
def take_out(place: int) -> ResponseReturnValue:
    """A plan beside the first is not in force any more, once the draft is published."""
    both = desk().both()
    if place == 0 or place not in both.knowledge.heads:
        abort(404)
    title = both.knowledge.heads[place].title
    changes = differences(both.draft, taken_out(both.draft, place))
    desk().versions.edit_all([(one.object, one.field, one.after) for one in changes], signed_in().shown, parts().clock())
    audit("plan.take_out", f"《{title}》")
    flash(f"《{title}》已从草稿里取消。发布以前都还有效，发布以后居民就看不到了。", "success")
    return redirect(url_for(".page"))


def _placed(plan: ReadPlan, corrections: Corrections) -> tuple[ReadPlan, int, list[str]]:
    """The plan as it was put right, its place among those in force, and why it cannot become a draft yet."""
    right = corrected(plan, corrections)
    if not _beside():
        return right, 0, obstacles(right)
    right = beside(right, _base())
    try:
        return right, place_beside(right, _base()), obstacles(right)
    except KnowledgeError as refused:
        return right, 0, [*refused.problems, *obstacles(right)]


def _draft(plan: ReadPlan, name: str, corrections: Corrections, place: int) -> PlanDraft:
    return draft_of(plan, name, _base(), _today(), corrections.titles, place)


def _today() -> datetime.date:
    return parts().clock().astimezone(CHINA).date()


def _corrections(plan: ReadPlan, form: Mapping[str, str]) -> Corrections:
    """What differs from what was read; a field that was emptied or that nobody can read is as it was read."""
    year = form.get("year", "").strip()
    offices, numbers, titles = {}, {}, {}
    for item in plan.items:
        names = tuple(dict.fromkeys(name for name in _BETWEEN.split(form.get(f"offices:{item.place}", "")) if name))
        if names and names != item.offices.names:
            offices[item.place] = names
        number = form.get(f"number:{item.place}", "").strip()
        if re.fullmatch(r"\d{1,3}", number) and int(number) != item.number:
            numbers[item.place] = int(number)
        if title := form.get(f"title:{item.place}", "").strip()[:30]:
            titles[item.place] = title
    return Corrections(
        title=form.get("title", "").strip()[:100],
        number=form.get("number", "").strip()[:60],
        year=int(year) if _YEAR.fullmatch(year) else None,
        district=form.get("district", "").strip()[:20],
        city=form.get("city", "").strip()[:20],
        left_out=tuple(item.place for item in plan.items if form.get(f"out:{item.place}")),
        offices=offices,
        numbers=numbers,
        titles=titles,
    )


def _not_taken(plan: ReadPlan, form: Mapping[str, str]) -> list[str]:
    """What was typed and cannot be taken, with its place."""
    found = []
    if (year := form.get("year", "").strip()) and not _YEAR.fullmatch(year):
        found.append(f"年份“{year[:20]}”：请写成 2026 这样的四位数字")
    for item in plan.items:
        number, offices = form.get(f"number:{item.place}"), form.get(f"offices:{item.place}")
        if number is not None and not re.fullmatch(r"\d{1,3}", number.strip()):
            found.append(f"{item.place}的编号“{number.strip()[:20]}”：请写数字")
        if offices is not None and item.offices and not _BETWEEN.sub("", offices):
            found.append(f"{item.place}的责任部门：不能是空的")
    return found


def _mark() -> str:
    """Changes whenever something is published or the draft is changed, thrown away or begun."""
    return "-".join(mark_of(version.document) for version in (drafts().published(), drafts().draft()) if version)


def _review(token: str, name: str, plan: ReadPlan, corrections: Corrections, status: int = 200) -> ResponseReturnValue:
    right, place, stops = _placed(plan, corrections)
    draft = None if stops else _draft(right, name, corrections, place)
    heads = _base().heads
    titles = _titles(draft)
    shown = render_template(
        "console/plans/review.html",
        token=token,
        name=name,
        plan=right,
        head=[(key, words, getattr(right, key) or "") for key, words in HEAD.items()],
        stops=stops,
        not_taken=_not_taken(plan, request.form),
        mark=_mark(),
        overtaken=request.form.get("mark", _mark()) != _mark(),
        wrong=problems_of(knowledge_of(draft.document)) if draft else [],
        lines=[_line(item, corrections, titles.get(item.place, ())) for item in plan.items],
        lists=_lists(draft) if draft else None,
        notes=draft.notes if draft else (),
        unpublished=drafts().draft(),
        present=heads.get(place, heads[0]),
        beside=_beside(),
        is_new=place not in heads,
        others=[head.title for at, head in heads.items() if at != place],
    )
    return shown, status


def _titles(draft: PlanDraft | None) -> dict[str, tuple[str, ...]]:
    """The titles of every item's services, by its place."""
    if draft is None:
        return {}
    items = knowledge_of(draft.document).items
    return {m.new.place: tuple(s.title for s in items[draft.number_of(m.new.number)].services) for m in draft.matches if m.new}


def _line(item: ReadItem, corrections: Corrections, titles: tuple[str, ...]) -> Line:
    return Line(
        item,
        str(corrections.numbers.get(item.place, item.number)),
        "、".join(corrections.offices.get(item.place, item.offices.names)),
        corrections.titles.get(item.place) or (titles[0] if len(titles) == 1 else ""),
        titles,
        item.place in corrections.left_out,
    )


def _lists(draft: PlanDraft) -> dict[str, list[object]]:
    """The four lists: numbers of the kept, differences of the changed, new items, items that are gone."""
    lists: dict[str, list[object]] = {str(outcome): [] for outcome in Outcome}
    for match in draft.matches:
        if match.outcome is Outcome.CHANGED and match.old and match.new:
            offices = word_differences("、".join(match.old.departments), "、".join(match.new.offices.names))
            differ = [] if all(piece.kind == "same" for piece in offices) else offices
            words = word_differences(match.old.text, match.new.text)
            lists["changed"].append(Changed(match.old.number, match.new.number, words, differ))
        else:
            lists[str(match.outcome)].append(match)
    return lists

"""A service with all its texts, and one text: written beside what is published, with the reply as residents would get it."""

import datetime
import re
from collections.abc import Mapping
from dataclasses import dataclass
from html import unescape
from typing import Any

from flask import abort, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from bot.console.frame import audit, signed_in
from bot.console.knowledge import knowledge, known_service, shown_differences, tabs
from bot.console.knowledge_desk import Both, Preview, desk
from bot.console.knowledge_fields import plain
from bot.console.knowledge_words import as_text, aspect_names, words
from knowledge.changes import Overtaken, mark_of, value_of
from knowledge.errors import KnowledgeError
from knowledge.figures import figures_in, sources_of
from knowledge.lint import lint_text
from knowledge.model import Aspect, Service, Upkeep

LONGEST = 1500
_DATES = ("valid_from", "valid_until", "review_on")
_EARLIER = ("earlier", "earlier_basis", "earlier_published", "earlier_by")
_LINK = re.compile(r"<a href=\"[^\"]*\">(.*?)</a>", re.DOTALL)


@dataclass(frozen=True)
class Form:
    """What stands in the form of a text; ``rests`` is plan or other."""

    text: str
    rests: str
    basis: str
    owner: str
    dates: Mapping[str, str]

    @property
    def day(self) -> datetime.date:
        """The day to try it for: today, or the first on which it holds."""
        today = desk().today()
        begin = _date(self.dates["valid_from"])
        return max(today, begin) if begin else today


@knowledge.get("/service/<service>")
def service(service: str) -> ResponseReturnValue:
    """A service: its texts, published and in the draft, and its facts."""
    both = desk().both()
    found = known_service(both, service)
    return render_template(
        "console/knowledge/service.html",
        service=found,
        item=both.knowledge.item_of(service),
        texts=desk().texts(both, service, aspect_names()),
        differences=shown_differences,
        as_text=as_text,
        record=both.now[f"service:{service}"],
        words=words(),
        facts_changed=[c for c in both.changes if c.object == f"service:{service}" and "." not in c.field],
        tab="service",
        **tabs(both),
    )


@knowledge.get("/service/<service>/<aspect>")
def text(service: str, aspect: str) -> ResponseReturnValue:
    """One text."""
    both = desk().both()
    found, side = known_service(both, service), _aspect(aspect)
    return _page(both, found, side, _written(found, side), {})


@knowledge.post("/service/<service>/<aspect>/preview")
def preview(service: str, aspect: str) -> ResponseReturnValue:
    """The reply with what stands in the form, while it is being typed."""
    both = desk().both()
    found, side = known_service(both, service), _aspect(aspect)
    form, errors = _read(found, side)
    return render_template("console/knowledge/_preview.html", **_tried(both, found, side, form, errors))


@knowledge.post("/service/<service>/<aspect>")
def save_text(service: str, aspect: str) -> ResponseReturnValue:
    """Keep the text in the draft."""
    both = desk().both()
    found, side = known_service(both, service), _aspect(aspect)
    form, errors = _read(found, side)
    if errors:
        return _page(both, found, side, form, errors), 400
    values, record = _values(found, side, form, both), f"service:{service}"
    seen = [(record, f"{group}.{side}", request.form.get(f"seen_{group}", "")) for group in ("answers", "upkeep")]
    try:
        made = desk().versions.edit_all(values, signed_in().shown, desk().clock(), [] if not seen[0][2] else seen)
    except Overtaken:
        return _page(desk().both(), found, side, form, {}, overtaken=True), 409
    except KnowledgeError as error:
        return _page(both, found, side, form, {"text": "；".join(error.problems)}), 400
    if not made:
        flash("没有改动。", "info")
        return redirect(url_for(".text", service=service, aspect=aspect))
    audit("knowledge.text", f"{service}/{aspect}", {change.field: [change.before, change.after] for change in made})
    flash("已存进草稿，发布以后居民才看到。", "success")
    figures = desk().figures(both.knowledge, found, form.text, form.basis if form.rests == "other" else "")
    if form.text and figures:
        flash(f"数字“{'”“'.join(figures)}”在依据里没有：补上依据，否则不能发布。", "warning")
    return redirect(url_for(".service", service=service) + f"#{aspect}")


def _page(both: Both, found: Service, aspect: Aspect, form: Form, errors: Mapping[str, str], overtaken: bool = False) -> str:
    record = f"service:{found.id}"
    present = {group: value_of(both.draft, record, f"{group}.{aspect}") for group in ("answers", "upkeep")}
    published = {group: value_of(both.published, record, f"{group}.{aspect}") for group in ("answers", "upkeep")}
    return render_template(
        "console/knowledge/text.html",
        service=found,
        item=both.knowledge.item_of(found.id),
        sources=[source for source in sources_of(both.knowledge, both.knowledge.item_of(found.id), found)[2:] if source],
        aspect=aspect,
        aspect_name=aspect_names()[aspect],
        errors=errors,
        overtaken=overtaken,
        present=present,
        published=published,
        differences=shown_differences,
        as_text=as_text,
        marks={group: mark_of(value) for group, value in present.items()},
        longest=LONGEST,
        tab="service",
        **_tried(both, found, aspect, form, errors),
        **tabs(both),
    )


def _tried(both: Both, found: Service, aspect: Aspect, form: Form, errors: Mapping[str, str]) -> dict[str, Any]:
    """What the preview shows: the reply, or why there is none, and the figures without a source."""
    figures = desk().figures(both.knowledge, found, form.text, form.basis if form.rests == "other" else "") if form.text else []
    dates = {name: "" if name in errors else value for name, value in form.dates.items()}
    shown, form = form, Form(form.text, form.rests, form.basis, form.owner, dates)
    problem, tried = "", None
    try:
        values = _values(found, aspect, form, both)
        tried = desk().preview(both.draft, values, found.id, aspect, form.day)
    except KnowledgeError as error:
        problem = errors.get("text") or "；".join(error.problems)
    today = desk().today()
    item, basis = both.knowledge.item_of(found.id), form.basis if form.rests == "other" else ""
    linted = lint_text(form.text, "", both.knowledge, item, found, basis) if form.text else ()
    return {
        "form": shown,
        "hints": [*(one.words for one in linted if one.rule != "figure"), *_left_behind(both, found, aspect, form.text)],
        "tried": tried,
        "bubble": _bubble(tried) if tried else [],
        "problem": problem,
        "figures": figures,
        "later": form.day > today,
        "until_then": _until_then(both, found, aspect, form).get("earlier", ""),
        "over": bool(form.text and (end := _date(dates["valid_until"])) and end < today),
    }


def _left_behind(both: Both, found: Service, aspect: Aspect, text: str) -> list[str]:
    """Where else the service still says a figure that the published text had and this one has not."""
    was = value_of(both.published, f"service:{found.id}", f"answers.{aspect}") or ""
    gone = (
        set(figures_in(was)) - set(figures_in(text)) - {str(both.knowledge.plan_of(both.knowledge.item_of(found.id).number).year)}
    )
    others = {aspect_names()[other]: said for other, said in found.answers.items() if other is not aspect}
    others |= {"名称": found.title, "别名": "、".join(found.aliases)}
    hints = []
    for figure in sorted(gone):
        if places := [name for name, said in others.items() if figure in figures_in(said)]:
            hints.append(f"这件事别处还写着“{figure}”：{'、'.join(places)}")
    return hints


def _bubble(tried: Preview) -> list[tuple[str, str]]:
    """WeChat's text in pieces: text, or a link's words."""
    pieces, at = [], 0
    for link in _LINK.finditer(tried.wechat):
        pieces += [("text", tried.wechat[at : link.start()]), ("link", unescape(link[1]))]
        at = link.end()
    return [*pieces, ("text", tried.wechat[at:])]


def _aspect(name: str) -> Aspect:
    if name not in list(Aspect):
        abort(404)
    return Aspect(name)


def _written(found: Service, aspect: Aspect) -> Form:
    """What the draft holds."""
    upkeep = found.upkeep.get(aspect)
    dates = {name: (day.isoformat() if (day := getattr(upkeep, name, None)) else "") for name in _DATES}
    basis = upkeep.basis if upkeep else ""
    return Form(found.answers.get(aspect, ""), "other" if basis else "plan", basis, upkeep.owner if upkeep else "", dates)


def _read(found: Service, aspect: Aspect) -> tuple[Form, dict[str, str]]:
    """The form as it came, and what is wrong by field."""
    given = {name: plain(request.form.get(name, "")) for name in ("text", "basis", "owner", *_DATES)}
    dates, errors = {name: given[name] for name in _DATES}, {}
    form = Form(given["text"], request.form.get("rests", "plan"), given["basis"], given["owner"], dates)
    if not form.text and aspect is Aspect.OVERVIEW:
        errors["text"] = "“是什么”不能是空的：每件事至少要有这一段"
    if len(form.text) > LONGEST:
        errors["text"] = f"太长了：最多 {LONGEST} 个字，现在 {len(form.text)} 个"
    if form.text and form.rests == "other" and not form.basis:
        errors["basis"] = "请写明依据：哪个单位、哪份文件、哪一天，数字的原话"
    if len(form.basis) > LONGEST:
        errors["basis"] = f"太长了：最多 {LONGEST} 个字"
    if len(form.owner) > 60:
        errors["owner"] = "最多 60 个字"
    errors |= {name: "请写成 2026-03-01 这样的日期" for name, value in dates.items() if value and _date(value) is None}
    begin, end = _date(dates["valid_from"]), _date(dates["valid_until"])
    if begin and end and begin > end:
        errors["valid_until"] = "不能早于开始的日期"
    return form, errors


def _date(value: str) -> datetime.date | None:
    try:
        return datetime.date.fromisoformat(value)
    except ValueError:
        return None


def _until_then(both: Both, found: Service, aspect: Aspect, form: Form) -> dict[str, Any]:
    """What is said until the text begins: the one that residents get now, as it is published."""
    begin, record = _date(form.dates["valid_from"]), f"service:{found.id}"
    text = value_of(both.published, record, f"answers.{aspect}")
    if begin is None or begin <= desk().today() or text is None:
        return {}
    now = value_of(both.published, record, f"upkeep.{aspect}") or {}
    if not Upkeep.model_validate(now).holds_on(desk().today()):  # it has not begun itself, or is over
        return {name: value for name, value in now.items() if name in _EARLIER} if now.get("earlier") else {}
    if text == form.text:
        return {}
    earlier = dict(zip(_EARLIER, (text, now.get("basis"), now.get("published"), now.get("by")), strict=True))
    return {name: value for name, value in earlier.items() if value}


def _values(found: Service, aspect: Aspect, form: Form, both: Both) -> list[tuple[str, str, Any]]:
    """What the form sets.  A text that rests on something besides the plan tells residents the day that it is of."""
    record = f"service:{found.id}"
    if not form.text:
        return [(record, f"upkeep.{aspect}", None), (record, f"answers.{aspect}", None)]
    before = value_of(both.draft, record, f"upkeep.{aspect}") or {}
    upkeep: dict[str, Any] = {"owner": form.owner, **form.dates}
    if form.rests == "other":
        same = found.answers.get(aspect) == form.text and before.get("basis", "") == form.basis
        day = before.get("published") if same else desk().today().isoformat()
        by = before.get("by") if same else form.owner or found.owner or both.knowledge.plan.district
        upkeep |= {"basis": form.basis, "published": day, "by": by}
    upkeep |= _until_then(both, found, aspect, form)
    upkeep = {name: value for name, value in upkeep.items() if value}
    return [(record, f"answers.{aspect}", form.text), (record, f"upkeep.{aspect}", upkeep or None)]

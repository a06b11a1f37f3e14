"""The wordings of replies: each template as it is written and as it was changed, with what it must hold."""

from flask import abort, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from bot.console.frame import audit, signed_in
from bot.console.knowledge import knowledge, shown_differences, tabs
from bot.console.knowledge_desk import Both, desk
from bot.console.knowledge_fields import plain
from bot.console.knowledge_words import words
from bot.dialogue.templates import COMMON, Template, template_problem, templates
from bot.dialogue.trial import seconds_aloud
from knowledge.changes import Overtaken, mark_of

LONGEST = 600


@knowledge.get("/wording")
def wording() -> ResponseReturnValue:
    """Every template, by section."""
    both, q = desk().both(), request.args.get("q", "").strip()
    changed = both.draft["wording"]
    sections: dict[str, list[Template]] = {}
    for template in templates().values():
        if not q or q in template.text or q in changed.get(template.key, "") or q in template.key:
            sections.setdefault(template.section, []).append(template)
    return render_template(
        "console/knowledge/wording.html",
        sections=sections,
        names=words()["sections"],
        changed=changed,
        published=both.published["wording"],
        q=q,
        tab="wording",
        **tabs(both),
    )


@knowledge.get("/wording/<key>")
def template(key: str) -> ResponseReturnValue:
    """One template."""
    both, found = desk().both(), _template(key)
    return _page(both, found, both.draft["wording"].get(key, found.text), "")


@knowledge.post("/wording/<key>")
def save_template(key: str) -> ResponseReturnValue:
    """Keep a changed template in the draft; the text of the file means that it is not changed any more."""
    both, found = desk().both(), _template(key)
    text = plain(request.form.get("text", ""))
    problem = f"太长了：最多 {LONGEST} 个字" if len(text) > LONGEST else template_problem(key, text)
    if problem:
        return _page(both, found, text, problem), 400
    return _set(found, None if text == found.text else text)


@knowledge.post("/wording/<key>/preview")
def template_preview(key: str) -> ResponseReturnValue:
    """The wording as residents would read it, while it is being typed."""
    both, found, text = desk().both(), _template(key), plain(request.form.get("text", ""))
    return render_template("console/knowledge/_wording_preview.html", **_filled(both, found, text, template_problem(key, text)))


def _filled(both: Both, found: Template, text: str, problem: str | None) -> dict[str, object]:
    """The wording with examples in the place of the braces, and its length; nothing where it cannot be filled in."""
    plan = both.knowledge.plan
    common = {"plan": plan.title, "year": plan.year, "district": plan.district, "count": len(both.knowledge.items)}
    samples = {name: f"{{{name}}}" for name in found.fields} | words()["samples"] | common
    filled = "" if problem else text.format(**samples)
    return {"filled": filled, "problem": problem, "size": len(filled.encode()), "seconds": seconds_aloud(filled)}


@knowledge.post("/wording/<key>/reset")
def reset_template(key: str) -> ResponseReturnValue:
    """Back to the text of the file."""
    return _set(_template(key), None)


def _set(found: Template, value: str | None) -> ResponseReturnValue:
    mark = request.form.get("seen", "")
    try:
        seen = [("wording", found.key, mark)] if mark else []
        made = desk().versions.edit_all([("wording", found.key, value)], signed_in().shown, desk().clock(), seen)
    except Overtaken:
        return _page(desk().both(), found, value or found.text, "", overtaken=True), 409
    if made:
        audit("knowledge.wording", found.key, {"text": [made[0].before, made[0].after]})
    words_said = "已存进草稿，发布以后居民才看到。" if value else "已恢复成原来的用语，发布以后生效。"
    flash(words_said if made else "没有改动。", "success" if made else "info")
    return redirect(url_for(".wording") + f"#{found.section}")


def _page(both: Both, found: Template, text: str, problem: str, overtaken: bool = False) -> str:
    present = both.draft["wording"].get(found.key)
    return render_template(
        "console/knowledge/template.html",
        template=found,
        section=words()["sections"].get(found.section, found.section),
        text=text,
        **_filled(both, found, text, problem or template_problem(found.key, text)),
        overtaken=overtaken,
        present=present,
        published=both.published["wording"].get(found.key, found.text),
        common=sorted(COMMON - found.fields),
        mark=mark_of(present),
        differences=shown_differences,
        longest=LONGEST,
        tab="wording",
        **tabs(both),
    )


def _template(key: str) -> Template:
    found = templates().get(key)
    if found is None:
        abort(404)
    return found

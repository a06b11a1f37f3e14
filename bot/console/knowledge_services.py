"""Services that an item holds: a new one beside the others, and one taken away."""

from typing import Any

from flask import abort, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from bot.console.frame import audit, signed_in
from bot.console.knowledge import knowledge, known_service, tabs
from bot.console.knowledge_desk import Both, desk
from bot.console.knowledge_fields import Field, fields_of, read, written
from bot.console.knowledge_texts import LONGEST
from bot.console.knowledge_words import words
from knowledge.changes import WHOLE
from knowledge.errors import KnowledgeError
from knowledge.figures import figures_without_source
from knowledge.model import Item, Service


def _fields() -> list[Field]:
    """What a new service needs; the rest is written on its own pages."""
    facts = {field.name: field for field in fields_of("service")}
    number, name, overview = (Field(**one) for one in words()["new_service"])
    return [number, name, facts["title"], facts["kind"], facts["aliases"], overview]


@knowledge.get("/services/new")
def new_service() -> ResponseReturnValue:
    """The form of a new service."""
    given = {field.name: request.args.get(field.name, "") for field in _fields()}
    return _page(desk().both(), given, {})


@knowledge.post("/services/new")
def add_service() -> ResponseReturnValue:
    """Keep a new service in the draft."""
    both, values, errors = desk().both(), dict[str, Any](), dict[str, str]()
    for field in _fields():
        values[field.name], problem = read(field, request.form)
        if problem:
            errors[field.name] = problem
    item = both.knowledge.items.get(values["number"]) if isinstance(values["number"], int) else None
    if item is None:
        errors.setdefault("number", "计划里没有这一条")
    if values["id"] in both.knowledge.services:
        errors["id"] = "已经有了"
    if len(values["overview"] or "") > LONGEST:
        errors["overview"] = f"太长了：最多 {LONGEST} 个字"
    if item and not errors:
        service = {name: values[name] for name in ("id", "title", "kind", "aliases") if values[name]}
        service["answers"] = {"overview": values["overview"]}
        if figures := figures_without_source(values["overview"], both.knowledge, item, Service.model_validate(service)):
            errors["overview"] = f"数字“{'”“'.join(figures)}”在{both.knowledge.item_name(item.number)}里没有"
        else:
            return _added(both, item, service)
    given = {field.name: request.form.get(field.name, "") for field in _fields()}
    return _page(both, given, errors), 400


def _added(both: Both, item: Item, service: dict[str, Any]) -> ResponseReturnValue:
    number, name = item.number, service["id"]
    held = [*both.now[f"item:{number}"]["services"], name]
    values = [(f"service:{name}", WHOLE, service), (f"item:{number}", "services", held)]
    desk().versions.edit_all(values, signed_in().shown, desk().clock())
    audit("knowledge.record", f"service:{name}", {"added": service["title"], "item": number})
    flash("已存进草稿。发布以后机器人先按名称和别名认它，重新训练好就能听懂别的说法。", "success")
    return redirect(url_for(".service", service=name))


@knowledge.post("/services/<service>/remove")
def remove_service(service: str) -> ResponseReturnValue:
    """Take a service out of the draft; every item keeps one."""
    both = desk().both()
    found, item = known_service(both, service), both.knowledge.item_of(service)
    if len(item.services) == 1:
        flash(f"不能删去：{both.knowledge.item_name(item.number)}只有这一件事。", "danger")
        return redirect(url_for(".service", service=service))
    held = [name for name in both.now[f"item:{item.number}"]["services"] if name != service]
    values = [(f"item:{item.number}", "services", held), (f"service:{service}", WHOLE, None)]
    try:
        desk().versions.edit_all(values, signed_in().shown, desk().clock())
    except KnowledgeError as error:
        abort(400, "；".join(error.problems))
    audit("knowledge.record", f"service:{service}", {"removed": found.title})
    flash(f"已从草稿里删去“{found.title}”，发布以前都能在“草稿里的改动”里撤销。", "success")
    return redirect(url_for(".index"))


def _page(both: Both, given: dict[str, Any], errors: dict[str, str]) -> str:
    fields = _fields()
    blank = {field.name: written(field, None) for field in fields}
    return render_template(
        "console/knowledge/new_service.html",
        fields=fields,
        given={**blank, **given},
        errors=errors,
        items=[
            (item.number, f"{both.knowledge.item_name(item.number)} {item.text[:28]}…") for item in both.knowledge.items.values()
        ],
        tab="service",
        **tabs(both),
    )

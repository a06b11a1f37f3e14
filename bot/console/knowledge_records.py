"""Records of the knowledge base besides texts: facts of services, departments, hotlines, laws, notices, the plan's head."""

from collections.abc import Mapping, Sequence
from typing import Any

from flask import abort, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from bot.console.frame import audit, signed_in
from bot.console.knowledge import knowledge, shown_differences, tabs
from bot.console.knowledge_desk import Both, desk
from bot.console.knowledge_fields import MORE_CRITERIA, Field, again, fields_of, read, written
from bot.console.knowledge_words import as_text, object_words, words
from knowledge.changes import WHOLE, Overtaken, mark_of, with_change
from knowledge.dead import dead_references
from knowledge.document import knowledge_of, problems_of
from knowledge.errors import KnowledgeError

LISTED = ("department", "hotline", "law", "unit", "safety", "notice")
_NAMES = {"department": "name", "hotline": "number", "law": "id", "notice": "id", "unit": "name", "safety": "matter"}
_SHOWN: Mapping[str, Sequence[str]] = {
    "department": ("full_name", "phone", "address", "hours"),
    "hotline": ("name", "purpose", "source", "note"),
    "law": ("name", "fact"),
    "unit": ("ours", "hotline"),
    "safety": ("fact", "source"),
    "notice": ("text", "valid_from", "valid_until"),
}


@knowledge.get("/records/<kind>")
def records(kind: str) -> ResponseReturnValue:
    """Every record of a kind."""
    if kind not in LISTED:
        abort(404)
    both = desk().both()
    found = {key.partition(":")[2]: record for key, record in both.now.items() if key.startswith(kind + ":")}
    gone = [key.partition(":")[2] for key in both.was if key.startswith(kind + ":") and key not in both.now]
    shown = [field for field in fields_of(kind) if field.name in _SHOWN[kind]]
    return render_template(
        "console/knowledge/records.html",
        kind=kind,
        records=found,
        shown=shown,
        value=_shown_value,
        gone=gone,
        changed=both.changed,
        about=words()["records"][kind],
        tab=kind,
        **tabs(both),
    )


def _shown_value(field: Field, record: Mapping[str, Any]) -> str:
    value = record.get(field.name)
    return dict(field.options).get(str(value), "") if field.type == "choice" else as_text(value)


@knowledge.get("/record/<kind>/<path:name>")
def record(kind: str, name: str) -> ResponseReturnValue:
    """The form of one record."""
    both, key = desk().both(), _key(kind, name)
    if key not in both.now:
        abort(404)
    given = {field.name: written(field, both.now[key].get(field.name)) for field in _fields(kind)}
    return _page(both, kind, name, given, {})


@knowledge.get("/new/<kind>")
def new_record(kind: str) -> ResponseReturnValue:
    """The form of a new record."""
    _require(kind, "add")
    return _page(desk().both(), kind, "", {field.name: written(field, None) for field in fields_of(kind)}, {})


@knowledge.post("/record/<kind>/<path:name>")
def save_record(kind: str, name: str) -> ResponseReturnValue:
    """Keep the record in the draft."""
    both, key = desk().both(), _key(kind, name)
    if key not in both.now:
        abort(404)
    fields = [field for field in _fields(kind) if not field.key]
    values, errors = _read(fields)
    given = {field.name: again(field, request.form) for field in fields}
    if errors:
        return _page(both, kind, name, given, errors), 400
    before = both.now[key]
    changed = [(key, f.name, values[f.name]) for f in fields if written(f, before.get(f.name)) != written(f, values[f.name])]
    seen = [(key, f.name, mark) for f in fields if (mark := request.form.get(f"seen_{f.name}"))]
    return _kept(both, kind, name, changed, seen, given)


@knowledge.post("/new/<kind>")
def add_record(kind: str) -> ResponseReturnValue:
    """Keep a new record in the draft."""
    _require(kind, "add")
    both, fields = desk().both(), fields_of(kind)
    values, errors = _read(fields)
    given = {field.name: again(field, request.form) for field in fields}
    name = str(values.get(_NAMES[kind]) or "")
    if name and _key(kind, name) in both.now:
        errors[_NAMES[kind]] = "已经有了"
    if errors:
        return _page(both, kind, "", given, errors), 400
    whole = {name: value for name, value in values.items() if value is not None}
    return _kept(both, kind, name, [(_key(kind, name), WHOLE, whole)], [], given, is_new=True)


@knowledge.post("/remove/<kind>/<path:name>")
def remove_record(kind: str, name: str) -> ResponseReturnValue:
    """Take the record out of the draft."""
    _require(kind, "remove")
    both, key = desk().both(), _key(kind, name)
    if key not in both.now:
        abort(404)
    if needed := _needed(both, key):
        flash(f"还不能删去{object_words(key, both)}：{'；'.join(needed[:3])}", "danger")
        return redirect(url_for(".record", kind=kind, name=name))
    desk().versions.edit_all([(key, WHOLE, None)], signed_in().shown, desk().clock())
    audit("knowledge.record", key, {"removed": True})
    flash(f"已从草稿里删去{object_words(key, both)}。", "success")
    return redirect(url_for(".records", kind=kind))


def _needed(both: Both, key: str) -> list[str]:
    """What would be wrong without the record, and is not now."""
    without = knowledge_of(with_change(both.draft, key, WHOLE, None))
    before = {*problems_of(both.knowledge), *dead_references(both.knowledge)}
    return [problem for problem in (*problems_of(without), *dead_references(without)) if problem not in before]


def _kept(
    both: Both,
    kind: str,
    name: str,
    values: list[tuple[str, str, Any]],
    seen: list[tuple[str, str, str]],
    given: Mapping[str, Any],
    is_new: bool = False,
) -> ResponseReturnValue:
    key = _key(kind, name)
    shown = "" if is_new else name
    try:
        made = desk().versions.edit_all(values, signed_in().shown, desk().clock(), seen)
    except Overtaken as late:
        others = [field for _, field in late.fields]
        return _page(desk().both(), kind, shown, given, {}, others), 409
    except KnowledgeError as error:
        return _page(both, kind, shown, given, {"": "；".join(error.problems)}), 400
    if made:
        audit("knowledge.record", key, {change.field: [change.before, change.after] for change in made})
    flash("已存进草稿，发布以后居民才看到。" if made else "没有改动。", "success" if made else "info")
    if kind == "service":
        return redirect(url_for(".service", service=name))
    return redirect(url_for(".records", kind=kind) if kind in LISTED else url_for(".record", kind=kind, name=name))


def _read(fields: Sequence[Field]) -> tuple[dict[str, Any], dict[str, str]]:
    values, errors = {}, {}
    for field in fields:
        values[field.name], problem = read(field, request.form)
        if problem:
            errors[field.name] = problem
    for field in fields:
        if field.needed_with and not values[field.name] and any(values.get(other) for other in field.needed_with):
            errors[field.name] = "请填上：居民看到的联系方式要有出处"
    return values, errors


def _page(
    both: Both,
    kind: str,
    name: str,
    given: Mapping[str, Any],
    errors: Mapping[str, str],
    overtaken: Sequence[str] = (),
) -> str:
    key = _key(kind, name)
    now, was = both.now.get(key, {}), both.was.get(key, {})
    fields = _fields(kind)
    return render_template(
        "console/knowledge/record.html",
        kind=kind,
        name=name,
        heading=object_words(key, both) if name else words()["records"][kind]["add"],
        about=words()["records"][kind],
        fields=fields,
        given=given,
        errors=errors,
        overtaken=[(field.label, now.get(field.name)) for field in fields if field.name in overtaken],
        as_text=as_text,
        marks={field.name: mark_of(now.get(field.name)) for field in fields},
        changes=[(f.label, was.get(f.name), now.get(f.name)) for f in fields if name and was.get(f.name) != now.get(f.name)],
        differences=shown_differences,
        more=MORE_CRITERIA,
        laws=[(law.id, law.name) for law in both.knowledge.laws],
        circumstances=words()["circumstances"].values(),
        tab=kind,
        **tabs(both),
    )


def _fields(kind: str) -> list[Field]:
    try:
        return fields_of(kind)
    except KeyError:
        abort(404)


def _require(kind: str, what: str) -> None:
    if not words()["records"].get(kind, {}).get(what):
        abort(404)


def _key(kind: str, name: str) -> str:
    return "plan" if kind == "plan" else f"{kind}:{name}"

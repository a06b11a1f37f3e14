"""Publishing: what a draft changes, what is wrong with it, what it would answer otherwise; the step itself, and back."""

from itertools import groupby

from flask import Blueprint, Response, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from bot.console.differences import word_differences
from bot.console.frame import audit, signed_in
from bot.console.knowledge import ShownChange, shown
from bot.console.knowledge_desk import desk as knowledge_desk
from bot.console.navigation import counter
from bot.console.parts import part
from bot.console.words import mode_words, outcome_words, verdict_words, version_states
from bot.publishing.comparing import Compared, Verdict
from bot.publishing.desk import PublishingDesk, Situation
from bot.publishing.errors import Refused
from bot.tickets.records import Actor, Role
from knowledge.document import knowledge_of

publishing = Blueprint("console_publishing", __name__, url_prefix="/console/publish")

VERSIONS_SHOWN = 30
CHANGES_SHOWN = 200


def _desk() -> PublishingDesk:
    given: PublishingDesk = part("publishing")
    return given


@counter("drafts")
def count_drafts(actor: Actor) -> int:
    """The badge: whether a draft waits."""
    if actor.role not in (Role.ADMINISTRATOR, Role.APPROVER):
        return 0
    return int(any(version["state"] == "draft" for version in _desk().versions.history(1)))


def _situation(expected: str) -> Situation:
    """The draft as the page showed it.

    Raises:
        Refused: it is another one now.
    """
    situation = _desk().situation()
    if situation is None or situation.digest != expected:
        raise Refused("草稿刚刚有改动，请看过新的再决定")
    return situation


def service_titles(situation: Situation) -> dict[str, str]:
    """What services are called, those of the draft first."""
    found: dict[str, str] = {}
    published = knowledge_of(situation.published.document) if situation.published else None
    for knowledge in (published, situation.findings.knowledge):
        if knowledge:
            found |= {
                name: f"{knowledge.item_name(knowledge.item_of(name).number)} {service.title}"
                for name, service in knowledge.services.items()
            }
    return found


def _lines(situation: Situation) -> list[ShownChange]:
    both = knowledge_desk().both()
    return [shown(change, both) for change in situation.changes[:CHANGES_SHOWN]]


def _gone(rows: list[Compared]) -> list[tuple[str, list[Compared]]]:
    """Questions whose service is not there any more, by what was right."""
    return [(right, list(group)) for right, group in groupby(sorted(rows, key=lambda row: row.right), key=lambda row: row.right)]


@publishing.get("/")
def index() -> ResponseReturnValue:
    """The draft beside what is published, and the versions before."""
    desk = _desk()
    situation = desk.situation()
    history = desk.versions.history(VERSIONS_SHOWN)
    values: dict[str, object] = {}
    if situation:
        values = {
            "lines": _lines(situation),
            "titles": service_titles(situation),
            "differences": lambda before, after: word_differences(before, after, knowledge_desk().words),
            "worse": situation.of(Verdict.WORSE),
            "gone": _gone(situation.of(Verdict.GONE)),
            "better": situation.of(Verdict.BETTER),
            "changed": situation.of(Verdict.CHANGED),
            "same": situation.of(Verdict.SAME),
            "own_work": situation.last_editor in _names(),
        }
    return render_template(
        "console/publishing/index.html",
        situation=situation,
        history=history,
        previous=desk.versions.previous(),
        published=next((version for version in history if version["state"] == "published"), None),
        mode_words=mode_words(),
        outcome_words=outcome_words(),
        verdict_words=verdict_words(),
        states=version_states(),
        **values,
    )


def _names() -> tuple[str, str]:
    """Under which names the edits of whoever is signed in stand."""
    account = signed_in()
    return account.shown, account.username


@publishing.get("/progress")
def progress() -> ResponseReturnValue:
    """How far the trial is; the page is loaded anew when it is over."""
    situation = _desk().situation()
    if situation is None or situation.trial is None or situation.trial.state != "running":
        return Response(headers={"HX-Refresh": "true"})
    words = "正在拿已知问题问这份草稿"
    return render_template("console/publishing/_progress.html", trial=situation.trial, words=words, address=url_for(".progress"))


@publishing.post("/check")
def check() -> ResponseReturnValue:
    """Ask the known questions."""
    situation = _desk().situation()
    if situation and not situation.findings.wrong:
        _desk().begin(situation, signed_in().shown)
        audit("publishing.check", str(situation.draft.id))
    return redirect(url_for(".index"))


@publishing.post("/accept")
def accept() -> ResponseReturnValue:
    """Accept that questions get worse, with the reason."""
    chosen, reason = request.form.getlist("question", type=int), request.form.get("reason", "")[:300]
    try:
        situation = _situation(request.form.get("digest", ""))
        _desk().accept(situation, chosen, reason, signed_in().shown)
    except Refused as refused:
        flash(str(refused), "danger")
    else:
        audit("publishing.accept", str(situation.draft.id), {"questions": chosen, "reason": reason})
        flash("记下了。", "success")
    return redirect(url_for(".index", _anchor="questions"))


@publishing.post("/approve")
def approve() -> ResponseReturnValue:
    """Approve the draft as a second person."""
    try:
        situation = _situation(request.form.get("digest", ""))
        _desk().approve(situation, _names())
    except Refused as refused:
        flash(str(refused), "danger")
    else:
        audit("publishing.approve", str(situation.draft.id))
        flash("已批准，管理员可以发布了。草稿再有改动就要重新批准。", "success")
    return redirect(url_for(".index", _anchor="publish"))


@publishing.post("/publish")
def publish() -> ResponseReturnValue:
    """Make the draft what holds."""
    try:
        situation = _situation(request.form.get("digest", ""))
        number = _desk().publish(situation, signed_in().shown, request.form.get("note", "").strip()[:200])
    except Refused as refused:
        flash(str(refused), "danger")
        return redirect(url_for(".index", _anchor="publish"))
    audit("publishing.publish", str(number), {"note": request.form.get("note", "")})
    flash(f"第{number}版发布了，几秒内在所有进程生效。发现不对，可以一步撤回。", "success")
    return redirect(url_for(".index"))


@publishing.post("/discard")
def discard() -> ResponseReturnValue:
    """Throw the whole draft away."""
    try:
        situation = _situation(request.form.get("digest", ""))
        _desk().discard(situation)
    except Refused as refused:
        flash(str(refused), "danger")
    else:
        audit("publishing.discard", str(situation.draft.id), {"changes": len(situation.changes)})
        flash(f"第{situation.draft.id}版草稿作废了，居民看到的没有变。改过什么，“改动记录”里还查得到。", "success")
    return redirect(url_for(".index"))


@publishing.post("/undo")
def undo() -> ResponseReturnValue:
    """An earlier version holds again."""
    earlier = request.form.get("version", 0, type=int)
    try:
        number = _desk().trials.publish_again(earlier, signed_in().shown)
    except Refused as refused:
        flash(str(refused), "danger")
    else:
        audit("publishing.undo", str(number), {"version": earlier})
        flash(f"恢复了第{earlier}版（记为第{number}版），几秒内在所有进程生效。", "success")
    return redirect(url_for(".index"))

"""The last weeks' real questions asked of the draft: whom it would have answered otherwise; pages of publishing."""

from flask import Response, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from bot.console.differences import word_differences
from bot.console.frame import audit, signed_in
from bot.console.knowledge_desk import desk as knowledge_desk
from bot.console.parts import part
from bot.console.publishing import publishing, service_titles
from bot.console.words import mode_words
from bot.publishing.errors import Refused
from bot.publishing.replaying import DAYS, MOST, ReplayDesk

PER_PAGE = 30


def _desk() -> ReplayDesk:
    given: ReplayDesk = part("replay")
    return given


@publishing.get("/replay/")
def replay() -> ResponseReturnValue:
    """What the newest replay of this draft found."""
    desk = _desk()
    situation = desk.publishing.situation()
    if situation is None:
        flash("没有草稿。", "info")
        return redirect(url_for("console_publishing.index"))
    trial = desk.latest(situation)
    done = trial is not None and trial.state == "done"
    number = max(request.args.get("page", 1, type=int), 1)
    rows = desk.traffic.found(trial.id, (number - 1) * PER_PAGE, PER_PAGE) if trial and done else []
    if rows:
        audit("publishing.replay.view", str(situation.draft.id))
    return render_template(
        "console/publishing/replay.html",
        situation=situation,
        trial=trial,
        rows=rows,
        titles=service_titles(situation),
        differences=lambda before, after: word_differences(before, after, knowledge_desk().words),
        mode_words=mode_words(),
        days=DAYS,
        most=MOST,
        page=number,
        pages=-(-trial.result["otherwise"] // PER_PAGE) if trial and done else 0,
    )


@publishing.post("/replay/")
def begin_replay() -> ResponseReturnValue:
    """Ask what residents wrote."""
    situation = _desk().publishing.situation()
    if situation is not None:
        try:
            _desk().begin(situation, signed_in().shown)
            audit("publishing.replay", str(situation.draft.id))
        except Refused as refused:
            flash(str(refused), "danger")
    return redirect(url_for(".replay"))


@publishing.get("/replay/progress")
def replay_progress() -> ResponseReturnValue:
    """How far it is; the page is loaded anew when it is over."""
    situation = _desk().publishing.situation()
    trial = _desk().latest(situation) if situation else None
    if trial is None or trial.state != "running":
        return Response(headers={"HX-Refresh": "true"})
    return render_template(
        "console/publishing/_progress.html", trial=trial, words="正在用居民的话试问", address=url_for(".replay_progress")
    )

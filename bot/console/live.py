"""Talking with residents: who waits, the whole conversation, what the bot would say, taking over and handing back."""

from dataclasses import dataclass

from flask import Blueprint, Response, abort, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from bot.console.frame import audit, signed_in
from bot.console.navigation import counter
from bot.console.parts import part
from bot.console.questions import desk
from bot.photos.ports import PhotoStore
from bot.questions.records import Waiting
from bot.tickets.records import Actor

live = Blueprint("console_live", __name__, url_prefix="/console/live")

LONGEST = 600
"""Characters of one message: it must fit into one of WeChat's."""
EVERY = 100_000
AT_ONCE = 200
"""Lines of a conversation that are shown before older ones are asked for."""
STATES = {"waiting": "等人接", "taken": "对话中", "left": "留言", "ended": "已结束"}


@counter("waiting_residents")
def count_waiting(actor: Actor) -> int:
    """The badge: residents who wait for a person."""
    return desk().live.count_waiting()[0]


@live.get("/")
def index() -> ResponseReturnValue:
    """Who waits, who is talked with, who left a message."""
    return render_template("console/live/index.html", **_lists())


@live.get("/list")
def listed() -> ResponseReturnValue:
    """The list alone, for asking again."""
    return render_template("console/live/_list.html", **_lists())


def _lists() -> dict[str, object]:
    everyone = desk().live.open_ones()
    return {
        "waiting": [one for one in everyone if one.state == "waiting"],
        "taken": [one for one in everyone if one.state == "taken"],
        "left": desk().live.left_ones(),
        "states": STATES,
    }


@live.get("/signal")
def signal() -> ResponseReturnValue:
    """How many wait, for the title and the sound of every page."""
    count, newest = desk().live.count_waiting()
    return render_template("console/live/_signal.html", count=count, newest=newest)


def _one(number: int) -> Waiting:
    found = desk().live.one(number)
    if found is None:
        abort(404)
    return found


@live.get("/<int:number>")
def talk(number: int) -> ResponseReturnValue:
    """One conversation."""
    one = _one(number)
    audit("live.view", str(number))
    return render_template("console/live/talk.html", **_talk(one, 0))


@live.get("/<int:number>/photos/<int:photo>")
def photo(number: int, photo: int) -> ResponseReturnValue:
    """A photo that the resident sent in this conversation, unless it belongs to a secret report."""
    shown = {line.photo for line in desk().live.lines(_one(number).resident, most=EVERY)}
    photos: PhotoStore = part("photos")
    kept = photos.get(photo) if photo in shown else None
    if kept is None:
        abort(404)
    return Response(kept.data, mimetype=kept.mime)


@live.get("/<int:number>/lines")
def lines(number: int) -> ResponseReturnValue:
    """What came since, with the bot's suggestion for it."""
    one = _one(number)
    after = request.args.get("after", 0, type=int)
    shown = _talk(one, after)
    if not shown["lines"] and request.args.get("state") == shown["held"]:
        return "", 204
    return render_template("console/live/_lines.html", **shown)


@live.get("/<int:number>/lines/<int:line>")
def suggest(number: int, line: int) -> ResponseReturnValue:
    """What the bot would say to one message of the resident."""
    found = desk().live.lines(_one(number).resident, line - 1, before=line + 1)
    if not found or found[0].author != "resident" or found[0].sealed:
        abort(404)
    return render_template("console/live/_suggestions.html", asked=found[0], suggestions=suggestions(found[0].text))


@live.get("/<int:number>/earlier/<int:line>")
def earlier(number: int, line: int) -> ResponseReturnValue:
    """What was said before a line."""
    one = _one(number)
    lines = desk().live.lines(one.resident, before=line, most=AT_ONCE)
    return render_template("console/live/_said.html", one=one, lines=lines, more=len(lines) == AT_ONCE)


def _talk(one: Waiting, after: int) -> dict[str, object]:
    lines = desk().live.lines(one.resident, after, AT_ONCE)
    asked = next((line for line in reversed(lines) if line.author == "resident" and not line.sealed), None)
    return {
        "one": one,
        "lines": lines,
        "more": not after and len(lines) == AT_ONCE,
        "last": lines[-1].id if lines else after,
        "asked": asked,
        "suggestions": suggestions(asked.text) if asked else [],
        "mine": one.state == "taken" and one.account == signed_in().id,
        "held": f"{one.state} {one.account or ''}",
        "states": STATES,
        "longest": LONGEST,
    }


@dataclass(frozen=True)
class Suggested:
    """Words that a clerk may send; ``likely``: how the bot weighs their service, None where staff wrote them to the question."""

    title: str
    text: str
    likely: float | None = None


def suggestions(text: str) -> list[Suggested]:
    """What the bot would answer: what staff wrote to it, then services with their texts, the likeliest first."""
    dialogue = desk().dialogue()
    meant, faq = dialogue.interpret(text), dialogue.written_to(text)
    written = [Suggested("写过的答复", faq.answer)] if faq else []
    found = [Suggested(one.title, desk().answer_text(one.service, meant.aspect), one.likely) for one in desk().likely(text)[:3]]
    return written + found


@live.post("/<int:number>/take")
def take(number: int) -> ResponseReturnValue:
    """Take it over."""
    if desk().live.take(number, signed_in().id, over="over" in request.form):
        audit("live.take", str(number))
    elif (one := _one(number)).state == "taken":
        flash(f"{one.account_name}已经接了。您可以在旁边看；要换您来，请按“由我来接”。", "warning")
    else:
        flash("这段对话已经结束，或者这位居民又重新在等，请看列表", "warning")
    return redirect(url_for(".talk", number=number))


@live.post("/<int:number>/send")
def send(number: int) -> ResponseReturnValue:
    """Write to the resident."""
    text = request.form.get("text", "").strip()
    background = bool(request.headers.get("HX-Request"))
    if not (text and len(text) <= LONGEST and desk().live.send(number, signed_in().id, text)):
        words = "没有发出去：" + _why_not(_one(number), text)
        if background:
            return words, 409, {"Content-Type": "text/plain; charset=utf-8"}  # what was written stays in its field
        flash(words, "warning")
        return render_template("console/live/talk.html", written=text, **_talk(_one(number), 0)), 409
    audit("live.send", str(number))
    if background:
        return render_template("console/live/_lines.html", **_talk(_one(number), request.form.get("after", 0, type=int)))
    return redirect(url_for(".talk", number=number))


def _why_not(one: Waiting, text: str) -> str:
    """Why that cannot be sent in this conversation."""
    if not text:
        return "请写上内容"
    if len(text) > LONGEST:
        return f"现在{len(text)}个字，最多{LONGEST}个字"
    if one.state == "taken":
        return f"这段对话现在由{one.account_name}接着"
    return "请先接入对话" if one.state in ("waiting", "left") else "对话已经结束了"


@live.post("/<int:number>/hand-back")
def hand_back(number: int) -> ResponseReturnValue:
    """The bot answers again."""
    if desk().live.hand_back(number, signed_in().id):
        audit("live.hand_back", str(number))
        flash("已交还机器人", "success")
    else:
        flash("这段对话已经不在您手里：结束了，或者同事接过去了", "warning")
    return redirect(url_for(".index"))


@live.post("/<int:number>/settle")
def settle(number: int) -> ResponseReturnValue:
    """A left message was dealt with."""
    if desk().live.settle_left(number, signed_in().id):
        audit("live.settle", str(number))
        flash("已处理", "success")
    return redirect(url_for(".index"))

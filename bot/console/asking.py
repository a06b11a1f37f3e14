"""Asking the bot on a caller's behalf: the real conversation, one for each call; answers are read out, callers called back."""

import re
import secrets
from collections.abc import Sequence
from itertools import pairwise
from typing import Protocol

from flask import Blueprint, abort, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from bot.accounts.records import UNIT_ROLES
from bot.console.frame import audit, current_actor, signed_in
from bot.console.navigation import counter
from bot.console.parts import part
from bot.delivery.choice import TELEPHONE
from bot.dialogue.conversation import Conversation
from bot.dialogue.ports import PastMessage
from bot.messages import Message, Mode, Option, Reply
from bot.questions.records import Call, Caller, Seen
from bot.tickets.records import Actor, Role

asking = Blueprint("console_asking", __name__, url_prefix="/console/asking")

LONGEST = 500
"""Characters of one question."""
LONGEST_NAME = 40
MOST_SAID = 2000
CHANNEL = "telephone"
_CALL = re.compile(r"[\w-]{8,24}", re.ASCII)
_PHONE = re.compile(r"\+?[\d-]{5,20}")
_NOT_TOLD = re.compile(r"\d{1,2}|继续|确认|取消|有用|没用")
"""What a clerk types that is no word of the caller's: the choice of an option."""


class Callers(Protocol):
    """Who keeps callers' numbers."""

    def of(self, resident: str) -> Caller | None:
        """The caller of a conversation, where a number was left."""

    def keep(self, caller: Caller, account: int) -> bool:
        """Keep a number; False when nothing was asked in that call."""

    def waiting(self, seen: Seen, most: int = 50) -> list[Call]:
        """What callers are to be told by telephone, oldest first."""

    def count_waiting(self, seen: Seen) -> int:
        """How many those are."""

    def called(self, seen: Seen, letters: Sequence[int]) -> int:
        """They were called; how many of the letters were still waiting."""


class History(Protocol):
    """Who keeps conversations."""

    def history(self, resident: str, after: int = 0, most: int = 50) -> list[PastMessage]:
        """The latest messages of the conversation, oldest first."""


def callers() -> Callers:
    """Where callers' numbers are kept."""
    given: Callers = part("callers")
    return given


def _seen(actor: Actor) -> Seen:
    """Whose callers somebody sees: a unit's people those who called it, or whose ticket it has."""
    return Seen((actor.unit or -1) if actor.role in UNIT_ROLES else None, actor.role is Role.ADMINISTRATOR)


@counter("callers_waiting")
def count_waiting(actor: Actor) -> int:
    """The badge: callers to be called back."""
    return callers().count_waiting(_seen(actor))


def resident_of(call: str) -> str:
    """The conversation of a call of whoever is signed in: nobody else opens it."""
    if not _CALL.fullmatch(call):
        abort(404)
    return f"{TELEPHONE}{signed_in().id}:{call}"


def _past(call: str) -> list[PastMessage]:
    store: History = part("store")
    return store.history(resident_of(call))


def said_in(call: str) -> dict[str, str]:
    """What the caller said, and the name and number that they left, as fields of a form of entry.

    Where some of it was taken for a complaint, a request …, that; else all of it.
    """
    past = _past(call)
    pairs = [(line, after) for line, after in pairwise(past) if line.author == "resident"]
    said = [(line.text, after.reply) for line, after in pairs if not _NOT_TOLD.fullmatch(line.text.strip())]
    told = [text for text, reply in said if reply and reply["mode"] == Mode.FEEDBACK] or [text for text, _ in said]
    caller = callers().of(resident_of(call))
    return {
        "matter": "；".join(dict.fromkeys(told))[:MOST_SAID],
        "name": caller.name if caller else "",
        "contact": caller.phone if caller else "",
    }


@asking.get("/")
def index() -> ResponseReturnValue:
    """A new call, and who waits to be called back."""
    if waiting := callers().waiting(_seen(current_actor())):
        audit("asking.callers.view")
    return render_template("console/asking/index.html", waiting=waiting, longest=LONGEST)


@asking.post("/")
def begin() -> ResponseReturnValue:
    """The first question of a call."""
    return _asked(secrets.token_urlsafe(9))


@asking.get("/<call>")
def talk(call: str) -> ResponseReturnValue:
    """One call."""
    return _page(call)


def _page(call: str, status: int = 200, error: str = "", kept: str = "") -> ResponseReturnValue:
    past = _past(call)
    if not past:
        abort(404)
    last = next((line for line in reversed(past) if line.author == "service" and line.reply), None)
    reply = Reply.from_json(last.reply) if last and last.reply else None
    conversation: Conversation = part("conversation")
    page = render_template(
        "console/asking/talk.html",
        call=call,
        reply=reply,
        options=_options(reply, conversation.dialogue.wording.say("handoff.option")) if reply else (),
        takes_matter=reply is not None and reply.mode is Mode.FEEDBACK,
        unanswered=reply is not None and reply.mode is Mode.REJECT,
        asked=next((line.text for line in reversed(past) if line.author == "resident"), ""),
        earlier=past[:-2],
        caller=callers().of(resident_of(call)),
        longest=LONGEST,
        longest_name=LONGEST_NAME,
        error=error,
        kept=kept,
    )
    return page, status


def _options(reply: Reply, person: str) -> Sequence[Option]:
    """What can be pressed: the clerk is the person already, and files tickets by the form of entry."""
    return () if reply.mode is Mode.FEEDBACK else [option for option in reply.options if option.text != person]


@asking.post("/<call>/say")
def say(call: str) -> ResponseReturnValue:
    """The caller's next words, or an option."""
    if not _past(call):
        abort(404)
    return _asked(call)


def _asked(call: str) -> ResponseReturnValue:
    text = " ".join(request.form.get("text", "").split())
    if not text or len(text) > LONGEST:
        flash(f"没有问：{'最多' + str(LONGEST) + '个字' if text else '请写上居民问的话'}", "warning")
        return redirect(url_for(".talk", call=call) if _past(call) else url_for(".index"))
    conversation: Conversation = part("conversation")
    handled = conversation.handle(Message(resident_of(call), text, CHANNEL))
    if not handled.number:
        flash(handled.reply.text, "danger")
        return redirect(url_for(".index"))
    return redirect(url_for(".talk", call=call))


@asking.post("/<call>/number")
def number(call: str) -> ResponseReturnValue:
    """The number under which the caller wants the answer."""
    phone = re.sub(r"\s", "", request.form.get("phone", ""))
    name = " ".join(request.form.get("name", "").split())[:LONGEST_NAME]
    if not _PHONE.fullmatch(phone):
        return _page(call, 400, "请写能打通的电话号码", request.form.get("phone", ""))
    if not callers().keep(Caller(resident_of(call), phone, name), signed_in().id):
        abort(404)
    audit("asking.number", call)
    flash("记下了，有人答复以后，这里会提醒回电话", "success")
    return redirect(url_for(".talk", call=call))


@asking.post("/called")
def called() -> ResponseReturnValue:
    """A caller was called back."""
    letters = request.form.getlist("letter", type=int)
    if letters and callers().called(_seen(current_actor()), letters):
        audit("asking.called", ",".join(map(str, letters)))
        flash("记下了：已经回过电话", "success")
    else:
        flash("没有要回的电话，可能别人刚打过", "warning")
    return redirect(url_for(".index"))

"""Letters that did not arrive: what was tried, send again, give up; and how many still wait."""

import datetime
from typing import Protocol

from flask import Blueprint, abort, flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from werkzeug.wrappers import Response

from bot.console.frame import audit, signed_in
from bot.console.navigation import counter
from bot.console.parts import part, parts
from bot.delivery.outbox import Addressee, Attempt, Letter, Way
from bot.tickets.records import Actor

MOST = 100

letters = Blueprint("console_letters", __name__, url_prefix="/console/letters")


class Outbox(Protocol):
    """What the page asks of the outbox; of a secret matter it gives neither words nor addressee."""

    def list_dead(self, most: int = MOST) -> list[Letter]:
        """Letters that did not arrive, newest first."""

    def attempts(self, ident: int) -> list[Attempt]:
        """What was tried with a letter."""

    def counts(self) -> dict[str, int]:
        """How many letters are in each state."""

    def resend(self, ident: int, by: str, at: str) -> bool:
        """Send a dead letter again."""

    def give_up(self, ident: int, by: str, at: str) -> bool:
        """Take a dead letter off the list."""


def _outbox() -> Outbox:
    outbox: Outbox = part("outbox")
    return outbox


@counter("dead_letters")
def dead_letters(actor: Actor) -> int:
    """How many letters did not arrive."""
    return _outbox().counts().get("dead", 0)


@letters.get("/")
def index() -> ResponseReturnValue:
    """The list."""
    dead = [(letter, _outbox().attempts(letter.id)) for letter in _outbox().list_dead(MOST)]
    if dead:
        audit("letter.view", "", {"letters": len(dead)})
    words = {str(way): way.words for way in Way}
    to_resident = Addressee.RESIDENT
    return render_template(
        "console/letters/index.html", dead=dead, counts=_outbox().counts(), ways=words, to_resident=to_resident
    )


@letters.post("/<int:ident>/resend")
def resend(ident: int) -> ResponseReturnValue:
    """Send one again."""
    return _done(_outbox().resend(ident, signed_in().shown, _now()), "letter.resend", ident, "正在重发")


@letters.post("/<int:ident>/give-up")
def give_up(ident: int) -> ResponseReturnValue:
    """Give one up."""
    return _done(_outbox().give_up(ident, signed_in().shown, _now()), "letter.give_up", ident, "已放弃，不再发送")


def _done(changed: bool, action: str, ident: int, words: str) -> Response:
    if not changed:
        abort(404)
    audit(action, str(ident))
    flash(words, "success")
    return redirect(url_for("console_letters.index"))


def _now() -> str:
    now: datetime.datetime = parts().clock()
    return now.isoformat(timespec="milliseconds")

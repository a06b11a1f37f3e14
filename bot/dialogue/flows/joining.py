"""Standing behind the ticket of others about the same thing, instead of filing one more."""

import re

from bot.dialogue.flows.feedback import FeedbackForm
from bot.dialogue.turn import Context
from bot.tickets.case import NotAllowed
from bot.tickets.records import Ticket

_JOINS = re.compile(r"一起反映|一块反映|加入|算我一个|同一件|就是这(?:个|件)")
_APART = re.compile(r"不是(?:同一|一|这)?(?:件|个|回|码)|不一样|另一(?:件|个|码|回)|^不是(?:的|啊|吧)*[。.! ]*$")
_BY_ITSELF = re.compile(r"单独|分开|另报|各报各")
JOIN_OPTION = "3"


def joins(text: str) -> bool:
    """Whether the words say that it is the same thing."""
    return text == JOIN_OPTION or (bool(_JOINS.search(text)) and not apart(text))


def apart(text: str) -> bool:
    """Whether the words say that it is something else."""
    return bool(_APART.search(text))


def by_itself(text: str) -> bool:
    """Whether the words file it by itself."""
    return bool(_BY_ITSELF.search(text))


def alike(context: Context, form: FeedbackForm, unknown_place: str) -> str:
    """The number of an open ticket about the same thing that the resident does not stand behind; empty when there is none.

    Args:
        unknown_place: what stands for a place that nobody could name.
    """
    if form.secret or form.apart or form.place == unknown_place or not form.kind.needs_place or context.tickets is None:
        return ""
    return next((ticket.number for ticket in context.tickets.duplicates(form.draft())), "")


def behind(context: Context, number: str) -> int:
    """How many residents stand behind the ticket."""
    assert context.tickets is not None
    ticket = context.tickets.desk.store.ticket(number)
    return 1 + (ticket.joined if ticket else 0)


def join(context: Context, form: FeedbackForm, photo_words: str) -> Ticket | None:
    """Put the resident behind the ticket, with the form's photos; None when it was closed or withdrawn meanwhile.

    Args:
        photo_words: what its history tells of the photos.
    """
    assert context.tickets is not None
    try:
        ticket = context.tickets.perform(form.alike, "join", text=form.matter, name=form.name, contact=form.contact)
        if form.photos:
            context.tickets.add_photos(ticket.number, form.photos, photo_words)
    except NotAllowed:
        return None
    return ticket

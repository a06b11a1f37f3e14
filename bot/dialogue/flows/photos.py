"""Photos that come outside a form: what are they about?  A new matter, or one that was filed; none is lost meanwhile."""

import datetime

from bot.dialogue.state import ConversationState, Entry, LoosePhotos, Menu
from bot.dialogue.turn import Context, Outcome
from bot.dialogue.wording import Wording
from bot.messages import Mode, Option, Reply
from bot.tickets.case import NotAllowed
from bot.tickets.letters import short
from bot.tickets.records import Ticket

MOST_PHOTOS = 9
WAIT = datetime.timedelta(minutes=30)
"""How long photos wait to be told what they are about."""


def loose_photos(context: Context) -> LoosePhotos | None:
    """Those that wait to be told what they are about."""
    loose = context.state.photos
    return loose if loose and context.now - loose.at <= WAIT else None


class PhotoFlow:
    """Takes photos in where no form is running."""

    def __init__(self, wording: Wording) -> None:
        self._wording = wording

    def arrived(self, context: Context) -> Outcome:
        """Asked what it is about; a ticket of theirs that can still be added to is offered."""
        state = self.noted(context)
        assert state.photos is not None  # the photo just came
        text = self._wording.say("photo.loose", count=len(state.photos.ids))
        options: tuple[Option, ...] = ()
        menu = None
        if ticket := self._latest(context):
            words = self._wording.say("photo.to_ticket", number=ticket.number)
            text += "\n" + self._wording.say("photo.to_ticket_offer", number=ticket.number, matter=short(ticket.matter))
            entry = Entry(kind="photos", value=ticket.number, text=words)
            options, menu = (Option("1", words),), Menu(entries=[entry], waits=False, at=context.now)
        reply = Reply(Mode.FEEDBACK, text, options=options, asking=True)
        return Outcome(reply, state.model_copy(update={"menu": menu}))

    @staticmethod
    def noted(context: Context) -> ConversationState:
        """The state while a person has the conversation: a photo waits until it is said what it is about."""
        if context.photo is None:
            return context.state
        loose = loose_photos(context)
        ids = [*(loose.ids if loose else []), context.photo][-MOST_PHOTOS:]
        first = context.tickets.next_message if context.tickets else None
        photos = LoosePhotos(ids=ids, first_message=loose.first_message if loose else first, at=context.now)
        return context.state.model_copy(update={"photos": photos})

    @staticmethod
    def _latest(context: Context) -> Ticket | None:
        """The resident's latest ticket, if it can be added to."""
        if context.tickets is None:
            return None
        desk = context.tickets
        able = (ticket for ticket in desk.mine(1) if any(change.action == "add" for change in desk.actions(ticket)))
        return next(able, None)

    def to_ticket(self, context: Context, number: str) -> Outcome | None:
        """The photos that wait belong to that ticket; None when none waits any more."""
        loose = loose_photos(context)
        if loose is None or context.tickets is None:
            return None
        words = self._wording.say("photo.added", count=len(loose.ids))
        try:
            ticket = context.tickets.add_photos(number, loose.ids, words)
        except NotAllowed as refusal:
            return Outcome(Reply(Mode.STATUS, str(refusal), ticket=number), context.state)
        if ticket.secret:
            context.tickets.seal(loose.first_message)
        state = context.state.model_copy(update={"photos": None, "menu": None})
        text = self._wording.say("photo.added_to_ticket", number=number, count=len(loose.ids))
        return Outcome(Reply(Mode.STATUS, text, ticket=number), state)

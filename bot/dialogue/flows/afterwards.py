"""What became of a resident's tickets: their state and answer, urged, added to, withdrawn, rated; where to reach them."""

import datetime
import re

from bot.dialogue.flows.corrections import CorrectionReader
from bot.dialogue.flows.feedback import FeedbackReader
from bot.dialogue.flows.particulars import ParticularsReader, masked
from bot.dialogue.turn import Context, Outcome
from bot.dialogue.wording import Wording
from bot.messages import Message, Mode, Reply
from bot.tickets.case import NotAllowed
from bot.tickets.guessing import TooManyGuesses
from bot.tickets.matters import number_in
from bot.tickets.records import Ticket
from bot.tickets.resident import ResidentDesk

_URGE = re.compile(r"催|快点(?:办|处理)|怎么还没|咋还没|还没人")
_WITHDRAW = re.compile(r"撤回|撤销|撤了|不投诉了|不用办了|撤掉")
_ADD = re.compile(r"(?:补充|再说一?点)(?:一(?:句|下|点))?[:： ,，]*(?P<text>.{2,})")
_OPENS_ADDITION = re.compile(r"^(?:我|俺)?(?:再|要|想|还要|还想)*补充")
_PRESSES = re.compile(r"^.{0,8}(?:(?:怎么|咋)还(?:没|不)|还没(?:人|来|修|弄|处理|办))")
_PLAINLY = re.compile(
    r"^(?:再|赶紧|快|我要)?(?:给我|帮我)?催(?:办|一下|催)?|^(?:我要)?(?:撤回|撤销)(?:投诉|诉求|举报|工单)?(?:吧|了)?$"
)
_ABOUT_MINE = re.compile(
    r"^(?:把|我要?|帮我)?.{0,8}(?:撤回|撤销|撤了|撤掉)|编号(?:是)?(?:多少|啥|什么)|谁(?:在|给)办|办(?:完|好|到哪)了?(?:吗|没|呢|$)"
    r"|(?:什么时候|啥时候|多久|几天)能?(?:办完|办好|解决|处理|修好|有结果|有信)"
)
LONGEST_PRESSING = 16
_CODE = re.compile(r"(?<!\d)(\d{6})(?!\d)")
LONGEST_RATING = 60


def _shared(text: str, ticket: Ticket) -> int:
    """How many pairs of characters the words share with the ticket's matter and place: 撤回公厕的 means the one about it."""
    about = ticket.matter + ticket.place
    return sum(text[k : k + 2] in about for k in range(len(text) - 1))


class Afterwards:
    """Shows and changes tickets that were filed."""

    def __init__(self, wording: Wording, reader: FeedbackReader) -> None:
        self._wording, self._reader, self._particulars = wording, reader, ParticularsReader()
        self._corrections = CorrectionReader(reader, self._particulars)

    def asks_for_own(self, text: str) -> bool:
        """Whether the words ask for the tickets of who says them."""
        return self._reader.asks_for_own(text)

    def status(self, context: Context) -> Outcome:
        """The state of a ticket, or of the latest ones; urged, added to, withdrawn where that is asked."""
        assert context.tickets is not None
        text, number = context.meant.text, number_in(context.meant.text)
        ticket = context.tickets.find(number) if number else None
        if number and ticket is None and (code := _CODE.search(text.replace(number.lower(), " "))):
            return self._by_code(context, context.tickets, number, code[1])
        if number and ticket is None:
            return self._said(context, "ticket.not_found", number=number)
        mine = [ticket] if ticket else context.tickets.mine()
        if not mine:
            return Outcome(Reply(Mode.STATUS, self._wording.say("status.none"), sources=({"hotline": "12345"},)), context.state)
        if change := self._change(text, context.message):
            return self._changed(context, sorted(mine, key=lambda one: -_shared(text, one)), *change)
        return Outcome(
            self._wording.tickets_shown([(ticket, context.tickets.state_of(ticket)) for ticket in mine]), context.state
        )

    def _by_code(self, context: Context, desk: ResidentDesk, number: str, code: str) -> Outcome:
        """Another's ticket, for who knows its code too."""
        try:
            ticket = desk.by_code(number, code, str(context.message.data.get("address", "")))
        except TooManyGuesses:
            return self._said(context, "ticket.too_many_guesses")
        if ticket is None:
            return self._said(context, "ticket.not_found", number=number)
        return Outcome(self._wording.tickets_shown([(ticket, desk.state_of(ticket))]), context.state)

    @staticmethod
    def _change(text: str, message: Message) -> tuple[str, str] | None:
        if _WITHDRAW.search(text):
            return "withdraw", ""
        if match := _ADD.search(message.text):
            return "add", match.group("text")
        return ("urge", "") if _URGE.search(text) else None

    def _changed(self, context: Context, mine: list[Ticket], kind: str, text: str) -> Outcome:
        assert context.tickets is not None
        desk = context.tickets
        able = [ticket for ticket in mine if any(change.action == kind for change in desk.actions(ticket))]
        if not able:
            return self._said(context, "ticket.nothing_to_change")
        try:
            desk.perform(able[0].number, kind, **({"text": text} if text else {}))
        except NotAllowed as refusal:
            return Outcome(Reply(Mode.STATUS, str(refusal), ticket=able[0].number), context.state)
        return self._said(context, f"ticket.{kind}", number=able[0].number)

    def _said(self, context: Context, key: str, number: str | None = None, **values: str) -> Outcome:
        words = self._wording.say(key, number=number, **values)
        reply = Reply(Mode.STATUS, words, ticket=number if key != "ticket.not_found" else None)
        return Outcome(reply, context.state)

    def pressed(self, context: Context) -> Outcome | None:
        """More about a ticket of theirs, or that they wait for it, said without calling it by a name; None for anything else."""
        text, desk = context.meant.text, context.tickets
        if desk is None or (len(text) > LONGEST_PRESSING and not _OPENS_ADDITION.search(text)):
            return None
        if _PLAINLY.search(text):
            return self.status(context)
        about = _OPENS_ADDITION.search(text) or _PRESSES.search(text) or _ABOUT_MINE.search(text)
        if not about or not self._newer(context, desk):
            return None
        return self.status(context) if any(desk.actions(ticket) for ticket in desk.mine()) else None

    @staticmethod
    def _newer(context: Context, desk: ResidentDesk) -> bool:
        """Whether the latest ticket was filed after the service in focus was spoken of."""
        focus, latest = context.state.focus, desk.mine(1)
        return not focus or bool(latest and datetime.datetime.fromisoformat(latest[0].at) >= focus.at)

    def rated(self, context: Context) -> Outcome | None:
        """A rating of the ticket that was answered last and can still be rated; None when the words are none."""
        text, desk = context.meant.text, context.tickets
        heard = self._reader.rating(text) if desk and len(text) <= LONGEST_RATING else None
        if heard is None or desk is None:
            return None
        able = [ticket for ticket in desk.mine() if any(change.action == "rate" for change in desk.actions(ticket))]
        satisfaction, reason, solved = heard
        if not able:
            return self._too_early(context, desk) if satisfaction == "dissatisfied" else None
        if satisfaction == "dissatisfied" and not reason:
            text = self._wording.say("ticket.why_dissatisfied", number=able[0].number)
            return Outcome(Reply(Mode.STATUS, text, asking=True, ticket=able[0].number), context.state)
        details = {"satisfaction": satisfaction, "solved": solved, "reason": reason}
        desk.perform(able[0].number, "rate", **{name: value for name, value in details.items() if value not in (None, "")})
        return self._said(context, f"ticket.rated_{satisfaction}", number=able[0].number)

    def reached(self, context: Context) -> Outcome | None:
        """A telephone number, or that it is not wanted any more, for tickets that are filed; None when the words are neither."""
        text, desk = context.meant.text, context.tickets
        told = self._particulars.read(text) if desk else None
        drops = self._corrections.drops_contact(text)
        broken = self._corrections.broken_number(text)
        if desk is None or told is None or not ((told.alone and told.contact) or drops or broken or self._changes_number(text)):
            return None
        able = [ticket for ticket in desk.mine() if any(change.action == "reach" for change in desk.actions(ticket))]
        number = told.contact or self._particulars.read(text, asked=True).contact
        if not able:
            return None
        if not number and not drops:
            return self._said(context, "ticket.broken_number" if broken else "ticket.which_number", contact=broken)
        for ticket in able:
            desk.perform(ticket.number, "reach", contact=number, **({"name": told.name} if told.name else {}))
        key = "ticket.reach" if number else "ticket.reach_no_more"
        return self._said(context, key, number=able[0].number, contact=masked(number) if number else "")

    def _changes_number(self, text: str) -> bool:
        return self._corrections.is_about("contact", text)

    def _too_early(self, context: Context, desk: ResidentDesk) -> Outcome | None:
        """What is still being worked on cannot be rated."""
        waiting = [ticket for ticket in desk.mine() if any(change.action == "urge" for change in desk.actions(ticket))]
        return self._said(context, "ticket.not_yet_to_rate", number=waiting[0].number) if waiting else None

"""What became of a resident's tickets: their state and answer, urged, added to, withdrawn, rated; where to reach them."""

import datetime
import re
from dataclasses import replace

from bot.dialogue.flows.corrections import CorrectionReader
from bot.dialogue.flows.feedback import FeedbackReader
from bot.dialogue.flows.particulars import ParticularsReader, masked
from bot.dialogue.state import Flow
from bot.dialogue.turn import SMALL_TALK, Context, Outcome
from bot.dialogue.wording import Wording
from bot.messages import Message, Mode, Reply
from bot.tickets.case import NotAllowed
from bot.tickets.guessing import TooManyGuesses
from bot.tickets.matters import number_in
from bot.tickets.records import Ticket
from bot.tickets.resident import ResidentDesk

_URGE = re.compile(r"催|快点|赶紧|抓紧|(?:这么|那么)(?:慢|久)|怎么还没|咋还没|还没人")
_WITHDRAW = re.compile(r"撤回|撤销|撤了|不投诉了|不用办了|撤掉")
_ADD = re.compile(
    r"(?:补充|再说一?点|^(?:我|还)?(?:再|得|要)+(?:加|添|补(?!充)|说)|^加)(?:上)?(?:一?(?:句|下|点|条))?[:： ,，]*(?P<text>.{2,})"
)
_OPENS_ADDITION = re.compile(
    r"^(?:我|俺)?(?:(?:再|要|想|还要|还想)*补充|(?:还|再|得|要)+(?:加|添|补|说)(?:上)?一?(?:句|条|点)|加(?:上)?一?(?:句|条))"
)
_PRESSES = re.compile(r"^.{0,8}(?:(?:怎么|咋)(?:还(?:没|不)|(?:这么|那么|恁)(?:慢|久|磨叽))|还没(?:人|来|修|弄|处理|办))")
_PLAINLY = re.compile(
    r"^(?:请|你们|再|就)*(?:快|赶紧|抓紧)(?:点|些|的)?(?:办|处理|修|弄|解决)?(?:啊|呀|吧|呗|嘛|行不|行吗)*[。.! ]*$"
    r"|^(?:再|赶紧|快|我要)?(?:给我|帮我)?催(?:办|一下|催)?|^(?:我要)?(?:撤回|撤销)(?:投诉|诉求|举报|工单)?(?:吧|了)?$"
)
_ABOUT_MINE = re.compile(
    r"^(?:把|我要?|帮我)?.{0,8}(?:撤回|撤销|撤了|撤掉)|编号(?:是)?(?:多少|啥|什么)|谁(?:在|给)办|办(?:完|好|到哪)了?(?:吗|没|呢|$)"
    r"|(?:什么时候|啥时候|多久|几天)能?(?:办完|办好|解决|处理|修好|有结果|有信)"
)
LONGEST_PRESSING = 16
_CODE = re.compile(r"(?<!\d)(\d{6})(?!\d)")
LONGEST_RATING = 60
SURELY_ASKS = 0.8
"""A question that is this surely about a service of the plan is no word about a ticket."""
ANSWERED_WITHIN = datetime.timedelta(days=7)
"""So long what a unit asked is taken to be answered by whatever says nothing else."""
_ELSEWHERE = (*SMALL_TALK, "human", "status", "privacy", "browse", "capability", "dept", "noise", "feedback_start")


def _shared(text: str, ticket: Ticket) -> int:
    """How many pairs of characters the words share with the ticket's matter and place: 撤回公厕的 means the one about it."""
    about = ticket.matter + ticket.place
    return sum(text[k : k + 2] in about for k in range(len(text) - 1))


class Afterwards:
    """Shows and changes tickets that were filed; a form of its own asks why somebody is not satisfied."""

    name = "rating"

    def __init__(self, wording: Wording, reader: FeedbackReader) -> None:
        self._wording, self._reader, self._particulars = wording, reader, ParticularsReader()
        self._corrections = CorrectionReader(reader, self._particulars)

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
            return self._asked_why(context, able[0].number)
        return self._rated(context, desk, able[0].number, satisfaction, reason, solved)

    def _asked_why(self, context: Context, number: str) -> Outcome:
        words = self._wording.say("ticket.why_dissatisfied", number=number)
        state = context.state.model_copy(update={"flow": Flow(name=self.name, at=context.now, data={"number": number})})
        return Outcome(Reply(Mode.STATUS, words, asking=True, ticket=number), state)

    def resume(self, context: Context) -> Outcome | None:
        """What was not done well, after 不满意; None for what is no reason."""
        assert context.state.flow is not None and context.tickets is not None
        meant, desk, number = context.meant, context.tickets, str(context.state.flow.data["number"])
        context = replace(context, state=context.state.model_copy(update={"flow": None}))
        if self._reader.rating(meant.text):
            return self.rated(context)
        other = meant.act in ("human", "status", "privacy", "browse", "capability") and meant.act_confidence >= 0.5
        if other or (meant.act == "ask" and meant.confidence >= SURELY_ASKS and self._reader.asks(meant.text)):
            return None
        leaves_out = self._particulars.declines(meant.text) or self._reader.hear(meant.text).cancelled
        reason = self._wording.say("ticket.no_reason") if leaves_out else context.message.text.strip()
        solved = self._reader.solved(meant.text)
        try:
            return self._rated(context, desk, number, "dissatisfied", reason, solved)
        except NotAllowed:  # closed for good meanwhile
            return None

    def _rated(
        self, context: Context, desk: ResidentDesk, number: str, satisfaction: str, reason: str, solved: bool | None
    ) -> Outcome:
        details = {"satisfaction": satisfaction, "solved": solved, "reason": reason}
        desk.perform(number, "rate", **{name: value for name, value in details.items() if value not in (None, "")})
        return self._said(context, f"ticket.rated_{satisfaction}", number=number)

    def answering(self, context: Context) -> Outcome | None:
        """What a unit asked about a ticket is answered, without calling it 补充; None for anything else."""
        meant, desk = context.meant, context.tickets
        if desk is None or context.unread or meant.act in _ELSEWHERE or self._reader.asks(meant.text):
            return None
        if self._reader.is_explicit(meant.text) or meant.confidence >= SURELY_ASKS:
            return None
        asked = next((ticket for ticket in desk.mine() if self._waits_for_answer(context, desk, ticket)), None)
        if asked is None:
            return None
        desk.perform(asked.number, "add", text=context.message.text.strip())
        return self._said(context, "ticket.answer_added", number=asked.number)

    @staticmethod
    def _waits_for_answer(context: Context, desk: ResidentDesk, ticket: Ticket) -> bool:
        """Whether the unit asked lately, and nothing was added since."""
        spoken = [event for event in desk.history(ticket) if event.action in ("ask_resident", "add")]
        if not spoken or spoken[-1].action != "ask_resident":
            return False
        lately = context.now - datetime.datetime.fromisoformat(spoken[-1].at) <= ANSWERED_WITHIN
        return lately and any(change.action == "add" for change in desk.actions(ticket))

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

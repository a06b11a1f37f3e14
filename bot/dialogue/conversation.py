"""A message in, the reply out, everything kept: the line that every channel calls."""

import datetime
import logging
from collections.abc import Callable
from dataclasses import dataclass, replace

from bot.delivery.front import Front, front_of
from bot.dialogue.engine import Dialogue
from bot.dialogue.mind import CurrentMind, Mind
from bot.dialogue.ports import Kept, Store, StoreError
from bot.dialogue.state import ConversationState
from bot.dialogue.turn import Context, Outcome
from bot.messages import Message, Mode, Reply
from intents.understanding import Interpretation

log = logging.getLogger(__name__)

Clock = Callable[[], datetime.datetime]


def utc_now() -> datetime.datetime:
    """The time, with its zone."""
    return datetime.datetime.now(datetime.UTC)


@dataclass(frozen=True)
class Handled:
    """The reply and its number among the messages kept; the number is 0 when nothing could be kept."""

    reply: Reply
    number: int


class Conversation:
    """Handles messages of residents, one turn of a resident after the other.

    Args:
        store: keeps them; when it cannot, the resident is told so, and a danger still gets its number.
        mind: gives what messages are answered by; asked once a turn, so that no answer is half of one and half of another.
    """

    def __init__(self, store: Store, mind: CurrentMind, clock: Clock = utc_now) -> None:
        self._store, self._mind, self._clock = store, mind, clock

    @property
    def mind(self) -> Mind:
        """What the next turn will be answered by."""
        return self._mind()

    @property
    def dialogue(self) -> Dialogue:
        """How the next turn will be answered."""
        return self._mind().dialogue

    def handle(self, message: Message, request_id: str = "-") -> Handled:
        """Understand, decide, word and keep one message; a delivery that was handled before gets its reply again."""
        mind = self._mind()
        meant = mind.interpret(message.text)
        mind.dialogue.prepare(meant)
        try:
            with self._store.turn(message.resident) as turn:
                if message.delivery and (earlier := turn.earlier(message.delivery)):
                    return Handled(earlier[1], earlier[0])
                now = self._clock()
                state = ConversationState.restore(turn.state())
                front = front_of(turn.waiting(), message.limit)
                room = message if message.limit is None else replace(message, limit=message.limit - front.size)
                tickets, photo = turn.tickets(now), turn.photo(message, now)
                context = Context(
                    room, meant, state, now, tickets, turn.count_messages(), turn.handoff(), photo, bool(front.letters)
                )
                outcome = self._respond(mind, context)
                if outcome.forget:
                    turn.forget()
                if outcome.forget or outcome.reply.mode is Mode.EMERGENCY:
                    front = Front()  # nothing stands before the number to call
                front = front.before(outcome.reply.text)
                reply = replace(outcome.reply, text=front.text + outcome.reply.text)
                kept = self._kept(message, reply, outcome, now, request_id, front)
                return Handled(reply, turn.keep(kept))
        except StoreError as error:
            log.error("not kept", extra={"resident": message.resident, "error": str(error)})
            return Handled(self._without_store(mind, message, meant), 0)

    @staticmethod
    def _respond(mind: Mind, context: Context) -> Outcome:
        """The dialogue's outcome; what an older service left half done in the state must not break the turn."""
        before = context.state.model_copy(deep=True)
        try:
            return mind.dialogue.respond(context)
        except Exception:
            if before == ConversationState():
                raise
            log.exception("the state is dropped")
            return mind.dialogue.respond(replace(context, state=ConversationState()))

    @staticmethod
    def _kept(message: Message, reply: Reply, outcome: Outcome, now: datetime.datetime, request_id: str, front: Front) -> Kept:
        return Kept(
            message,
            reply,
            outcome.state.dump(),
            outcome.decision,
            outcome.for_staff,
            now,
            request_id,
            letters=front.letters,
            front=front.text,
            handoff=outcome.handoff,
            useful=outcome.useful,
        )

    def _without_store(self, mind: Mind, message: Message, meant: Interpretation) -> Reply:
        """What is said when nothing can be kept: the danger's number, else that the message is lost."""
        context = Context(message, meant, ConversationState(), self._clock(), None, 0)
        if meant.danger >= mind.dialogue.thresholds.danger_at and meant.words:
            return mind.dialogue.respond(context).reply
        return Reply(Mode.REJECT, mind.dialogue.wording.say("error.not_kept"), sources=({"hotline": "12345"},))

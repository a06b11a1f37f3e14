"""转人工: asking for a person, waiting for them, and keeping quiet while one has the conversation."""

import re
import tomllib
from pathlib import Path
from typing import Any

from bot.delivery.choice import TELEPHONE
from bot.dialogue.ports import ForStaff
from bot.dialogue.turn import Context, Outcome
from bot.dialogue.wording import Wording
from bot.live import HandoffChange, HandoffState, LiveRules
from bot.messages import Mode, Reply
from bot.tickets.matters import number_in

_DATA = Path(__file__).parent.parent / "data" / "handoff.toml"
_HOTLINE = ({"hotline": "12345"},)


class HandoffFlow:
    """The steps that look at a message when a person is wanted or there.

    Args:
        answer_at: from this confidence on a question is answered although a person is waited for.
    """

    def __init__(self, wording: Wording, rules: LiveRules, answer_at: float, path: Path = _DATA) -> None:
        data: dict[str, Any] = tomllib.loads(path.read_text(encoding="utf-8"))
        self._wording, self._rules, self._answer_at = wording, rules, answer_at
        self._ends, self._gives_up = re.compile(data["ends"]), re.compile(data["gives_up"])
        self._talks = re.compile(data["talks"])
        self._gives_up_waiting = re.compile(data["gives_up_waiting"])
        self._noted = frozenset(data["noted"])

    def start(self, context: Context) -> Outcome:
        """A wish for a person: somebody is called, or outside hours the words are left for them at once.

        Who calls by telephone talks with one already."""
        if context.message.resident.startswith(TELEPHONE):
            return Outcome(Reply(Mode.HANDOFF, self._wording.say("handoff.on_behalf")), context.state)
        if self._rules.open_at(context.now):
            first = self._wording.say("handoff.waiting", minutes=self._rules.wait_minutes)
            change = HandoffChange.OPEN
        else:
            hours = self._rules.hours.words if self._rules.hours else ""
            first = self._wording.say("handoff.left", hours=hours)
            change = HandoffChange.LEAVE
        reply = Reply(Mode.HANDOFF, f"{first}\n{self._wording.say('handoff.urgent')}", sources=_HOTLINE)
        state = context.state.model_copy(update={"failures": 0})
        return Outcome(reply, state, [ForStaff("handoff", "要找工作人员")], handoff=change)

    def taken(self, context: Context) -> Outcome | None:
        """While a clerk has the conversation the service says nothing; the resident can end it."""
        if context.handoff is None or context.handoff.state is not HandoffState.TAKEN:
            return None
        if self._ends.match(context.meant.text):
            return self._ended(context)
        return Outcome(Reply(Mode.HANDOFF, ""), context.state, quiet=True)

    def waiting(self, context: Context) -> Outcome | None:
        """While nobody has come: what can be answered for sure is answered, the rest is kept for whoever comes."""
        if context.handoff is None or context.handoff.state is not HandoffState.WAITING:
            return None
        meant = context.meant
        if number_in(meant.text):
            return None
        if self._ends.match(meant.text) or self._gives_up.match(meant.text):
            return self._ended(context)
        sure = meant.act != "human" and meant.confidence >= self._answer_at
        if not self._talks.match(meant.text) and (sure or meant.act not in self._noted):
            return None
        words = [self._wording.say("handoff.still_waiting"), self._wording.say("handoff.urgent")]
        return Outcome(Reply(Mode.HANDOFF, "\n".join(words), sources=_HOTLINE), context.state)

    def given_up(self, context: Context) -> Outcome | None:
        """Nobody is waited for any more, while a form is open: 取消 is about the form, these words about the person."""
        if context.handoff is None or context.handoff.state is not HandoffState.WAITING or context.state.flow is None:
            return None
        text = context.meant.text
        return self._ended(context) if self._ends.match(text) or self._gives_up_waiting.match(text) else None

    def _ended(self, context: Context) -> Outcome:
        reply = Reply(Mode.HANDOFF, self._wording.say("handoff.ended"))
        return Outcome(reply, context.state.model_copy(update={"failures": 0}), handoff=HandoffChange.END)

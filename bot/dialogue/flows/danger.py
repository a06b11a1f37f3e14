"""Danger: the right number at once, whatever was going on; other words where help was called already, or it is over."""

import re
import tomllib
from dataclasses import replace
from enum import Enum
from pathlib import Path
from typing import Any

from bot.dialogue.policy import Thresholds
from bot.dialogue.ports import ForStaff
from bot.dialogue.turn import Context, Interpret, Outcome
from bot.dialogue.wording import Wording
from bot.messages import Mode
from intents.understanding import Interpretation

_DATA = Path(__file__).parent.parent / "data" / "danger.toml"
SURE_SMALL_TALK, LIKELY_DANGER = 0.9, 0.5
SURE_LIFE, LIKELIER_DANGER = 0.95, 0.6
"""Who tells for sure how they live is asked to call only where the danger is likelier than that; else it is a word ahead."""

PLAINLY = {"smoke": "fire", "stuck": "trapped"}
"""Patterns of the data and the kind of danger that they are."""
NEVER_AVERTED = ("crime", "self_harm")
"""Kinds of danger that come again though nothing happened this time (差点让他砸死)."""


class Course(Enum):
    """How far a danger is along, by the words."""

    CALLED = "called"
    OVER = "over"


class DangerFlow:
    """Sees dangers.

    Args:
        interpret: gives the meaning of what is left beside "已经打119了".
        small_talk: acts that are no danger where they are sure.
    """

    def __init__(
        self, wording: Wording, thresholds: Thresholds, interpret: Interpret, small_talk: tuple[str, ...], path: Path = _DATA
    ) -> None:
        data: dict[str, Any] = tomllib.loads(path.read_text(encoding="utf-8"))
        patterns = {name: re.compile(pattern) for name, pattern in data.items()}
        self._between, self._number, self._unanswered = (patterns[name] for name in ("between", "number", "unanswered"))
        self._called, self._over = patterns["called"], patterns["over"]
        self._no_answer, self._complains = patterns["no_answer"], patterns["complains"]
        self._opens_answer, self._presses = patterns["opens_answer"], patterns["presses"]
        self._of_danger = patterns["of_danger"]
        self._plainly, self._of_old = [(kind, patterns[name]) for name, kind in PLAINLY.items()], patterns["of_old"]
        self._averted, self._now, self._unpleasant = patterns["averted"], patterns["now"], patterns["unpleasant"]
        self._beside = (patterns["coming"], patterns["small"])
        self._wording, self._thresholds, self._interpret, self._small_talk = wording, thresholds, interpret, small_talk

    def answer(self, context: Context) -> Outcome | None:
        """The number to call; None where nobody is in danger."""
        meant = context.meant
        if self._no_answer.match(meant.text) and not self._complains.search(meant.text):
            return self._on_its_way(context, Course.CALLED)
        course, besides = self._course(meant.text)
        if course and not besides and (course is Course.CALLED or self._of_danger.search(meant.text)):
            return self._on_its_way(context, course)
        if kind := self._plain(meant.text):
            return self._call(context, kind)
        if meant.danger < self._thresholds.danger_at or not meant.words or self._is_none(meant.text):
            return None
        if meant.act in self._small_talk and meant.act_confidence >= SURE_SMALL_TALK and meant.danger < LIKELY_DANGER:
            return None  # a plain 再见 is no farewell to life
        if self._is_past(meant):
            return None
        bare = self._bare(meant.text)
        if context.state.flow and bare != meant.text and self._interpret(bare).danger < self._thresholds.danger_at:
            return None
        if course is not None and self._is_harmless(besides):
            return None if besides else self._on_its_way(context, course)
        return self._call(context, meant.danger_kind)

    def _call(self, context: Context, kind: str) -> Outcome:
        reply = self._wording.emergency(kind, self._waits(context))
        return Outcome(reply, context.state.model_copy(), [ForStaff("emergency", kind)])

    def cautious(self, context: Context, outcome: Outcome) -> Outcome:
        """A word of safety ahead of the reply when a danger is possible, though not likely enough to be taken for one."""
        danger = context.meant.danger
        least = danger < self._thresholds.danger_at or self._is_past(context.meant)
        if (
            least
            and not self._is_none(context.meant.text)
            and danger >= self._thresholds.caution_at
            and outcome.reply.mode is not Mode.CHITCHAT
            and not context.state.flow
        ):
            caution = self._wording.say("emergency.caution")
            outcome.reply = replace(outcome.reply, text=f"{caution}\n\n{outcome.reply.text}")
        return outcome

    def prepare(self, text: str) -> None:
        """Think ahead of what is left beside the words that help was called, or that open an answer."""
        course, besides = self._course(text)
        if course is not None and besides:
            self._interpret(besides)
        if (bare := self._bare(text)) != text:
            self._interpret(bare)

    def _bare(self, text: str) -> str:
        return self._opens_answer.sub("", text)

    def _course(self, text: str) -> tuple[Course | None, str]:
        """Whether help was called or all is over, and what else is said."""
        if self._unanswered.search(text):
            return None, text
        clauses = [clause for clause in self._between.split(text) if clause]
        called = [clause for clause in clauses if self._called.match(clause)]
        over = [clause for clause in clauses if self._over.match(clause)]
        left = [
            clause
            for clause in clauses
            if clause not in called and clause not in over and not any(pattern.match(clause) for pattern in self._beside)
        ]
        course = Course.CALLED if called else Course.OVER if over else None
        return course, ",".join(left)

    def _plain(self, text: str) -> str:
        """The kind of danger that the words tell whatever the classifier makes of them; empty when they do not, or of old."""
        if self._of_old.search(text) or self._averted.search(text):
            return ""
        return next((kind for kind, pattern in self._plainly if pattern.search(text)), "")

    def _is_none(self, text: str) -> bool:
        """Whether the words cannot be of a danger: they press for something, or say that it is unpleasant."""
        return bool(self._presses.match(text) or self._unpleasant.match(text))

    def _is_past(self, meant: Interpretation) -> bool:
        """Whether it is how people live (起不来炕, 摔骨折了卧床) or what nearly happened, rather than what happens now."""
        averted = self._averted.search(meant.text) and not self._now.search(meant.text)
        if averted and meant.danger_kind not in NEVER_AVERTED:
            return True
        return meant.act == "situation" and meant.act_confidence >= SURE_LIFE and meant.danger < LIKELIER_DANGER

    def _is_harmless(self, text: str) -> bool:
        return not text or self._interpret(text).danger < self._thresholds.caution_at

    def _on_its_way(self, context: Context, course: Course) -> Outcome:
        if course is Course.OVER:
            text = self._wording.say("emergency.over")
            return Outcome(self._wording.with_hotlines(Mode.CHITCHAT, text), context.state)
        numbers = "、".join(dict.fromkeys(self._number.findall(context.meant.text)))
        lines = [self._wording.say("emergency.called", number=numbers or self._wording.say("emergency.numbers"))]
        if self._waits(context):
            lines.append(self._wording.say("emergency.resume"))
        reply = self._wording.with_hotlines(Mode.EMERGENCY, "\n".join(lines))
        return Outcome(reply, context.state, [ForStaff("emergency", "已经报警，或者打过急救电话")])

    @staticmethod
    def _waits(context: Context) -> bool:
        """Whether something that was going on can be gone on with later."""
        state = context.state
        return bool(state.flow or (state.menu and state.menu.waits))

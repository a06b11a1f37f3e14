"""删除我的记录: told what is kept, confirmed, gone."""

import re
from dataclasses import replace

from bot.dialogue.state import ConversationState, Flow
from bot.dialogue.turn import Context, Outcome
from bot.dialogue.wording import Wording
from bot.messages import Mode, Reply

_WANTS_DELETION = re.compile(r"删|清除|清空|清掉|注销|抹")
_CONFIRMS = re.compile(r"(?:我?(?:确认|确定|同意)(?:删除|删|要删)?|是的?|对|好的?|删(?:除|吧|了吧|掉)?)[。.!吧了]*")
_ASKS_WHAT = re.compile(r"存|留着|保存|记了|记着|有我(?:啥|什么)|哪些记录")
_DECLINES = re.compile(r"不删|取消|算了|别删|先不|不要|不用")
_BEFORE = "before"
_SAID_PLAINLY = "删除"


class DeletionFlow:
    """Tells what is kept, and deletes it once the resident confirms."""

    name = "deletion"

    def __init__(self, wording: Wording, retention_days: int) -> None:
        self._wording, self._days = wording, retention_days

    def start(self, context: Context) -> Outcome:
        """What is kept; with a wish to delete, the question whether they are sure."""
        values = {"messages": context.messages_kept, "days": self._days}
        if not _WANTS_DELETION.search(context.meant.text):
            return Outcome(self._wording.chitchat("privacy", **values), context.state)
        reply = Reply(Mode.CHITCHAT, self._wording.say("chitchat.delete_confirm", **values), asking=True)
        before = context.state.flow
        if before and before.name == self.name:
            before = self.interrupted(context.state)
        data = {_BEFORE: before.model_dump(mode="json")} if before else {}
        flow = Flow(name=self.name, at=context.now, data=data)
        return Outcome(reply, context.state.model_copy(update={"flow": flow, "menu": None}))

    @staticmethod
    def interrupted(state: ConversationState) -> Flow | None:
        """The form that was open when the wish to delete came."""
        before = state.flow.data.get(_BEFORE) if state.flow else None
        return Flow.model_validate(before) if before else None

    def resume(self, context: Context) -> Outcome | None:
        """Confirmed, declined, or asked again what is kept; None for anything else."""
        text = context.meant.text
        if _CONFIRMS.fullmatch(text) and self.interrupted(context.state) and not _WANTS_DELETION.search(text):
            return self.start(replace(context, meant=replace(context.meant, text=_SAID_PLAINLY)))
        if _CONFIRMS.fullmatch(text):
            return Outcome(self._wording.chitchat("deleted", messages=context.messages_kept), ConversationState(), forget=True)
        if _DECLINES.search(text):
            state = context.state.model_copy(update={"flow": self.interrupted(context.state)})
            return Outcome(self._wording.chitchat("delete_cancelled"), state)
        if context.meant.act == "privacy" or _ASKS_WHAT.search(text):
            kept = self._wording.say("chitchat.privacy", messages=context.messages_kept, days=self._days)
            return Outcome(Reply(Mode.CHITCHAT, kept, asking=True), context.state)
        return None

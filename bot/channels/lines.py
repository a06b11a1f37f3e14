"""JSON lines: one message in, one answer object out, in order, each before the next is read."""

import json
import uuid
from typing import Any, TextIO

from bot.channels.residents import bearer_resident, plain_text, sound_id, sound_text
from bot.dialogue.conversation import Conversation
from bot.messages import Message


def serve_lines(conversation: Conversation, source: TextIO, sink: TextIO) -> None:
    """Answer every line of ``source`` on ``sink``; a line that is no message gets {"id", "error"}."""
    for line in source:
        if line.strip():
            print(json.dumps(_answer(conversation, line), ensure_ascii=False), file=sink, flush=True)


def _answer(conversation: Conversation, line: str) -> dict[str, Any]:
    try:
        asked = json.loads(line)
    except (ValueError, RecursionError):
        return {"id": None, "error": "这一行不是有效的 JSON"}
    if not isinstance(asked, dict):
        return {"id": None, "error": "这一行应为 JSON 对象"}
    ident, text, user = sound_id(asked.get("id")), asked.get("text"), asked.get("user")
    if not isinstance(text, str):
        return {"id": ident, "error": "缺少 text（文字）"}
    if user is not None and not isinstance(user, (str, int)):
        return {"id": ident, "error": "user 应为文字"}
    resident = bearer_resident(sound_text(str(user)) if user is not None else uuid.uuid4().hex)
    handled = conversation.handle(Message(resident, plain_text(text), "lines"))
    return {"id": ident, **handled.reply.as_json()}

"""The outbox in SQLite: put in by whoever writes, inside their own transaction."""

from typing import Any

from sqlite_utils import Database

from bot.delivery.outbox import Addressee, parts_of
from bot.store.engine import as_json


def put(
    db: Database,
    key: str,
    kind: str,
    text: str,
    *,
    resident: str | None = None,
    address: str | None = None,
    way: str | None = None,
    subject: str = "",
    payload: dict[str, Any] | None = None,
    ticket: str | None = None,
    question: int | None = None,
    message: int | None = None,
    at: str,
) -> bool:
    """Put a letter into the outbox inside the caller's transaction; False when that ``key`` was put in before.

    Args:
        kind: resident (to ``resident``; ``address`` is a telephone number, if one was left), alert (to staff), webhook (to
            the district's other systems).  An alert or webhook without ``address`` goes to every address configured for it:
            the service's own and those of the unit whose id stands in ``payload["unit"]``.
        way: the only way it may go (see bot.delivery.outbox.Way), None for whichever is open.
        at: now, ISO 8601 in UTC.
    """
    new = db.execute(
        "insert into outbox (key, kind, resident, address, way, subject, text, payload, ticket, question, message, next_at, at)"
        " values (:key, :kind, :resident, :address, :way, :subject, :text, :payload, :ticket, :question, :message, :at, :at)"
        " on conflict(key) do nothing",
        {
            "key": key,
            "kind": str(Addressee(kind)),
            "resident": resident,
            "address": address,
            "way": way,
            "subject": subject,
            "text": text,
            "payload": as_json(payload or {}),
            "ticket": ticket,
            "question": question,
            "message": message,
            "at": at,
        },
    )
    return int(new.rowcount) > 0


def written_to_resident(
    db: Database,
    resident: str,
    text: str,
    key: str,
    *,
    at: str,
    author: str = "staff",
    account: int | None = None,
    address: str | None = None,
    ticket: str | None = None,
    question: int | None = None,
) -> int | None:
    """Write to a resident inside the caller's transaction: a line of their conversation, which the page shows at its next
    poll, and the letters that carry it to where else they can be reached.

    Args:
        key: the same words under the same key are written once.
        author: staff or service.
        address: a telephone number, if they left one; otherwise the one of ``ticket`` is used.

    Returns:
        The number of the line; None when it was written before, or when the conversation is not kept any more.
    """
    parts = parts_of(text)
    if db.execute("select 1 from outbox where key = ?", [key]).fetchone():
        return None
    line: int | None = None
    if db.execute("select 1 from conversations where resident = ?", [resident]).fetchone():
        line = db.execute(
            "insert into messages (resident, author, kind, text, request_id, account, at) values (?, ?, 'text', ?, ?, ?, ?)",
            [resident, author, text, key, account, at],
        ).lastrowid
    for number, part in enumerate(parts):
        put(
            db,
            key if number == 0 else f"{key}#{number + 1}",
            Addressee.RESIDENT,
            part,
            resident=resident,
            address=address,
            ticket=ticket,
            question=question,
            message=line,
            at=at,
        )
    return line

"""The messages behind a figure of the statistics: each condition here is the one that the figure was counted by."""

from typing import Any

from bot.statistics.records import ASKING_MODES, Behind, MessageLine, MessagesWanted
from bot.store.engine import Engine, as_json

REPLIES = """from messages m join conversations c on c.resident = m.resident left join ratings r on r.message = m.id
    where m.author = 'service' and m.answers is not null and m.at >= :since and m.at < :until"""
"""Turns of a time: the reply m, its conversation c, its rating r."""
_UNANSWERED = "exists (select 1 from inbox i where i.message_id = m.answers and i.kind = 'question'"
UNANSWERED = f"{_UNANSWERED})"
MODE = "json_extract(m.reply, '$.mode')"
ABOUT = f"{MODE} in ('answer', 'eligibility')"
"""A reply that says something about the services it lists."""
OFFERING = f"{MODE} = 'clarify'"

_ASKING = ", ".join(f"'{mode}'" for mode in sorted(ASKING_MODES))
_ASKED = f"({MODE} in ({_ASKING}) or ({MODE} = 'reject' and {UNANSWERED}))"
_LISTED = """json_each(m.reply, '$.items') i where json_extract(i.value, '$.service')
    in (select value from json_each(:services))"""
_SEALED = "(m.sealed or exists (select 1 from messages q where q.id = m.answers and q.sealed))"


def message_rows(engine: Engine, wanted: MessagesWanted, before: int | None, most: int) -> list[MessageLine]:
    """See bot.statistics.records.Figures."""
    where, values = _conditions(wanted)
    columns = f"m.id, m.at, c.channel, q.text as question, m.text as reply, {MODE} as mode, r.useful"
    joined = REPLIES.replace("left join", "join messages q on q.id = m.answers left join")
    older = "and m.id < :before" if before is not None else ""
    rows = engine.rows(
        f"select {columns} {joined} and not {_SEALED} {where} {older} order by m.id desc limit :most",
        values | {"before": before, "most": most},
    )
    return [MessageLine(**row | {"useful": None if row["useful"] is None else bool(row["useful"])}) for row in rows]


def messages_behind(engine: Engine, wanted: MessagesWanted) -> Behind:
    """See bot.statistics.records.Figures."""
    where, values = _conditions(wanted)
    times = f"(select count(*) from {_LISTED})" if wanted.services and not (wanted.rated or wanted.gap) else "1"
    sums = f"count(*) as every, coalesce(sum({_SEALED}), 0) as secret, coalesce(sum({times}), 0) as times"
    (row,) = engine.rows(f"select {sums} {REPLIES} {where}", values)
    return Behind(row["every"] - row["secret"], row["secret"], row["times"])


def _conditions(wanted: MessagesWanted) -> tuple[str, dict[str, Any]]:
    """What follows ``REPLIES``, and the values of both."""
    values = {
        "since": wanted.period.since,
        "until": wanted.period.until,
        "channel": wanted.channel,
        "mode": wanted.mode,
        "services": as_json(list(wanted.services)),
        "useful": int(wanted.rated == "useful"),
        "gap": wanted.gap,
        "group": wanted.group,
    }
    gap = "exists (select 1 from gaps g where g.message = m.id and g.aspect = :gap and g.service in"
    conditions = [
        (wanted.channel, "c.channel = :channel"),
        (wanted.mode, f"{MODE} = :mode"),
        (wanted.asked, _ASKED),
        (wanted.unanswered, UNANSWERED),
        (wanted.rated == "any", "r.useful is not null"),
        (wanted.rated in ("useful", "useless"), "r.useful = :useful"),
        (wanted.gap, f"{gap} (select value from json_each(:services)))"),
        (wanted.group is not None, f"{_UNANSWERED} and i.group_id = :group)"),
    ]
    if wanted.services and not wanted.gap:
        # A rating counts for the service that stood first: it is of the answer, and that is what it began with.
        conditions.append((True, f"exists (select 1 from {_LISTED} {'and i.key = 0' if wanted.rated else ''})"))
        conditions.append((not wanted.rated, OFFERING if wanted.offered else ABOUT))
    return "".join(f" and {condition}" for asked, condition in conditions if asked), values

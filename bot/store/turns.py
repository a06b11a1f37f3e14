"""What a turn leaves besides message, reply and state: a wish for a person, a rating, a gap of the plan."""

from sqlite_utils import Database

from bot.live import Handoff, HandoffChange, HandoffState

OPEN_STATES = (str(HandoffState.WAITING), str(HandoffState.TAKEN))
_OPEN = f"state in ('{OPEN_STATES[0]}', '{OPEN_STATES[1]}')"


def handoff_of(db: Database, resident: str) -> Handoff | None:
    """The resident's wish for a person, while it is waiting or taken."""
    row = db.execute(f"select state, since from handoffs where resident = ? and {_OPEN}", [resident]).fetchone()
    return Handoff(HandoffState(row[0]), row[1]) if row else None


def keep_handoff(db: Database, resident: str, change: HandoffChange | None, at: str) -> None:
    """Carry out the turn's change; an open one learns since when the resident's words wait for an answer."""
    if change is HandoffChange.END:
        db.execute(f"update handoffs set state = 'ended', ended_at = ? where resident = ? and {_OPEN}", [at, resident])
        return
    unanswered = "case when resident_at > coalesce(staff_at, since) then resident_at else ? end"
    spoken = db.execute(f"update handoffs set resident_at = {unanswered} where resident = ? and {_OPEN}", [at, resident]).rowcount
    if change is None or spoken:
        return
    state = HandoffState.WAITING if change is HandoffChange.OPEN else HandoffState.LEFT
    db.execute(
        "insert into handoffs (resident, state, since, resident_at, told) values (?, ?, ?, ?, ?)",
        [resident, state, at, at, "hours" if state is HandoffState.LEFT else ""],
    )


def keep_rating(db: Database, resident: str, useful: bool, before: int, at: str) -> None:
    """The latest answer before that reply was useful or not; a second rating outweighs the first."""
    row = db.execute(
        "select id from messages where resident = ? and id < ? and author = 'service'"
        " and json_extract(reply, '$.mode') in ('answer', 'eligibility') order by id desc limit 1",
        [resident, before],
    ).fetchone()
    if row:
        db.execute(
            "insert into ratings (message, resident, useful, at) values (?, ?, ?, ?)"
            " on conflict(message) do update set useful = excluded.useful, at = excluded.at, reviewed_at = null",
            [row[0], resident, useful, at],
        )


def keep_gap(db: Database, message: int, service: str, aspect: str, at: str) -> None:
    """An aspect was asked for that the plan does not state."""
    db.execute("insert into gaps values (?, ?, ?, ?)", [message, service, aspect, at])

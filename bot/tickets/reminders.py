"""What the service does with tickets by itself: alerts of due dates, closing what nobody rated, due dates reckoned anew."""

from datetime import datetime, timedelta

from bot.tickets.calendar import CHINA, china_day, start_of
from bot.tickets.desk import SERVICE, Desk
from bot.tickets.due import GIVEN, HOURS, Term, due_fields
from bot.tickets.letters import Letters

TOMORROW = timedelta(days=1)


def remind(desk: Desk) -> int:
    """Alert units to what is due tomorrow and what is overdue, once a ticket, kind and day, on working days only where the
    due date is one of working days; close what was answered long ago and rated by nobody.  How many alerts and closings.
    """
    letters, local = Letters(desk.store, desk.rules), desk.now.astimezone(CHINA)
    tomorrow = local.date() + TOMORROW
    works = desk.rules.calendar.is_working(local.date())
    done = 0
    for ticket in desk.store.in_phase("open", due_before=start_of(tomorrow + TOMORROW)):
        due = datetime.fromisoformat(ticket.due_at or ticket.at)
        if not works and ticket.clock != HOURS:
            continue
        kind = "overdue" if due < desk.now else "due_tomorrow" if due.astimezone(CHINA).date() == tomorrow else None
        if kind:
            letters.alert(kind, ticket, ticket.lead, f"{ticket.number}:{kind}:{local.date()}")
            done += 1
    return done + _close_unrated(desk)


def _close_unrated(desk: Desk) -> int:
    limit = desk.now - timedelta(days=desk.rules.life.close_after_days)
    answered = desk.store.in_phase("answered", answered_before=limit.isoformat(timespec="milliseconds"))
    closable = [t for t in answered if any(change.action == "close" for change in desk.actions(t, SERVICE))]
    for ticket in closable:
        desk.perform(ticket.number, "close", SERVICE)
    return len(closable)


def recompute(desk: Desk) -> int:
    """Reckon the due dates of open tickets anew, after a holiday notice was entered; how many changed.

    Residents are told where the day that their unit had moves later; a day that moves earlier takes nothing from them.
    """
    changed, letters = 0, Letters(desk.store, desk.rules)
    for ticket in desk.store.in_phase("open"):
        if ticket.clock in (HOURS, GIVEN) or not ticket.due_from:
            continue
        start = datetime.fromisoformat(ticket.due_from)
        due = due_fields(desk.rules.calendar, start, Term(ticket.clock, ticket.due_amount))
        if (due["due_at"], due["due_provisional"]) != (ticket.due_at, ticket.due_provisional):
            moved = desk.store.update(ticket.number, **due)
            changed += 1
            if moved.lead and china_day(str(moved.due_at)) > china_day(ticket.due_at or ticket.at):
                letters.due_later(moved)
    return changed

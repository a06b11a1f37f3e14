"""What the service does with tickets by itself: alerts of due dates, closing what nobody rated, due dates reckoned anew."""

from datetime import datetime, timedelta

from bot.tickets.calendar import CHINA, DAY, china_day, start_of
from bot.tickets.desk import SERVICE, Desk
from bot.tickets.due import GIVEN, HOURS, due_again
from bot.tickets.letters import Letters


def remind(desk: Desk) -> int:
    """Alert units to what is due soon and what is overdue, once a ticket, kind and day; close what was answered long ago and
    rated by nobody.  How many alerts and closings.

    Soon is by the next day, or by the next working day where the due date is none of hours around the clock: of those nobody is
    alerted on a day off.
    """
    letters, local = Letters(desk.store, desk.rules), desk.now.astimezone(CHINA)
    today, tomorrow = local.date(), local.date() + DAY
    works, next_day = desk.rules.calendar.is_working(today), desk.rules.calendar.working_day_from(tomorrow)
    done = 0
    for ticket in desk.store.in_phase("open", due_before=start_of(next_day + DAY)):
        due, around_the_clock = datetime.fromisoformat(ticket.due_at or ticket.at), ticket.clock == HOURS
        if not works and not around_the_clock:
            continue
        last = tomorrow if around_the_clock else next_day
        kind = "overdue" if due < desk.now else "due_soon" if today < due.astimezone(CHINA).date() <= last else None
        if kind:
            letters.alert(kind, ticket, ticket.lead, f"{ticket.number}:{kind}:{today}")
            done += 1
    return done + _close_unrated(desk)


def _close_unrated(desk: Desk) -> int:
    limit = desk.now - timedelta(days=desk.rules.life.close_after_days)
    answered = desk.store.in_phase("answered", answered_before=limit.isoformat(timespec="milliseconds"))
    closable = [t for t in answered if any(change.action == "close" for change in desk.actions(t, SERVICE))]
    for ticket in closable:
        desk.perform(ticket.number, "close", SERVICE)
    return len(closable)


def recompute(desk: Desk, most: int | None = None) -> int:
    """Reckon the due dates of open tickets anew, of ``most`` at once, after a holiday notice was entered; how many changed.

    Residents are told where the day that their unit had moves later; a day that moves earlier takes nothing from them.
    """
    changed, letters = 0, Letters(desk.store, desk.rules)
    for ticket in desk.store.in_phase("open"):
        if ticket.clock in (HOURS, GIVEN) or not ticket.due_from:
            continue
        due = due_again(desk.rules.calendar, ticket)
        if due["due_at"] != ticket.due_at:
            moved = desk.perform(ticket.number, "reckon_due", SERVICE)
            if moved.lead and china_day(str(moved.due_at)) > china_day(ticket.due_at or ticket.at):
                letters.due_later(moved)
        elif due["due_provisional"] != ticket.due_provisional:
            desk.store.update(ticket.number, due_provisional=due["due_provisional"])
        else:
            continue
        changed += 1
        if changed == most:
            break
    return changed

"""A ticket's history in words: one line an event, for residents and for staff."""

from bot.tickets.desk import Desk
from bot.tickets.records import Event, Ticket


def line_of(desk: Desk, ticket: Ticket, event: Event) -> str:
    """What happened, in the words of data/life.toml: 已派给区城管局; the button's words where a change has no line."""
    life = desk.rules.life
    change = next((change for change in life.of(event.action) if change.fits(event.detail)), None)
    if change is None:
        return event.text or event.action
    unit = next((u for u in (event.detail.get("lead"), event.detail.get("outside"), event.unit, ticket.lead) if u), None)
    known = desk.store.unit(int(unit)) if unit else None
    values = {"unit": known.name if known else "承办单位", "reply": event.text, "reason": "", "text": "", "into": ""}
    for name, value in event.detail.items():
        field = life.fields.get(name)
        values[name] = field.choices.get(str(value), str(value)) if field else str(value)
    return (change.line or change.words).format_map(values).rstrip("：。")

"""A ticket as other systems read it: never who is behind it, unless the key is good for that."""

from typing import Any

from bot.accounts.keys import ApiKey, Scope
from bot.tickets.desk import Desk
from bot.tickets.records import Event, Photo, Ticket

_AS_THEY_ARE = (
    "number",
    "kind",
    "matter",
    "place",
    "since",
    "latitude",
    "longitude",
    "service",
    "state",
    "phase",
    "urgency",
    "due_at",
    "due_provisional",
    "secret",
    "source",
    "external_number",
    "merged_into",
    "reply",
    "satisfaction",
    "solved",
    "rating_reason",
    "urged",
    "reopened",
    "returned",
    "joined",
    "updated_at",
    "answered_at",
    "closed_at",
)


class Shown:
    """Shows tickets of one desk to one system."""

    def __init__(self, desk: Desk, caller: ApiKey) -> None:
        self._desk, self._caller = desk, caller
        self._units = {unit.id: unit.name for unit in desk.store.units(active_only=False)}

    def ticket(self, ticket: Ticket) -> dict[str, Any]:
        """A ticket in a list."""
        state = self._desk.rules.life.states[ticket.state]
        return {
            **{name: getattr(ticket, name) for name in _AS_THEY_ARE},
            "kind": str(ticket.kind),
            "state_name": state.name,
            "status": state.status,
            "unit": self._units.get(ticket.lead) if ticket.lead else None,
            "assisting": [self._units[unit] for unit in ticket.assisting],
            "suggested": {"unit": ticket.suggested, "confidence": round(ticket.confidence, 3)} if ticket.suggested else None,
            "created_at": ticket.at,
        }

    def whole(self, ticket: Ticket) -> dict[str, Any]:
        """A ticket by itself, with its history and what may be done to it now."""
        actor = self._caller.actor
        events = self._desk.history(ticket, actor)
        photos = [_address(photo) for photo in self._desk.photos(ticket, actor) if photo.state in ("link", "stored")]
        return {
            **self.ticket(ticket),
            "photos": photos,
            "history": [self._event(event) for event in events],
            "seen": events[-1].id if events else 0,
            "actions": [change.action for change in self._desk.actions(ticket, actor)],
            **self._people(ticket),
        }

    def _people(self, ticket: Ticket) -> dict[str, Any]:
        if Scope.PEOPLE not in self._caller.scopes:
            return {}
        behind = self._desk.people(ticket, self._caller.actor)
        return {"people": [{"name": one.name, "contact": one.contact, "role": one.role} for one in behind]}

    def _event(self, event: Event) -> dict[str, Any]:
        return {
            "id": event.id,
            "at": event.at,
            "action": event.action,
            "by": event.author,
            "unit": self._units.get(event.unit) if event.unit else None,
            "text": event.text,
            "internal": event.internal,
            "before": event.before,
            "after": event.after,
        }


def _address(photo: Photo) -> str:
    """Where another system finds the photo: where it lies, or here, to be fetched with the key."""
    return photo.origin or f"/api/tickets/{photo.number}/photos/{photo.id}"

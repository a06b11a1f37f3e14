"""The photos of a ticket, for who may see the ticket."""

from flask import Blueprint, Response, abort
from flask.typing import ResponseReturnValue

from bot.console.frame import current_actor
from bot.console.parts import part
from bot.console.ticket_parts import office, seen_ticket
from bot.photos.ports import PhotoStore
from bot.tickets.records import Photo, Ticket

ticket_photos = Blueprint("console_ticket_photos", __name__, url_prefix="/console/tickets")


@ticket_photos.app_template_global("photos_of")
def photos_of(ticket: Ticket) -> list[Photo]:
    """The ticket's photos, for console/tickets/_photos.html; those that are on the way or lost too."""
    return office().reading().photos(ticket, current_actor())


@ticket_photos.get("/<number>/photos/<int:photo>")
def photo(number: str, photo: int) -> ResponseReturnValue:
    """One photo of the ticket."""
    ticket = seen_ticket(office().reading(), number)
    photos: PhotoStore = part("photos")
    kept = photos.get(photo) if photo in {one.id for one in photos_of(ticket)} else None
    if kept is None:
        abort(404)
    return Response(kept.data, mimetype=kept.mime)

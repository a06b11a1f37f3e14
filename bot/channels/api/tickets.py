"""Tickets for the district's other systems, as JSON: /api/tickets and /api/units."""

import base64
import binascii
import json
from collections.abc import Callable
from typing import Any

from flask import Blueprint, Response, current_app, jsonify, request
from flask.typing import ResponseReturnValue

from bot.accounts.keys import ApiKey, RequestReused, Scope
from bot.channels.api.access import caller, exchange, json_object, parts, request_digest, request_key, take_body
from bot.channels.api.drafts import actions_of, details_of, draft_of, unit_named
from bot.channels.api.fields import moment, wrong
from bot.channels.api.shown import Shown
from bot.channels.errors import ApiError, told
from bot.dialogue.ports import StoreError
from bot.photos.ports import PhotoStore
from bot.tickets.desk import Desk, NotAllowed, Overtaken, UnknownTicket, WrongDetails
from bot.tickets.listing import Filter, Order
from bot.tickets.matters import Matter
from bot.tickets.records import Ticket

MOST = 100

api = Blueprint("api", __name__, url_prefix="/api")
api.before_request(take_body)

QUERY = ("state", "phase", "kind", "unit", "urgency", "source", "overdue", "since", "until", "changed_since", "number", "q")
PAGING = ("order", "cursor", "limit")
ORDERS: tuple[Order, ...] = ("newest", "pressing", "changed")


@api.errorhandler(StoreError)
def busy(error: StoreError) -> Response:
    """The store could not be written for so long that the caller should come again."""
    return told(503)


@api.post("/tickets")
def create() -> ResponseReturnValue:
    """File a matter."""
    key, body, again = caller(Scope.WRITE), json_object(), request_key()
    draft, photos = draft_of(body, exchange().reading(), key, parts().suggest)
    filed = False

    def work(desk: Desk) -> str:
        nonlocal filed
        if draft.external_number and (known := desk.store.by_external(draft.external_number)):
            if not desk.sees(known, key.actor):
                raise ApiError(409, "这个外部编号已经登记在别的单位", "external_number_taken", "external_number")
            return known.number
        ticket, filed = desk.file(draft, key.actor), True
        for url in photos:
            desk.store.add_photo_link(ticket.number, url)
        return ticket.number

    number = _once(key, again, work)
    desk = exchange().reading()
    ticket = desk.store.ticket(number)
    assert ticket is not None  # a ticket without a conversation behind it is never deleted
    shown = Shown(desk, key).whole(ticket)
    if desk.history(ticket, key.actor)[0].author == key.name:  # for the resident, who asks with it what became of the matter
        shown["code"] = ticket.code
    return jsonify(shown), 201 if filed else 200, {"Location": f"/api/tickets/{number}"}


@api.get("/tickets")
def listed() -> ResponseReturnValue:
    """Tickets that match, a page at a time."""
    key = caller(Scope.READ)
    desk, asked = exchange().reading(), request.args
    if unknown := sorted(set(asked) - {*QUERY, *PAGING}):
        raise ApiError(422, f"没有 {unknown[0]} 这个条件，可以有：{'、'.join((*QUERY, *PAGING))}", "unknown_field", unknown[0])
    order: Order = _one_of("order", ORDERS) or ("changed" if asked.get("changed_since") else "newest")
    page = _page(_filter(desk, key), order)
    last = page["last"] if order == "changed" else page["after"]
    shown = Shown(desk, key)
    return jsonify(
        {
            "tickets": [shown.ticket(ticket) for ticket in page["tickets"]],
            "next": _cursor(order, last) if last else (asked.get("cursor") if order == "changed" else None),
            "more": page["after"] is not None,
        }
    )


@api.get("/tickets/<number>")
def one(number: str) -> ResponseReturnValue:
    """One ticket with its history and what may be done to it."""
    key = caller(Scope.READ)
    desk = exchange().reading()
    shown = Shown(desk, key).whole(_seen(desk, key, number))
    if shown.get("people"):
        exchange().looked(key, number, request.remote_addr or "")
    return jsonify(shown)


@api.get("/tickets/<number>/photos/<int:photo>")
def photo(number: str, photo: int) -> ResponseReturnValue:
    """A photo that a resident sent, for who may see the ticket."""
    key = caller(Scope.READ)
    desk = exchange().reading()
    known = {one.id for one in desk.photos(_seen(desk, key, number), key.actor)}
    photos: PhotoStore = current_app.extensions["photos"]
    kept = photos.get(photo) if photo in known else None
    if kept is None:
        raise ApiError(404, "这张工单没有这张照片", "unknown_photo")
    return Response(kept.data, mimetype=kept.mime)


@api.post("/tickets/<number>/<action>")
def change(number: str, action: str) -> ResponseReturnValue:
    """Do something to a ticket."""
    key, body, again = caller(Scope.WRITE), json_object() if request.get_data() else {}, request_key()
    possible = actions_of(exchange().reading().rules.life)
    if action not in possible:
        raise ApiError(404, f"其他系统不能 {action}，可以：{'、'.join(possible)}", "unknown_action")

    def work(desk: Desk) -> str:
        details = details_of(body, action, desk)
        try:
            return desk.perform(number, action, key.actor, **details).number
        except UnknownTicket as error:
            raise ApiError(404, str(error), "unknown_ticket") from None
        except WrongDetails as error:
            raise ApiError(422, str(error)) from None
        except Overtaken as error:
            raise ApiError(409, str(error), "overtaken") from None
        except NotAllowed as error:
            raise ApiError(409, str(error)) from None

    _once(key, again, work)
    desk = exchange().reading()
    ticket = desk.store.ticket(number)
    if ticket is None or not desk.sees(ticket, key.actor):  # it went to another unit with that
        return jsonify({"number": number})
    return jsonify(Shown(desk, key).whole(ticket))


@api.get("/units")
def units() -> ResponseReturnValue:
    """Whom a ticket can be given to."""
    caller(Scope.READ)
    found = exchange().reading().store.units()
    names = {unit.id: unit.name for unit in found}
    return jsonify(
        {
            "units": [
                {"name": unit.name, "full_name": unit.full_name, "parent": names.get(unit.parent or 0), "outside": unit.outside}
                for unit in found
            ]
        }
    )


def _once(key: ApiKey, again: str | None, work: Callable[[Desk], str]) -> str:
    """The number of the ticket that the request was about."""
    try:
        return exchange().once(key, again, request_digest(), work)[0]
    except RequestReused:
        raise ApiError(422, "这个 Idempotency-Key 用在了另一个请求上", "idempotency_key_reused") from None


def _seen(desk: Desk, key: ApiKey, number: str) -> Ticket:
    try:
        return desk.ticket(number, key.actor)
    except UnknownTicket as error:
        raise ApiError(404, str(error), "unknown_ticket") from None


def _one_of(name: str, choices: Any) -> Any:
    given = request.args.get(name)
    if given and given not in choices:
        raise wrong(name, f"{name} 应为 {'、'.join(choices)} 之一")
    return given


def _several_of(name: str, choices: Any) -> tuple[str, ...]:
    given = tuple(part for text in request.args.getlist(name) for part in text.split(",") if part)
    if any(part not in choices for part in given):
        raise wrong(name, f"{name} 应为 {'、'.join(choices)} 之一，几个用逗号隔开")
    return given


def _filter(desk: Desk, key: ApiKey) -> Filter:
    """What the query wants, of what the key may see."""
    asked = request.args

    def at(name: str) -> str:
        return moment(name, asked[name]).isoformat(timespec="milliseconds") if asked.get(name) else ""

    return Filter(
        states=_several_of("state", list(desk.rules.life.states)),
        phase=_one_of("phase", ("open", "answered", "over")) or "",
        kinds=_several_of("kind", list(Matter)),
        unit=unit_named(desk, "unit", asked["unit"]).id if asked.get("unit") else None,
        urgency=_one_of("urgency", ("normal", "urgent")) or "",
        source=asked.get("source", ""),
        overdue=_one_of("overdue", ("0", "1")) == "1",
        text=asked.get("q", "")[:100],
        number=asked.get("number", "")[:64],
        visible=desk.units_of(key.actor),
        since=at("since"),
        until=at("until"),
        changed_since=at("changed_since"),
    )


def _page(wanted: Filter, order: Order) -> dict[str, Any]:
    asked = request.args
    limit = asked.get("limit", "50")
    if not (limit.isascii() and limit.isdigit() and 1 <= int(limit[:6]) <= MOST):
        raise wrong("limit", f"limit 应在 1 到 {MOST} 之间")
    try:
        page = exchange().page(wanted, order, _place(order, asked.get("cursor")), int(limit))
    except (ValueError, OverflowError, RecursionError):
        raise wrong("cursor", "cursor 要用上一页给的 next，条件和次序不变") from None
    return {"tickets": page.tickets, "after": page.after, "last": page.last}


def _cursor(order: str, place: str) -> str:
    return base64.urlsafe_b64encode(json.dumps([order, place]).encode()).decode().rstrip("=")


def _place(order: str, cursor: str | None) -> str | None:
    """The place in the list that a cursor stands for; raises ValueError for what was never given."""
    if not cursor:
        return None
    if len(cursor) > 500:
        raise ValueError
    try:
        given = json.loads(base64.b64decode(cursor + "=" * (-len(cursor) % 4), altchars=b"-_", validate=True))
    except binascii.Error:
        raise ValueError from None
    if not (isinstance(given, list) and len(given) == 2 and given[0] == order and isinstance(given[1], str)):
        raise ValueError
    return given[1]

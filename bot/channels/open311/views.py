"""Open311 GeoReport v2 (https://wiki.open311.org/GeoReport_v2/): the standard's addresses at /open311/v2."""

from flask import Blueprint, Response, request
from flask.typing import ResponseReturnValue

from bot.accounts.keys import ApiKey, RequestReused, Scope
from bot.channels.api.access import bearer, exchange, parts, request_digest, request_key, require, take_body
from bot.channels.api.tickets import busy
from bot.channels.errors import ApiError
from bot.channels.open311.formats import FORMS, answer
from bot.channels.open311.requests import MOST_REQUESTS, Shown, draft_of, notice_of, sent_form, service_of, wanted
from bot.channels.open311.services import catalogue, shown_definition, shown_service
from bot.dialogue.ports import StoreError
from bot.tickets.desk import Desk
from bot.tickets.records import Ticket

SPECIFICATION = "http://wiki.open311.org/GeoReport_v2"
PREFIX = "/open311/v2"
MOST_IDS = 100

open311 = Blueprint("open311", __name__, url_prefix=PREFIX)
open311.before_request(take_body)
open311.register_error_handler(StoreError, busy)

_FORM = f"<any({', '.join(FORMS)}):form>"
_KEPT = {429, 500, 503}
"""Statuses that are not told as 400: who gets them may come again."""


def errors(status: int, code: str, words: str) -> Response:
    """What is wrong, as the standard's list of errors: 404 for what is not there, 403 for keys, 400 for all else."""
    status = {401: 403}.get(status, status)
    status = status if status in {403, 404, *_KEPT} else 400
    return answer("errors", [{"code": status, "description": words}], status)


def caller(scope: Scope, given: str | None) -> ApiKey:
    """The system that calls, by the standard's api_key or the header; raises ApiError."""
    text = given or bearer()
    key = exchange().caller(text) if text else None
    if key is None:
        raise ApiError(403, "没有 api_key，或者 api_key 不对")
    require(key, scope)
    return key


def reader() -> ApiKey | None:
    """Who asks: a system with its key, or anybody (None) where that is allowed."""
    given = request.args.get("api_key") or bearer()
    return None if given is None and parts().public_requests else caller(Scope.READ, given)


@open311.get(f"/discovery.{_FORM}")
def discovery(form: str) -> ResponseReturnValue:
    """Where and how this service is called."""
    known, district = catalogue(), parts().district()
    base = parts().public_url or request.url_root.rstrip("/")
    endpoint = {
        "specification": SPECIFICATION,
        "url": base + PREFIX,
        "changeset": known.changeset,
        "type": "production",
        "formats": ["text/xml", "application/json"],
    }
    told = {
        "changeset": known.changeset,
        "contact": known.contact.format(district=district),
        "key_service": known.key_service.format(district=district),
        "endpoints": [endpoint],
    }
    return answer("discovery", told)


@open311.get(f"/services.{_FORM}")
def services(form: str) -> ResponseReturnValue:
    """What can be asked for."""
    return answer("services", [shown_service(service) for service in catalogue().services])


@open311.get(f"/services/<code>.{_FORM}")
def definition(code: str, form: str) -> ResponseReturnValue:
    """What is asked of one service."""
    service = service_of(code)
    units = [unit for unit in exchange().reading().store.units() if not unit.outside]
    return answer("service_definition", shown_definition(service, units))


@open311.post(f"/requests.{_FORM}")
def create(form: str) -> ResponseReturnValue:
    """File a matter."""
    sent, again = sent_form(), request_key()
    given = dict(sent)
    key = caller(Scope.WRITE, given.get("api_key"))
    draft, media = draft_of(sent, exchange().reading(), key, parts().suggest)

    def work(desk: Desk) -> str:
        ticket = desk.file(draft, key.actor)
        if media:
            desk.store.add_photo_link(ticket.number, media)
        return ticket.number

    try:
        number, _ = exchange().once(key, again, request_digest(), work)
    except RequestReused:
        raise ApiError(400, "这个 Idempotency-Key 用在了另一个请求上") from None
    desk = exchange().reading()
    ticket = desk.store.ticket(number)
    assert ticket is not None  # just filed
    told = {
        "service_request_id": ticket.number,
        "service_notice": notice_of(ticket, desk),
        "account_id": given.get("account_id"),
    }
    return answer("service_requests", [told])


@open311.get(f"/requests.{_FORM}")
def requests(form: str) -> ResponseReturnValue:
    """Matters that were filed: those of the given ids, else those that match, the newest first."""
    key, desk = reader(), exchange().reading()
    shown = Shown(desk, key)
    if request.args.get("service_request_id"):
        numbers = [number.strip() for number in request.args["service_request_id"].split(",")][:MOST_IDS]
        found = [ticket for number in dict.fromkeys(numbers) if (ticket := _seen(desk, key, number))]
    else:
        found = exchange().page(wanted(request.args, desk, key), "newest", None, MOST_REQUESTS).tickets
    return answer("service_requests", [shown.ticket(ticket) for ticket in found])


@open311.get(f"/requests/<number>.{_FORM}")
def one(number: str, form: str) -> ResponseReturnValue:
    """One matter."""
    key, desk = reader(), exchange().reading()
    return answer("service_requests", [Shown(desk, key).ticket(_existing(desk, key, number))])


@open311.get(f"/tokens/<token>.{_FORM}")
def token(token: str, form: str) -> ResponseReturnValue:
    """The id behind a token: ids are given at once here, so that each is its own token."""
    key = reader()
    return answer(
        "service_requests", [{"service_request_id": _existing(exchange().reading(), key, token).number, "token": token}]
    )


def _seen(desk: Desk, key: ApiKey | None, number: str) -> Ticket | None:
    ticket = desk.store.ticket(number)
    if ticket is None or (key is None and ticket.secret) or (key is not None and not desk.sees(ticket, key.actor)):
        return None
    return ticket


def _existing(desk: Desk, key: ApiKey | None, number: str) -> Ticket:
    ticket = _seen(desk, key, number)
    if ticket is None:
        raise ApiError(404, f"没有查到 {number[:40]}")
    return ticket

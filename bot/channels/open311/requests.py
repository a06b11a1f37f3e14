"""The standard's service requests: what a client sends as a draft, a ticket as clients read it."""

import re
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import parse_qsl

from flask import request

from bot.accounts.keys import ApiKey
from bot.channels.api.drafts import LONGEST_URL, given_to
from bot.channels.api.fields import is_web_address, moment
from bot.channels.errors import ApiError
from bot.channels.open311.services import Service, catalogue
from bot.channels.residents import plain_text
from bot.dialogue.suggestion import Suggest
from bot.tickets.acceptance import lawful_way
from bot.tickets.calendar import CHINA
from bot.tickets.coordinates import point_of, unshifted
from bot.tickets.desk import MOST_TEXT, Desk
from bot.tickets.letters import shown_time
from bot.tickets.listing import Filter
from bot.tickets.matters import Draft
from bot.tickets.records import Ticket

FORM = "application/x-www-form-urlencoded"
MOST_FIELDS = 200
SPAN = timedelta(days=90)
"""How far a query reaches; the standard's "may not span more than 90 days"."""
MOST_REQUESTS = 1000

_ATTRIBUTE = re.compile(r"attribute\[([^\]]*)\](?:\[\])?")


def sent_form() -> list[tuple[str, str]]:
    """The fields of the form that was sent, empty ones left out as the standard wants it; raises ApiError."""
    if request.mimetype != FORM:
        raise ApiError(400, f"请求体应为 {FORM}")
    try:
        text = request.get_data().decode("utf-8")
        fields = parse_qsl(text, encoding="utf-8", errors="strict", max_num_fields=MOST_FIELDS)
    except ValueError:
        raise ApiError(400, f"请求体不是 UTF-8 的表单，或者多于 {MOST_FIELDS} 项") from None
    return [(name, plain_text(value).strip()) for name, value in fields if value.strip()]


def service_of(code: str | None) -> Service:
    """The service of that code; raises ApiError: 400 where none is given, 404 where there is no such."""
    if not code:
        raise ApiError(400, "没有给 service_code")
    service = catalogue().service(code)
    if service is None:
        raise ApiError(404, f"没有 service_code 为 {code[:40]} 的服务")
    return service


# -- what a client sends ------------------------------------------------------------------------------------------------------


def draft_of(sent: list[tuple[str, str]], desk: Desk, caller: ApiKey, suggest: Suggest) -> tuple[Draft, str]:
    """The draft and the address of its picture (empty for none); raises ApiError where something cannot be."""
    form = dict(sent)
    service = service_of(form.get("service_code"))
    chosen = _chosen(service, sent, desk)
    latitude, longitude = _point(form)
    place = form.get("address_string") or (f"地址编号 {form['address_id']}" if form.get("address_id") else "")
    if latitude is None and not place:
        raise ApiError(400, "没有给地点：lat 和 long，或 address_string，或 address_id")
    matter = form.get("description", "")
    if len(matter) > MOST_TEXT:
        raise ApiError(400, f"description 最多 {MOST_TEXT} 个字")
    matter = matter or f"{service.name}（来件没有文字说明）"
    if service.kind.needs_place and (way := lawful_way(matter)):
        raise ApiError(400, f"{way.reason}{way.way}")
    media = form.get("media_url", "")
    if media and (not is_web_address(media) or len(media) > LONGEST_URL):
        raise ApiError(400, "media_url 应为图片或网页的网址")
    draft = Draft(
        service.kind,
        matter,
        place[:200],
        since=chosen.get("since", "")[:100],
        latitude=latitude,
        longitude=longitude,
        secret=chosen.get("secret") == "yes",
        name=(form.get("last_name", "") + form.get("first_name", ""))[:40],
        contact="；".join(form[name] for name in ("phone", "email") if form.get(name))[:100],
        source="api",
        **given_to(chosen.get("unit", ""), matter, desk, caller, suggest),
    )
    return draft, media


def _chosen(service: Service, sent: list[tuple[str, str]], desk: Desk) -> dict[str, str]:
    """What was answered to the service's attributes, units by name; raises ApiError."""
    units, given = [unit for unit in desk.store.units() if not unit.outside], {}
    asked = {name: catalogue().attributes[name] for name in service.attributes}
    for name, value in sent:
        if not (match := _ATTRIBUTE.fullmatch(name)):
            continue
        attribute = asked.get(match[1])
        if attribute is None or not attribute.input:
            raise ApiError(400, f"{service.name}没有 attribute[{match[1][:40]}] 这一项")
        values = attribute.values(units)
        if values and value not in values:
            raise ApiError(400, f"attribute[{match[1]}] 没有 {value[:40]} 这个选项")
        given[match[1]] = values[value] if attribute.choices == "units" else value
    if missing := [name for name, attribute in asked.items() if attribute.required and name not in given]:
        raise ApiError(400, f"没有给 attribute[{missing[0]}]：{asked[missing[0]].description}")
    return given


def _point(form: Mapping[str, str]) -> tuple[float | None, float | None]:
    """Where the satellites' coordinates lie on Chinese maps."""
    if not (form.get("lat") or form.get("long")):
        return None, None
    point = point_of({"latitude": form.get("lat"), "longitude": form.get("long"), "system": "wgs84"})
    if point is None:
        raise ApiError(400, "lat 和 long 要一起给，是有效的经纬度")
    return point


def notice_of(ticket: Ticket, desk: Desk) -> str:
    """What is told of a ticket that was just filed."""
    unit = desk.store.unit(ticket.lead) if ticket.lead else None
    words = {"number": ticket.number, "code": ticket.code, "due": shown_time(ticket.due_at)}
    return catalogue().notice.format(unit=unit.name if unit else "待派单", **words)


# -- what a client asks for ---------------------------------------------------------------------------------------------------


def wanted(asked: Mapping[str, str], desk: Desk, caller: ApiKey | None) -> Filter:
    """Which tickets a query asks for; raises ApiError where it cannot be."""
    start, end = _range(asked.get("start_date"), asked.get("end_date"), desk.now)
    kinds = tuple(str(service_of(code).kind) for code in _listed(asked.get("service_code")))
    statuses = _listed(asked.get("status"))
    if wrong := [status for status in statuses if status not in ("open", "closed")]:
        raise ApiError(400, f"status 应为 open 或 closed，不是 {wrong[0][:40]}")
    states = desk.rules.life.states
    return Filter(
        kinds=kinds,
        states=tuple(name for name, state in states.items() if state.status in statuses) if statuses else (),
        since=start.isoformat(timespec="milliseconds"),
        until=(end + timedelta(seconds=1)).isoformat(timespec="milliseconds"),  # shown times are whole seconds
        secret=False if caller is None else None,
        visible=desk.units_of(caller.actor) if caller else None,
    )


def _listed(text: str | None) -> list[str]:
    return [part.strip() for part in (text or "").split(",") if part.strip()]


def _range(start: str | None, end: str | None, now: datetime) -> tuple[datetime, datetime]:
    try:
        first = moment("start_date", start) if start else None
        last = moment("end_date", end) if end else None
        if first is None:
            last = last or now.astimezone(UTC)
            return last - SPAN, last
        last = last or min(first + SPAN, now.astimezone(UTC))
    except OverflowError:
        raise ApiError(400, "start_date 和 end_date 超出了范围") from None
    if last - first > SPAN:
        raise ApiError(400, f"start_date 和 end_date 之间最多 {SPAN.days} 天")
    return first, last


class Shown:
    """Tickets as the standard has them: whole for who has a key, else without words and place."""

    def __init__(self, desk: Desk, caller: ApiKey | None) -> None:
        self._desk, self._caller = desk, caller
        self._units = {unit.id: unit.name for unit in desk.store.units(active_only=False)}

    def ticket(self, ticket: Ticket) -> dict[str, Any]:
        """A service request."""
        state, service = self._desk.rules.life.states[ticket.state], catalogue().service(ticket.kind)
        assert service is not None  # every kind has one
        agency = self._units.get(ticket.lead) if ticket.lead else None
        done = ticket.closed_at or ticket.answered_at if state.status == "closed" else None
        return {
            "service_request_id": ticket.number,
            "status": state.status,
            "status_notes": self._notes(ticket, agency),
            "service_name": service.name,
            "service_code": str(ticket.kind),
            "description": ticket.matter if self._caller else None,
            "agency_responsible": agency,
            "service_notice": None,
            "requested_datetime": w3c(ticket.at),
            "updated_datetime": w3c(done or ticket.updated_at),
            "expected_datetime": w3c(ticket.due_at),
            **self._where(ticket),
        }

    def _notes(self, ticket: Ticket, agency: str | None) -> str:
        state = self._desk.rules.life.states[ticket.state]
        return f"{state.name}。{ticket.reply}" if ticket.reply and self._caller else state.name

    def _where(self, ticket: Ticket) -> dict[str, Any]:
        here: dict[str, Any] = dict.fromkeys(("address", "address_id", "zipcode", "lat", "long", "media_url"))
        if self._caller is None:
            return here
        if ticket.latitude is not None and ticket.longitude is not None:
            here["lat"], here["long"] = unshifted(ticket.latitude, ticket.longitude)
        links = [photo.origin for photo in self._desk.photos(ticket, self._caller.actor) if photo.state == "link"]
        return here | {"address": ticket.place or None, "media_url": links[0] if links else None}


def w3c(at: str | None) -> str | None:
    """A stored time as the standard writes it, in China's zone."""
    return datetime.fromisoformat(at).astimezone(CHINA).isoformat(timespec="seconds") if at else None

"""What another system brings, as a draft of a ticket; what it wants done, as the details of an action."""

from collections.abc import Mapping
from typing import Any

from bot.accounts.keys import ApiKey
from bot.channels.api.fields import Fields, is_web_address, wrong
from bot.channels.errors import ApiError
from bot.dialogue.suggestion import Suggest
from bot.tickets.coordinates import point_of
from bot.tickets.desk import MOST_TEXT, Desk
from bot.tickets.life import Life, NeededField
from bot.tickets.matters import Draft, Matter
from bot.tickets.records import Unit

SOURCE = "api"
FIELDS = (
    "kind",
    "matter",
    "place",
    "since",
    "location",
    "unit",
    "urgency",
    "secret",
    "name",
    "contact",
    "external_number",
    "photos",
)
MOST_PHOTOS, LONGEST_URL = 9, 500


def draft_of(body: Mapping[str, Any], desk: Desk, caller: ApiKey, suggest: Suggest) -> tuple[Draft, list[str]]:
    """The draft and the addresses of its pictures; raises ApiError where something cannot be."""
    fields = Fields(body, FIELDS)
    kind = Matter(fields.choice("kind", list(Matter), needed=True) or "")
    matter = fields.text("matter", MOST_TEXT, needed=True)
    place = fields.text("place", 200)
    latitude, longitude = _point(fields)
    if kind.needs_place and not place and latitude is None:
        raise wrong("place", "缺少 place：在哪里（或者给 location）")
    draft = Draft(
        kind,
        matter,
        place,
        since=fields.text("since", 100),
        latitude=latitude,
        longitude=longitude,
        secret=fields.flag("secret"),
        name=fields.text("name", 40),
        contact=fields.text("contact", 100),
        source=SOURCE,
        external_number=fields.text("external_number", 64) or None,
        urgency=fields.choice("urgency", ("normal", "urgent")),
        **given_to(fields.text("unit", 100), matter, desk, caller, suggest),
    )
    photos = fields.texts("photos", MOST_PHOTOS, LONGEST_URL)
    if any(not is_web_address(url) for url in photos):
        raise wrong("photos", "photos 应为图片的网址（http 或 https）")
    return draft, photos


def given_to(name: str, matter: str, desk: Desk, caller: ApiKey, suggest: Suggest) -> dict[str, Any]:
    """Service, unit and confidence of a draft: the unit that is named, the caller's own, else whom the bot thinks of."""
    own = desk.store.unit(caller.unit) if caller.unit is not None else None
    if name:
        unit = unit_named(desk, "unit", name)
        if own and unit.id not in (desk.units_of(caller.actor) or ()):
            raise ApiError(403, f"这把密钥只管 {own.name} 的工单", "other_unit", "unit")
        return {"unit": unit.name, "confidence": 1.0}
    if own:
        return {"unit": own.name, "confidence": 1.0}
    thought = suggest(matter)
    return {"service": thought.service, "unit": thought.unit, "confidence": thought.confidence}


def unit_named(desk: Desk, field: str, name: str) -> Unit:
    """The active unit of that name."""
    unit = desk.store.unit_named(name)
    if unit is None or not unit.active:
        raise wrong(field, f"没有名为 {name} 的单位")
    return unit


def _point(fields: Fields) -> tuple[float | None, float | None]:
    location = fields.raw("location")
    if location is None:
        return None, None
    given = Fields(location, ("latitude", "longitude", "system")) if isinstance(location, dict) else None
    if given is None or given.choice("system", ("wgs84", "gcj02"), needed=True) is None or (point := point_of(location)) is None:
        raise wrong("location", "location 应有 latitude、longitude（有效的经纬度）和 system（wgs84 或 gcj02）")
    return point


def details_of(body: Mapping[str, Any], action: str, desk: Desk) -> dict[str, Any]:
    """What an action needs, by the fields of bot/tickets/data/life.toml; units are named."""
    life = desk.rules.life
    names = list(dict.fromkeys(name for change in life.of(action) for name in (*change.needs, *change.may)))
    fields = Fields(body, [*names, "seen"])
    return {name: _value(fields, name, life.fields[name], desk) for name in names if name in fields} | _seen(fields)


def _seen(fields: Fields) -> dict[str, Any]:
    seen = fields.whole("seen")
    return {} if seen is None else {"seen": seen}


def _value(fields: Fields, name: str, field: NeededField, desk: Desk) -> Any:
    if field.kind in ("unit", "outside"):
        return unit_named(desk, name, fields.text(name, 100, needed=True)).id
    if field.kind == "units":
        return tuple(unit_named(desk, name, unit).id for unit in fields.texts(name, 20, 100))
    if field.kind == "days":
        return fields.whole(name)
    if field.kind == "choice":
        return fields.choice(name, list(field.choices))
    if field.kind == "yes_no":
        return fields.flag(name)
    return fields.text(name, MOST_TEXT)


def actions_of(life: Life) -> list[str]:
    """What other systems may do to a ticket at all."""
    return list(dict.fromkeys(change.action for change in life.changes if SOURCE in change.roles and change.from_))

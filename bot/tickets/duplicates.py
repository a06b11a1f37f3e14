"""Whether two matters are likely the same: the same kind, near each other, and told in similar words."""

import math
import re
from datetime import timedelta

from bot.tickets.matters import Draft
from bot.tickets.records import Ticket

SINCE_DAYS = timedelta(days=30)
NEAR_METRES = 300.0
ALIKE_AT = 0.3
"""Dice's coefficient of the matters from which on they are the same thing, when the places are the same."""
SAME_PLACE_AT = 0.6
METRES_PER_DEGREE = 111_320.0

_NOISE = re.compile(r"[\W_]+|我要投诉|投诉|举报|反映一下|反映|希望|有关部门|相关部门|没人管|你们|我们|请问|麻烦")
_AROUND = re.compile(r"附近|旁边|对面|门口|路口|交汇处?|里面|楼下|那边|那儿|那块|一带")
_PROVINCE_AND_CITY = re.compile(
    r"^(?:[\u4e00-\u9fff]{2,3}(?:省|自治区))?(?:[\u4e00-\u9fff]{2,4}(?<![超城夜早门都菜集])(?:市(?![场政民委])|自治州|地区))?"
)
_DISTRICT = re.compile(r"^[\u4e00-\u9fff]{1,4}(?<![小社校园厂库街片])[区县旗]")


def is_alike(draft: Draft, ticket: Ticket) -> float:
    """How alike the matters are (0: not the same thing, up to 1)."""
    if not _is_near(draft, ticket):
        return 0.0
    places = [place for place in (draft.place, ticket.place, *_bare(draft.place, ticket.place)) if place]
    likeness = _dice(_told(draft.matter, places), _told(ticket.matter, places))
    return likeness if likeness >= ALIKE_AT else 0.0


def _is_near(draft: Draft, ticket: Ticket) -> bool:
    if (
        draft.latitude is not None
        and draft.longitude is not None
        and ticket.latitude is not None
        and ticket.longitude is not None
    ):
        return metres_between(draft.latitude, draft.longitude, ticket.latitude, ticket.longitude) <= NEAR_METRES
    mine, theirs = _bare(draft.place, ticket.place)
    if not mine or not theirs:
        return not draft.place and not ticket.place
    if len(_districts([mine, theirs])) == 2:
        return False
    if re.findall(r"\d+", mine) and re.findall(r"\d+", theirs) and re.findall(r"\d+", mine) != re.findall(r"\d+", theirs):
        return False
    return mine in theirs or theirs in mine or _dice(mine, theirs) >= SAME_PLACE_AT


def _bare(*places: str) -> list[str]:
    """The places without province and city, a district that is the same, and words that say only that something is near them."""
    bare = [_PROVINCE_AND_CITY.sub("", _AROUND.sub("", place)) for place in places]
    return [_DISTRICT.sub("", place) for place in bare] if len(_districts(bare)) == 1 else bare


def _districts(bare: list[str]) -> set[str]:
    """The districts that the places begin with."""
    return {found.group() for place in bare if (found := _DISTRICT.match(place))}


def _told(matter: str, places: list[str]) -> str:
    """What is told besides where: two matters are not alike because they name the same street."""
    for place in places:
        matter = matter.replace(place, "")
    return _NOISE.sub("", matter)


def metres_between(latitude: float, longitude: float, other_latitude: float, other_longitude: float) -> float:
    """The distance of two points that are not far from each other."""
    north = (latitude - other_latitude) * METRES_PER_DEGREE
    east = (longitude - other_longitude) * METRES_PER_DEGREE * math.cos(math.radians(latitude))
    return math.hypot(north, east)


def _dice(one: str, other: str) -> float:
    """Dice's coefficient over pairs of neighbouring characters."""
    pairs, others = _pairs(one), _pairs(other)
    if not pairs or not others:
        return float(one == other)
    return 2 * len(pairs & others) / (len(pairs) + len(others))


def _pairs(text: str) -> set[str]:
    return {text[k : k + 2] for k in range(len(text) - 1)}

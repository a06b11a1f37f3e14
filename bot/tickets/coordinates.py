"""Where a matter is on the map, in the coordinates that WeChat and every Chinese map use (国测局坐标, GCJ-02)."""

import math
from collections.abc import Mapping
from typing import Any

_AXIS, _FLATTENED = 6378245.0, 0.00669342162296594323  # Krassowski 1940, which GCJ-02 is reckoned on
CHINA = (0.8293, 55.8271), (72.004, 137.8347)
"""Latitudes and longitudes between which the shift applies."""


def point_of(location: Mapping[str, Any]) -> tuple[float, float] | None:
    """Latitude and longitude of a location that was sent; None when it has none that can be.

    A browser knows the satellites' coordinates (``system`` is wgs84): they are shifted; WeChat's are taken as they are.
    """
    try:
        latitude, longitude = float(location["latitude"]), float(location["longitude"])
    except (KeyError, TypeError, ValueError):
        return None
    if not (-90 <= latitude <= 90 and -180 <= longitude <= 180):  # False for nan too
        return None
    if location.get("system") == "wgs84":
        latitude, longitude = shifted(latitude, longitude)
    return round(latitude, 6), round(longitude, 6)


def shifted(latitude: float, longitude: float) -> tuple[float, float]:
    """WGS-84 as GCJ-02, within some metres; unchanged outside China.

    >>> shifted(43.88, 125.25)
    (43.88233, 125.25638)
    """
    inside = all(low <= value <= high for value, (low, high) in zip((latitude, longitude), CHINA, strict=True))
    if not inside:
        return latitude, longitude
    north, east = _shifts(longitude - 105.0, latitude - 35.0)
    angle = math.radians(latitude)
    curve = 1 - _FLATTENED * math.sin(angle) ** 2
    north_degrees = math.degrees(north / ((_AXIS * (1 - _FLATTENED)) / (curve * math.sqrt(curve))))
    east_degrees = math.degrees(east / (_AXIS / math.sqrt(curve) * math.cos(angle)))
    return round(latitude + north_degrees, 5), round(longitude + east_degrees, 5)


def unshifted(latitude: float, longitude: float) -> tuple[float, float]:
    """GCJ-02 as WGS-84, the way back of ``shifted``, within a metre.

    >>> unshifted(43.88233, 125.25638)
    (43.88, 125.25)
    """
    north, east = latitude, longitude
    for _ in range(3):  # the shift hardly changes over its own length: each round leaves a hundredth of the error
        there = shifted(north, east)
        north, east = north + latitude - there[0], east + longitude - there[1]
    return round(north, 5), round(east, 5)


def _shifts(x: float, y: float) -> tuple[float, float]:
    """How many metres north and east a point lies that is ``x`` and ``y`` degrees from the reference."""
    common = (20.0 * math.sin(6.0 * x * math.pi) + 20.0 * math.sin(2.0 * x * math.pi)) * 2.0 / 3.0
    north = -100.0 + 2.0 * x + 3.0 * y + 0.2 * y * y + 0.1 * x * y + 0.2 * math.sqrt(abs(x)) + common
    north += (20.0 * math.sin(y * math.pi) + 40.0 * math.sin(y / 3.0 * math.pi)) * 2.0 / 3.0
    north += (160.0 * math.sin(y / 12.0 * math.pi) + 320.0 * math.sin(y * math.pi / 30.0)) * 2.0 / 3.0
    east = 300.0 + x + 2.0 * y + 0.1 * x * x + 0.1 * x * y + 0.1 * math.sqrt(abs(x)) + common
    east += (20.0 * math.sin(x * math.pi) + 40.0 * math.sin(x / 3.0 * math.pi)) * 2.0 / 3.0
    east += (150.0 * math.sin(x / 12.0 * math.pi) + 300.0 * math.sin(x / 30.0 * math.pi)) * 2.0 / 3.0
    return north, east

"""The standard's two formats: JSON, and the XML that it maps to by the Spark convention (a list is an element of its own)."""

import json
import re
import xml.etree.ElementTree as ET
from typing import Any

from flask import Response, request

FORMS = ("json", "xml")
_MEMBERS = {
    "services": "service",
    "attributes": "attribute",
    "values": "value",
    "service_requests": "request",
    "errors": "error",
    "endpoints": "endpoint",
    "formats": "format",
}
"""What the members of a list are called."""
_NOT_IN_XML = re.compile("[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
"""What XML 1.0 cannot hold, however it is written."""


def answer(root: str, data: Any, status: int = 200, form: str | None = None) -> Response:
    """``data`` in the format of the address that was called.

    Args:
        root: what the XML's outermost element is called.
        form: json or xml; None: as the address ends, XML where it ends in neither.
    """
    if (form or form_of(request.path)) == "json":
        body, kind = json.dumps(data, ensure_ascii=False).encode(), "application/json; charset=utf-8"
    else:
        body, kind = ET.tostring(_element(root, data), encoding="utf-8", xml_declaration=True), "text/xml; charset=utf-8"
    return Response(body, status, content_type=kind)


def form_of(path: str) -> str:
    """The format that an address asks for."""
    return "json" if path.lower().endswith(".json") else "xml"


def _element(name: str, value: Any) -> ET.Element:
    element = ET.Element(name)
    if isinstance(value, dict):
        element.extend(_element(key, part) for key, part in value.items())
    elif isinstance(value, list):
        element.extend(_element(_MEMBERS[name], part) for part in value)
    elif isinstance(value, bool):
        element.text = "true" if value else "false"
    elif value is not None:
        element.text = _NOT_IN_XML.sub("", str(value))
    return element

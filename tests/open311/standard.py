"""A client that knows nothing but the standard: GeoReport v2 and Service Discovery, as documented at wiki.open311.org.

It asks as the standard's examples do and holds every answer against the tables of fields there.  Nothing of the product is
imported.
"""

import json
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

from defusedxml import ElementTree

SPECIFICATION = "http://wiki.open311.org/GeoReport_v2"
TYPES = {"xml": "text/xml; charset=utf-8", "json": "application/json; charset=utf-8"}
LISTS = {
    "services": "service",
    "attributes": "attribute",
    "values": "value",
    "service_requests": "request",
    "errors": "error",
    "endpoints": "endpoint",
    "formats": "format",
}
"""⇊ in the standard's tables: an element that holds several of one kind."""

_W3C = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(Z|[+-]\d\d:\d\d)")


class NotTheStandard(AssertionError):
    """An answer that the standard does not allow."""


def text(value: Any) -> bool:
    return isinstance(value, str) and value != ""


def text_or_nothing(value: Any) -> bool:
    return value is None or isinstance(value, str)


def flag(value: Any) -> bool:
    return value in (True, False, "true", "false")


def one_of(*values: str) -> Callable[[Any], bool]:
    return lambda value: value in values


def moment(value: Any) -> bool:
    return isinstance(value, str) and _W3C.fullmatch(value) is not None


def moment_or_nothing(value: Any) -> bool:
    return value is None or moment(value)


def number_or_nothing(value: Any) -> bool:
    return value is None or isinstance(value, int | float) or (isinstance(value, str) and float(value) is not None)


def positive(value: Any) -> bool:
    return str(value).isdigit() and int(value) > 0


def code(value: Any) -> bool:
    return str(value).isdigit() and 400 <= int(value) < 600


def several(value: Any) -> bool:
    return isinstance(value, list)


Fields = Mapping[str, Callable[[Any], bool]]

SERVICE: Fields = {
    "service_code": text,
    "service_name": text,
    "description": text_or_nothing,
    "metadata": flag,
    "type": one_of("realtime", "batch", "blackbox"),
    "keywords": text_or_nothing,
    "group": text_or_nothing,
}
ATTRIBUTE: Fields = {
    "variable": flag,
    "code": text,
    "datatype": one_of("string", "number", "datetime", "text", "singlevaluelist", "multivaluelist"),
    "required": flag,
    "datatype_description": text_or_nothing,
    "order": positive,
    "description": text_or_nothing,
}
VALUE: Fields = {"key": text, "name": text}
CREATED: Fields = {"service_request_id": text, "service_notice": text_or_nothing, "account_id": text_or_nothing}
TOKEN: Fields = {"service_request_id": text, "token": text}
REQUEST: Fields = {
    "service_request_id": text,
    "status": one_of("open", "closed"),
    "status_notes": text_or_nothing,
    "service_name": text_or_nothing,
    "service_code": text,
    "description": text_or_nothing,
    "agency_responsible": text_or_nothing,
    "service_notice": text_or_nothing,
    "requested_datetime": moment,
    "updated_datetime": moment_or_nothing,
    "expected_datetime": moment_or_nothing,
    "address": text_or_nothing,
    "address_id": text_or_nothing,
    "zipcode": text_or_nothing,
    "lat": number_or_nothing,
    "long": number_or_nothing,
    "media_url": text_or_nothing,
}
ERROR: Fields = {"code": code, "description": text}
ENDPOINT: Fields = {
    "specification": text,
    "url": text,
    "changeset": text,
    "type": one_of("production", "test"),
    "formats": lambda value: isinstance(value, list) and "text/xml" in value,
}
DISCOVERY: Fields = {
    "changeset": text,
    "contact": text,
    "key_service": text,
    "endpoints": lambda value: isinstance(value, list) and len(value) > 0,
}


def check(thing: Any, fields: Fields) -> dict[str, Any]:
    """Every field is there and of its kind, and no other is: "do not include foreign tags"."""
    if not isinstance(thing, dict):
        raise NotTheStandard(f"{thing!r} has no fields")
    if set(thing) != set(fields):
        raise NotTheStandard(f"missing {sorted(set(fields) - set(thing))}, foreign {sorted(set(thing) - set(fields))}")
    for name, fits in fields.items():
        if not fits(thing[name]):
            raise NotTheStandard(f"{name} = {thing[name]!r}")
    return thing


class Refused(Exception):
    """The standard's list of errors, with HTTP's status."""

    def __init__(self, status: int, errors: list[dict[str, Any]]) -> None:
        super().__init__(f"{status}: {errors}")
        self.status, self.errors = status, errors


@dataclass
class Answer:
    """What came over the wire."""

    status: int
    content_type: str
    body: bytes


Send = Callable[[str, str, bytes | None, dict[str, str]], Answer]
"""method, address under the endpoint, body, headers."""


class Client:
    """Speaks the standard in one format."""

    def __init__(self, send: Send, form: str, api_key: str = "") -> None:
        self._send, self.form, self.api_key = send, form, api_key

    # -- the standard's methods -------------------------------------------------------------------------------------------

    def discovery(self) -> dict[str, Any]:
        found = check(self._get("discovery", "discovery"), DISCOVERY)
        for endpoint in found["endpoints"]:
            check(endpoint, ENDPOINT)
        return found

    def services(self) -> list[dict[str, Any]]:
        return [check(service, SERVICE) for service in self._list("services", "services")]

    def definition(self, service_code: str) -> list[dict[str, Any]]:
        found = check(self._get(f"services/{service_code}", "service_definition"), {"service_code": text, "attributes": several})
        assert found["service_code"] == service_code
        for attribute in found["attributes"]:
            listed = attribute["datatype"] in ("singlevaluelist", "multivaluelist")
            check(attribute, {**ATTRIBUTE, "values": several} if listed else ATTRIBUTE)
            for value in attribute.get("values", []):
                check(value, VALUE)
        orders = [int(attribute["order"]) for attribute in found["attributes"]]
        if len(set(orders)) != len(orders):
            raise NotTheStandard("an order is used twice")
        return list(found["attributes"])

    def post(self, **fields: Any) -> dict[str, Any]:
        sent = [("api_key", self.api_key), *((name, value) for name, value in fields.items() if name != "attribute")]
        for name, value in fields.get("attribute", {}).items():
            sent += (
                [(f"attribute[{name}][]", one) for one in value] if isinstance(value, list) else [(f"attribute[{name}]", value)]
            )
        headers = {"Content-Type": "application/x-www-form-urlencoded; charset=utf-8"}
        answer = self._send("POST", f"requests.{self.form}", urlencode(sent).encode(), headers)
        (created,) = self._members(self._read(answer, "service_requests"))
        return check(created, CREATED)

    def requests(self, **query: str) -> list[dict[str, Any]]:
        return [check(request, REQUEST) for request in self._list("requests", "service_requests", **query)]

    def request(self, service_request_id: str) -> dict[str, Any]:
        (found,) = self._list(f"requests/{service_request_id}", "service_requests")
        return check(found, REQUEST)

    def token(self, token: str) -> dict[str, Any]:
        (found,) = self._list(f"tokens/{token}", "service_requests")
        return check(found, TOKEN)

    # -- reading what comes -------------------------------------------------------------------------------------------------

    def _list(self, path: str, root: str, **query: str) -> list[Any]:
        return self._members(self._get(path, root, **query))

    def _get(self, path: str, root: str, **query: str) -> Any:
        address = f"{path}.{self.form}" + (f"?{urlencode(query)}" if query else "")
        return self._read(self._send("GET", address, None, {}), root)

    @staticmethod
    def _members(found: Any) -> list[Any]:
        if not isinstance(found, list):
            raise NotTheStandard("not a list")
        return found

    def _read(self, answer: Answer, root: str) -> Any:
        if answer.content_type.lower() != TYPES[self.form]:
            raise NotTheStandard(f"Content-Type {answer.content_type}")
        answer.body.decode("utf-8")
        good = answer.status == 200
        found = self._tree(answer.body, root if good else "errors")
        if good:
            return found
        raise Refused(answer.status, [check(error, ERROR) for error in self._members(found)])

    def _tree(self, body: bytes, root: str) -> Any:
        if self.form == "json":
            return json.loads(body)
        if not body.startswith(b"<?xml version=") or b"encoding=" not in body.split(b"?>")[0]:
            raise NotTheStandard("no XML declaration with its encoding")
        element = ElementTree.fromstring(body.decode("utf-8"), forbid_dtd=True)
        if element.tag != root:
            raise NotTheStandard(f"<{element.tag}> instead of <{root}>")
        return self._spark(element)

    def _spark(self, element: Any) -> Any:
        """The standard's mapping of XML to JSON."""
        if element.attrib:
            raise NotTheStandard("attributes in XML")
        if element.tag in LISTS:
            if any(child.tag != LISTS[element.tag] for child in element):
                raise NotTheStandard(f"<{element.tag}> holds something else than <{LISTS[element.tag]}>")
            return [self._spark(child) for child in element]
        if len(element):
            return {child.tag: self._spark(child) for child in element}
        return element.text

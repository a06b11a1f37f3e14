"""The standard's services: the kinds of matter, with what is asked of each (data/services.toml)."""

import tomllib
from collections.abc import Mapping, Sequence
from functools import cache
from pathlib import Path
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, model_validator

from bot.tickets.matters import Matter
from bot.tickets.records import Unit

DATA = Path(__file__).parent / "data"


class _Record(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Attribute(_Record):
    """Something that is asked, or (``input`` false) only shown; ``choices``: by key, or "units" for those that are kept."""

    input: bool = True
    datatype: Literal["string", "number", "datetime", "text", "singlevaluelist", "multivaluelist"]
    required: bool = False
    description: str
    hint: str = ""
    choices: dict[str, str] | Literal["units"] = {}

    def values(self, units: Sequence[Unit]) -> dict[str, str]:
        """The names of what can be chosen, by key."""
        return {str(unit.id): unit.name for unit in units} if self.choices == "units" else self.choices


class Service(_Record):
    """A kind of matter as the standard shows it; its code is the kind."""

    kind: Matter
    name: str
    description: str
    keywords: str
    group: str
    attributes: tuple[str, ...] = ()


class Catalogue(_Record):
    """Everything that the standard's clients are told beside tickets."""

    changeset: str
    contact: str
    key_service: str
    notice: str
    services: tuple[Service, ...]
    attributes: dict[str, Attribute]

    @model_validator(mode="after")
    def _consistent(self) -> "Catalogue":
        asked = {name for service in self.services for name in service.attributes}
        if asked != set(self.attributes) or {service.kind for service in self.services} != set(Matter):
            raise ValueError("services.toml：类别或要填的项对不上")
        return self

    def service(self, code: str) -> Service | None:
        """The service of that code."""
        return next((service for service in self.services if service.kind == code), None)


@cache
def catalogue(path: Path = DATA / "services.toml") -> Catalogue:
    """The catalogue that comes with the service."""
    return Catalogue.model_validate(tomllib.loads(path.read_text(encoding="utf-8")))


def shown_service(service: Service) -> dict[str, Any]:
    """A service as the standard lists it."""
    return {
        "service_code": str(service.kind),
        "service_name": service.name,
        "description": service.description,
        "metadata": bool(service.attributes),
        "type": "realtime",
        "keywords": service.keywords,
        "group": service.group,
    }


def shown_definition(service: Service, units: Sequence[Unit]) -> dict[str, Any]:
    """What is asked of a service, as the standard defines it."""
    asked: Mapping[str, Attribute] = {name: catalogue().attributes[name] for name in service.attributes}
    return {
        "service_code": str(service.kind),
        "attributes": [_shown(name, attribute, order, units) for order, (name, attribute) in enumerate(asked.items(), 1)],
    }


def _shown(name: str, attribute: Attribute, order: int, units: Sequence[Unit]) -> dict[str, Any]:
    values = [{"key": key, "name": words} for key, words in attribute.values(units).items()]
    return {
        "variable": attribute.input,
        "code": name,
        "datatype": attribute.datatype,
        "required": attribute.required,
        "datatype_description": attribute.hint or None,
        "order": order,
        "description": attribute.description,
        **({"values": values} if attribute.datatype.endswith("list") else {}),
    }

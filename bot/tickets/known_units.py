"""The units that the knowledge base names: the first content of the table of units."""

from bot.tickets.records import Unit
from knowledge.base import KnowledgeBase


def units_of(knowledge: KnowledgeBase) -> list[Unit]:
    """The plan's departments (vertical ones are outside the district's reach), then the other units."""
    departments = [
        Unit(0, part.name, part.full_name, phone=part.phone, address=part.address, hours=part.hours, outside=part.vertical)
        for part in knowledge.departments
    ]
    named = {unit.name for unit in departments}
    others = [Unit(0, unit.name, hotline=unit.hotline, outside=not unit.ours) for unit in knowledge.units]
    return departments + [unit for unit in others if unit.name not in named]

"""References that lead nowhere, beyond those without which the knowledge base could not be used at all."""

import datetime
import re
from collections.abc import Iterator

from knowledge.base import KnowledgeBase
from knowledge.errors import Problem
from knowledge.model import PLACE

REQUIRED = ("12345",)
"""Hotlines that replies give where nothing else can be said."""
_ITEM = re.compile(r"第\s?(\d{1,3})\s?条")


def dead_references(knowledge: KnowledgeBase) -> Iterator[Problem]:
    """Items and departments that hotlines, laws and answer texts name and that there are none of."""
    departments = {department.name for department in knowledge.departments}
    for lacking in sorted(set(REQUIRED) - {hotline.number for hotline in knowledge.hotlines}):
        yield Problem(f"热线 {lacking}：不能没有，答不上来的问题要靠它", f"hotline:{lacking}")
    for hotline in knowledge.hotlines:
        key = f"hotline:{hotline.number}"
        for number in hotline.items:
            if number not in knowledge.items:
                yield Problem(f"热线 {hotline.number}：没有{knowledge.item_name(number)}", key, "items")
        for name in hotline.departments:
            if name not in departments:
                yield Problem(f"热线 {hotline.number}：没有“{name}”这个部门", key, "departments")
    for law in knowledge.laws:
        for number in law.items:
            if number not in knowledge.items:
                yield Problem(f"法规 {law.name}：没有{knowledge.item_name(number)}", f"law:{law.id}", "items")
    for item in knowledge.items.values():
        for service in item.services:
            for aspect, text in service.answers.items():
                for number in map(int, _ITEM.findall(text)):
                    if item.place * PLACE + number not in knowledge.items:
                        where = f"{knowledge.item_name(item.number)} {service.title}"
                        yield Problem(
                            f"{where}：答复里说到第{number}条，计划里没有", f"service:{service.id}", f"answers.{aspect}"
                        )


def past_their_date(knowledge: KnowledgeBase, today: datetime.date) -> Iterator[Problem]:
    """Texts and notices that do not hold any more: residents are not shown them."""
    for service in knowledge.services.values():
        for aspect, upkeep in service.upkeep.items():
            if upkeep.valid_until and upkeep.valid_until < today:
                where = f"{knowledge.item_name(knowledge.item_of(service.id).number)} {service.title}"
                words = f"{where}：这段答复只到{upkeep.valid_until}有效，已不再给居民看"
                yield Problem(words, f"service:{service.id}", f"answers.{aspect}")
    for notice in knowledge.notices:
        if notice.valid_until and notice.valid_until < today:
            yield Problem(f"公告 {notice.id}：只到{notice.valid_until}有效，已不再显示", f"notice:{notice.id}", "valid_until")

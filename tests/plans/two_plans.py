"""The project's knowledge with the district's plan of the next year in force beside it."""

import datetime
from functools import cache
from pathlib import Path

from knowledge.base import KnowledgeBase
from knowledge.document import knowledge_of
from knowledge.load import load_knowledge
from knowledge.plans.beside import beside, place_beside
from knowledge.plans.blocks import of_text
from knowledge.plans.draft import PlanDraft, draft_of
from knowledge.plans.reader import read_plan

FILE = Path(__file__).parent.parent / "data" / "plans" / "lvyuan-2023.txt"
TEXT = FILE.read_text(encoding="utf-8")
FIRST, SECOND = "2022年建设幸福绿园行动计划", "2023年建设幸福绿园行动计划"
TODAY = datetime.date(2026, 3, 2)


def put_beside(base: KnowledgeBase, text: str = TEXT) -> PlanDraft:
    """The draft with the plan of ``text`` beside those of ``base``."""
    read = beside(read_plan(of_text(text)), base)
    return draft_of(read, "plan.txt", base, TODAY, place=place_beside(read, base))


@cache
def two_plans() -> KnowledgeBase:
    """Both plans in force."""
    return knowledge_of(put_beside(load_knowledge()).document)

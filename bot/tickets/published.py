"""All that the published knowledge says, as one text that figures and telephone numbers are looked up in."""

from collections.abc import Callable, Iterator

from bot.tickets.cautions import plain
from knowledge.base import KnowledgeBase


class PublishedText:
    """Gives the text of the knowledge that is published now; made anew when another is.

    Args:
        knowledge: what is published now.
    """

    def __init__(self, knowledge: Callable[[], KnowledgeBase]) -> None:
        self._knowledge = knowledge
        self._made: tuple[KnowledgeBase, str] | None = None

    def __call__(self) -> str:
        """The text in the form of bot.tickets.cautions.plain."""
        now = self._knowledge()
        if self._made is None or self._made[0] is not now:
            self._made = now, plain("\n".join(_texts(now)))
        return self._made[1]


def _texts(knowledge: KnowledgeBase) -> Iterator[str]:
    yield knowledge.document
    yield from (plan.text for plan in knowledge.plans)
    for item in knowledge.items.values():
        yield item.text
    for service in knowledge.services.values():
        yield from service.answers.values()
        yield from (target.amount for target in service.targets)
    for department in knowledge.departments:
        yield f"{department.phone} {department.hours}"
    yield from (hotline.number for hotline in knowledge.hotlines)
    yield from (unit.hotline for unit in knowledge.units)

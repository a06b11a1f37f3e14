"""What can be meant: the topics that the classifier tells apart, handed in by whoever owns the knowledge."""

from dataclasses import dataclass, field


@dataclass(frozen=True)
class Topic:
    """A thing residents ask about.

    ``group`` joins topics that answer for each other (the services of one plan item); ``names`` are title and aliases;
    ``unit`` is who a complaint about it goes to.  ``said`` are the plan's words about it, which are learned only where nobody
    wrote examples: that they change is no reason to train anew.
    """

    id: str
    group: int
    names: tuple[str, ...]
    unit: str
    said: tuple[str, ...] = field(default=(), repr=False, compare=False)


@dataclass(frozen=True)
class Catalogue:
    """All topics, the words of the domain that must stay whole, and a fingerprint that changes when any of it does.

    ``offices`` maps what residents call an office (民政局, 城管) to its name.
    """

    topics: tuple[Topic, ...]
    terms: tuple[str, ...]
    offices: dict[str, str]
    fingerprint: str

"""A trained classifier beside a catalogue that has changed since: it serves on until the next one is trained.

Topics that are gone are no candidates any more, groups are those of the present catalogue, and topics and names that the
classifier never learned are met by their title or an alias, word by word.
"""

from collections.abc import Callable
from dataclasses import replace

from intents.catalogue import Catalogue
from intents.understanding import Candidate, Interpretation, Understanding

NAMED = 0.95
"""The confidence of a message that holds the name of a topic that the classifier does not know yet."""
SHORTEST = 3
"""A name of fewer characters must be the whole message."""


class CurrentTopics:
    """Interprets messages for the topics that there are now.

    Args:
        interpret: what the classifier makes of a message.
        understanding: the classifier; asked for the topics and names that it knows.
        catalogue: the topics that there are now.
    """

    def __init__(self, interpret: Callable[[str], Interpretation], understanding: Understanding, catalogue: Catalogue) -> None:
        self._interpret, self._offices = interpret, catalogue.offices
        self._groups = {topic.id: topic.group for topic in catalogue.topics}
        learned, words = set(understanding.best.topic.classes), set(understanding.analyser.lexicon.terms)
        known = {name.lower() for topic in catalogue.topics if topic.id in learned for name in topic.names} & words
        new = {name.lower(): topic.id for topic in catalogue.topics for name in topic.names if name.lower() not in known}
        self._new_names = sorted(new.items(), key=lambda pair: -len(pair[0]))

    def interpret(self, text: str) -> Interpretation:
        """What ``text`` means."""
        meant = self._interpret(text)
        kept: dict[int, Candidate] = {}
        for candidate in meant.candidates:
            group = self._groups.get(candidate.topic)
            if group is not None:
                kept.setdefault(group, replace(candidate, group=group))
        lost = sum(c.probability for c in meant.candidates if c.topic not in self._groups)
        first_stays = bool(meant.candidates) and meant.candidates[0].topic in self._groups
        best = max((c.probability for c in kept.values()), default=0.0)
        meant = replace(
            meant,
            candidates=tuple(kept.values()),
            confidence=meant.confidence if first_stays else min(meant.confidence, best),
            covered=meant.covered * max(0.0, 1.0 - lost) if kept else 0.0,
            offices=tuple(dict.fromkeys(office for word, office in self._offices.items() if word in meant.words)),
        )
        topic = self._named(meant.text)
        return meant if topic is None else self._about(meant, topic)

    def _named(self, text: str) -> str | None:
        """The topic whose new name the message holds, the longest name first."""
        lowered = text.lower()
        return next(
            (topic for name, topic in self._new_names if lowered == name or (len(name) >= SHORTEST and name in lowered)), None
        )

    def _about(self, meant: Interpretation, topic: str) -> Interpretation:
        first = meant.candidates[0].topic if meant.candidates else None
        if first == topic and meant.confidence >= NAMED:
            return meant
        group = self._groups[topic]
        others = tuple(replace(c, probability=c.probability * (1 - NAMED)) for c in meant.candidates if c.group != group)
        return replace(
            meant,
            candidates=(Candidate(topic, group, NAMED), *others),
            confidence=NAMED,
            covered=max(NAMED, meant.covered),
        )

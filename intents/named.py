"""Topics that nobody has written examples for: what is learned of them is made from their names.

The examples of each name are held out together, so that what is judged is whether a topic is recognised by words that were
not among those it was trained with, as those of residents are not.
"""

import tomllib
from collections import defaultdict
from collections.abc import Iterator, Sequence
from functools import cache
from pathlib import Path
from typing import Any

from intents.catalogue import Topic

DATA = Path(__file__).parent / "data" / "names.toml"


@cache
def _data() -> dict[str, Any]:
    return tomllib.loads(DATA.read_text(encoding="utf-8"))


def made_of_names(topics: Sequence[Topic]) -> Iterator[tuple[str, str, int]]:
    """Message, topic id and fold; an alias's are held out together.

    Always trained on (-1): a title's, and those of a name that several groups share, which could be right for either.
    """
    forms, each, folds = _data()["forms"], int(_data()["each"]), int(_data()["folds"])
    groups: dict[str, set[int]] = defaultdict(set)
    for topic in topics:
        for name in topic.names:
            groups[name].add(topic.group)
    count = 0
    for topic in topics:
        for k, name in enumerate(topic.names):
            fold = (k - 1) % folds if k and len(groups[name]) == 1 else -1
            yield name, topic.id, fold
            for form in range(each):
                yield forms[(count + form) % len(forms)].format(name), topic.id, fold
            count += each
        yield from ((words, topic.id, -1) for words in topic.said)


def inside(subjects: Sequence[tuple[str, str]], topics: Sequence[Topic]) -> set[int]:
    """Which of these questions (subject, message) from outside one plan may be inside another: those that hold a name of one
    of ``topics``, and all of a subject of which many do."""
    names = {name for topic in topics for name in topic.names if len(name) >= 2}
    if not names:
        return set()
    held = [any(name in message or name == subject for name in names) for subject, message in subjects]
    shares: dict[str, list[bool]] = defaultdict(list)
    for (subject, _), holds in zip(subjects, held, strict=True):
        shares[subject].append(holds)
    gone = {subject for subject, known in shares.items() if sum(known) >= _data()["inside_from"] * len(known)}
    return {k for k, (subject, _) in enumerate(subjects) if held[k] or subject in gone}

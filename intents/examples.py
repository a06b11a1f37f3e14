"""The example utterances: data files in utterances/, one message a line, written for this project.

Every file is tab-separated, the message last:

    asks/VOICE.tsv        service, aspect, message        questions that a service answers, in one voice a file
    out-of-scope.tsv      subject, voice, message         questions that no service answers
    feedback.tsv          service or -, unit, kind, message
    situations.tsv        service or -, message           tells of a life without asking for one service
    emergency.tsv         kind, message                   somebody is in danger now
    not-emergency.tsv     kind, message                   sounds like it and is not
    acts.tsv              act, message                    status, dept, fragment, broad, feedback_start …
    chitchat.tsv          kind, message                   greeting, thanks, who, human, privacy, browse, capability …
"""

import hashlib
import zlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from intents.catalogue import Catalogue, Topic
from intents.named import DATA as FORMS
from intents.named import inside, made_of_names

UTTERANCES = Path(__file__).parent / "utterances"

NO_TOPIC = "none"
SAFE = "safe"
FOLDS = 3
RESERVED_VOICE = "mixed"


@dataclass(frozen=True)
class Example:
    """A known message with what is known of it; None where it says nothing about that side.

    ``reserved`` messages are never shown to the sentence model when it is adapted; ``fold`` is which of them are held out
    together when the classifiers are judged (-1: never, as the sentence model knows the message already).
    """

    text: str
    fold: int
    reserved: bool = False
    act: str | None = None
    topic: str | None = None
    aspect: str | None = None
    unit: str | None = None
    danger: str | None = SAFE


def _rows(path: Path, columns: int) -> Iterator[list[str]]:
    for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), 1):
        row = line.split("\t")
        if len(row) != columns or not all(cell.strip() for cell in row):
            raise ValueError(f"{path.name} 第{number}行：应有{columns}列，用制表符分开")
        yield row


def load_examples(catalogue: Catalogue, folder: Path = UTTERANCES, taught: Sequence[tuple[str, str]] = ()) -> list[Example]:
    """Every example of ``folder``, the catalogue's own names, and the questions that staff have taught.

    Args:
        taught: message and topic id.

    Raises:
        ValueError: a line has the wrong number of columns (it is named).

    Lines about topics that the catalogue does not hold say nothing of the topic, so that another district's plan trains on
    what it shares; what is about its own topics alone is made from their names.
    """
    topics = {topic.id for topic in catalogue.topics}
    new = unwritten(catalogue, folder)
    examples = [Example(name, -1, act="ask", topic=t.id) for t in catalogue.topics if t not in new for name in t.names]
    examples += [Example(text, fold, act="ask", topic=topic) for text, topic, fold in made_of_names(new)]
    examples += [Example(text, -1, act="ask", topic=topic) for text, topic in taught if topic in topics]
    for path in sorted((folder / "asks").glob("*.tsv")):
        for service, aspect, text in _rows(path, 3):
            topic = service if service in topics else None
            examples.append(_example(text, path.stem, act="ask", topic=topic, aspect=aspect))
    outside = list(_rows(folder / "out-of-scope.tsv", 3))
    now_inside = inside([(subject, text) for subject, _, text in outside], new)
    for k, (_, voice, text) in enumerate(outside):
        examples.append(_example(text, voice, act="ask", topic=None if k in now_inside else NO_TOPIC))
    told = list(_rows(folder / "feedback.tsv", 4))
    now_inside = inside([(text, text) for _, _, _, text in told], new)
    for k, (service, unit, _, text) in enumerate(told):
        topic = service if service in topics else NO_TOPIC if service == "-" and k not in now_inside else None
        examples.append(_example(text, act="feedback", topic=topic, unit=_unit(unit, catalogue)))
    for service, text in _rows(folder / "situations.tsv", 2):
        examples.append(_example(text, act="situation", topic=service if service in topics else None))
    examples += [_example(text, danger=kind) for kind, text in _rows(folder / "emergency.tsv", 2)]
    for kind, text in _rows(folder / "not-emergency.tsv", 2):
        examples.append(_example(text, act="feedback" if kind == "complaint" else None))
    examples += [_example(text, act=kind) for kind, text in _rows(folder / "chitchat.tsv", 2)]
    examples += [_act_example(act, text, topics) for act, text in _rows(folder / "acts.tsv", 2)]
    return _without_doubles(examples)


def unwritten(catalogue: Catalogue, folder: Path = UTTERANCES) -> list[Topic]:
    """The topics that no file of asks/ has examples for."""
    written = {service for path in (folder / "asks").glob("*.tsv") for service, _, _ in _rows(path, 3)}
    return [topic for topic in catalogue.topics if topic.id not in written]


def _unit(name: str, catalogue: Catalogue) -> str | None:
    """The office of that trade here; None for "-" and where the district has none.

    Offices are called 区…局 in the files; what has no such name (供热, 公安) is a unit everywhere.
    """
    office = catalogue.offices.get(name) or catalogue.offices.get(name.removeprefix("区"))
    return office or (None if name == "-" or name.startswith("区") else name)


def _example(text: str, voice: str = "", **known: str | None) -> Example:
    """An example with its fold: one voice, and a fifth of everything else, is reserved.

    A whole voice, because another resident's words differ more than another question of the same resident does.
    """
    number = zlib.crc32(text.encode())
    if voice == RESERVED_VOICE:
        return Example(text, 0, True, **known)
    reserved = number % 5 == 0
    return Example(text, 1 + number // 5 % (FOLDS - 1) if reserved else -1, reserved, **known)


def _act_example(act: str, text: str, topics: set[str]) -> Example:
    """``dept:NAME`` and ``dept-of:SERVICE`` ask for an office, ``fragment:ASPECT`` follows something up."""
    kind, _, rest = act.partition(":")
    if kind == "dept-of":
        return _example(text, act="ask", topic=rest if rest in topics else None, aspect="contact")
    if kind == "fragment":
        return _example(text, act="fragment", aspect=rest)
    return _example(text, act=kind)


def _without_doubles(examples: list[Example]) -> list[Example]:
    """The first of examples with the same text and the same act, so that none is both known and asked."""
    kept: dict[tuple[str, str | None, str | None], Example] = {}
    for example in examples:
        kept.setdefault((example.text, example.act, example.topic), example)
    return list(kept.values())


def fingerprint(catalogue: Catalogue, folder: Path = UTTERANCES, taught: Sequence[tuple[str, str]] = ()) -> str:
    """A hash over everything that training reads."""
    digest = hashlib.sha256(catalogue.fingerprint.encode())
    for path in sorted(folder.rglob("*.tsv")):
        digest.update(path.name.encode() + path.read_bytes())
    if unwritten(catalogue, folder):
        digest.update(FORMS.read_bytes())
    digest.update(repr(sorted(taught)).encode())
    return digest.hexdigest()[:16]

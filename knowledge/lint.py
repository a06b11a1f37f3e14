"""What a person should look at in the knowledge base though it may be published: rules of data/lint.toml.

GB/T 44191-2024 asks that entries of a hotline's knowledge base have an owner, a basis, a validity and a review date, and that
they are kept true; the other rules are about what residents can do nothing with.
"""

import datetime
import re
import tomllib
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from knowledge.base import KnowledgeBase
from knowledge.dead import dead_references, past_their_date
from knowledge.figures import figures_without_source, sources_of
from knowledge.model import Item, Service, Upkeep, tight
from knowledge.plans.findings import places

RULES = Path(__file__).parent / "data" / "lint.toml"
_SENTENCE = re.compile(r"[^。！？；\n]+[。！？；]?")
_SHORT_NUMBER = re.compile(r"(?<![\d.\-—])(?:1[12]\d|12\d{3}|9[56]\d{3,4})(?![\d.%\-—])")
_LONG_NUMBER = re.compile(r"(?<![\d.])(?:(?:\(?0\d{2,3}\)?[\-— ]?)?[2-9]\d{6,7}|1[3-9]\d{9}|400[\-—]?\d{3}[\-—]?\d{4})(?![\d.%])")
_SHOWN = 24


@dataclass(frozen=True)
class Finding:
    """``rule`` is a table of the file; ``object`` and ``field`` as in ``knowledge.changes``; ``found`` the passage."""

    rule: str
    object: str
    field: str
    words: str
    found: str = ""

    @property
    def key(self) -> str:
        """Names it from one check to the next."""
        return "|".join((self.rule, self.object, self.field, self.found))


@cache
def rules() -> dict[str, dict[str, Any]]:
    """The file: the rules in their order."""
    return tomllib.loads(RULES.read_text(encoding="utf-8"))


def lint(knowledge: KnowledgeBase, today: datetime.date) -> list[Finding]:
    """Everything that is found, rule by rule."""
    found = list(_all(knowledge, today))
    order = list(rules())
    return sorted(dict.fromkeys(found), key=lambda one: order.index(one.rule))


def _all(knowledge: KnowledgeBase, today: datetime.date) -> Iterator[Finding]:
    for item in knowledge.items.values():
        for service in item.services:
            for aspect, text in service.answers.items():
                upkeep = service.upkeep.get(aspect, Upkeep())
                yield from lint_text(text, f"answers.{aspect}", knowledge, item, service, upkeep.basis)
            yield from _upkeep(knowledge, service, today)
    for notice in knowledge.notices:
        key = f"notice:{notice.id}"
        yield from (Finding("vague", key, "text", words, found) for found, words in _vague(notice.text, ""))
        yield from (Finding("sentence", key, "text", words, found) for found, words in _long(notice.text))
    for problem in dead_references(knowledge):
        yield Finding("reference", problem.object, problem.field, str(problem))
    for problem in past_their_date(knowledge, today):
        yield Finding("date", problem.object, problem.field, str(problem))
    for kind, records in (("department", knowledge.departments), ("hotline", knowledge.hotlines)):
        for record in records:
            if record.review_on and record.review_on <= today:
                name = getattr(record, "number", record.name)
                yield Finding("date", f"{kind}:{name}", "review_on", rules()["date"]["review"].format(day=record.review_on))


def lint_text(
    text: str, field: str, knowledge: KnowledgeBase, item: Item, service: Service, basis: str = ""
) -> Iterator[Finding]:
    """What is found in one text of a service."""
    key, source = f"service:{service.id}", tight(" ".join(sources_of(knowledge, item, service, basis)))
    made = {
        "vague": _vague(text, source),
        "figure": ((f, _words("figure", f)) for f in figures_without_source(text, knowledge, item, service, basis)),
        "telephone": ((f, _words("telephone", f)) for f in unknown_numbers(text, knowledge, basis)),
        "office": ((f, _words("office", f)) for f in _unknown_offices(text, knowledge, source)),
        "place": ((f, _words("place", f)) for f in _unknown_places(text, knowledge, service, source)),
        "sentence": _long(text),
    }
    for rule, found in made.items():
        yield from (Finding(rule, key, field, words, passage) for passage, words in found)


def _words(rule: str, found: str) -> str:
    return str(rules()[rule]["words"]).format(found=found)


def _vague(text: str, source: str) -> Iterator[tuple[str, str]]:
    """Promises of nothing, unless they are the source's own words."""
    for phrase in rules()["vague"]["found"]:
        if phrase in text and phrase not in source:
            yield phrase, _words("vague", phrase)


def _long(text: str) -> Iterator[tuple[str, str]]:
    rule = rules()["sentence"]
    for sentence in (found.strip() for found in _SENTENCE.findall(text)):
        if len(sentence) > rule["most"]:
            shown = sentence[:_SHOWN]
            yield shown, rule["words"].format(found=shown, count=len(sentence))


def unknown_numbers(text: str, knowledge: KnowledgeBase, basis: str = "") -> list[str]:
    """Telephone numbers in the text that neither a hotline nor a department has, and that its basis does not give."""
    known = {_digits(number) for number in (*(h.number for h in knowledge.hotlines), *_numbers(basis))}
    for department in knowledge.departments:
        known |= {_digits(number) for number in _numbers(department.phone)}
    known |= {number[-length:] for number in known for length in (7, 8) if len(number) > 9}
    return [number for number in dict.fromkeys(_numbers(text)) if _digits(number) not in known]


def _numbers(text: str) -> list[str]:
    units = tuple(rules()["telephone"]["not_before"])
    short = [m.group() for m in _SHORT_NUMBER.finditer(text) if not text[m.end() :].lstrip().startswith(units)]
    return short + [m.group() for m in _LONG_NUMBER.finditer(text) if not text[m.end() :].lstrip().startswith(units)]


def _digits(number: str) -> str:
    return "".join(c for c in number if c.isdigit())


def _unknown_offices(text: str, knowledge: KnowledgeBase, source: str) -> list[str]:
    rule = rules()["office"]
    names = {name for d in knowledge.departments for name in (d.name, d.full_name, *d.aliases)}
    names |= {unit.name for unit in knowledge.units} | set(rule["known"])
    pattern = rf"[区市县][\u4e00-\u9fff]{{1,8}}?(?:{'|'.join(rule['endings'])})(?![\u4e00-\u9fff]{{0,3}}(?:理|法|事|公))"
    found = dict.fromkeys(match.group() for match in re.finditer(pattern, text))
    return [name for name in found if name not in source and not any(one in name or name in one for one in names)]


def _unknown_places(text: str, knowledge: KnowledgeBase, service: Service, source: str) -> list[str]:
    known = " ".join([source, *map(tight, service.places), *(d.address for d in knowledge.departments)])
    if service.apply_at:
        known += service.apply_at.text
    return [place for place in map(tight, places(text)) if place not in known]


def _upkeep(knowledge: KnowledgeBase, service: Service, today: datetime.date) -> Iterator[Finding]:
    """Owner and review dates, and laws that the service cites and that hold no more."""
    key, dates = f"service:{service.id}", rules()["date"]
    if not service.owner and any(not service.upkeep.get(aspect, Upkeep()).owner for aspect in service.answers):
        yield Finding("owner", key, "owner", rules()["owner"]["words"])
    if service.review_on and service.review_on <= today:
        yield Finding("date", key, "review_on", dates["review"].format(day=service.review_on))
    for aspect, upkeep in service.upkeep.items():
        if upkeep.published and not upkeep.basis:
            yield Finding("basis", key, f"upkeep.{aspect}", rules()["basis"]["words"])
        if upkeep.review_on and upkeep.review_on <= today:
            yield Finding("date", key, f"upkeep.{aspect}", dates["review"].format(day=upkeep.review_on))
    for law in knowledge.laws:
        if law.id in service.laws and law.until and law.until < today:
            yield Finding("date", key, "laws", dates["law"].format(found=law.name, day=law.until), law.name)

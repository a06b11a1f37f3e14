"""An item's words → the services in it: title as residents say it, aliases, kind, figures, places, and the first answer texts."""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from typing import Any

from knowledge.model import Aspect, Kind, PlaceList, tight
from knowledge.plans.findings import findings, looks_like_place, place_list, quantities
from knowledge.plans.records import ReadItem
from knowledge.plans.settings import settings

LONGEST_TITLE = 14
LONGEST_OVERVIEW = 140
MOST_SERVICES = 4

_WORDS = settings("services")
_VERBS: dict[str, str] = _WORDS["verbs"]
_VERB = "|".join(sorted(_VERBS, key=len, reverse=True))
_LEAD_INS = re.compile(rf"^(?:{'|'.join(_WORDS['lead_ins'])}|[，、\s])+(?={_VERB}|\S{{4}})")
_WAYS = "(?:免费|按月|按年|统一|集中|每人|每月|每年|每生|每户|定期|一次性)"
_FOR_WHOM = re.compile(rf"^(?:为|对|向|给|面向)(?P<whom>[^，。；]{{2,30}}?){_WAYS}*(?P<verb>{_VERB})(?P<what>.{{2,}})")
_DONE_FOR = re.compile(rf"^(?:为|对|向|给|面向)(?P<whom>[^，。；]{{2,30}}?){_WAYS}+(?P<what>[^，。；]{{3,}})")
_PEOPLE = re.compile(r"[人户童女生军者员母]|家庭|居民|群众|职工|群体|对象|长辈")
_VERB_FIRST = re.compile(rf"^(?P<verb>{_VERB})(?P<what>.{{2,}})")
_VERB_INSIDE = re.compile(rf"^.{{2,16}}?(?P<verb>{_VERB})(?P<what>.{{3,}})")
_PER_HOUSEHOLD = re.compile(r"(?:户均|每户|每人|每生)[^，。；]{0,6}(?:补助|补贴)")
_SUBJECT = re.compile(
    r"^(?P<what>[^，。；]{3,16}?)(?:全部|基本|由)?(?:实现|达到|全覆盖|纳入|保持|对接|提高[到至]|增加[到至]|提升[到至]|上调[到至]|降[到至])"
)
_MERELY_HOW = re.compile(rf"^\s*(?:{'|'.join(_WORDS['merely_how'])})")
_ANYBODY = re.compile(rf"(?:为|对|向|给|面向)[^，。；]{{2,30}}?{_WAYS}*(?={_VERB})")
_NAMED = re.compile(r"[“《]([^”》]{2,10})[”》](活动|行动|工程|项目|计划|服务|窗口|专项)?")
_LISTED = re.compile(
    rf"(?:{_VERB})(?P<names>[^，。；、]{{2,6}}(?:、[^，。；、]{{2,6}}?)+)等?(?P<what>课程|课|培训|疫苗|筛查|检查|讲座)"
)
_NO_NAME = re.compile(r"[每、]|^[按其以]|不少于|[一两三四]次|[至到于起]$")
_AGE = re.compile(r"岁|时$|小时|年|月|日$|天$|级|类")
_FOR_EACH = re.compile(r"每[^，。；]{1,4}$")
_COUNTED_FIRST = re.compile(rf"^[\u4e00-\u9fff]{{2,10}}?(?=(?:{_VERB})\S{{2}})")
_AT_PLACE = re.compile(rf"^(?:在|于|依托|通过)[^，]{{2,40}}?(?={_VERB})")
_STARTS = re.compile(rf"^(?:{'|'.join(_WORDS['lead_ins'])}|在|为?全[县区市]|新设|到不低于|以)(?=\S{{3}})")
_AND_SUCH = re.compile(r"、.*等(?P<kind>[^、，。；等]{3,12})$")
_TAIL = re.compile(r"(?:工作|任务|项目|等|以上|全覆盖|力度|水平|职能|一次)+$")


@dataclass(frozen=True)
class Part:
    """A piece of an item that promises one thing: its title, the clause that it stands in, the verb, and for whom it is done."""

    title: str
    clause: str
    verb: str
    whom: str = ""


def services_of(item: ReadItem, year: int, taken: set[str]) -> list[dict[str, Any]]:
    """The services of an item as records of a knowledge document; ``taken`` ids are avoided and the new ones added."""
    found: list[dict[str, Any]] = []
    parts = parts_of(item)
    names, open_list = place_list(item.text)
    for part in parts:
        service: dict[str, Any] = {"id": identifier(part.title, taken), "title": part.title, "kind": str(kind_of(part))}
        if aliases := aliases_of(part):
            service["aliases"] = aliases
        own = [name for name in names if name in part.clause] or (list(names) if len(parts) == 1 else [])
        if own:
            service["place_list"] = str(PlaceList.OPEN if open_list else PlaceList.CLOSED)
            service["places"] = own
        if target := target_of(part, alone=len(parts) == 1):
            service["targets"] = [target]
        if criteria := criteria_of(part, service["kind"]):
            service["criteria"] = criteria
        service["answers"] = answers_of(item, part, year, bool(own))
        if target and service["kind"] == Kind.WORKS and not own and Aspect.WHERE not in service["answers"]:
            service["place_list"] = str(PlaceList.NONE)
        found.append(service)
    return found


def target_of(part: Part, alone: bool) -> dict[str, str] | None:
    """The figure that is promised, with what it counts; one at a clause's end before one that tells for whom or where.

    Args:
        alone: the item holds nothing else, so that what another clause counts is this service's as well.
    """
    found: list[tuple[bool, bool, str, str]] = []
    for clause in re.split(r"[，。；;]", part.clause):
        for one in quantities(clause):
            before, behind = clause[: one.start], clause[one.start + len(one.words) :]
            if one.kind == "money" or _AGE.search(one.words) or _FOR_EACH.search(before):
                continue
            whose = _COUNTED_FIRST.match(behind)
            made = _part(clause) if alone and not whose and not _NAMED.search(clause) else None
            what = made.title if made and made.verb and not _NO_NAME.search(made.title) else part.title
            found.append((one.kind == "percent", bool(behind.strip()), what, one.words + (whose.group() if whose else "")))
    if not found:
        return None
    *_, what, amount = min(found, key=lambda one: one[:2])
    return {"what": what, "amount": amount}


def criteria_of(part: Part, kind: str) -> list[dict[str, Any]]:
    """The groups that the part names, each of which may fall under it; none for what nobody applies for."""
    if not Kind(kind).applied_for:
        return []
    found = []
    for group in _WORDS["groups"]:
        if word := next((word for word in group["words"] if word in part.clause), None):
            found.append({"all": group["all"], "words": word, "open": True, "sure": False})
    return found


def answers_of(item: ReadItem, part: Part, year: int, places: bool = False) -> dict[str, str]:
    """The first texts: the plan's own words with their year, an aspect only where the item states something of it.

    Args:
        places: the places are told from the list of them.
    """
    whole = tight(item.text)
    words = whole if len(whole) <= LONGEST_OVERVIEW else tight(part.clause)
    answers: dict[str, str] = {Aspect.OVERVIEW: _say("overview", year, words)}
    of_kind = {kind: [one.words for one in findings(part.clause) if one.kind == kind] for kind in ("money", "date")}
    if of_kind["money"]:
        answers[Aspect.AMOUNT] = _say("stated", year, _clauses_with(part.clause, of_kind["money"]))
    if dates := [date for date in of_kind["date"] if date != f"{year}年"]:
        answers[Aspect.TIME] = _say("stated", year, _clauses_with(part.clause, dates))
    if part.whom:
        answers[Aspect.ELIGIBILITY] = _say("whom", year, tight(part.whom))
    if not places and (clauses := [c for c in _clauses(part.clause) if looks_like_place(c)]):
        answers[Aspect.WHERE] = _say("stated", year, tight("，".join(clauses)))
    return {str(aspect): text for aspect, text in answers.items()}


def _say(form: str, year: int, words: str) -> str:
    return str(_WORDS["texts"][form]).format(year=year, words=words.strip("，。；、 "))


def _clauses(text: str) -> list[str]:
    return [clause for clause in re.split(r"[，。；;]", text) if clause.strip()]


def _clauses_with(text: str, words: Iterable[str]) -> str:
    sought = list(words)
    return tight("，".join(clause for clause in _clauses(text) if any(one in clause for one in sought)))


# -- titles -------------------------------------------------------------------------------------------------------------


def parts_of(item: ReadItem) -> list[Part]:
    """What the item promises, one to four things, each with a title of its own."""
    if item.name:
        words = item.text.removeprefix(f"{item.name}：")
        return [Part(_short(item.name), words, _first_verb(words), _whom(words))]
    found: list[Part] = []
    for sentence in (piece for piece in re.split(r"[。；;]", item.text) if piece.strip()):
        for clause in (piece.strip() for piece in sentence.split("，") if piece.strip()):
            if _MERELY_HOW.match(clause):
                continue
            part = _part(clause)
            if part is None or (found and not (_VERB_FIRST.match(_stripped(clause)) and quantities(clause))):
                continue
            if not any(part.title in known.title or known.title in part.title for known in found):
                found.append(part)
    if not found:
        first = next((c for c in _clauses(item.text) if not _MERELY_HOW.match(c)), item.text)
        found = [Part(_short(first), item.text, "")]
    alone = len(found) == 1
    return [replace(part, clause=item.text if alone else part.clause) for part in found[:MOST_SERVICES]]


def _first_verb(text: str) -> str:
    found = re.search(_VERB, text)
    return found.group() if found else ""


def _part(clause: str) -> Part | None:
    plain = _AT_PLACE.sub("", _without_figures(clause))
    if (named := _NAMED.search(clause)) and (named.group(2) or not re.search(r"以$|按照$|推进$", clause[: named.start()])):
        found = _FOR_WHOM.match(_stripped(plain))
        return Part(_short(named.group(1) + (named.group(2) or "")), clause, _first_verb(clause), found["whom"] if found else "")
    verb, words, whom = "", plain, ""
    if found := _FOR_WHOM.match(_stripped(plain)):
        verb, words, whom = found["verb"], found["what"], found["whom"]
    elif found := _DONE_FOR.match(_stripped(plain)):
        words, whom = found["what"], found["whom"]
    elif found := _SUBJECT.match(_stripped(plain)):
        words = found["what"]
    elif found := _VERB_FIRST.match(_stripped(plain)) or _VERB_FIRST.match(plain) or _VERB_INSIDE.match(plain):
        verb, words = found["verb"], found["what"]
        inner = _FOR_WHOM.match(words) or _VERB_FIRST.match(words)
        while inner:  # 推进…实施…: the innermost verb says what is done
            verb, words = inner["verb"], inner["what"]
            inner = _VERB_FIRST.match(words)
    title = _plain_start(_object(words))
    if len(title) < 2 or title in _WORDS["no_titles"]:
        return None
    if len(title) <= 3 and whom:
        title = _object(whom)[-6:] + title
    noun = _VERBS.get(verb, "")
    if noun and noun not in title and len(title) + len(noun) <= LONGEST_TITLE:
        title += noun
    return Part(_short(title), clause, verb, _whom(clause) if whom else "")


def _whom(clause: str) -> str:
    """For whom something is done, figures and all: 80周岁以上老人."""
    found = _FOR_WHOM.match(_stripped(clause)) or _FOR_WHOM.match(clause) or _DONE_FOR.match(_stripped(clause))
    return found["whom"] if found and _PEOPLE.search(found["whom"]) else ""


def _plain_start(title: str) -> str:
    """The title without the words that only lead to it: 支持既有住宅加装电梯 → 既有住宅加装电梯."""
    while found := _STARTS.match(title):
        title = title[found.end() :]
    return title


def _stripped(text: str) -> str:
    shorter = _LEAD_INS.sub("", text)
    return shorter if len(shorter) >= 4 else text


def _without_figures(text: str) -> str:
    """The clause without the places before 等, the figures, and what stands in brackets."""
    text = re.sub(r"[（(][^（()）]*[)）]", "", tight(text))
    names, _ = place_list(text)
    if names:
        text = re.sub(rf"{re.escape(names[0])}.*?{re.escape(names[-1])}等?", "", text)
    for one in sorted(quantities(text), key=lambda one: -one.start):
        text = text[: one.start] + text[one.start + len(one.words) :]
    text = re.sub(r"^\S{0,4}?(?:年底前|月底前|\d+月\S{0,3}前)", "", text)
    return re.sub(r"20\d\d年|“|”", "", text)


def _object(words: str) -> str:
    """The thing itself: without what stands before 的, and without general words behind."""
    words = re.split(r"[，。；：]", words)[0]
    if kind := _AND_SUCH.search(words):
        words = kind["kind"]
    if "的" in words.strip("的") and len(words) > 8:
        words = words.rsplit("的", 1)[1] if len(words.rsplit("的", 1)[1]) >= 3 else words
    if "、" in words and len(words) > LONGEST_TITLE:
        words = words.split("、")[0]
    return _TAIL.sub("", words).strip("、和及的给予“”")


def _short(title: str) -> str:
    title = re.sub(r"[“”《》\s]", "", title).strip("，。、：；")
    return title if len(title) <= LONGEST_TITLE else title[:LONGEST_TITLE].rstrip("、和及的")


def identifier(title: str, taken: set[str]) -> str:
    """The title's pinyin as an id that nothing else has."""
    from pypinyin import lazy_pinyin

    syllables = [re.sub(r"[^a-z0-9]", "", s.lower()) for s in lazy_pinyin(title)]
    base = "-".join(s for s in syllables if s)[:48].strip("-") or "service"
    wanted, count = base, 2
    while wanted in taken:
        wanted, count = f"{base}-{count}", count + 1
    taken.add(wanted)
    return wanted


# -- aliases and kinds --------------------------------------------------------------------------------------------------


def aliases_of(part: Part) -> list[str]:
    """Shorter forms of the title, the clause's own terms, and what residents say instead of them."""
    out: list[str] = []
    noun = _VERBS.get(part.verb, "")
    if noun and part.title.endswith(noun) and len(part.title) - len(noun) >= 3:
        out.append(part.title.removesuffix(noun))
    out += [name for name, _ in _NAMED.findall(part.clause) if name != part.title]
    out += _things_in(part.clause)
    told = part.title + _ANYBODY.sub("", part.clause)
    for word, said in _WORDS["synonyms"].items():
        if word in told:
            out += [word, *said]
    return [name for name in dict.fromkeys(out) if name != part.title][:16]


def _things_in(clause: str) -> list[str]:
    """What else the clause calls the thing: the objects of its verbs, and each subject of 智能手机、书法等课程."""
    parts = [made for one in _clauses(clause) if not _MERELY_HOW.match(one) and (made := _part(one))]
    found = [made.title for made in parts if made.verb and not _NO_NAME.search(made.title)]
    for listed in _LISTED.finditer(clause):
        found += [name if name.endswith(listed["what"]) else name + listed["what"] for name in listed["names"].split("、")]
    return [name for name in found if 3 <= len(name) <= LONGEST_TITLE]


def kind_of(part: Part) -> Kind:
    """Guessed by the words: money for somebody, an event, something built, something used; else a goal of the government."""
    rules = _WORDS["kinds"]
    if _holds(part.title, rules["benefit"]) or (_holds(part.clause, rules["benefit"]) and part.verb in ("发放", "提高", "提供")):
        return Kind.BENEFIT
    if _PER_HOUSEHOLD.search(part.clause):
        return Kind.BENEFIT
    if _holds(part.title, rules["activity"]):
        return Kind.ACTIVITY
    if (part.verb in rules["works_verbs"] or part.title.endswith(tuple(rules["works_nouns"]))) and quantities(part.clause):
        return Kind.WORKS
    if _holds(part.title + part.clause, rules["service"]):
        return Kind.SERVICE
    return Kind.WORKS if part.verb in rules["works_verbs"] else Kind.GOVERNANCE


def _holds(text: str, words: Iterable[str]) -> bool:
    return any(word in text for word in words)


def questions_to_begin_with(services: Iterable[dict[str, Any]]) -> Iterator[str]:
    """Some questions for the resident's page, one a kind."""
    forms = {"benefit": "{}怎么申请", "service": "{}在哪里办", "activity": "{}什么时候有", "works": "{}进展怎么样了"}
    for service in services:
        if form := forms.pop(service["kind"], None):
            yield form.format(service["title"])

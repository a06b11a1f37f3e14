"""Figures, money, dates and places in an item's words, by pattern; each as it stands there."""

import re
from dataclasses import dataclass

from knowledge.model import tight
from knowledge.plans.settings import settings

_UNITS = "|".join(sorted(settings("reading")["figures"]["units"], key=len, reverse=True))
_NUMBER = r"\d+(?:[,，]\d{3})*(?:\.\d+)?"
_BOUND = r"(?:\s*(?:以上|以下|以内|左右|余))?"
_QUOTED = re.compile(r"“[^”]*”|《[^》]*》|\"[^\"]*\"")

_PATTERNS = (
    (
        "date",
        re.compile(
            r"(?:20\d\d\s*年\s*)?\d{1,2}\s*月(?:\s*\d{1,2}\s*日|\s*(?:月底|底|末|初|中旬|上旬|下旬))?(?:\s*(?:之?前|以前|起))?(?!\w*度)"
            r"|20\d\d\s*年(?:\s*(?:年?底|末|上半年|下半年))?(?:\s*前)?(?!代|度)|年底(?:之?前)?|月底前|上半年|下半年|第?[一二三四]季度"
        ),
    ),
    ("money", re.compile(rf"(?:每人|每户|每月|每年|人均)*\s*{_NUMBER}\s*[万亿]?\s*元(?:\s*/\s*\S{{1,3}})*{_BOUND}")),
    ("percent", re.compile(rf"{_NUMBER}\s*(?:%|％|‰|个百分点){_BOUND}")),
    (
        "figure",
        re.compile(rf"{_NUMBER}(?:\s*[至到—～~]\s*{_NUMBER})?\s*[余多]?\s*[万千百亿]?\s*[余多]?\s*(?:{_UNITS})(?!代){_BOUND}"),
    ),
)
_PLACE_ENDING = (
    "小区|花园|家园|家属院|社区|街道|大街|街|大路|路|大道|胡同|巷|广场|公园|河|湖|桥|镇|乡|村|屯|市场|商圈|组团|小学|中学|学校|幼儿园|医院|卫生院|车站|火车站|地铁站|"
    "新村|苑|里|城|大厦|[A-Za-z]\\s*区|\\d\\s*区|\\d\\s*期|分馆|延长线|东|西|南|北"
)
_PLACE = re.compile(rf"[\u4e00-\u9fffA-Za-z\d·\s]{{2,14}}?(?:{_PLACE_ENDING})")
_NAMED_PLACE = re.compile(
    r"(?<![各全镇乡社农])[\u4e00-\u9fff]{2}(?:大街|大道|小区|(?<![道线公铁网])路|广场|河|湖|(?<![城乡])镇|新村|家园|花园|(?<!中)小学(?![生每])|医院)(?!网|灯|段|面|长|道|运)"
)
_PLACE_LIST = re.compile(
    r"((?:[\u4e00-\u9fffA-Za-z\d·—－\-（）]\s*){2,16}(?:、(?:[\u4e00-\u9fffA-Za-z\d·—－\-（）]\s*){2,16})*)\s*等(?=\s*\d|商圈|地|区域|路段|小区|社区|道路)"
)
_BEFORE_PLACES = re.compile(
    r"^.*(?:对|在|于|推进|实施|提升|改造|建设|完成|新建|开展|整治|启动|打造|修缮|维修|更新|治理|创建|加快|扩建|完善|打通|修建|建成|覆盖|惠及)(?=\S{2})"
)


@dataclass(frozen=True)
class Finding:
    """Something found in an item's words: date, money, percent, figure or place; ``start`` counts characters of the text."""

    kind: str
    words: str
    start: int


def findings(text: str) -> tuple[Finding, ...]:
    """What ``text`` holds, in its order; what stands in quotes is a name and no figure."""
    hidden = _QUOTED.sub(lambda found: "\0" * len(found.group()), text)
    found = [Finding("place", name, max(0, text.find(name))) for name in places(text)]
    for place in found:
        hidden = hidden.replace(place.words, "\0" * len(place.words))
    for kind, pattern in _PATTERNS:
        for match in pattern.finditer(hidden):
            words = match.group()
            found.append(Finding(kind, words.strip(), match.start() + len(words) - len(words.lstrip())))
            hidden = hidden[: match.start()] + "\0" * len(words) + hidden[match.end() :]
    return tuple(sorted(found, key=lambda one: one.start))


def place_list(text: str) -> tuple[tuple[str, ...], bool]:
    """The places that ``text`` names, and whether it says that there are more (等35个)."""
    for match in _PLACE_LIST.finditer(text):
        listed = _BEFORE_PLACES.sub("", match.group(1))
        names = tuple(name.strip() for name in listed.split("、") if name.strip())
        if names and _PLACE.fullmatch(tight(names[0])):
            return names, True
    names = tuple(dict.fromkeys(_single_places(text)))
    return names, False


def _single_places(text: str) -> list[str]:
    """Places named one after the other with nothing open: 在锦江路、和平街建设."""
    match = re.search(
        r"在((?:[^，。；、在]{2,14}(?:小区|大街|路|街|大道|公园|广场|社区|市场|镇|村))(?:(?:、|和)[^，。；、和]{2,14}(?:小区|大街|路|街|大道|公园|广场|社区|市场|镇|村))*)",
        text,
    )
    if not match:
        return []
    names = [name.strip() for name in re.split(r"、|和", match.group(1))]
    return [name for name in names if not re.match(r"(全|各|本)(区|市|县|镇|街)?|\d|部分|重点|主要", name)]


def looks_like_place(text: str) -> bool:
    """Whether something in ``text`` has the ending of a place's name; more than ``places`` finds, and less sure."""
    return bool(_NAMED_PLACE.search(tight(text)))


def places(text: str) -> tuple[str, ...]:
    """The places that ``text`` names."""
    return place_list(text)[0]


def quantities(text: str) -> tuple[Finding, ...]:
    """The figures of ``text`` that can be promised: figures, money and percentages."""
    return tuple(one for one in findings(text) if one.kind in ("figure", "money", "percent"))

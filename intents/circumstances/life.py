"""Whether a message tells of a life (several circumstances) rather than asking about one named service."""

import re
from collections.abc import Iterable
from dataclasses import dataclass

from intents.circumstances.numerals import digits
from intents.circumstances.reading import read
from intents.circumstances.situation import Situation
from intents.circumstances.tokens import blanked, facts_in, without_idioms

_ASKS_BROADLY = re.compile(
    r"(?:能|可以|可|有|享受|申请|办|领|给)(?:享受|申请|办|领|有|拿|得|帮|补|给)*(?:到|点|些|个)?(?:啥|什么|哪些|哪几样|多少种)(?!时候|地方|条件|手续|材料|证)"
    r"|有(?:没有)?(?:啥|什么|点|些)?(?:政策|补助|补贴|帮助|照顾|优惠|扶持|说法|待遇|救助)|(?:能|可以)(?:帮帮|帮我|管管|照顾|帮忙)"
    r"|(?:符合|够)(?:啥|什么|哪)|咋(?:办|整|弄)(?=[,。!?]|$)|怎么办|(?:国家|政府|区里|社区)(?:能|给|管|有)"
)
_ASKS_DETAIL = re.compile(
    r"(?:怎么|咋|如何|上哪|去哪|在哪|哪里?|找谁)(?:申请|办|报名|领|弄|去|交|登记)|(?:多少钱|几点|啥时候|什么时候|电话|地址|材料|手续|条件是)"
)
_TELLS = re.compile(r"我|俺|咱|家里|孩子|老人|今年|现在|了(?=[,。!]|$)")
IS_ONE = 0.5
"""From this score on a message is taken for a life situation."""


@dataclass(frozen=True)
class LifeSituation:
    """``score`` 0–1; ``is_one`` when it reaches IS_ONE; ``situation`` as read."""

    is_one: bool
    score: float
    situation: Situation


def life_situation(text: str, service_names: Iterable[str] = (), before: Situation | None = None) -> LifeSituation:
    """How far normalised ``text`` tells of circumstances that several services may depend on.

    ``service_names``: titles and aliases; naming one outside the words of a circumstance speaks for a plain question.
    """
    situation = read(text, before)
    plain = without_idioms(digits(text))
    found = [fact for fact in facts_in(plain) if not fact.ignored]
    rest = blanked(plain, ((fact.start, fact.end) for fact in found))
    facts = len({(fact.words.name, fact.words.value) for fact in found})
    ages = sum(person.age is not None for person in situation.persons)
    people = sum(bool(person.facts or person.age) and person.who != "本人" for person in situation.persons)
    tells = bool(_TELLS.search(plain)) or people > 0
    score = (0.35 if facts else 0.0) + 0.2 * min(max(facts - 1, 0), 2) + 0.2 * min(ages, 2) + (0.2 if tells else 0.0)
    score += 0.25 if facts + ages and _ASKS_BROADLY.search(plain) else 0.0
    score -= 0.2 if _ASKS_DETAIL.search(plain) else 0.0
    score -= 0.5 if any(name in rest for name in service_names if len(name) > 1) else 0.0
    score = max(0.0, min(1.0, score)) if facts + ages else 0.0
    return LifeSituation(score >= IS_ONE, round(score, 3), situation)

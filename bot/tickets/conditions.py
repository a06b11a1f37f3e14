"""What must hold for a change besides state and role: named in data/life.toml, each with the words when it does not hold."""

from collections.abc import Callable

from bot.tickets.case import Case
from bot.tickets.records import Actor, Role, Unit

Condition = Callable[[Case], str | None]
"""None when it holds, else why not; what depends on details that are not given yet holds."""


def _given_unit(case: Case, field: str) -> Unit | None:
    return case.store.unit(int(case.details[field]))


def lead_is_ours(case: Case) -> str | None:
    """The lead unit, and each assisting one, is one of the district's."""
    for number in [case.details.get("lead"), *(case.details.get("assisting") or ())]:
        if number is None:
            continue
        unit = case.store.unit(int(number))
        if unit is None or not unit.active:
            return "没有这个承办单位，或者已经停用"
        if unit.outside:
            return f"{unit.name}不归区里管理，请用“转区外单位”"
    return None


def unit_is_outside(case: Case) -> str | None:
    """The unit that it is passed on to is none of the district's."""
    if "outside" not in case.details:
        return None
    unit = _given_unit(case, "outside")
    if unit is None or not unit.active:
        return "没有这个单位，或者已经停用"
    return None if unit.outside else f"{unit.name}是区里的单位，请直接派单"


def unit_signs_off(case: Case) -> str | None:
    """The lead unit wants replies signed off."""
    return None if case.lead and case.lead.signs_off else "这个单位的答复不用审签，请直接答复"


def nobody_signs_off(case: Case) -> str | None:
    """The lead unit wants no sign-off."""
    return "这个单位的答复要先审签" if case.lead and case.lead.signs_off else None


def extension_asked(case: Case) -> str | None:
    """An extension waits for its decision."""
    return None if case.ticket.extension_days else "没有待批的延期申请"


def no_extension_asked(case: Case) -> str | None:
    """No extension waits for its decision."""
    return "已经有一份延期申请待批" if case.ticket.extension_days else None


def second_person(case: Case) -> str | None:
    """Somebody else than the author of the change's ``after`` action."""
    author = next((event for event in reversed(case.events) if event.action == case.change.after), None)
    if author is None:
        return None
    return "要由另一个人来定，不能是申请或起草的本人" if is_same(case.actor, author.account, author.author) else None


def is_same(actor: Actor, account: int | None, name: str) -> bool:
    """Whether the actor is who did that."""
    if actor.account is not None or account is not None:
        return actor.account == account
    return actor.name == name


def kind_can_be_reopened(case: Case) -> str | None:
    """Praise and suggestions are never reopened."""
    return "表扬和建议不重新办理" if case.ticket.kind in case.rules.life.never_reopened else None


def has_a_unit(case: Case) -> str | None:
    """Somebody has it."""
    return None if case.ticket.lead else "还没有承办单位"


def not_secret(case: Case) -> str | None:
    """A secret report is joined and merged with nothing: that would show one reporter's matter to another."""
    return "保密举报不能合并或加入" if case.ticket.secret else None


def into_is_open(case: Case) -> str | None:
    """The ticket that it is merged into is another one, open and not secret."""
    if "into" not in case.details:
        return None
    into = case.store.ticket(str(case.details["into"]))
    if into is None or into.secret or into.number == case.ticket.number:
        return "没有查到要并入的工单"
    return None if into.phase == "open" else "要并入的工单已经不在办理"


def merged_into_one_that_stands(case: Case) -> str | None:
    """The ticket that it was merged into was not itself merged into another."""
    into = case.store.ticket(case.ticket.merged_into or "")
    if into is None:
        return "并入的那张工单已经不在了"
    return f"{into.number} 又并入了 {into.merged_into}，请先撤销那一次" if into.merged_into else None


def nobody_joined(case: Case) -> str | None:
    """Others who joined would lose their matter."""
    others = len(case.reporters) - 1
    return f"另有{others}位居民也反映了这件事，不能撤回" if others > 0 else None


def not_behind_it(case: Case) -> str | None:
    """Who joins is not behind it already."""
    if case.actor.role is not Role.RESIDENT:
        return None
    behind = any(reporter.resident == case.actor.resident for reporter in case.reporters)
    return "您已经反映过这件事" if behind else None


def urgency_differs(case: Case) -> str | None:
    """It is not so already: or whoever says it again would give the unit new time."""
    wanted = case.details.get("urgency")
    return None if wanted is None or wanted != case.ticket.urgency else "现在就是这个紧急程度"


def was_asked(case: Case) -> str | None:
    """A unit asked the resident something, and they have not answered yet."""
    said = next((event.action for event in reversed(case.events) if event.action in ("ask_resident", "add")), None)
    return None if said == "ask_resident" else "没有人问居民"


def filed_by_it(case: Case) -> str | None:
    """Another system speaks for a resident only where it brought the matter."""
    if case.actor.role is not Role.API:
        return None
    first = next((event for event in case.events if event.action == "file"), None)
    brought = first is not None and first.account is None and first.author == case.actor.name
    return None if brought else f"只有登记它的系统可以{case.change.words}"


def has_an_answer(case: Case) -> str | None:
    """There is something to rate."""
    return None if case.ticket.reply else "还没有答复"


def not_rated(case: Case) -> str | None:
    """It is rated once."""
    return "已经评价过了" if case.ticket.satisfaction else None


CONDITIONS: dict[str, Condition] = {
    condition.__name__: condition
    for condition in (
        lead_is_ours,
        unit_is_outside,
        unit_signs_off,
        nobody_signs_off,
        extension_asked,
        no_extension_asked,
        second_person,
        kind_can_be_reopened,
        has_a_unit,
        not_secret,
        into_is_open,
        merged_into_one_that_stands,
        nobody_joined,
        not_behind_it,
        urgency_differs,
        was_asked,
        filed_by_it,
        has_an_answer,
        not_rated,
    )
}

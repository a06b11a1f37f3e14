"""Tickets in every part of the board and the desk, as a district has them on a working day; for pictures and browser tests."""

import datetime
from dataclasses import replace
from pathlib import Path

from bot.dialogue.conversation import utc_now
from bot.store.engine import Engine
from bot.store.reply_templates import SqliteReplyTemplates
from bot.store.saved_filters import SqliteSavedFilters
from bot.store.tickets import TicketOffice
from bot.tickets.matters import Draft, Matter
from bot.tickets.records import Actor, Role
from bot.tickets.reply_templates import ReplyTemplate
from bot.tickets.rules import load_rules

WANG = {"name": "王秀英", "contact": "13843112345"}
NOBODY: dict[str, str] = {}


def play(database: Path) -> dict[str, tuple[str, str]]:
    """Play them in the service's store; names of pages worth a picture → who opens them, address."""
    engine = Engine(database)
    own = engine.rows("select id from units where name = '区城管局'")[0]["id"]
    other = engine.rows("select id from units where name = '区住建局'")[0]["id"]
    clock = [utc_now()]
    office = TicketOffice(engine, load_rules(dispatch_at=1.1), lambda: clock[0])
    dispatcher = Actor(Role.DISPATCHER, "李派单", account=900)
    clerk, second = (Actor(Role.STAFF, name, account=k, unit=own) for k, name in ((901, "王梅"), (902, "周敏")))
    resident = Actor(Role.RESIDENT, "居民")

    def ticket(days: int, draft: Draft, *steps: tuple[Actor, str, dict[str, object]]) -> str:
        clock[0] = utc_now() - datetime.timedelta(days=days)
        own = replace(resident, resident=f"web:{draft.name or draft.place}")
        with office.desk() as desk:
            number = desk.file(draft, own).number
        for actor, action, details in steps:
            clock[0] += datetime.timedelta(minutes=47)
            with office.desk() as desk:
                desk.perform(number, action, own if actor is resident else actor, **details)
        return number

    def draft(matter: str, place: str, kind: Matter = Matter.COMPLAINT, unit: str = "区城管局", **more: object) -> Draft:
        return Draft(kind, matter, place, unit=unit, confidence=0.71, **more)  # type: ignore[arg-type]

    given, signed = (dispatcher, "dispatch", {"lead": own}), (clerk, "sign", {})
    bins = draft("小区门口的垃圾桶满了三天没人收，一股味儿", "和平大街88号", **WANG, latitude=43.8837, longitude=125.2716)
    ticket(0, bins)
    ticket(0, draft("给我开的个税证明金额不对，想改一下", "景阳大路", Matter.REQUEST, "区税务局"))
    why = "这段路灯杆归市路灯处，不在我局养护范围，建议转市里"
    ticket(
        1, draft("西安大路辅路一排路灯都不亮，晚上看不见道", "西安大路与青年路交汇"), given, (clerk, "return", {"reason": why})
    )
    asked = {"days": 5, "reason": "井圈要订做，厂家说下周三到货"}
    ticket(2, draft("井盖一走车就咣当响，半夜睡不着", "普阳街春城小区东门"), given, signed, (clerk, "extend_ask", asked))
    unhappy = {"satisfaction": "dissatisfied", "reason": "说修好了，第二天又不亮了", "solved": False}
    told = "已于当日更换灯泡2个，现已恢复照明。"
    answered = [given, signed, (clerk, "answer", {"text": told})]
    called = ticket(4, draft("正阳街12号门口的路灯不亮", "正阳街12号", **WANG), *answered, (resident, "rate", unhappy))
    late = draft("早市占道，公交车都进不了站", "锦西路早市")
    working = ticket(9, late, given, signed, (clerk, "start", {}), (resident, "urge", {}))
    ticket(0, draft("公厕水龙头坏了一直淌水", "皓月大路公园"), given)
    ticket(0, draft("工地半夜两点还在打桩", "普阳街和景阳大路路口", unit="区住建局"), (dispatcher, "dispatch", {"lead": other}))
    ticket(3, draft("建议游园里多装几个长椅，老人多没地方坐", "铁西街小游园", Matter.SUGGESTION), given, signed)
    told_twice = [
        given,
        signed,
        (clerk, "note", {"text": "去看过，商户不在"}),
        (clerk, "contact", {"text": "打过电话，约了下午"}),
    ]
    open_one = ticket(1, draft("楼下烧烤店的油烟正对着我家窗户，孩子直咳嗽", "青年路21号院", **WANG), *told_twice)
    with engine.write() as db:
        db.execute("update units set signs_off = 1, phone = '0431-87650000' where id = ?", [own])
    drafted = (second, "draft_reply", {"text": "您反映的公园座椅问题，我局将尽快处理，月底前修好，预计花费3200元。"})
    sign_off = ticket(1, draft("公园座椅断了，木刺扎人", "雁鸣湖公园"), given, (second, "sign", {}), drafted)
    back = {"reason": "写清楚哪天去看的、怎么处理"}
    approver = Actor(Role.APPROVER, "赵科长", account=903, unit=own)
    ticket(
        2,
        draft("绿化带里的树枝快戳到车了", "春城大街5号"),
        given,
        signed,
        (clerk, "draft_reply", {"text": "已修剪"}),
        (approver, "send_back", back),
    )
    SqliteReplyTemplates(engine, utc_now).save(
        ReplyTemplate("占道经营", "您反映的{place}占道经营，我局已安排【某时段】定点值守。"), "admin"
    )
    for row in engine.rows("select id from accounts where username in ('dispatcher', 'administrator')"):
        SqliteSavedFilters(engine).save(row["id"], "城管局超期", f"unit={own}&overdue=1")
    engine.close()
    several = "&".join(f"number={number}" for number in (called, working, open_one))
    return {
        "board-mine": ("staff", "/console/board/mine"),
        "ticket": ("staff", f"/console/tickets/{open_one}"),
        "ticket-called": ("dispatcher", f"/console/tickets/{called}"),
        "ticket-sign-off": ("approver", f"/console/tickets/{sign_off}"),
        "tickets-several": ("dispatcher", f"/console/tickets/several?{several}"),
        "tickets-print": ("staff", f"/console/tickets/print?number={called}"),
        "tickets-filtered": ("dispatcher", "/console/tickets/?overdue=1"),
    }

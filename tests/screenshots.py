"""Pictures of every page of the console for docs/console/: ``.venv/bin/python -m tests.screenshots [word …]``.

Starts the real service on a scratch folder, lets residents talk to it, and takes every page of the navigation and those of
MORE, on a desktop and on a phone; with words only the pages whose name contains one of them.
"""

import datetime
import io
import json
import random
import sys
import tempfile
import urllib.request
from pathlib import Path

from PIL import Image

from bot.accounts.keys import add_key
from bot.accounts.records import CONSOLE_ROLES
from bot.dialogue.conversation import utc_now
from bot.progress.records import Report
from bot.progress.rules import due_month
from bot.store.api_keys import SqliteApiKeys
from bot.store.engine import Engine, connect
from bot.store.knowledge import KnowledgeStore
from bot.store.progress import SqliteProgress
from bot.store.uploads import SqliteUploads
from bot.tickets.calendar import CHINA
from bot.tickets.matters import ticket_number
from knowledge.load import DATA
from tests.conftest import ROOT, Service
from tests.console.browser import DESKTOP, PHONE, Staff, add_accounts, chromium
from tests.console.sheet_scenes import uploads
from tests.console.ticket_scenes import play

FOLDER = ROOT / "docs" / "console"

MORE = {
    "login": (None, "/console/login"),
    "account": ("administrator", "/console/accounts/3"),
    "account-new": ("administrator", "/console/accounts/new"),
    "unit": ("administrator", "/console/units/1"),
    "keys-new": ("administrator", "/console/keys/new"),
    "keys-one": ("administrator", "/console/keys/1"),
    "home-staff": ("staff", "/console/"),
    "knowledge-service": ("administrator", "/console/knowledge/service/home-care-purchase"),
    "knowledge-text": ("administrator", "/console/knowledge/service/home-care-purchase/amount"),
    "knowledge-facts": ("administrator", "/console/knowledge/record/service/extreme-poverty-living"),
    "knowledge-departments": ("administrator", "/console/knowledge/records/department"),
    "knowledge-department": ("administrator", "/console/knowledge/record/department/区民政局"),
    "knowledge-wordings": ("administrator", "/console/knowledge/wording"),
    "knowledge-wording": ("administrator", "/console/knowledge/wording/chitchat.thanks"),
    "knowledge-new-service": ("administrator", "/console/knowledge/services/new?number=7"),
    "knowledge-changes": ("administrator", "/console/knowledge/changes"),
    "history-versions": ("administrator", "/console/history/versions"),
    "known-one": ("administrator", "/console/known/1"),
    "publish-replay": ("administrator", "/console/publish/replay/"),
    "thresholds": ("administrator", "/console/settings/thresholds/"),
    "faqs": ("administrator", "/console/faqs/"),
    "faqs-take": ("administrator", "/console/faqs/from/1"),
    "progress-promise": ("administrator", "/console/progress/battery-swap"),
    "report": ("administrator", f"/console/report/?month={datetime.date.today():%Y-%m}"),
}
"""Pages that do not stand in the navigation: name → who opens it (None: nobody signed in), address."""

NAMES = {"administrator": "孙主任", "dispatcher": "李派单", "staff": "王梅", "approver": "赵科长", "reader": "钱同志"}

TALKS = [
    ["正阳街的路灯三天不亮了，没人修", "确认"],
    ["我家楼下半夜两点还在施工，吵得睡不着，在普阳街和景阳大路路口", "确认"],
    ["建议在铁西街小游园里多装几个长椅，老人多没地方坐", "确认"],
    ["家里暖气冰凉的，春城小区3栋，屋里才十四度", "确认"],
    ["法律援助怎么申请", "要带什么材料"],
    ["我妈瘫痪三年了，家里低保，能给装个扶手吗"],
    ["公积金贷款利率是多少"],
    ["护照到期了在哪换"],
    ["住房公积金怎么提取出来"],
    ["我想找个人说", "我想反映物业的事"],
    ["今年还有招聘会吗", "办了几场了"],
    ["婚前医学检查免费吗", "在哪查"],
    ["居家养老服务每月给多少钱", "好的谢谢"],
]


def talk(url: str) -> None:
    """What residents say, each in a conversation of their own."""
    for number, talk in enumerate(TALKS):
        for text in talk:
            body = json.dumps({"user": f"demo-{number}", "text": text}).encode()
            request = urllib.request.Request(url + "/api/chat", body, {"Content-Type": "application/json"})
            urllib.request.urlopen(request, timeout=20).close()


def report(database: Path) -> None:
    """What departments report on their promises."""
    book, month = SqliteProgress(Engine(database), utc_now), due_month(utc_now())
    words = {"text": "其余2座在装设备", "evidence": "验收单12号", "by": "周敏"}
    book.report(Report("battery-swap", "换电站建设投运", month, "已建成3座", department="区工信局", **words))
    book.report(Report("pocket-parks", "口袋公园", month, "15个", finished=True, department="区住建局", by="何青"))


def past(database: Path) -> None:
    """The weeks before: what was said today was said then, too; tickets that are over."""
    chance, db, now = random.Random(7), connect(database), utc_now()
    turns = db.execute(
        "select q.text, a.text, a.reply, a.decision from messages a join messages q on q.id = a.answers where not a.sealed"
    ).fetchall()
    units = [row[0] for row in db.execute("select id from units where not outside").fetchall()]
    for day in range(1, 50):
        at = (now - datetime.timedelta(days=day)).isoformat(timespec="milliseconds")
        for _ in range(chance.randint(4, 30) + (60 - day) // 3):
            who = f"{chance.choice(['wechat', 'web'])}:past-{day}-{chance.random()}"
            question, answer, reply, decision = chance.choice(turns)
            db.execute("insert into conversations values (?, ?, '{}', ?, ?)", [who, who.split(":")[0], at, at])
            say = "insert into messages (resident, author, kind, text, reply, decision, answers, request_id, at)"
            asked = db.execute(f"{say} values (?, 'resident', 'text', ?, null, null, null, 'r', ?)", [who, question, at])
            said = [who, answer, reply, decision, asked.lastrowid, at]
            answered = db.execute(f"{say} values (?, 'service', 'text', ?, ?, ?, ?, 'r', ?)", said)
            if chance.random() < 0.3:
                db.execute("insert into ratings values (?, ?, ?, ?, ?)", [answered.lastrowid, who, chance.random() < 0.9, at, at])
        for sequence in range(1, chance.randint(2, 6)):
            filed = now - datetime.timedelta(days=day, hours=sequence)
            stamps = [
                (filed + datetime.timedelta(days=days)).isoformat(timespec="milliseconds")
                for days in (0, 7, chance.choice([1, 2, 3, 5, 6, 9]))
            ]
            shown = f"{filed.astimezone(CHINA):%Y%m%d}"
            rating, solved = chance.choice([("satisfied", 1), ("satisfied", 1), ("basic", 1), ("dissatisfied", 0), (None, None)])
            db.execute(
                "insert into tickets (number, code, day, sequence, kind, matter, place, lead, state, phase, at, updated_at,"
                " due_at, answered_at, satisfaction, solved, returned, source)"
                " values (?, '000000', ?, ?, ?, ?, '正阳街', ?, 'closed', 'over', ?, ?, ?, ?, ?, ?, ?, ?)",
                [
                    ticket_number("LY", shown, 500 + sequence),
                    shown,
                    500 + sequence,
                    chance.choice(["complaint", "complaint", "request", "suggestion"]),
                    chance.choice(["路灯不亮", "井盖松了", "垃圾没人清", "半夜施工吵", "下水道堵了"]),
                    chance.choice(units[:6]),
                    stamps[0],
                    stamps[2],
                    stamps[1],
                    stamps[2],
                    rating,
                    solved,
                    int(chance.random() < 0.1),
                    chance.choice(["resident", "resident", "telephone", "city12345"]),
                ],
            )
    db.execute("delete from counted_days")
    db.close()


def at_the_telephone(staff: Staff) -> dict[str, str]:
    """What a clerk does for callers; the pages that this makes, by name."""
    page, found = staff.page, {}
    staff.go("/console/asking/")
    page.get_by_label("居民问什么").fill("护照到期了在哪换")
    page.keyboard.press("Enter")
    page.get_by_label("电话", exact=False).last.fill("13800001111")
    page.get_by_role("button", name="留号码").click()
    page.get_by_label("居民接着说").fill("法律援助咋申请")
    page.get_by_role("button", name="问", exact=True).click()
    page.wait_for_load_state("load")
    found["asking-call"] = page.url.removeprefix(staff.url)
    staff.go("/console/entry/")
    page.get_by_label("反映的事").fill("门口的树枝压着电线，刮风就冒火花")
    page.get_by_label("地点").fill("铁西街8号")
    page.get_by_role("button", name="登记", exact=True).click()
    page.wait_for_url(lambda url: "/filed/" in url)
    found["entry-filed"] = page.url.removeprefix(staff.url)
    staff.go("/console/questions/")
    page.locator(".question-groups a").first.click()
    page.locator("summary[data-key='2']").click()
    page.locator("form[action$='/answer'] textarea").fill("请带身份证，到政务服务大厅的综合窗口办理。")
    page.locator("form[action$='/answer'] button").click()
    page.wait_for_url("**/console/questions/?done=*")
    return found


def give_keys(database: Path) -> None:
    """Other systems with their keys."""
    engine = Engine(database)
    keys = SqliteApiKeys(engine, utc_now)
    unit = engine.rows("select id from units where name = '区城管局'")[0]["id"]
    _, text = add_key(keys, "数字城管", ["read", "write"], unit, "https://cg.example.gov.cn/minsheng/hook")
    keys.find(text)
    add_key(keys, "12345平台", ["read", "write", "people"])
    keys.revoke(add_key(keys, "旧平台", ["read"])[0].id)
    engine.close()


def write(database: Path) -> None:
    """A draft of the knowledge base."""
    engine = Engine(database)
    KnowledgeStore(engine).edit_all(
        [
            ("service:home-care-purchase", "answers.amount", "2026年起的标准是每人每月260元，由区里用来购买居家养老服务。"),
            (
                "service:home-care-purchase",
                "upkeep.amount",
                {
                    "basis": "区民政局2026年3月1日书面答复：每人每月260元",
                    "owner": "区民政局",
                    "review_on": "2027-03-01",
                    "published": "2026-03-02",
                    "by": "区民政局",
                },
            ),
            ("service:home-care-purchase", "aliases", ["居家养老服务", "购买居家养老服务", "养老服务260元"]),
            ("wording", "chitchat.thanks", "不客气，有事您随时来问。"),
        ],
        NAMES["administrator"],
        utc_now(),
    )
    engine.close()


def bring_plan(database: Path) -> dict[str, tuple[str | None, str]]:
    """A plan of another year that was uploaded; the page that it made."""
    engine = Engine(database)
    text = (DATA / "plan-2022.txt").read_text().replace("2022年", "2023年").replace("招聘会 6 场以上", "招聘会 8 场以上")
    last = next(line for line in text.splitlines() if line.startswith("56."))
    text = text.replace(last, "56.为高考学生提供免费送考车 30 辆。（责任部门：区教育局）")
    account = engine.rows("select id from accounts where username = 'administrator'")[0]["id"]
    token = SqliteUploads(engine, utc_now).keep("plan", account, "plan-2023.txt", text.encode())
    engine.close()
    return {"plan-review": ("administrator", f"/console/plans/{token}")}


def take(staff: Staff, name: str, address: str, device: str) -> None:
    """A picture of the page at that address."""
    staff.go(address)
    shoot(staff, name, device)


def upload(staff: Staff, name: str, address: str, file: Path, device: str) -> None:
    """A picture of what a page says to a file."""
    staff.go(address)
    staff.page.locator("input[type=file]").set_input_files(file)
    staff.page.get_by_role("button", name="检查这个文件").click()
    shoot(staff, name, device)


def shoot(staff: Staff, name: str, device: str) -> None:
    """A picture of the page that is open, in 128 colours."""
    staff.page.wait_for_load_state("load")
    staff.page.wait_for_timeout(300)
    picture = Image.open(io.BytesIO(staff.page.screenshot(full_page=True)))
    width, height = picture.size
    picture = picture.crop((0, 0, width, min(height, int(width * (1.4 if device == "desktop" else 3)))))
    if device == "phone":
        picture = picture.resize((picture.width * 3 // 4, picture.height * 3 // 4))
    FOLDER.mkdir(parents=True, exist_ok=True)
    picture.convert("RGB").quantize(128).save(FOLDER / f"{name}-{device}.png", optimize=True)
    print(f"docs/console/{name}-{device}.png")


def try_the_draft(staff: Staff) -> None:
    """Ask the draft what is known and what residents wrote."""
    for address, button, until in (
        ("/console/publish/", "开始问", "答得一样"),
        ("/console/publish/replay/", "开始试问", "天里居民写了"),
    ):
        staff.go(address)
        staff.page.get_by_role("button", name=button).click()
        staff.page.get_by_text(until).first.wait_for(timeout=90_000)


def main(words: list[str]) -> None:
    """Take them."""
    with tempfile.TemporaryDirectory(prefix="screenshots-") as folder, chromium() as browser:
        service = Service(Path(folder))
        try:
            add_accounts(service.folder / "bot.db", *CONSOLE_ROLES, names=NAMES)
            talk(service.url)
            past(service.folder / "bot.db")
            report(service.folder / "bot.db")
            write(service.folder / "bot.db")
            give_keys(service.folder / "bot.db")
            pages_of_tickets = play(service.folder / "bot.db")
            calls: dict[str, str] = {}
            plan = bring_plan(service.folder / "bot.db")
            for device, shape in (("desktop", DESKTOP), ("phone", PHONE)):
                signed_in: dict[str | None, Staff] = {}
                for role in (
                    None,
                    *dict.fromkeys(["administrator", *(role for role, _ in (MORE | pages_of_tickets).values() if role)]),
                ):
                    signed_in[role] = Staff(browser, service.url, shape)
                    if role:
                        signed_in[role].sign_in(role)
                links = signed_in["administrator"].page.locator(".side nav a").all()
                pages = {str(link.get_attribute("href")) for link in links}
                named = {(path.removeprefix("/console/").strip("/").replace("/", "-") or "home"): path for path in sorted(pages)}
                wanted = {name: ("administrator", path) for name, path in named.items()} | MORE | pages_of_tickets | plan
                administrator = signed_in["administrator"]
                if not calls and (not words or any("publish".startswith(word) or word in "publish-replay" for word in words)):
                    try_the_draft(administrator)
                calls = calls or at_the_telephone(administrator)
                wanted |= {name: ("administrator", path) for name, path in calls.items()}
                for name, (who, path) in wanted.items():
                    if not words or any(word in name for word in words):
                        take(signed_in[who], name, path, device)
                for name, (who, path, file) in uploads(Path(folder)).items():
                    if not words or any(word in name for word in words):
                        upload(signed_in[who], name, path, file, device)
        finally:
            service.stop()


if __name__ == "__main__":
    main(sys.argv[1:])

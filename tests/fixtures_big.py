"""Makes a store as a busy district has it after some years: 50,000 tickets, 10,000 open questions; in bulk, some seconds."""

import datetime
import random
from pathlib import Path

from bot.store.engine import connect
from bot.store.tickets import TICKET_FIELDS
from bot.tickets.life import load_life
from bot.tickets.matters import ticket_number
from bot.tickets.words import indexed_words

NOW = datetime.datetime(2026, 3, 2, 2, 0, tzinfo=datetime.UTC)
STREETS = (
    "正阳街",
    "青年路",
    "春城大街",
    "西安大路",
    "普阳街",
    "景阳大路",
    "和平大街",
    "锦西路",
    "皓月大路",
    "西四环路",
)
SPOTS = (
    "{}号门口",
    "{}号院",
    "{}栋",
    "{}号附近",
    "与辽宁路交汇处{}号",
)
THINGS = (
    "路灯",
    "井盖",
    "垃圾桶",
    "公厕",
    "绿化带",
    "人行道",
    "下水道",
    "健身器材",
    "早市",
    "停车位",
    "暖气",
    "楼道灯",
)
TROUBLES = (
    "三天不亮了没人修",
    "坏了没人管",
    "太脏了没人打扫",
    "堵了往外冒水",
    "被占了走不了",
    "丢了很危险",
    "晚上太吵睡不着",
    "一直没人处理",
)
QUESTIONS = (
    "护照到期了上哪换",
    "公积金怎么提取",
    "孩子转学要什么材料",
    "居住证在哪办",
    "三轮车能不能上牌照",
    "租房补贴有没有",
)
KINDS, KIND_WEIGHTS = ["complaint", "request", "suggestion", "report", "praise"], [60, 20, 10, 5, 5]


def make_big_store(path: Path, tickets: int = 50_000, questions: int = 10_000, now: datetime.datetime = NOW) -> None:
    """Fill a migrated store whose units are entered; the same numbers give the same store."""
    chance, life, db = random.Random(5), load_life(), connect(path)
    units = [row[0] for row in db.execute("select id from units where outside = 0").fetchall()]
    states = list(life.states)
    open_states = life.open_states()
    db.execute("begin")
    days: dict[str, int] = {}
    rows, people, words, events = [], [], [], []
    for k in range(tickets):
        at = now - datetime.timedelta(minutes=(tickets - k) * 20)
        day = at.strftime("%Y%m%d")
        days[day] = sequence = days.get(day, 0) + 1
        number = ticket_number("LY", day, sequence)
        recent = k > tickets * 0.9
        state = chance.choice(open_states) if recent else chance.choices(states, [1 if s != "closed" else 300 for s in states])[0]
        place = chance.choice(STREETS) + chance.choice(SPOTS).format(chance.randint(1, 300))
        matter = f"{place}的{chance.choice(THINGS)}{chance.choice(TROUBLES)}"
        stamp = at.isoformat(timespec="milliseconds")
        lead = None if state == "received" else chance.choice(units)
        due = (at + datetime.timedelta(days=chance.randint(1, 20))).isoformat(timespec="milliseconds")
        ticket = {
            "number": number,
            "code": f"{chance.randrange(1_000_000):06d}",
            "day": day,
            "sequence": sequence,
            "kind": chance.choices(KINDS, KIND_WEIGHTS)[0],
            "matter": matter,
            "state": state,
            "phase": life.states[state].phase,
            "at": stamp,
            "updated_at": stamp,
            "place": place,
            "lead": lead,
            "due_at": due,
            "due_from": stamp,
            "due_amount": 5,
            "urged": int(chance.random() < 0.05),
            "reopened": int(state == "reopened"),
            "reply": "已经处理好了。" if life.states[state].phase != "open" else "",
            "satisfaction": chance.choice(["satisfied", "basic", "dissatisfied", None]) if state == "closed" else None,
            "source": chance.choice(["resident", "telephone", "city12345"]),
        }
        rows.append(ticket)
        people.append((number, f"wechat:o{k % 20_000}", stamp))
        words.append((int(day) * 1_000_000 + sequence, number, indexed_words(matter, place, ticket["reply"])))
        events.append((number, "file", "居民", "", state, stamp))
    names = list(rows[0])
    assert {*names} - {"day", "sequence"} <= {*TICKET_FIELDS}
    slots = ", ".join(f":{name}" for name in names)
    db.conn.executemany(f"insert into tickets ({', '.join(names)}) values ({slots})", rows)
    db.conn.executemany("insert into ticket_reporters (number, resident, at) values (?, ?, ?)", people)
    db.conn.executemany("insert into ticket_words (rowid, number, words) values (?, ?, ?)", words)
    db.conn.executemany("insert into ticket_events (number, action, author, text, after, at) values (?, ?, ?, ?, ?, ?)", events)
    db.conn.executemany(
        "insert into ticket_sequences values (?, ?) on conflict(day) do update set last = excluded.last", list(days.items())
    )
    _questions(path, chance, db.conn, questions, now)
    db.execute("commit")
    db.execute("analyze")
    db.close()


def _questions(path: Path, chance: random.Random, connection: object, number: int, now: datetime.datetime) -> None:
    stamps = [(now - datetime.timedelta(minutes=5 * k)).isoformat(timespec="milliseconds") for k in range(number)]
    residents = [f"wechat:oq{k % 4000}" for k in range(number)]
    texts = [f"{chance.choice(QUESTIONS)}{chance.choice(['', '啊', '？', '，急'])}" for _ in range(number)]
    execute = connection.executemany  # type: ignore[attr-defined]
    state = "{}"
    conversations = {resident: (resident, "wechat", state, at, at) for resident, at in zip(residents, stamps, strict=True)}
    execute("insert into conversations values (?, ?, ?, ?, ?)", list(conversations.values()))
    first = 1 + (connection.execute("select coalesce(max(id), 0) from messages").fetchone()[0])  # type: ignore[attr-defined]
    messages = [
        (first + k, resident, "resident", "text", text, "r", at)
        for k, (resident, text, at) in enumerate(zip(residents, texts, stamps, strict=True))
    ]
    execute("insert into messages (id, resident, author, kind, text, request_id, at) values (?, ?, ?, ?, ?, ?, ?)", messages)
    inbox = [("question", row[1], row[0], row[4], "没听懂", row[6]) for row in messages]
    execute("insert into inbox (kind, resident, message_id, text, reason, at) values (?, ?, ?, ?, ?, ?)", inbox)

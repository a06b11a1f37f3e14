"""Long random conversations over every flow: never a fault, never a dead end, always an answer object that keeps its word."""

import datetime
import json
import random
import re
import sqlite3
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from bot.channels.wechat import REPLY_BYTES, render
from bot.dialogue.state import ConversationState
from bot.messages import Kind, Mode, Reply
from knowledge.base import KnowledgeBase
from tests.conftest import Clock, Say

pytestmark = pytest.mark.slow

WALKS, TURNS = 12, 400
STATE_BYTES = 64 * 1024

SAYINGS = {
    6: """
法律援助怎么申请|窝沟封闭是免费的吗|居家养老服务一个月多少钱|换电站建了几座了|老旧小区改造有哪些小区|我家能装扶手吗|殡葬费能免吗
慈善助学给多少钱|残疾人两项补贴在哪办|退伍兵有培训吗|夜里能办事吗|六税两费是啥|村里厕所啥时候改|公证能上门吗|招聘会啥时候开
窝沟封闭要钱吗？另外法律援助怎么申请？|补贴|老人的事|改造|培训|孩子上学|护照到期了上哪换|公积金咋提取|彩票去哪兑|今天股票咋样
1|2|3|4|9|0|第二个|最后一个|都不是|不是这些|一|选2|不清楚|不知道|满60岁了|吃低保|没有|有|是|不是|都七十六了|12
我要投诉|正阳街的路灯三天不亮了|楼下垃圾没人收都臭了|建议多建几个充电桩|表扬一下民政局的小刘|青年路早市占道|举报有人偷着烧秸秆
地方写错了，是青年路|不是投诉，是建议|西安大路38号门口|确认|对|好的|取消|算了|不用了|查进度|催一下|我要撤回|补充一下，今天更严重了|谢谢
""",
    5: """
找谁办|多少钱|要带啥材料|那要啥条件|在哪办|我爸能享受吗|啥时候|建好没|再说一遍|不是这个，我问的是老旧小区改造|继续|接着看
我能办什么|我妈78了瘫痪在床家里低保|我爸八十二失能，闺女今年高考|我是五保户|我老伴二级残疾|刚退伍正找工作|说错了，不是低保|其实是我爸
她还有一级残疾证|我怀孕七个月了|我三十二一年挣四十万|孤儿上初三|家里有两个老人一个瘫了一个糊涂了|算了不查了
""",
    3: """
转人工|我要找真人|你好|谢谢|再见|你是谁|你真好|你个傻子|气死我了|去年我家着过火|有用|没用|嗯|好吧
你这都有哪些方面的事|社会保障方面|民政局管哪些事|税务局管啥的|我能享受啥政策|便民利民方面|都存了我啥信息
""",
    2: """
我家着火了快救命|屋里全是煤气味|活着真没劲我要走了药都买好了|有人拿刀砍人|我老伴晕倒叫不醒了|孩子掉河里了|电梯困住人了|刚让骗子骗走三万
删除我的记录|确认删除|取消|先别删
""",
}
"""What is said, by how often."""

GARBAGE = [
    "",
    "   ",
    "😀😀",
    "？？？",
    "asdkjfh",
    "<script>alert(1)</script>",
    "'; drop table messages; --",
    "{0}{plan}%s",
    "a" * 5000,
    "我家的事说来话长，" * 550,
    "\u202e反着写的字",
    "How can I apply?",
    "１２３４５",
    "110",
    "LY-20260302-0001-5",
    "查一下LY-20991231-9999-1",
    "零",
    "第九十九个",
    "\x07铃",
    "…………",
]


MESSAGES = [(weight, text) for weight, texts in SAYINGS.items() for text in re.split(r"[|\n]", texts.strip())]
MESSAGES += [(3, text) for text in GARBAGE]
MEDIA = [Kind.VOICE, Kind.IMAGE, Kind.VIDEO, Kind.LINK, Kind.LOCATION, Kind.FOLLOW]
WAYS_OUT = {Mode.CLARIFY: "都不是", Mode.FEEDBACK: "取消", Mode.ELIGIBILITY: "算了", Mode.CHITCHAT: "取消"}
NEXT_STEP = re.compile(r"12\d{3}|转人工|直接说|换个说法|回复")
TICKET = re.compile(r"LY-\d{8}-\d{4,}-\d")
FIRST_NUMBER = re.compile(r"110|119|120")


def require_contract(reply: Reply, knowledge: KnowledgeBase) -> None:
    """What contract.md says of every answer object."""
    answer = reply.as_json()
    assert Reply.from_json(json.loads(json.dumps(answer, ensure_ascii=False))).as_json() == answer
    assert set(answer) == {"mode", "reply", "items", "options", "asking", "unit", "ticket", "sources"}
    assert reply.text.strip()
    if reply.mode not in (Mode.FEEDBACK, Mode.STATUS):  # these show the resident's own words
        assert not re.search(r"\bNone\b|\{\w*\}", reply.text), "a template that was not filled in"
    _require_items(reply, knowledge)
    _require_options(reply)
    _require_mode(reply)
    _require_sources(reply, knowledge)


def _require_items(reply: Reply, knowledge: KnowledgeBase) -> None:
    for item in reply.items:
        promise = knowledge.item_of(item.service)
        assert (item.number, item.departments) == (promise.number, promise.departments)
        assert item.title == knowledge.services[item.service].title and 0 <= item.confidence <= 1
    assert len({item.service for item in reply.items}) == len(reply.items), "at most one per service"
    if reply.mode in (Mode.CLARIFY, Mode.ELIGIBILITY):
        confidences = [item.confidence for item in reply.items]
        assert confidences == sorted(confidences, reverse=True), "best first"


def _require_options(reply: Reply) -> None:
    assert [option.id for option in reply.options] == [str(k) for k in range(1, len(reply.options) + 1)]
    texts = [option.text for option in reply.options]
    assert len(set(texts)) == len(texts) and all(text.strip() for text in texts)
    if reply.mode is Mode.CLARIFY:
        assert texts[: len(reply.items)] == [item.title for item in reply.items]
    if reply.mode is Mode.ANSWER and len(reply.items) > 1 and texts:
        assert texts == [item.title for item in reply.items]


def _require_mode(reply: Reply) -> None:
    if reply.mode in (Mode.ANSWER, Mode.STATUS, Mode.HANDOFF, Mode.EMERGENCY, Mode.REJECT):
        assert not reply.asking
    if reply.mode is Mode.CLARIFY:
        assert reply.asking and reply.items and len(reply.options) > len(reply.items)
    if reply.mode is Mode.REJECT:
        assert not reply.items and NEXT_STEP.search(reply.text)
    if reply.mode is Mode.EMERGENCY:
        assert FIRST_NUMBER.search(reply.text.splitlines()[0])
    if reply.ticket is not None:
        assert TICKET.fullmatch(reply.ticket) and reply.mode in (Mode.FEEDBACK, Mode.STATUS)
    if reply.unit is not None:
        assert reply.mode in (Mode.FEEDBACK, Mode.STATUS) and 0 <= reply.unit.confidence <= 1


def _require_sources(reply: Reply, knowledge: KnowledgeBase) -> None:
    """What an answer, an outcome or a form states about the plan, and the numbers it gives, have their source."""
    items = {source["item"] for source in reply.sources if "item" in source}
    assert items <= set(knowledge.items)
    if reply.mode is Mode.CHITCHAT:
        return
    plan = knowledge.plan.title
    for line in reply.text.splitlines():
        if line.startswith("依据：") or "承办：" in line:
            cited = {int(number) for number in re.findall(rf"(?:《{plan}》|计划)第(\d+)条", line)}
            assert cited <= items, f"{line!r} has no source"
    lines = {source["hotline"] for source in reply.sources if "hotline" in source}
    named = {hotline.number for hotline in knowledge.hotlines if re.search(rf"(?<!\d){hotline.number}（", reply.text)}
    assert named <= lines, f"{named - lines} named without source"


class Walk:
    """One resident who says anything, and what must hold after each turn."""

    def __init__(self, say: Say, clock: Clock, knowledge: KnowledgeBase, file: Path, seed: int) -> None:
        self.say, self.clock, self.knowledge = say, clock, knowledge
        self.file = sqlite3.connect(file)
        self.chance = random.Random(seed)
        self.who = f"walker-{seed}"
        self.heard: list[str] = []
        self.reply = self.turn("你好")

    def turn(self, text: str, **more: object) -> Reply:
        self.heard.append(text[:40] or f"({more.get('kind', 'blank')})")
        try:
            reply = self.say(text, who=self.who, **more)
            require_contract(reply, self.knowledge)
            self.require_sound_state()
        except Exception as error:
            said = " / ".join(self.heard[-8:])
            raise AssertionError(f"{type(error).__name__}: {str(error)[:300]} after: {said}") from error
        if more.get("limit"):
            assert len(render(reply).encode()) <= REPLY_BYTES, self.heard[-3:]
        self.reply = reply
        return reply

    def require_sound_state(self) -> None:
        (kept,) = self.file.execute("select state from conversations where resident = ?", [f"test:{self.who}"]).fetchone()
        data = json.loads(kept)
        state = ConversationState.restore(data)
        assert state.dump() == data, "it is read back as it was kept"
        assert len(kept.encode()) < STATE_BYTES, "it stays small"

    def step(self) -> None:
        """A tap now and then, a picture, a pause; mostly words."""
        dice = self.chance.random()
        if dice < 0.25 and self.reply.options:
            option = self.chance.choice(self.reply.options)
            self.turn(self.chance.choice([option.text, option.id]))
        elif dice < 0.29:
            kind = self.chance.choice(MEDIA)
            self.turn("", kind=kind, data={"label": "绿园区和平大街"} if kind is Kind.LOCATION else {})
        else:
            if dice < 0.32:
                self.clock.forward(minutes=self.chance.choice([1, 20, 31, 600]))
            ((_, text),) = self.chance.choices(MESSAGES, weights=[weight for weight, _ in MESSAGES])
            limit = {"limit": REPLY_BYTES} if self.chance.random() < 0.4 else {}
            self.turn(text, **limit)

    def require_way_out(self) -> None:
        """Whatever is going on can be left, and the next question is answered."""
        for _ in range(4):
            if not self.reply.asking:
                break
            self.turn(WAYS_OUT[self.reply.mode])
        assert not self.reply.asking, "stuck after: " + " / ".join(self.heard[-8:])
        reply = self.turn("法律援助怎么申请")
        assert [item.number for item in reply.items] == [51], "not answered after: " + " / ".join(self.heard[-8:])


@pytest.mark.parametrize("seed", range(WALKS))
def test_a_random_conversation_never_fails_never_ends_nowhere_and_keeps_the_contract(
    say: Say, clock: Clock, knowledge: KnowledgeBase, store: object, tmp_path: Path, seed: int
) -> None:
    walk = Walk(say, clock, knowledge, tmp_path / "bot.db", seed)
    for count in range(TURNS):
        walk.step()
        if count % 20 == 19:
            walk.require_way_out()
    (faults,) = walk.file.execute("select count(*) from messages where author = 'service' and reply is null").fetchone()
    assert faults == 0


def test_after_every_message_a_danger_is_seen(say: Say, knowledge: KnowledgeBase) -> None:
    for who, (_, text) in enumerate(MESSAGES):
        require_contract(say(text, who=str(who)), knowledge)
        cry = say("我家着火了快救命", who=str(who))
        assert cry.mode is Mode.EMERGENCY and "119" in cry.text.splitlines()[0], text[:40]


def test_every_question_that_waits_can_be_answered_by_each_of_its_options(say: Say, knowledge: KnowledgeBase) -> None:
    openings = [
        "补贴",
        "老人的事",
        "我妈瘫痪三年了，能享受点啥",
        "孩子今年高考，能享受点啥",
        "正阳街的路灯不亮了没人修",
        "俺爹七十多了没儿没女，能享受点啥",
    ]
    for opening in openings:
        options = say(opening, who=opening).options
        assert options, opening
        for option in options:
            for way in (option.id, option.text):
                who = f"{opening}-{way}"
                before = say(opening, who=who)
                after = say(way, who=who)
                require_contract(after, knowledge)
                assert after.text != before.text, f"{way!r} leads nowhere after {opening!r}"


@given(st.lists(st.text(max_size=60), min_size=1, max_size=3))
@settings(max_examples=100, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_any_text_at_all_gets_an_answer_object(say: Say, knowledge: KnowledgeBase, texts: list[str]) -> None:
    for text in texts:
        require_contract(say(text.encode("utf-8", "replace").decode(), limit=REPLY_BYTES), knowledge)


def test_time_stands_in_the_past_or_the_future_without_harm(say: Say, clock: Clock, knowledge: KnowledgeBase) -> None:
    """A server's clock that jumps back leaves nobody in a form for ever."""
    say("我要投诉")
    clock.forward(days=-400)
    require_contract(say("法律援助怎么申请"), knowledge)
    clock.now = datetime.datetime(2031, 1, 1, tzinfo=datetime.UTC)
    assert say("法律援助怎么申请").mode is Mode.ANSWER

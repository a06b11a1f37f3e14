"""Several matters in one message: each becomes a ticket, none is lost, and any of them can be given up."""

import pytest

from bot.dialogue.flows.feedback import FeedbackReader
from bot.dialogue.flows.several import ConcernReader
from bot.store.sqlite import SqliteStore
from tests.conftest import Say

THREE = "我要反映正阳街路灯不亮，春城大街井盖坏了，景阳大路公厕没人打扫"
READER = ConcernReader(FeedbackReader())


def filed(store: SqliteStore) -> list[tuple[str, str]]:
    """Matter and place of every ticket."""
    return [(row["matter"], row["place"]) for row in store.engine.rows("select matter, place from tickets order by rowid")]


@pytest.mark.parametrize(
    ("said", "matters"),
    [
        ("路灯坏了三天了没人修,楼道的垃圾也没人收", 2),
        ("小区垃圾没人收。还有楼道灯坏了", 2),
        ("第一路灯不亮,第二井盖坏了,第三公厕没人打扫", 3),
        ("路灯坏了,没人修,晚上黑得很", 0),
        ("楼下烧烤摊油烟太大,还有半夜太吵,垃圾也没人收", 0),
        ("物业不干活,垃圾没人收,电梯也坏了", 0),
        ("下水道堵了,垃圾往外冒", 0),
    ],
)
def test_matters_without_a_place_are_told_apart_by_what_they_are_about(said: str, matters: int) -> None:
    assert len(READER.read(said).matters) == matters


def test_none_of_many_matters_is_dropped() -> None:
    said = ",".join(f"{place}路灯不亮" for place in ("正阳街", "青年路", "景阳大路", "春城大街", "普阳街", "和平大街"))
    found = READER.read(said).matters
    assert len(found) == 5 and "普阳街" in found[4] and "和平大街" in found[4]


def test_two_matters_without_a_place_become_two_tickets_and_where_is_asked_once(say: Say, store: SqliteStore) -> None:
    asked = say("路灯坏了三天了没人修，楼道的垃圾也没人收，我电话13912345678")
    assert asked.text.endswith("比如哪条街、哪个小区。") and "1件别的事" in asked.text
    say("春城大街")
    second = say("确认")
    assert second.ticket and second.asking and "地点：春城大街" in second.text and "想补充" not in second.text
    assert say("确认").ticket
    assert [place for _, place in filed(store)] == ["春城大街", "春城大街"]
    assert len({matter for matter, _ in filed(store)}) == 2


@pytest.mark.parametrize("cancel", ["取消", "2", "这件不要了", "第一件不要了", "路灯那件算了"])
def test_giving_up_the_first_goes_on_with_the_next(say: Say, store: SqliteStore, cancel: str) -> None:
    say(THREE)
    assert "春城大街井盖坏了" in say(cancel).text
    say("确认")
    say("确认")
    assert [place for _, place in filed(store)] == ["春城大街", "景阳大路"]


@pytest.mark.parametrize("cancel", ["第二件不要了", "井盖那件算了"])
def test_one_that_has_not_come_up_yet_is_given_up_by_its_number_or_its_words(say: Say, store: SqliteStore, cancel: str) -> None:
    say(THREE)
    shown = say(cancel)
    assert "井盖" in shown.text and "我记下的是" in shown.text and "正阳街" in shown.text
    say("确认")
    say("确认")
    assert [place for _, place in filed(store)] == ["正阳街", "景阳大路"]


def test_all_of_them_are_given_up_at_once(say: Say, store: SqliteStore) -> None:
    say(THREE)
    assert not say("全部取消").asking
    say("确认")
    assert filed(store) == []


def test_what_was_taken_for_several_is_put_together_again(say: Say, store: SqliteStore) -> None:
    say("路灯坏了三天了没人修，楼道的垃圾也没人收")
    say("是一件事")
    say("春城大街")
    assert not say("确认").asking
    assert len(filed(store)) == 1 and "路灯" in filed(store)[0][0] and "垃圾" in filed(store)[0][0]


def test_the_next_matter_follows_one_that_cannot_be_accepted(say: Say, store: SqliteStore) -> None:
    reply = say("我要投诉春城大街的法院判得不公，正阳街路灯不亮")
    assert "人民法院" in reply.text and reply.asking and "正阳街" in reply.text
    say("确认")
    assert [place for _, place in filed(store)] == ["正阳街"]

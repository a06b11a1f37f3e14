"""Help that was called already, and what is over: no warning about something else, and the number where nobody answers."""

import pytest

from bot.messages import Mode
from tests.conftest import Say

LAMP = "正阳街的路灯三天不亮了，没人修"


@pytest.mark.parametrize("said", ["已经打119了", "打过119了，他们在路上", "120叫了", "报警了，警察来了"])
@pytest.mark.parametrize("form", [True, False])
def test_who_called_already_is_told_to_stay_safe(say: Say, said: str, form: bool) -> None:
    if form:
        say(LAMP)
    reply = say(said)
    assert reply.mode is Mode.EMERGENCY and "打过了就好" in reply.text and "96110" not in reply.text
    assert "请马上拨打" not in reply.text and ("先放着" in reply.text) is form
    assert not form or say("确认").ticket


@pytest.mark.parametrize("said", ["打119没人接", "已经打了120，怎么还没来", "我家着火了，已经打119了", "我没事了，就是不想活了"])
def test_who_is_still_in_danger_gets_the_number(say: Say, said: str) -> None:
    reply = say(said)
    assert reply.mode is Mode.EMERGENCY and any(source.get("hotline") in ("119", "120", "110") for source in reply.sources)


def test_what_is_over_is_no_danger_and_the_form_goes_on(say: Say) -> None:
    say(LAMP)
    say("着火了救命")
    reply = say("没事了，已经灭了")
    assert reply.mode is Mode.CHITCHAT and "没事就好" in reply.text and "还没提交" in reply.text
    assert say("确认").ticket


def test_what_is_left_beside_the_call_is_heard(say: Say) -> None:
    say("楼下着火了怎么办")
    assert say("打了119了，他们来了，就是消防通道堵着车").mode is Mode.FEEDBACK

"""Accounts, units, holidays, settings, and the log of all of it, through the pages."""

import datetime
import re
from collections.abc import Callable

import pytest
from flask import Flask

from bot.config import Config, with_settings
from bot.console.settings import setting_groups
from bot.console.words import audit_words
from bot.current import CurrentConfig
from bot.store.accounts import SqliteAccounts
from bot.store.audit import SqliteAudit
from bot.store.settings import SqliteSettings
from bot.store.sqlite import SqliteStore
from bot.store.units import SqliteUnits
from bot.tickets.notices import NoticeError, read_notice_text
from tests.conftest import ROOT, Clock
from tests.console.conftest import Clerk

Signed = Callable[..., Clerk]


def one_time_password(page: str) -> str:
    found = re.search(r"密码 <code>([^<]+)</code>", page)
    assert found
    return found[1]


def test_an_account_is_made_used_reset_and_shut_out(application: Flask, clerk: Signed, store: SqliteStore, clock: Clock) -> None:
    admin = clerk()
    made = admin.post("/console/accounts/", username="WangMei", name="王梅", role="staff", unit="901")
    password = one_time_password(made.text)
    wang = Clerk(application, "wangmei")
    assert wang.sign_in(password).headers["Location"] == "/console/me"
    account = SqliteAccounts(store.engine, clock).named("wangmei")
    assert account and account.unit == 901 and account.must_change

    again = one_time_password(admin.post(f"/console/accounts/{account.id}/password").text)
    assert again != password
    assert wang.get("/console/me").status_code == 302, "signed out at once"
    assert wang.sign_in(password).status_code == 403
    assert wang.sign_in(again).status_code == 302

    assert admin.post(f"/console/accounts/{account.id}/active", active="0").status_code == 302
    assert wang.get("/console/me").status_code == 302
    assert wang.sign_in(again).status_code == 403
    assert admin.post(f"/console/accounts/{account.id}/active", active="1").status_code == 302
    assert wang.sign_in(again).status_code == 302


@pytest.mark.parametrize(
    ("fields", "said"),
    [
        ({"username": "reader", "role": "reader"}, "已经有"),
        ({"username": "x", "role": "reader"}, "2 到 40"),
        ({"username": "a b", "role": "reader"}, "2 到 40"),
        ({"username": "newone", "role": "staff"}, "单位"),
        ({"username": "newone", "role": "staff", "unit": "77"}, "没有这个单位"),
        ({"username": "newone", "role": "king"}, "没有角色"),
    ],
)
def test_what_is_wrong_with_a_new_account_is_told(clerk: Signed, fields: dict[str, str], said: str) -> None:
    answer = clerk().post("/console/accounts/", **fields)
    assert answer.status_code == 400 and said in answer.text
    assert f'value="{fields["username"]}"' in answer.text, "what was typed stays"


def test_administrators_cannot_take_their_own_role_or_lock_themselves_out(
    clerk: Signed, store: SqliteStore, clock: Clock
) -> None:
    accounts = SqliteAccounts(store.engine, clock)
    admin, own = clerk(), accounts.named("administrator")
    assert own
    assert admin.post(f"/console/accounts/{own.id}", role="reader").status_code == 400
    admin.post(f"/console/accounts/{own.id}/active", active="0")
    admin.post(f"/console/accounts/{own.id}/password")
    assert accounts.named("administrator") == accounts.get(own.id)
    assert admin.get("/console/").status_code == 200


def test_a_changed_account_is_logged_with_what_changed(clerk: Signed, store: SqliteStore, clock: Clock) -> None:
    reader = SqliteAccounts(store.engine, clock).named("reader")
    assert reader
    admin = clerk()
    admin.post(f"/console/accounts/{reader.id}", name="李想", role="dispatcher")
    entry = SqliteAudit(store.engine, clock).find(actions=["account.change"])[0]
    assert (entry.username, entry.object) == ("administrator", "reader")
    assert entry.detail == {"name": ["reader姓名", "李想"], "role": ["reader", "dispatcher"]}
    page = admin.get("/console/audit/?action=account.change&username=Administrator").text
    assert "修改账号" in page and "李想" in page
    assert "没有符合" in admin.get("/console/audit/?action=account.change&username=nobody").text


def test_signing_in_and_failing_to_are_logged_with_the_address(
    application: Flask, clerk: Signed, store: SqliteStore, clock: Clock
) -> None:
    Clerk(application, "reader").sign_in("wrong-password")
    Clerk(application, "a-password-typed-as-a-name").sign_in("wrong-password")
    clerk("reader")
    entries = SqliteAudit(store.engine, clock).find()
    assert [(entry.action, entry.username) for entry in entries[:3]] == [
        ("session.sign_in", "reader"),
        ("session.refused", ""),
        ("session.refused", "reader"),
    ]
    assert all(entry.address == "127.0.0.1" for entry in entries)


def test_the_log_is_read_page_by_page_and_by_day(clerk: Signed, store: SqliteStore, clock: Clock) -> None:
    log = SqliteAudit(store.engine, clock)
    for number in range(120):
        log.add(None, "robot", "unit.change", f"第{number}号", {}, "")
    clock.forward(minutes=10)
    admin = clerk()
    page, seen = admin.get("/console/audit/?username=robot").text, list[str]()
    while True:
        seen += re.findall(r"第(\d+)号", page)
        more = re.search(r'href="([^"]+before=[^"]+)">更早的', page)
        if not more:
            break
        page = admin.get(more[1].replace("&amp;", "&")).text
    assert seen == [str(number) for number in reversed(range(120))]
    today, tomorrow = clock().date(), clock().date() + datetime.timedelta(days=1)
    assert "第119号" in admin.get(f"/console/audit/?username=robot&since={today}&until={today}").text
    assert "没有符合" in admin.get(f"/console/audit/?username=robot&since={tomorrow}").text


def test_every_action_that_is_logged_has_a_chinese_word() -> None:
    logged = set()
    for path in [*(ROOT / "bot" / "console").rglob("*.py"), ROOT / "app.py"]:
        if path.name == "frame.py":  # its docstring shows an example
            continue
        logged |= set(re.findall(r'audit\(\s*(?:f?)"([\w.]+)"', path.read_text(encoding="utf-8")))
    assert len(logged) >= 8
    assert logged <= audit_words().keys(), logged - audit_words().keys()


UNIT = {"full_name": "绿园区试验局", "phone": "0431-1234567", "days_complaint": "3", "active": "1", "signs_off": "1"}


def test_a_unit_is_changed_through_its_form(clerk: Signed, store: SqliteStore) -> None:
    admin = clerk()
    answer = admin.post("/console/units/901", **UNIT, alerts_email="a@b.cn c@d.cn", parent="902")
    assert answer.status_code == 302
    unit = SqliteUnits(store.engine).get(901)
    assert unit and unit.name == "试验单位一" and unit.full_name == "绿园区试验局"
    assert unit.days == {"complaint": 3} and unit.alerts == {"email": ["a@b.cn", "c@d.cn"]}
    assert unit.signs_off and unit.active and not unit.outside and unit.parent == 902
    assert "绿园区试验局" in admin.get("/console/units/").text


@pytest.mark.parametrize(
    ("fields", "said"),
    [
        ({"parent": "901"}, "上级单位"),
        ({"days_complaint": "0"}, "1 到 365"),
        ({"days_praise": "soon"}, "1 到 365"),
        ({"alerts_wecom": "http://plain.example/"}, "这一行不对"),
        ({"alerts_email": "nobody"}, "这一行不对"),
        ({"alerts_sms": "12345"}, "这一行不对"),
    ],
)
def test_what_is_wrong_with_a_unit_is_told_at_the_field(
    clerk: Signed, store: SqliteStore, fields: dict[str, str], said: str
) -> None:
    before = SqliteUnits(store.engine).get(901)
    answer = clerk().post("/console/units/901", **{**UNIT, **fields})
    assert answer.status_code == 400 and said in answer.text
    assert SqliteUnits(store.engine).get(901) == before


def test_a_unit_cannot_stand_below_its_own_branch(clerk: Signed) -> None:
    admin = clerk()
    assert admin.post("/console/units/901", **UNIT, parent="902").status_code == 302
    assert admin.post("/console/units/902", **UNIT, parent="901").status_code == 400


def test_a_new_unit_needs_a_name_of_its_own(clerk: Signed) -> None:
    admin = clerk()
    assert "已经有" in admin.post("/console/units/new", name="试验单位二", active="1").text
    assert admin.post("/console/units/new", name="城西镇", active="1").status_code == 302
    assert "城西镇" in admin.get("/console/units/").text


NOTICE = """一、元旦：1月1日（周五）至3日（周日）放假，共3天。
二、春节：2月5日（周五，除夕）至13日（周六）放假调休，共9天。1月31日（周日）、2月20日（周六）上班。
三、清明节：4月3日至5日放假，共3天。
四、劳动节：5月1日（周六）至5日（周三）放假调休，共5天。4月25日（周日）上班。"""


def test_a_notice_is_read_from_its_own_words() -> None:
    notice = read_notice_text(2027, NOTICE, "试验通知")
    assert len(notice.days_off) == 3 + 9 + 3 + 5
    assert datetime.date(2027, 2, 13) in notice.days_off
    assert sorted(map(str, notice.make_up_days)) == ["2027-01-31", "2027-02-20", "2027-04-25"]


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", "没有读到"),
        ("2月30日放假。", "没有这一天"),
        ("1月5日至3日放假。", "先后"),
        ("1月1日放假，1月3日上班。", "分不开"),
        ("1月1日放假。1月4日上班。", "不是周末"),
        ("2029年1月1日放假。", "不是 2027 年"),
    ],
)
def test_a_notice_that_cannot_be_is_refused_with_the_reason(text: str, said: str) -> None:
    with pytest.raises(NoticeError, match=said):
        read_notice_text(2027, text, "试验通知")


def test_a_notice_is_shown_before_it_is_kept(clerk: Signed, application: Flask) -> None:
    admin = clerk()
    form = {"year": "2027", "source": "试验通知", "text": NOTICE}
    office = application.extensions["notices"]
    shown = admin.post("/console/holidays/", "/console/holidays/", **form)
    assert "20 天放假" in shown.text and 2027 not in office.calendar.notices
    assert admin.post("/console/holidays/", **form, sure="1").status_code == 302
    assert not office.calendar.is_working(datetime.date(2027, 2, 8))
    assert office.calendar.is_working(datetime.date(2027, 1, 31))


def test_a_setting_holds_under_the_file_and_over_the_default() -> None:
    file = Config.model_validate({"page": {"footer": "来自文件"}})
    config = with_settings(file, {"page.footer": "来自工作台", "console.session_minutes": 30})
    assert (config.page.footer, config.console.session_minutes) == ("来自文件", 30)
    assert with_settings(Config(), {"page.footer": "来自工作台"}).page.footer == "来自工作台"


def test_settings_are_changed_on_their_page_and_hold_at_once(clerk: Signed, store: SqliteStore, clock: Clock) -> None:
    admin = clerk()
    form = {"page.footer": "吉ICP备00000000号", "console.session_minutes": "10", "answers.answer_at": ""}
    assert admin.post("/console/settings/", **form).status_code == 302
    assert "吉ICP备00000000号" in admin.client.application.test_client().get("/console/login").text
    clock.forward(minutes=11)
    assert admin.get("/console/").status_code == 302, "the shorter session holds"
    admin = clerk()
    assert admin.post("/console/settings/", **{"page.footer": ""}).status_code == 302
    assert SqliteSettings(store.engine, clock).all() == {"console.session_minutes": 10}


@pytest.mark.parametrize(
    "fields",
    [
        {"answers.answer_at": "1.5"},
        {"answers.answer_at": "viel"},
        {"privacy.retention_days": "0"},
        {"live.hours": "早上"},
        {"answers.answer_at": "0.3", "answers.clarify_at": "0.6"},
    ],
)
def test_an_impossible_setting_changes_nothing(clerk: Signed, store: SqliteStore, clock: Clock, fields: dict[str, str]) -> None:
    answer = clerk().post("/console/settings/", **fields, **{"page.footer": "另一个"})
    assert answer.status_code == 400
    assert SqliteSettings(store.engine, clock).all() == {}


def test_a_key_that_the_file_sets_is_shown_locked_and_stays(
    application: Flask, clerk: Signed, store: SqliteStore, clock: Clock
) -> None:
    application.extensions["given_config"] = Config.model_validate({"page": {"footer": "来自文件"}})
    admin = clerk()
    page = admin.get("/console/settings/").text
    assert "已在配置文件里设定" in page and "来自文件" in page
    admin.post("/console/settings/", **{"page.footer": "来自工作台"})
    assert SqliteSettings(store.engine, clock).all() == {}


def test_every_setting_is_explained() -> None:
    for group in setting_groups():
        for setting in group.settings:
            assert len(setting.effect) >= 10 and setting.title


def test_the_configuration_is_read_anew_when_the_version_grows(store: SqliteStore, clock: Clock) -> None:
    settings, time = SqliteSettings(store.engine, clock), [0.0]
    current = CurrentConfig(Config(), settings.version, settings.all, lambda: time[0])
    assert current().page.footer == ""
    settings.set("page.footer", "新的", "admin")
    settings.set("no.such", 1, "admin")
    settings.set("privacy.retention_days", -5, "admin")
    time[0] = 1.5
    assert current().page.footer == "新的"
    assert current().privacy.retention_days == 365, "what cannot be is left out"


def test_the_log_calls_settings_and_fields_as_the_pages_do(clerk: Signed) -> None:
    admin = clerk("administrator")
    admin.post("/console/settings/", **{"console.second_person": "true"})
    admin.post("/console/knowledge/service/legal-aid/how", text="拨打12348问。", rests="plan")
    page = admin.get("/console/audit/").text
    assert "发布要另一个人批准" in page and "console.second_person" not in page and "（没有） → 是" in page
    assert "怎么办理（答复）" in page and "answers.how" not in page

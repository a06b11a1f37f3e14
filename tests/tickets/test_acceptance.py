"""What is not accepted, and what sounds like it and is."""

import pytest

from bot.tickets.acceptance import lawful_way


@pytest.mark.parametrize(
    ("matter", "name", "number"),
    [
        ("法院判得不公，我要求改判", "诉讼", "12348"),
        ("不服一审判决，你们给管管", "诉讼", "12348"),
        ("判决书下来一年了没执行", "诉讼", "12348"),
        ("劳动仲裁裁决不公", "仲裁", "12333"),
        ("我要申请劳动仲裁，单位欠工资", "仲裁", "12333"),
        ("不服交警的处罚决定", "行政复议", "12348"),
        ("我要申请行政复议", "行政复议", "12348"),
        ("村主任侵吞集体的钱", "纪检监察", "12345"),
        ("举报局长受贿", "纪检监察", "12345"),
        ("办事窗口吃拿卡要", "纪检监察", "12345"),
    ],
)
def test_what_no_office_may_settle_has_its_lawful_way(matter: str, name: str, number: str) -> None:
    way = lawful_way(matter)
    assert way is not None and way.name == name
    assert number in way.way and way.source


@pytest.mark.parametrize(
    "matter",
    [
        "法院门口的路灯坏了没人修",
        "法院附近天天噪音",
        "区城管局的人态度不好",
        "社区主任从来不接电话",
        "物业不退停车费",
        "正阳街的井盖丢了",
        "仲裁委的人态度差",
        "红包雨活动的传单贴满楼道",
        "开发商欠农民工工资",
        "罚款太多了，停车位又少",
    ],
)
def test_an_ordinary_matter_is_accepted(matter: str) -> None:
    assert lawful_way(matter) is None

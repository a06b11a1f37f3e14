"""What residents are told about a service: nothing that no source says, the plan's year first, who is responsible, the source."""

import re

import pytest

from bot.channels.wechat import REPLY_BYTES, render
from bot.dialogue.wording import Wording
from bot.messages import Mode, Reply
from knowledge.base import KnowledgeBase
from knowledge.load import load_knowledge
from knowledge.model import Aspect, Kind, PlaceList, Purpose, tight

KNOWLEDGE = load_knowledge()
SERVICES = list(KNOWLEDGE.services)
NOT_FOR_ASKING = (Purpose.RIGHTS, Purpose.COMPLAINT)


@pytest.fixture(scope="module")
def wording(knowledge: KnowledgeBase) -> Wording:
    return Wording(knowledge)


def replies(wording: Wording, service_id: str) -> dict[Aspect, Reply]:
    """The service's reply to each aspect that can be asked."""
    return {aspect: wording.service_reply(service_id, aspect, 0.9) for aspect in Aspect}


def first_sentence(text: str) -> str:
    return re.split(r"[。\n]", text)[0]


def shared_words(text: str, source: str, but_not_in: str, length: int) -> str:
    """A run of this many characters that ``text`` shares with ``source`` and that does not stand in ``but_not_in``."""
    runs = (text[i : i + length] for i in range(len(text) - length + 1))
    return next((run for run in runs if run in source and run not in but_not_in), "")


# -- the published texts ------------------------------------------------------------------------------------------------


def test_no_answer_says_that_cremation_is_among_the_funeral_items(knowledge: KnowledgeBase, wording: Wording) -> None:
    said = [text for service in knowledge.services.values() for text in service.answers.values()]
    said += [reply.text for service_id in SERVICES for reply in replies(wording, service_id).values()]
    assert not [text for text in said if re.search("火化|火葬|骨灰|遗体|冷藏|告别", text)]
    assert "是哪六项，计划没有写" in knowledge.services["funeral-benefit"].answers[Aspect.OVERVIEW]


def test_answers_name_no_law_that_is_not_among_the_known_ones(knowledge: KnowledgeBase) -> None:
    plan = f"《{knowledge.plan.title}》"
    for service in knowledge.services.values():
        names = "".join(knowledge.law(law_id).name for law_id in service.laws)
        for text in service.answers.values():
            for named in set(re.findall(r"《[^》]+》", text)) - {plan}:
                assert named.strip("《》") in names, (service.id, named)
            for number in re.findall(r"\S{2,4}[〔\[]\d{4}[〕\]]\d+号|公告\d{4}年第\d+号", text):
                assert number in names, (service.id, number)


def test_answers_speak_of_the_law_only_where_the_service_cites_one(knowledge: KnowledgeBase) -> None:
    for service in knowledge.services.values():
        if any(re.search("国家规定|现行规定|法律规定|按规定|条例|办法", text) for text in service.answers.values()):
            assert service.laws, service.id


def test_no_answer_promises_anything(knowledge: KnowledgeBase, wording: Wording) -> None:
    promises = re.compile("您可以享受|您能享受|您符合|保证|一定能|肯定能|都能享受")
    for service_id in SERVICES:
        assert not any(promises.search(reply.text) for reply in replies(wording, service_id).values()), service_id


def test_contacts_of_departments_are_empty_until_an_administrator_enters_them(knowledge: KnowledgeBase) -> None:
    assert len(knowledge.departments) == 20
    for department in knowledge.departments:
        assert (department.phone, department.address, department.hours) == ("", "", ""), department.name


def test_the_only_telephone_numbers_that_anything_says_are_known_hotlines(knowledge: KnowledgeBase, wording: Wording) -> None:
    known = {hotline.number for hotline in knowledge.hotlines}
    for service_id in SERVICES:
        for reply in replies(wording, service_id).values():
            said = re.findall(r"(?:拨打|电话[：:]|热线)(\d+)", reply.text)
            assert set(said) <= known, (service_id, said)
            assert not re.search(r"\d{7,}|0\d{2,3}-\d+", reply.text), service_id


# -- hotlines and their purpose -----------------------------------------------------------------------------------------


def test_lines_for_those_who_were_wronged_are_not_given_to_who_asks_about_a_service(
    knowledge: KnowledgeBase, wording: Wording
) -> None:
    lines = [hotline for hotline in knowledge.hotlines if hotline.purpose in NOT_FOR_ASKING]
    assert {hotline.number for hotline in lines} == {"12338", "12351", "12315"}
    for service_id in SERVICES:
        for aspect, reply in replies(wording, service_id).items():
            for hotline in lines:
                assert hotline.number not in reply.text and hotline.name not in reply.text, (service_id, aspect)
                assert {"hotline": hotline.number} not in reply.sources, (service_id, aspect)


@pytest.mark.parametrize(
    ("service_id", "number"),
    [
        ("legal-aid", "12348"),
        ("dispute-mediation", "12348"),
        ("graduate-job-fair", "12333"),
        ("six-taxes", "12366"),
        ("youth-social-work", "12355"),
        ("elderly-anti-fraud", "96110"),
    ],
)
def test_an_advice_line_is_given_with_the_services_that_it_is_for(wording: Wording, service_id: str, number: str) -> None:
    for reply in replies(wording, service_id).values():
        assert number in reply.text and {"hotline": number} in reply.sources


def test_who_asks_whom_to_turn_to_always_gets_a_number(knowledge: KnowledgeBase, wording: Wording) -> None:
    for service_id in SERVICES:
        text = wording.service_reply(service_id, Aspect.CONTACT, 0.9).text
        assert any(hotline.number in text for hotline in knowledge.hotlines), service_id


# -- every reply about every service ------------------------------------------------------------------------------------


@pytest.mark.parametrize("service_id", SERVICES)
def test_a_reply_says_in_its_first_sentence_that_the_plan_is_of_2022(wording: Wording, service_id: str) -> None:
    if wording.knowledge.services[service_id].kind is Kind.GOVERNANCE:
        assert all("2022年计划" in reply.text for reply in replies(wording, service_id).values())
        return
    for aspect, reply in replies(wording, service_id).items():
        assert "2022年计划" in first_sentence(reply.text), (aspect, reply.text)
        assert "计划是2022年的" in reply.text, aspect


@pytest.mark.parametrize("service_id", SERVICES)
def test_a_reply_with_a_figure_says_first_that_the_plan_is_of_2022(wording: Wording, service_id: str) -> None:
    for aspect, reply in replies(wording, service_id).items():
        body = wording.first_words(wording.knowledge.services[service_id], aspect)
        if re.search(r"\d", body.replace("2022年", "")):
            assert "2022年计划" in first_sentence(reply.text), (aspect, reply.text)


@pytest.mark.parametrize("service_id", SERVICES)
def test_a_reply_names_every_responsible_department(wording: Wording, service_id: str) -> None:
    names = wording.knowledge.item_of(service_id).departments
    for aspect, reply in replies(wording, service_id).items():
        line = next(line for line in reply.text.splitlines() if line.startswith("责任部门："))
        assert line.removeprefix("责任部门：").split("、") == list(names), aspect


@pytest.mark.parametrize("service_id", SERVICES)
def test_a_reply_ends_with_its_source_and_item_number(wording: Wording, service_id: str) -> None:
    number = wording.knowledge.item_of(service_id).number
    for aspect, reply in replies(wording, service_id).items():
        last = reply.text.rstrip().splitlines()[-1]
        assert last.startswith(f"依据：《2022年建设幸福绿园行动计划》第{number}条"), (aspect, last)


@pytest.mark.parametrize("service_id", SERVICES)
def test_a_reply_fits_into_a_wechat_message_with_all_its_options(wording: Wording, service_id: str) -> None:
    for aspect, reply in replies(wording, service_id).items():
        shown = render(reply)
        assert len(shown.encode()) <= REPLY_BYTES == 2048, aspect
        assert all(option.text in shown for option in reply.options)
        assert not re.search(r"[{}]|\bNone\b|\bAspect\.|\.toml", reply.text), "a template that was not filled in"


@pytest.mark.parametrize("service_id", SERVICES)
def test_a_reply_answers_for_its_item_alone(wording: Wording, service_id: str) -> None:
    item = wording.knowledge.item_of(service_id)
    for aspect, reply in replies(wording, service_id).items():
        assert reply.mode is Mode.ANSWER and not reply.asking
        assert [(i.number, i.service, i.departments) for i in reply.items] == [(item.number, service_id, item.departments)]
        assert reply.sources[0] == {"item": item.number, "document": "长绿发〔2022〕6号"}, aspect
        assert len({repr(source) for source in reply.sources}) == len(reply.sources)


# -- sources ------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("service_id", SERVICES)
def test_every_telephone_number_that_a_reply_gives_is_among_its_sources_and_no_other(wording: Wording, service_id: str) -> None:
    """A hotline is given with its name; 120 课时 is no telephone number."""
    for aspect, reply in replies(wording, service_id).items():
        given = {
            h.number for h in wording.knowledge.hotlines if re.search(rf"(?<!\d){h.number}(?!\d)(?=（|咨询|转接)", reply.text)
        }
        assert {source["hotline"] for source in reply.sources if "hotline" in source} == given, (aspect, reply.text)


@pytest.mark.parametrize("service_id", SERVICES)
def test_every_law_that_a_reply_speaks_of_is_among_its_sources_and_its_last_line(wording: Wording, service_id: str) -> None:
    service = wording.knowledge.services[service_id]
    cited = [wording.knowledge.law(law_id) for law_id in service.laws]
    for aspect, reply in replies(wording, service_id).items():
        body, _, last = reply.text.rpartition("\n")
        laws = [source["law"] for source in reply.sources if "law" in source]
        assert all(law in last for law in laws), aspect
        assert set(laws) <= {law.name for law in cited}, aspect
        if re.search("国家规定|现行规定|法》规定|《婚姻登记条例》", body):
            assert laws, (aspect, reply.text)


@pytest.mark.parametrize("service_id", SERVICES)
def test_what_only_a_law_says_is_not_put_down_to_the_plan(wording: Wording, service_id: str) -> None:
    """Eight characters in a row from a law, which the plan does not have, make the law a source."""
    service, item = wording.knowledge.services[service_id], wording.knowledge.item_of(service_id)
    cited = [wording.knowledge.law(law_id) for law_id in service.laws]
    for aspect, reply in replies(wording, service_id).items():
        body = reply.text.rpartition("\n")[0]
        others = "".join(law.fact for law in cited if {"law": law.name} in reply.sources)
        for law in cited:
            if {"law": law.name} not in reply.sources:
                words = shared_words(body, law.fact, tight(item.text) + service.title + others, 8)
                assert not words, (aspect, law.id, words)


# -- places, silence, what comes next -----------------------------------------------------------------------------------


def test_nobody_is_told_that_their_estate_is_not_in_an_open_list(knowledge: KnowledgeBase, wording: Wording) -> None:
    for service in knowledge.services.values():
        reply = wording.service_reply(service.id, Aspect.WHERE, 0.9).text
        if service.place_list is PlaceList.OPEN:
            assert all(tight(place) in reply for place in service.places), service.id
            assert "没有列全" in reply and "核实" in reply, service.id
        assert not re.search("不在名单|不在范围|不包括您|没有您", reply), service.id


@pytest.mark.parametrize(
    ("service_id", "total"), [("rain-sewage", "35个"), ("road-network", "16条"), ("shanty-renovation", "8个")]
)
def test_an_open_list_tells_how_many_there_are(wording: Wording, service_id: str, total: str) -> None:
    assert total in wording.service_reply(service_id, Aspect.WHERE, 0.9).text


def test_where_the_plan_is_silent_the_reply_says_so_and_who_can_tell(knowledge: KnowledgeBase, wording: Wording) -> None:
    silent = 0
    for service in knowledge.services.values():
        for aspect, reply in replies(wording, service.id).items():
            if wording.is_gap(service, aspect):
                silent += 1
                said = first_sentence(reply.text)
                assert "没有写" in said, (service.id, aspect, said)
                assert any(name in reply.text for name in knowledge.item_of(service.id).departments)
    assert silent > 200


def test_progress_names_the_target_and_that_none_is_reported(wording: Wording) -> None:
    text = wording.service_reply("battery-swap", Aspect.PROGRESS, 0.9).text
    assert "5座" in first_sentence(text) and "还没有" in text and "区工信局" in text


def test_what_can_be_asked_next_is_never_what_was_just_asked(wording: Wording) -> None:
    for service_id in SERVICES:
        for aspect, reply in replies(wording, service_id).items():
            following = wording.next_aspects(service_id, aspect)
            assert aspect not in following and following
            assert [option.text for option in reply.options] == [wording.aspect_name(a) for a in following]

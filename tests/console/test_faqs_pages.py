"""What a clerk wrote to an unanswered question: taken over by an administrator, then said to whoever asks the same."""

import re
from collections.abc import Callable
from dataclasses import replace

import pytest
from flask import Flask

from app import Installation, minds_of
from bot.config import Config
from bot.dialogue.conversation import Conversation
from bot.messages import Message, Mode, Reply
from bot.questions.grouper import Grouper
from bot.questions.records import Faq
from bot.store.faqs import FaqBook
from bot.store.knowledge import KnowledgeStore
from bot.store.questions import QuestionStore, taught_questions
from bot.store.sqlite import SqliteStore
from bot.written import WrittenAnswers
from intents.model import Model
from intents.vectors import MessageVectors
from knowledge.base import KnowledgeBase
from tests.conftest import Clock, Say
from tests.console.conftest import Clerk

PASSPORT = ["护照过期了怎么换", "护照到期了咋换新的", "我护照过期了，换发要去哪里办"]
ANSWER = "换护照请带身份证和旧护照，到公安出入境接待大厅办理。"


@pytest.fixture
def waiting(application: Flask, say: Say, model: Model, store: SqliteStore, clock: Clock, clerk: Callable[..., Clerk]) -> str:
    """The address at which a clerk's answer waits for an administrator."""
    for k, text in enumerate(PASSPORT):
        say(text, who=f"居民{k}")
    vectors = MessageVectors(model.understanding)
    questions = QuestionStore(store.engine, clock)
    Grouper(questions, vectors, vectors.alike_at).work()
    (group,) = questions.groups("open", None, 0, 5)
    clerk("dispatcher").post(f"/console/questions/{group.id}/answer", text=ANSWER)
    page = clerk("administrator").get("/console/faqs/").text
    found = re.search(r'href="(/console/faqs/from/\d+)"', page)
    assert found and ANSWER in page
    return found[1]


Ask = Callable[[str], Reply]


@pytest.fixture
def ask(knowledge: KnowledgeBase, model: Model, store: SqliteStore, clock: Clock) -> Ask:
    """Ask as a new resident what the running service would be asked, with all that holds now."""
    place = Installation(Config.model_validate({"store": {"url": f"sqlite:///{store.engine.path}"}}), knowledge)
    KnowledgeStore(store.engine).bring_in(knowledge, clock())
    minds = minds_of(place, store, model, place.learned(model, store.engine))
    conversation = Conversation(store, minds.current, clock)

    def speak(text: str) -> Reply:
        minds.look()
        return conversation.handle(Message(f"test:new {text}", text, "test")).reply

    return speak


def test_the_next_resident_gets_the_answer_in_other_words_too(
    waiting: str, ask: Ask, clerk: Callable[..., Clerk], store: SqliteStore
) -> None:
    assert ask(PASSPORT[0]).mode is Mode.REJECT
    administrator = clerk("administrator")
    form = administrator.get(waiting).text
    assert all(text in form for text in PASSPORT)
    answer = administrator.post(waiting, waiting, text=ANSWER, questions="\n".join(PASSPORT), where="faq")
    assert answer.status_code == 302
    for text in (PASSPORT[0], "护照过期了该怎么换呢", "护照到期要怎么换新"):
        reply = ask(text)
        assert reply.mode is Mode.ANSWER and reply.text.startswith(ANSWER), text
        assert reply.sources == ({"published": "2026-03-02", "by": "绿园区"},)
        assert reply.text.endswith("依据：绿园区2026-03-02的答复")
    assert ask("公积金怎么提取出来").mode is Mode.REJECT
    assert ask("法律援助怎么申请").items[0].service == "legal-aid"
    assert "没有等着采用的" in administrator.get("/console/faqs/").text
    number = FaqBook(store.engine, lambda: None).all()[0].id  # type: ignore[arg-type,return-value]
    administrator.post(f"/console/faqs/{number}/switch", "/console/faqs/", state="stopped")
    assert ask("护照到期了如何换新的").mode is Mode.REJECT


def test_a_question_that_the_plan_answers_is_shown_before_the_answer_takes_its_place(
    waiting: str, ask: Ask, clerk: Callable[..., Clerk]
) -> None:
    administrator = clerk("administrator")
    fields = {"text": "今年起到二楼办。", "questions": f"{PASSPORT[0]}\n法律援助怎么申请", "where": "faq"}
    warned = administrator.post(waiting, waiting, **fields)
    assert warned.status_code == 409 and "“法律援助怎么申请”：法律援助" in warned.text and "今年起到二楼办。" in warned.text
    assert ask("法律援助怎么申请").items[0].service == "legal-aid"
    assert administrator.post(waiting, waiting, **fields, sure="faq").status_code == 302
    assert ask("法律援助怎么申请？").text.startswith("今年起到二楼办。"), "the very words"
    assert ask("法律援助咋申请呢").items[0].service == "legal-aid", "other words are the plan's"


def test_what_tells_a_life_and_was_answered_is_not_asked_about_again(waiting: str, ask: Ask, clerk: Callable[..., Clerk]) -> None:
    text = "我妈瘫痪三年了，去医院的救护车费谁给报"
    administrator = clerk("administrator")
    administrator.post(waiting, waiting, text="请打12393问医保。", questions=text, where="faq", sure="faq")
    assert ask(text).text.startswith("请打12393问医保。")


def test_an_answer_can_be_put_right_and_says_what_it_says_now(waiting: str, ask: Ask, clerk: Callable[..., Clerk]) -> None:
    administrator = clerk("administrator")
    administrator.post(waiting, waiting, text=ANSWER, questions=PASSPORT[0], where="faq")
    page = administrator.get("/console/faqs/").text
    found = re.search(r'href="(/console/faqs/\d+)"', page)
    assert found
    assert administrator.post(found[1], found[1], text="", questions="问").status_code == 400
    assert administrator.post(found[1], found[1], text="请打12367。", questions=PASSPORT[0]).status_code == 302
    reply = ask(PASSPORT[0])
    assert reply.text.startswith("请打12367。") and {"hotline": "12367"} in reply.sources


def test_a_text_goes_into_a_services_draft_and_its_questions_are_taught(
    waiting: str, ask: Ask, clerk: Callable[..., Clerk], store: SqliteStore
) -> None:
    administrator = clerk("administrator")
    fields = {"text": "换电站在哪，请看区工信局的通告。", "questions": "换电站建在哪条街", "where": "service"}
    assert "请选事项" in administrator.post(waiting, waiting, **fields).text
    fields |= {"service": "battery-swap", "aspect": "overview"}
    warned = administrator.post(waiting, waiting, **fields)
    assert warned.status_code == 409 and "已经写了话" in warned.text
    over = "2022年计划里，建设投运电动汽车换电站5座。"
    done = administrator.post(waiting, waiting, **fields, over=over)
    assert done.status_code == 302, done.text
    draft = KnowledgeStore(store.engine).draft()
    assert draft is not None and draft.knowledge.services["battery-swap"].answers["overview"] == fields["text"]  # type: ignore[index]
    assert ("换电站建在哪条街", "battery-swap") in taught_questions(store.engine)
    assert administrator.get(waiting).status_code == 404, "it is settled"


def test_questions_that_would_break_others_are_shown_before_they_are_taught(
    waiting: str, ask: Ask, clerk: Callable[..., Clerk], store: SqliteStore
) -> None:
    administrator = clerk("administrator")
    fields = {"text": "说明", "questions": "法律援助怎么申请", "where": "service", "service": "battery-swap", "aspect": "how"}
    warned = administrator.post(waiting, waiting, **fields)
    assert warned.status_code == 409 and "本来答对的问题会答错" in warned.text
    assert taught_questions(store.engine) == [] and KnowledgeStore(store.engine).draft() is None


def test_where_two_persons_are_asked_for_nobody_puts_their_own_text_into_use(
    waiting: str, ask: Ask, application: Flask, clerk: Callable[..., Clerk], store: SqliteStore, clock: Clock
) -> None:
    parts = application.extensions["console"]
    config = Config.model_validate({"console": {"second_person": True}})
    application.extensions["console"] = replace(parts, config=lambda: config)
    administrator = clerk("administrator")
    administrator.post(waiting, waiting, text="我改过的话", questions=PASSPORT[0], where="faq")
    book = FaqBook(store.engine, clock)
    (kept,) = book.all()
    assert kept.state == "waiting"
    administrator.post(f"/console/faqs/{kept.id}/switch", "/console/faqs/", state="active")
    assert book.all()[0].state == "waiting"
    with store.engine.write() as db:
        db.execute("update accounts set role = 'administrator' where username = 'reader'")
    clerk("reader").post(f"/console/faqs/{kept.id}/switch", "/console/faqs/", state="active")
    assert book.all()[0].state == "active"


def test_nothing_is_found_where_nothing_alike_was_written(model: Model) -> None:
    written = WrittenAnswers(model.understanding, [Faq(1, ANSWER, tuple(PASSPORT))])
    assert written.alike("护照过期怎么换啊") is not None
    for other in ("身份证丢了怎么补", "签证怎么办", "港澳通行证到期了怎么续", "今天天气怎么样"):
        assert written.alike(other) is None, other

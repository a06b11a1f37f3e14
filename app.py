"""The composition root.  Reads the configuration, builds the parts, hands them to each other; the commands."""

import contextlib
import datetime
import functools
import logging
import os
import secrets
import sys
import tempfile
import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

try:
    import click
    from flask import Flask

    from bot.accounts.manage import first_administrator
    from bot.commands.common import Command, config_option, say
    from bot.commands.keys import apikey
    from bot.commands.knowledge import publish
    from bot.commands.plans import import_plan
    from bot.commands.upkeep import backup, check, restore_command
    from bot.commands.users import user
    from bot.commands.wechat import wechat
    from bot.commands.workbook import export_command, import_command
    from bot.config import Config, load_config
    from bot.current import CurrentConfig, CurrentWords
    from bot.delivery.courier import Courier, Periodic
    from bot.delivery.js_sdk import PageSigner
    from bot.delivery.setup import build_courier, wechat_api
    from bot.delivery.webhooks import ping
    from bot.dialogue.conversation import Conversation, utc_now
    from bot.dialogue.mind import Mind
    from bot.dialogue.policy import Thresholds
    from bot.dialogue.ports import StoreError
    from bot.dialogue.suggestion import Suggest, Suggestion, suggestion
    from bot.drafts import publishing_desk, replay_desk
    from bot.learning import Learned
    from bot.logs import set_up_logs
    from bot.photos.fetcher import PhotoFetcher
    from bot.progress.records import Reported
    from bot.progress.reminders import reminders
    from bot.progress.rules import duty, progress_rules
    from bot.publishing.asking import RESIDENT
    from bot.publishing.asking import ask as ask_of
    from bot.questions.grouper import Grouper
    from bot.questions.known import fitting, load_seeds
    from bot.questions.records import Faq
    from bot.serving import MindMaker, Minds, Trainer, learned_of, mind_of, models_of, thresholds_of
    from bot.store.accounts import SqliteAccounts, SqliteGuesses
    from bot.store.acknowledged import SqliteAcknowledged
    from bot.store.api_keys import SqliteApiKeys
    from bot.store.audit import SqliteAudit
    from bot.store.callers import CallerBook
    from bot.store.engine import Engine, migrate
    from bot.store.exchange import SqliteExchange
    from bot.store.faqs import FaqBook
    from bot.store.knowledge import KnowledgeStore, published_knowledge
    from bot.store.known_questions import KnownQuestions
    from bot.store.letters import SqliteLetters, webhook_secret
    from bot.store.live import LiveStore
    from bot.store.overview import SqliteSteps
    from bot.store.progress import SqliteProgress
    from bot.store.questions import QuestionStore, taught_questions
    from bot.store.reply_templates import SqliteReplyTemplates
    from bot.store.review import ReviewStore
    from bot.store.saved_filters import SqliteSavedFilters
    from bot.store.scratch import scratch_desk
    from bot.store.settings import SqliteSettings
    from bot.store.settlements import SettlementStore
    from bot.store.sqlite import SqliteStore
    from bot.store.statistics import SqliteStatistics
    from bot.store.ticket_lists import TicketLists
    from bot.store.tickets import TicketOffice
    from bot.store.tokens import SqliteTokens
    from bot.store.units import SqliteUnits
    from bot.store.uploads import SqliteUploads
    from bot.tickets.known_units import units_of
    from bot.tickets.published import PublishedText
    from bot.topics import catalogue_of
    from bot.written import WrittenAnswers
    from intents.model import Model, ModelStore
    from intents.vectors import MessageVectors
    from knowledge.base import KnowledgeBase
    from knowledge.load import load_knowledge
except ModuleNotFoundError as missing:
    sys.exit(f"这个 Python 缺少 {missing.name}。请先运行 make run（会建好 .venv），再用 .venv/bin/python app.py。")

log = logging.getLogger("app")


@dataclass(frozen=True)
class Installation:
    """What every command works on."""

    config: Config
    knowledge: KnowledgeBase

    @property
    def data(self) -> Path:
        """The folder of everything that is made here: database, model, secret."""
        return self.config.store.path.parent

    @property
    def models(self) -> ModelStore:
        """The trained model's place."""
        return models_of(self.config)

    def model(self, tell: Callable[[str], None]) -> Model:
        """The model for what is known now, trained first when there is none."""
        return self.models.current(catalogue_of(self.knowledge), tell)

    def store(self, path: Path) -> SqliteStore:
        """The store in that file, whose tickets are numbered and dispatched as configured."""
        return SqliteStore(path, self.config.tickets.prefix, self.config.tickets.dispatch_at)

    def taught(self) -> list[tuple[str, str]]:
        """The questions that staff assigned to services, oldest first; none where the service was never started."""
        path = self.config.store.path
        if not path.exists():
            return []
        migrate(path)
        return taught_questions(Engine(path))

    def said(self) -> tuple[Reported, Sequence[Faq]]:
        """What departments reported, and what staff wrote to questions; nothing where the service was never started."""
        path = self.config.store.path
        if not path.exists():
            return {}, ()
        migrate(path)
        engine = Engine(path)
        found = SqliteProgress(engine, utc_now).reported(), FaqBook(engine, utc_now).active()
        engine.close()  # before the workers are forked
        return found

    def thresholds(self, model: Model) -> Thresholds:
        """What the configuration says, else what training chose."""
        return thresholds_of(self.config, model)

    def learned(self, model: Model, engine: Engine | None = None) -> Learned:
        """The model with what staff taught: what stands in the installation's store now, or follows ``engine``'s."""
        if engine is not None:
            return learned_of(self.knowledge, model, engine)
        groups = {service: self.knowledge.group_of(service) for service in self.knowledge.services}
        return Learned(model.understanding, groups, self.taught)

    def mind(self, model: Model, learned: Learned) -> Mind:
        """What messages are answered by."""
        reported, faqs = self.said()
        written = WrittenAnswers(model.understanding, faqs)
        return mind_of("", self.knowledge, model, learned.interpret, self.config, utc_now(), reported, written)

    def conversation(self, model: Model, store: SqliteStore, learned: Learned | None = None) -> Conversation:
        """The whole way of a message, put together."""
        mind = self.mind(model, learned or self.learned(model, store.engine))
        return Conversation(store, lambda: mind)


def installation(config_file: Path | None) -> Installation:
    """The configuration and the knowledge; logs are set up."""
    config = load_config(config_file)
    set_up_logs(config.log.level)
    return Installation(config, published_knowledge(config.store.path) or load_knowledge())


@click.group(context_settings={"help_option_names": ["-h", "--help"]})
def main() -> None:
    """民生问答：居民提问，找到对得上的事项和责任部门。"""


@main.command(cls=Command)
@config_option
@click.option("--host", help="监听地址")
@click.option("--port", type=click.IntRange(1, 65535), help="监听端口")
def serve(config_file: Path | None, host: str | None, port: int | None) -> None:
    """启动服务。"""
    from bot.server import counters_folder, give_memory_back, require_port

    give_memory_back()
    place = installation(config_file)
    server = place.config.server
    server = server.model_copy(update={"host": host or server.host, "port": port or server.port})
    require_port(server.host, server.port)
    migrate(place.config.store.path)
    place = bring_in_files(place)
    train_first(place)
    model = place.model(say)
    metrics = counters_folder(place.data)
    os.environ["PROMETHEUS_MULTIPROC_DIR"] = str(metrics)  # read when prometheus_client is imported

    from bot.server import run_server

    if server.developer:
        place = replace(place, config=with_simulator(place.config))
    store = place.store(place.config.store.path)
    office_of(store).prepare(units_of(place.knowledge))
    learned = place.learned(model, store.engine)
    minds = minds_of(place, store, model, learned)
    conversation = Conversation(store, minds.current)
    model.understanding.warm_words()
    password = first_password(place)
    url = server.public_url or f"http://{server.host}:{server.port}"

    def ready() -> None:
        click.echo(f"居民页面：{url}/")
        click.echo(f"工作台：{url}/console/")
        if password:
            click.echo(f"管理员用户名 admin，一次性密码 {password}（只显示这一次，登录后要换成自己的）")
        if server.developer:
            click.echo(f"开发者页面：{url}/developer/（微信由本机的模拟器代替，不会发到真的微信）")
        click.echo(f"微信接口：{url}/wechat" if place.config.wechat.token else "微信接口：没有配置 [wechat] token，未启用")

    courier = courier_of(place.config, store, periodic_work(place, store, conversation, model))

    def begin() -> None:
        model.understanding.warm()
        learned.warm()
        minds.watch()
        courier.start()

    keep_clean(place, after=60)
    Trainer(place.models, place.config.store.path, training_command(config_file)).watch()
    store.engine.close()
    run_server(
        lambda: web(place, conversation, store, minds.model, secret_key(place), str(metrics)),
        server,
        begin,
        courier.stop,
        ready,
        metrics,
    )


def minds_of(place: Installation, store: SqliteStore, model: Model, learned: Learned) -> Minds:
    """What messages are answered by, following what is published, taught, set and trained."""
    settings = SqliteSettings(store.engine, utc_now)
    config = CurrentConfig(place.config, settings.version, settings.all)
    maker = MindMaker(
        config,
        place.models,
        KnowledgeStore(store.engine),
        lambda knowledge, model: Installation(place.config, knowledge).learned(model, store.engine),
        SqliteProgress(store.engine, utc_now),
        FaqBook(store.engine, utc_now),
        utc_now,
    )
    return Minds(maker, place.mind(model, learned), model, learned)


def bring_in_files(place: Installation) -> Installation:
    """The project's knowledge files become the first published version, or a draft to review; what is published is served."""
    engine = Engine(place.config.store.path)
    versions = KnowledgeStore(engine)
    files = load_knowledge()
    if note := versions.bring_in(files, utc_now()):
        say(note)
    knowledge = versions.published().knowledge
    if knowledge.plan.document_number == files.plan.document_number:
        KnownQuestions(engine, utc_now).bring_in(fitting(load_seeds(), knowledge.services, knowledge.items))
    engine.close()  # before the workers are forked
    return replace(place, knowledge=knowledge)


def training_command(config_file: Path | None) -> list[str]:
    """The command that trains anew, for a process of its own beside the service."""
    return [sys.executable, str(Path(__file__)), "train", *(["--config", str(config_file)] if config_file else [])]


def web(
    place: Installation,
    conversation: Conversation,
    store: SqliteStore,
    model: Callable[[], Model],
    secret: str,
    metrics: str | None = None,
    clock: Callable[[], datetime.datetime] = utc_now,
) -> Flask:
    """The web application: the residents' channels and the console; ``model``: what messages are understood with now."""
    from bot.channels.api import ExchangeParts, register_exchange
    from bot.channels.http import Parts, create_app  # imports prometheus_client
    from bot.console import ConsoleParts, register_console

    engine = store.engine
    settings, config = SqliteSettings(engine, clock), current_config(place, engine)
    words = CurrentWords(lambda: page_words(conversation.mind.knowledge, config()))
    application = create_app(Parts(place.config, conversation, store, words, secret, metrics, signer_of(place.config, store)))
    register_exchange(
        application,
        ExchangeParts(
            SqliteExchange(engine, store.rules, clock),
            suggest_with(conversation),
            lambda: conversation.mind.knowledge.plan.district,
            place.config.server.public_url.rstrip("/"),
            place.config.limits.api_per_minute,
            place.config.open311.public,
        ),
    )
    register_console(
        application,
        ConsoleParts(
            config,
            SqliteAccounts(engine, clock),
            SqliteGuesses(engine, clock),
            SqliteAudit(engine, clock),
            settings,
            clock,
            words,
            lambda number: conversation.mind.knowledge.item_name(number),
            console_subjects(place, conversation, store, model, clock),
        ),
    )
    return application


def suggest_with(conversation: Conversation) -> Suggest:
    """Whom a matter would be given to, as the bot understands it now."""

    def suggest(matter: str) -> Suggestion:
        mind = conversation.mind
        return suggestion(mind.knowledge, mind.interpret(matter))

    return suggest


def console_subjects(
    place: Installation,
    conversation: Conversation,
    store: SqliteStore,
    model: Callable[[], Model],
    clock: Callable[[], datetime.datetime],
) -> dict[str, object]:
    """What single subjects of the console work on, by the name under which they fetch it with part()."""
    from bot.console.statistics import StatisticsDesk

    publishing = publishing_desk(current_config(place, store.engine), store.engine, store.rules, model, clock)
    return {
        "units": SqliteUnits(store.engine),
        "notices": TicketOffice(store.engine, store.rules, clock),
        "given_config": place.config,
        "ticket_counts": TicketLists(store.engine, clock),
        "tickets": TicketOffice(store.engine, store.rules, clock),
        "published_text": PublishedText(lambda: conversation.mind.knowledge),
        "reply_templates": SqliteReplyTemplates(store.engine, clock),
        "saved_filters": SqliteSavedFilters(store.engine),
        "steps": SqliteSteps(store.engine),
        "outbox": store.mailbox,
        "keys": SqliteApiKeys(store.engine, clock),
        "ping": functools.partial(ping, clock),
        "mind": lambda: conversation.mind,
        "callers": CallerBook(store.engine, clock),
        "faqs": FaqBook(store.engine, clock),
        "progress": SqliteProgress(store.engine, clock),
        "photos": store.photos,
        "questions": question_desk(store, conversation, model, clock),
        "known_questions": KnownQuestions(store.engine, clock),
        "publishing": publishing,
        "replay": replay_desk(publishing, store.engine),
        "model_now": model,
        "knowledge_now": lambda: conversation.mind.knowledge,
        "ask_known": lambda known: ask_of(conversation.mind, known, clock(), scratch_desk(RESIDENT, store.rules, clock())),
        "knowledge": knowledge_desk(place, conversation, store, model, clock),
        "acknowledged": SqliteAcknowledged(store.engine, clock),
        "drafts": KnowledgeStore(store.engine),
        "former_titles": KnowledgeStore(store.engine).former_titles,
        "uploads": SqliteUploads(store.engine, clock),
        "statistics": StatisticsDesk(
            SqliteStatistics(store.engine, clock), TicketOffice(store.engine, store.rules, clock), lambda: conversation.dialogue
        ),
    }


def question_desk(
    store: SqliteStore, conversation: Conversation, model: Callable[[], Model], clock: Callable[[], datetime.datetime]
) -> object:
    """What the console's pages about questions and conversations work on."""
    from bot.console.question_desk import QuestionDesk

    engine = store.engine
    return QuestionDesk(
        QuestionStore(engine, clock),
        SettlementStore(engine, clock),
        ReviewStore(engine, clock),
        live_store(store, conversation, clock),
        lambda: conversation.dialogue,
        lambda: model().understanding,
        lambda: taught_questions(engine),
        lambda record, field, text, by: KnowledgeStore(engine).edit(record, field, text, by, clock()),
        lambda: (KnowledgeStore(engine).draft() or KnowledgeStore(engine).published()).knowledge,
    )


def knowledge_desk(
    place: Installation,
    conversation: Conversation,
    store: SqliteStore,
    model: Callable[[], Model],
    clock: Callable[[], datetime.datetime],
) -> object:
    """What the console's pages about the knowledge base work on."""
    from bot.channels.wechat import REPLY_BYTES, render
    from bot.console.knowledge_desk import KnowledgeDesk

    config = current_config(place, store.engine)
    return KnowledgeDesk(
        KnowledgeStore(store.engine),
        lambda knowledge, at: mind_of("draft", knowledge, model(), conversation.mind.interpret, config(), at),
        lambda text: model().understanding.analyser.lexicon.pieces(text),
        render,
        REPLY_BYTES,
        clock,
    )


def current_config(place: Installation, engine: Engine) -> CurrentConfig:
    """The configuration with what is set in the console under it, as it is whenever it is called."""
    settings = SqliteSettings(engine, utc_now)
    return CurrentConfig(place.config, settings.version, settings.all)


def first_password(place: Installation) -> str | None:
    """The one-time password of ``admin``, made when there is no account yet; else None."""
    engine = Engine(place.config.store.path)
    try:
        return first_administrator(SqliteAccounts(engine, utc_now))
    finally:
        engine.db.close()  # before the workers are forked


def with_simulator(config: Config) -> Config:
    """The configuration for a developer: a simulator in this process stands for WeChat."""
    from bot.channels.developer import for_developers
    from bot.channels.simulator import Account, Simulator

    account = Account()
    config = for_developers(config, Simulator(account).url)
    account.app_id, account.app_secret = config.wechat.app_id, config.wechat.app_secret
    return config


def courier_of(config: Config, store: SqliteStore, jobs: Sequence[Periodic] = ()) -> Courier:
    """What sends letters; one works in every worker process."""
    engine = store.engine
    return build_courier(
        config, SqliteLetters(engine), SqliteTokens(engine), functools.partial(webhook_secret, engine), utc_now, jobs
    )


def periodic_work(place: Installation, store: SqliteStore, conversation: Conversation, model: Model) -> list[Periodic]:
    """What is done every so often while the service runs, by one of the worker processes each time."""
    often, engine = datetime.timedelta(seconds=5), store.engine
    config = current_config(place, engine)
    vectors = MessageVectors(model.understanding)
    grouper = Grouper(QuestionStore(engine, utc_now), vectors, vectors.alike_at)
    live = live_store(store, conversation, utc_now)
    api = wechat_api(place.config, SqliteTokens(engine), utc_now)
    fetcher = PhotoFetcher(store.photos, api, utc_now)
    return [
        Periodic("photos", datetime.timedelta(seconds=2), fetcher.begin),
        Periodic("statistics", datetime.timedelta(minutes=10), SqliteStatistics(engine, utc_now).count_days),
        Periodic("tickets", datetime.timedelta(minutes=10), office_of(store).remind),
        Periodic("questions", often, grouper.work),
        Periodic("live", often, lambda: live.watch(config().live.rules)),
        Periodic(
            "progress", datetime.timedelta(minutes=30), lambda: remind_of_progress(store, conversation.mind.knowledge, utc_now)
        ),
        Periodic("uploads", datetime.timedelta(hours=1), SqliteUploads(engine, utc_now).clean),
        Periodic("sample", datetime.timedelta(minutes=30), ReviewStore(engine, utc_now).draw_yesterdays),
    ]


def remind_of_progress(store: SqliteStore, knowledge: KnowledgeBase, clock: Callable[[], datetime.datetime]) -> int:
    """Remind departments of reports on their promises; how many letters that were."""
    book, rules, now = SqliteProgress(store.engine, clock), progress_rules(), clock()
    calendar = TicketOffice(store.engine, store.rules, clock).calendar
    asked = duty(now, book.since(), rules)
    return book.remind(reminders(knowledge, book.latest(), asked, rules, now, calendar.is_working))


def live_store(store: SqliteStore, conversation: Conversation, clock: Callable[[], datetime.datetime]) -> LiveStore:
    """Conversations that wait for a person or have one."""
    return LiveStore(store.engine, clock, lambda key, **values: conversation.dialogue.wording.say(key, **values))


def signer_of(config: Config, store: SqliteStore) -> PageSigner | None:
    """What signs pages that use WeChat's JS-SDK; None where the account has no interface."""
    api = wechat_api(config, SqliteTokens(store.engine), utc_now)
    return PageSigner(api, config.wechat.app_id, utc_now) if api else None


def office_of(store: SqliteStore) -> TicketOffice:
    """Where tickets are looked at and worked on outside conversations."""
    return TicketOffice(store.engine, store.rules, utc_now)


def train_first(place: Installation) -> None:
    """Train when that is needed, and begin anew: what training leaves in memory would be carried by every worker."""
    models, catalogue = place.models, catalogue_of(place.knowledge)
    if not models.fits(catalogue):
        models.train(catalogue, say, place.taught())
        if models.fits(catalogue):
            os.execv(sys.executable, [sys.executable, *sys.argv])


def keep_clean(place: Installation, after: float) -> None:
    """Delete what is older than the configured days, in ``after`` seconds and then once a day while the service runs.

    In a thread of the parent process, with a connection of its own: none may be carried over the fork of the workers.
    """

    def clean() -> None:
        keep_clean(place, after=24 * 3600)
        store = SqliteStore(place.config.store.path)
        days = current_config(place, store.engine)().privacy.retention_days
        with contextlib.suppress(StoreError):  # a store that cannot be written tells so on every turn
            store.purge(utc_now() - datetime.timedelta(days=days))

    timer = threading.Timer(after, clean)
    timer.daemon = True
    timer.start()


def short_name(district: str) -> str:
    """As residents call it: 云杉区 → 云杉; what would be no name (东区, 海棠新区) stays whole."""
    return district if len(district) < 3 or district.endswith(("新区", "开发区", "示范区")) else district.removesuffix("区")


def page_words(knowledge: KnowledgeBase, config: Config) -> dict[str, object]:
    """What pages show of this district."""
    plan = knowledge.plan
    return {
        "district": plan.district,
        "city": plan.city,
        "service_name": f"{short_name(plan.district)}民生问答",
        "plan_title": "》、《".join(head.title for head in knowledge.heads.values()),
        "examples": knowledge.examples,
        "notices": [notice.text for notice in knowledge.notices],
        "footer": config.page.footer,
    }


def secret_key(place: Installation) -> str:
    """What signs the residents' cookies: the configured one, else one made at the first start."""
    if place.config.server.secret:
        return place.config.server.secret
    path = place.data / "secret.key"
    if not path.exists():
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(descriptor, "w") as file:
            file.write(secrets.token_hex(32))
    return path.read_text()


@main.command(cls=Command)
@config_option
@click.option("--jsonl", is_flag=True, help='从标准输入逐行读 {"id","text","user"}，逐行写答复')
@click.argument("question", required=False)
def ask(config_file: Path | None, jsonl: bool, question: str | None) -> None:
    """问一句话，打印答复；什么都不留下。"""
    if jsonl == (question is not None):
        raise click.UsageError("给一个问题，或者用 --jsonl")
    from bot.channels.lines import serve_lines
    from bot.messages import Message

    place = installation(config_file)
    model = place.model(say)
    with tempfile.TemporaryDirectory(prefix="ask-") as scratch:
        path = Path(scratch) / "ask.db"
        migrate(path)
        store = place.store(path)
        office_of(store).prepare(units_of(place.knowledge))
        conversation = place.conversation(model, store, place.learned(model))
        if question is None:
            for stream in (sys.stdin, sys.stdout):
                stream.reconfigure(encoding="utf-8", errors="replace")  # type: ignore[union-attr]
            serve_lines(conversation, sys.stdin, sys.stdout)
        else:
            reply = conversation.handle(Message("ask", question, "ask")).reply
            click.echo("\n".join([reply.text, *(f"  {option.id}. {option.text}" for option in reply.options)]))


@main.command(cls=Command)
@config_option
def train(config_file: Path | None) -> None:
    """用现在的知识库和例句训练分类器。"""
    place = installation(config_file)
    place.data.mkdir(parents=True, exist_ok=True)
    model = place.models.train(catalogue_of(place.knowledge), say, place.taught())
    click.echo(f"模型 {model.version}")
    for name, value in model.thresholds.items():
        click.echo(f"{name:24} {value}")
    for name, value in model.figures.items():
        click.echo(f"{name:24} {value}")


@main.command(cls=Command)
@config_option
def adapt(config_file: Path | None) -> None:
    """重新让句子模型学习例句（需要 torch，约一刻钟），写出 intents/encoder/adapter.npz。"""
    try:
        from intents.encoder.adapt import adapt_to_examples
    except ModuleNotFoundError as missing:
        raise SystemExit(f"错误：缺少 {missing.name}，请先安装：.venv/bin/pip install torch") from None
    adapt_to_examples(catalogue_of(installation(config_file).knowledge), say)


@main.command(cls=Command)
@config_option
@click.argument("questions", type=click.Path(path_type=Path))
@click.option("--report", type=click.Path(path_type=Path), help="把带图的报告写成一个 HTML 文件")
@click.option(
    "--against", type=click.Path(path_type=Path, exists=True, file_okay=False), help="另一个模型的文件夹，两个模型并排比较"
)
def evaluate(config_file: Path | None, questions: Path, report: Path | None, against: Path | None) -> None:
    """用带答案的问题评一遍分类器。"""
    from intents.evaluate import Evaluation, compare, comparison_as_lines, figures_as_lines, load_questions
    from intents.report import write_report

    place = installation(config_file)
    asked = load_questions(questions)

    def evaluation(model: Model) -> Evaluation:
        chosen = place.thresholds(model)
        return Evaluation(model.understanding, chosen.answer_at, chosen.clarify_at, chosen.danger_at)

    model = place.model(say)
    other = ModelStore(against, use_vectors=place.config.answers.use_sentence_model).load() if against else None
    results = evaluation(model).results(asked)
    click.echo(f"{len(asked)} 个问题，模型 {model.version}")
    for line in figures_as_lines(results):
        click.echo(line)
    comparison = None
    if other:
        comparison = compare(asked, evaluation(model), evaluation(other))
        click.echo(f"\n和 {against} 的模型 {other.version} 比较")
        for line in comparison_as_lines(comparison, ("现在的", "另一个")):
            click.echo(line)
    if report:
        write_report(report, questions.name, model.version, results, comparison)
        click.echo(f"报告：{report}")


for command in (import_plan, publish, export_command, import_command, user, apikey, wechat, backup, restore_command, check):
    main.add_command(command)

if __name__ == "__main__":
    main()

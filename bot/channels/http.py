"""The Flask application: channels as blueprints, a request id, errors of one shape, limits, health."""

import datetime
import logging
import secrets
import time
from collections.abc import Mapping
from dataclasses import dataclass

from flask import Flask, Response, g, jsonify, request, session
from flask.typing import ResponseReturnValue
from flask_limiter import Limiter
from flask_limiter.util import get_remote_address
from gunicorn.http.errors import ParseException
from prometheus_client import CONTENT_TYPE_LATEST, CollectorRegistry, Counter, Gauge, Histogram, generate_latest
from prometheus_client.multiprocess import MultiProcessCollector
from werkzeug.exceptions import HTTPException
from werkzeug.middleware.proxy_fix import ProxyFix

from bot.channels.chat import MAX_BODY, chat
from bot.channels.developer import developer
from bot.channels.errors import ApiError, cannot, refused, told
from bot.channels.static_files import bind_static_files
from bot.channels.subscribing import subscribing_of
from bot.channels.wechat import wechat
from bot.config import Config
from bot.delivery.js_sdk import PageSigner
from bot.dialogue.conversation import Conversation
from bot.dialogue.ports import Store, StoreError
from bot.photos.picture import settings

log = logging.getLogger(__name__)

BUSY_SECONDS = "1"
"""After how long to come again when the store could not be written."""
LIMITER = "rate_limiter"
"""The key in ``app.extensions`` of what counts requests."""

FORM_BYTES = 64 * 1024
"""What a form may have around the photo that it sends."""

_REQUESTS = Counter("bot_requests_total", "Requests answered", ["endpoint", "status"])
_SECONDS = Histogram("bot_request_seconds", "Time to answer", ["endpoint"])

_POLICY = "default-src 'self'; img-src 'self' data:; frame-ancestors 'none'; base-uri 'none'; form-action 'self'"


@dataclass(frozen=True)
class Parts:
    """What the application is given: built in app.py, bound here.  ``page``: the words of the resident's page, looked up anew
    whenever it is shown."""

    config: Config
    conversation: Conversation
    store: Store
    page: Mapping[str, object]
    secret: str
    metrics_folder: str | None = None
    signer: PageSigner | None = None


def create_app(parts: Parts) -> Flask:
    """The WSGI application over these parts."""
    app = Flask("bot", static_folder=None)
    app.secret_key = parts.secret
    app.json.ensure_ascii = False  # type: ignore[attr-defined]
    app.config.update(
        PERMANENT_SESSION_LIFETIME=datetime.timedelta(days=400),
        SESSION_COOKIE_NAME="resident",
        SESSION_COOKIE_SAMESITE="Lax",
        SESSION_COOKIE_SECURE=parts.config.server.public_url.startswith("https://"),
        MAX_CONTENT_LENGTH=1024 * 1024,
    )
    app.extensions.update(mailbox=parts.store.mailbox, photos=parts.store.photos)
    app.extensions.update(subscribing=subscribing_of(parts.config, parts.signer))
    app.extensions.update(conversation=parts.conversation, store=parts.store, page=parts.page, wechat=parts.config.wechat)
    if proxies := parts.config.limits.trusted_proxies:
        app.wsgi_app = ProxyFix(app.wsgi_app, x_for=proxies, x_proto=proxies)  # type: ignore[method-assign]
    app.register_blueprint(chat)
    app.register_blueprint(wechat)
    if parts.config.server.developer:
        app.register_blueprint(developer)
    _watch(app)
    bind_static_files(app)
    _limit(app, parts.config)
    _health(app, parts)
    app.register_error_handler(HTTPException, refused)
    app.register_error_handler(ApiError, cannot)
    app.register_error_handler(ParseException, _unreadable)
    app.register_error_handler(Exception, _failed)
    return app


def _limit(app: Flask, config: Config) -> None:
    """One resident, and beyond a higher limit one address, may only ask so fast; each worker counts its share."""
    limiter = Limiter(get_remote_address, app=app, headers_enabled=True, storage_uri="memory://")
    app.extensions[LIMITER] = limiter
    limits = config.limits

    def resident() -> str:
        try:
            body = request.get_json(silent=True)
        except RecursionError:
            body = None
        user = body.get("user") if isinstance(body, dict) else None
        return str(session.get("resident") or (f"api:{user}" if user else get_remote_address()))

    view = app.view_functions["chat.answer"]
    per_resident = limiter.limit(f"{limits.resident_per_minute}/minute", key_func=resident)
    per_address = limiter.limit(f"{limits.address_per_minute}/minute")
    app.view_functions["chat.answer"] = per_address(per_resident(view))  # type: ignore[assignment]
    uploads = limiter.limit(f"{settings()['uploads_per_hour']}/hour")
    app.view_functions["chat.upload"] = uploads(app.view_functions["chat.upload"])  # type: ignore[assignment]


def _watch(app: Flask) -> None:
    """A request id on every request and reply, security headers, a log line, the metrics."""

    @app.before_request
    def begin() -> None:
        g.request_id, g.started = secrets.token_hex(6), time.perf_counter()
        if request.endpoint == "chat.answer":
            request.max_content_length = MAX_BODY
            request.get_data()  # refused here when it is larger, before anybody tries to read JSON from it
        if request.endpoint == "chat.upload":
            request.max_content_length = settings()["most_bytes"] + FORM_BYTES

    @app.after_request
    def end(response: Response) -> Response:
        seconds = time.perf_counter() - g.started
        response.headers["X-Request-Id"] = g.request_id
        response.headers.setdefault("Content-Security-Policy", _POLICY)
        response.headers["X-Content-Type-Options"] = "nosniff"
        response.headers["Referrer-Policy"] = "same-origin"
        # The limiter tells on every answer when its minute ends; it matters only to who was too fast.
        if response.status_code == 503:
            response.headers["Retry-After"] = BUSY_SECONDS
        elif response.status_code != 429:
            response.headers.pop("Retry-After", None)
        endpoint = request.endpoint or "none"
        _REQUESTS.labels(endpoint, response.status_code).inc()
        _SECONDS.labels(endpoint).observe(seconds)
        log.info(
            "answered",
            extra={
                "request_id": g.request_id,
                "method": request.method,
                "endpoint": endpoint,
                "status": response.status_code,
                "ms": round(seconds * 1000, 1),
            },
        )
        return response


def _health(app: Flask, parts: Parts) -> None:
    @app.get("/healthz")
    def healthz() -> ResponseReturnValue:
        """The process is alive."""
        return jsonify({"status": "ok"})

    @app.get("/readyz")
    def readyz() -> ResponseReturnValue:
        """The store can be read and written; the model is loaded, else there would be no application."""
        if parts.store.ready():
            return jsonify({"status": "ok"})
        return jsonify({"status": "store"}), 503

    @app.get("/metrics")
    def metrics() -> ResponseReturnValue:
        """Prometheus text, over all workers."""
        if parts.metrics_folder:
            registry = CollectorRegistry()
            MultiProcessCollector(registry, path=parts.metrics_folder)  # type: ignore[no-untyped-call]
            counted = generate_latest(registry)
        else:
            counted = generate_latest()
        return Response(counted + _kept(parts.store), content_type=CONTENT_TYPE_LATEST)


def _kept(store: Store) -> bytes:
    """How many letters and photos are in each state, as Prometheus text; nothing while the store cannot be read."""
    try:
        letters, photos = store.mailbox.counts(), store.photos.counts()
    except StoreError:
        return b""
    registry = CollectorRegistry()
    gauge = Gauge("bot_letters", "Letters to residents, staff and other systems by state", ["state"], registry=registry)
    for state in ("waiting", "held", "sending", "sent", "dead", "given_up"):
        gauge.labels(state).set(letters.get(state, 0))
    gauge = Gauge("bot_photos", "Photos of residents by state", ["state"], registry=registry)
    for state in ("waiting", "stored", "failed", "link"):
        gauge.labels(state).set(photos.get(state, 0))
    return generate_latest(registry)


def _unreadable(error: Exception) -> ResponseReturnValue:
    """A body that is not sent as HTTP says."""
    log.warning("an unreadable body", extra={"request_id": g.get("request_id"), "error": repr(error)[:200]})
    return told(400)


def _failed(error: Exception) -> ResponseReturnValue:
    """A fault of ours: the whole story in the log, a sensible sentence outside, the same id in both."""
    log.exception("fault", extra={"request_id": g.get("request_id")})
    return told(500)

"""What goes wrong in the console, as a page that says so in Chinese; elsewhere as before."""

import logging
from typing import Any

from flask import Flask, g, render_template, request
from flask.typing import ResponseReturnValue
from flask_wtf.csrf import CSRFError
from werkzeug.exceptions import HTTPException, NotFound

from bot.console.session import is_console_path
from bot.dialogue.ports import StoreError

log = logging.getLogger(__name__)

_WORDS = {
    400: ("没有办成", "请求有误，请返回重试。"),
    403: ("没有权限", "您的账号不能打开这个页面。需要的话请找管理员。"),
    404: ("没有找到", "没有这个页面，或者它已经不在了。"),
    405: ("没有办成", "这个地址不能这样打开。"),
    413: ("文件太大", "上传的内容太大了。"),
    429: ("太快了", "请过一会儿再试。"),
    503: ("暂时忙", "数据库正忙，刚才的操作没有存下来，请稍后再试。"),
}
_OTHER = ("出错了", "系统出了点问题，刚才的操作可能没有完成，请稍后再试。")
_STALE = ("页面过期了", "这个页面打开太久，或者您在别处重新登录过。请返回、刷新页面再试；没有改动任何东西。")


def bind_errors(app: Flask) -> None:
    """Put the console's pages in front of the application's own handlers."""
    handlers = app.error_handler_spec[None][None]
    refused: Any = handlers[HTTPException]
    failed: Any = handlers[Exception]

    def console_refused(error: HTTPException) -> ResponseReturnValue:
        if not is_console_path(request.path):
            return refused(error)  # type: ignore[no-any-return]
        code = error.code or 500
        own = error.description if error.description and not error.description.isascii() else None
        title, words = _STALE if isinstance(error, CSRFError) else _WORDS.get(code, _OTHER)
        return _page(code, title, own or words)

    def console_failed(error: Exception) -> ResponseReturnValue:
        if not is_console_path(request.path):
            return failed(error)  # type: ignore[no-any-return]
        if isinstance(error, OverflowError):  # a number that no database holds, from an address or a form
            return _page(400, *_WORDS[400])
        log.exception("fault", extra={"request_id": g.get("request_id")})
        code = 503 if isinstance(error, StoreError) else 500
        return _page(code, *_WORDS.get(code, _OTHER))

    def beyond_any_number(_: Exception) -> ResponseReturnValue:
        return console_refused(NotFound())

    app.register_error_handler(HTTPException, console_refused)
    app.register_error_handler(OverflowError, beyond_any_number)  # a number in the address that no row of the store can have
    app.register_error_handler(Exception, console_failed)


def _page(code: int, title: str, words: str) -> ResponseReturnValue:
    if request.headers.get("HX-Request"):
        return words, code, {"Content-Type": "text/plain; charset=utf-8"}
    return render_template("console/error.html", title=title, words=words, request_id=g.get("request_id")), code

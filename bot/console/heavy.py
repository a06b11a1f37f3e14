"""Heavy work of a page, done apart (see bot.apart), and what staff are told when nothing comes of it."""

import logging
from collections.abc import Callable
from typing import ParamSpec, TypeVar

from flask import abort

from bot.apart import NotDone, apart
from knowledge.workbook.mistakes import Mistake, WorkbookError

P = ParamSpec("P")
R = TypeVar("R")

_PACKAGE = b"PK\x03\x04"

log = logging.getLogger(__name__)


def made_apart(function: Callable[P, R], *values: P.args, **named: P.kwargs) -> R:
    """A file that is made to be taken away; a page that says so when it cannot be made."""
    try:
        return apart(function, *values, **named)
    except NotDone:
        log.exception("a file could not be made")
        abort(503, "这个文件现在做不出来（服务器太忙，或者内容太多）。请过几分钟再试。")


def read_file(content: bytes, function: Callable[P, R], *values: P.args, **named: P.kwargs) -> R:
    """What ``function`` finds in a file that somebody sent; of Word's and Excel's files, which are packages, apart.

    Raises:
        WorkbookError: it cannot be read to its end; and what ``function`` raises.
    """
    if not content.startswith(_PACKAGE):
        return function(*values, **named)
    try:
        return apart(function, *values, **named)
    except NotDone as error:
        log.warning("a file could not be read", extra={"error": str(error)})
        words = "这个文件没有读完：太大，或者太复杂。请只留下要导入的内容，或者分成几个小文件再传。"
        raise WorkbookError([Mistake("", "", words)]) from None

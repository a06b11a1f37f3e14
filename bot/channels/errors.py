"""What a caller is told when something is wrong: one shape for every address, {"error": …, "code": …, "request_id": …}."""

from collections.abc import Callable, Mapping

from flask import Response, current_app, g, jsonify, request
from werkzeug.exceptions import HTTPException

Shape = Callable[[int, str, str], Response]
"""Makes an answer of HTTP status, code and words: what an address speaks that has a shape of its own."""

SHAPES = "error_shapes"
"""The key in ``app.extensions`` of shapes by the beginning of the address."""

CODES: Mapping[int, tuple[str, str]] = {
    400: ("bad_request", "请求有误"),
    401: ("unauthorized", "没有密钥，或者密钥不对"),
    403: ("forbidden", "没有权限"),
    404: ("not_found", "没有这个地址"),
    405: ("method_not_allowed", "不支持这种请求方法"),
    409: ("conflict", "现在不能这样做"),
    413: ("too_large", "内容太大"),
    415: ("unsupported_media_type", "请求体应为 JSON"),
    422: ("invalid", "内容不对"),
    429: ("too_many_requests", "您发得太快了，请过一会儿再发。"),
    500: ("internal", "系统出了点问题，请稍后再试。着急的事请拨打12345。"),
    503: ("busy", "系统正忙，请稍后再试"),
}


class ApiError(Exception):
    """A request of another system that cannot be carried out.

    Args:
        status: HTTP's; gives code and words where they are not given.
        field: which of what was sent is wrong.
    """

    def __init__(self, status: int, words: str = "", code: str = "", field: str = "") -> None:
        known = CODES[status]
        super().__init__(words or known[1])
        self.status, self.code, self.words, self.field = status, code or known[0], words or known[1], field


def told(status: int, code: str = "", words: str = "", field: str = "") -> Response:
    """The answer that says what is wrong, in the shape of the address that was called."""
    known = CODES.get(status, ("failed", "请求没有成功"))
    code, words = code or known[0], words or known[1]
    shapes: Mapping[str, Shape] = current_app.extensions.get(SHAPES, {})
    for beginning, shape in shapes.items():
        if request.path.startswith(beginning):
            return shape(status, code, words)
    about = {"field": field} if field else {}
    response = jsonify({"error": words, "code": code, **about, "request_id": g.get("request_id")})
    response.status_code = status
    return response


def refused(error: HTTPException) -> Response:
    """What a caller did wrong."""
    status = error.code or 500
    own = error.description if status == 400 and error.description and not error.description.isascii() else ""
    response = told(status, words=own or "")
    response.headers.extend((key, value) for key, value in error.get_headers() if key in ("Allow", "Retry-After"))
    return response


def cannot(error: ApiError) -> Response:
    """What cannot be carried out."""
    response = told(error.status, error.code, error.words, error.field)
    if error.status == 401:
        response.headers["WWW-Authenticate"] = "Bearer"
    return response

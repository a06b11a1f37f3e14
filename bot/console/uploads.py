"""Files that staff upload: how large they may be, and where they wait until they are confirmed."""

from typing import Protocol

from flask import Flask, abort, request

from bot.console.frame import signed_in
from bot.console.parts import part

MOST_BYTES = 5 * 1024 * 1024
_FORM = 64 * 1024
"""What the rest of a form may take."""

_ENDPOINTS: set[str] = set()


class Uploads(Protocol):
    """Who keeps files between their preview and their confirmation."""

    def keep(self, kind: str, account: int, name: str, content: bytes) -> str:
        """Keep a file, in the place of the account's earlier one of that kind; the token by which it is found."""

    def get(self, kind: str, account: int, token: str) -> tuple[str, bytes] | None:
        """Name and content; None when it is not there, too old, or somebody else's."""

    def drop(self, token: str) -> None:
        """It was confirmed, or is not wanted."""


def uploads() -> Uploads:
    """Where uploaded files wait."""
    kept: Uploads = part("uploads")
    return kept


def takes_files(*endpoints: str) -> None:
    """These endpoints take a file of up to MOST_BYTES; all others take a form only."""
    _ENDPOINTS.update(endpoints)


def bind_uploads(app: Flask) -> None:
    """Let files through to the endpoints that take them.  Before the permissions, which read the form."""

    @app.before_request
    def larger() -> None:
        if request.endpoint in _ENDPOINTS:
            request.max_content_length = MOST_BYTES + _FORM


def uploaded(field: str = "file") -> tuple[str, bytes] | None:
    """Name and content of the file that was sent; None when none was chosen."""
    file = request.files.get(field)
    if file is None or not file.filename:
        return None
    return file.filename[:200], file.read(MOST_BYTES + 1)


def waiting(kind: str) -> tuple[str, str, bytes]:
    """Token, name and content of the file that the form confirms; a page that says so when it waits no longer."""
    token = request.form.get("token", "")
    found = uploads().get(kind, signed_in().id, token)
    if found is None:
        abort(404, "上传的文件已经不在了（确认过，又传了一份，或者放了一天以上）。请重新上传。")
    return token, *found

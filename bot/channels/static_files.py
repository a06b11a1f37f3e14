"""Scripts, styles and icons of every page: an address that changes with the file, so that a browser fetches each once."""

import hashlib
from functools import cache
from pathlib import Path
from typing import Any

from flask import Flask, Response, request

ENDING = ".static"
KEPT = "public, max-age=31536000, immutable"


def bind_static_files(app: Flask) -> None:
    """``url_for('….static', filename=…)`` names the version; what is fetched under one is kept for a year.

    A slow line then waits for scripts at the first page only, and not at every page for being told that nothing changed."""

    def version(endpoint: str | None, values: dict[str, Any]) -> str | None:
        name = (endpoint or "").removesuffix(ENDING)
        folder = app.blueprints[name].static_folder if name != endpoint else None
        return _digest(Path(folder) / str(values["filename"])) if folder else None

    @app.url_defaults
    def name_it(endpoint: str, values: dict[str, Any]) -> None:
        if known := version(endpoint, values):
            values["v"] = known

    @app.after_request
    def keep(response: Response) -> Response:
        asked = request.args.get("v")  # of a newer release, perhaps, while this process still has the older file
        if asked and response.status_code in (200, 304) and asked == version(request.endpoint, request.view_args or {}):
            response.headers["Cache-Control"] = KEPT
        return response


@cache
def _digest(file: Path) -> str | None:
    return hashlib.sha256(file.read_bytes()).hexdigest()[:12] if file.is_file() else None

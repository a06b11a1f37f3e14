"""Messages with more than one question: where one ends and the next begins."""

import re

_BETWEEN = re.compile(
    r"[。?!;;,、 ]*(?:还有(?:就是|个事)?|另外|再就是|再问|顺便问|顺便|对了|还想问|同时|以及|再一个)[,,: ]*|[?。!;;]+"
    r"|,(?:(?:二|三|其二|其三|第二|第三)(?:是|[,、])|二来|三来)"
)
_LEAST = 4
_MOST = 3


def split_questions(text: str) -> list[str]:
    """The questions of normalised ``text``; an empty list when it holds only one."""
    parts = [part.strip(" ,，、") for part in _BETWEEN.split(text)]
    parts = [part for part in parts if sum(c.isalnum() for c in part) >= _LEAST]
    return parts[:_MOST] if len(parts) >= 2 else []

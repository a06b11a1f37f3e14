"""Looking everywhere: every address of the application that can be read, filled in with whatever it may take."""

import html
import io
import itertools
import json
import zipfile
from collections.abc import Iterator, Mapping, Sequence

from flask import Flask
from werkzeug.routing import AnyConverter, IntegerConverter, Rule
from werkzeug.test import TestResponse

MOST = 24
"""Ways of filling one address in."""


def readable(application: Flask) -> Iterator[Rule]:
    """The rules that answer GET, files of the pages aside."""
    for rule in application.url_map.iter_rules():
        if "GET" in (rule.methods or set()) and not rule.endpoint.endswith("static") and "logout" not in rule.endpoint:
            yield rule


def addresses(application: Flask, rule: Rule, named: Mapping[str, Sequence[object]], words: Sequence[str]) -> list[str]:
    """The rule's addresses: arguments by their name where it is known, else numbers or words by their kind."""
    adapter = application.url_map.bind("localhost")
    choices = []
    for name, converter in rule._converters.items():
        numbers = range(1, 5) if isinstance(converter, IntegerConverter) else None
        listed = sorted(converter.items) if isinstance(converter, AnyConverter) else None
        own = [value for value in named.get(name, ()) if numbers is None or isinstance(value, int)]
        choices.append([(name, value) for value in own or numbers or listed or words])
    filled = itertools.islice(itertools.product(*choices), MOST)
    return [adapter.build(rule.endpoint, dict(values), method="GET") for values in filled]


def text_of(response: TestResponse) -> str:
    """All that an answer says: headers, body, the sheets inside a workbook, escaped characters read."""
    data = response.data
    said = [str(response.headers)]
    if data[:2] == b"PK":
        with zipfile.ZipFile(io.BytesIO(data)) as book:
            said += [book.read(name).decode("utf-8", "ignore") for name in book.namelist()]
    else:
        said.append(data.decode("utf-8", "ignore"))
    if response.is_json:
        said.append(json.dumps(response.json, ensure_ascii=False))
    return html.unescape("\n".join(said))

"""The words under which a text is found: pairs of neighbouring characters, so that any piece of Chinese of two or more is."""

import re
import unicodedata

_RUNS = re.compile(r"[\u3400-\u9fff]+|[a-z0-9]+")


def _runs(text: str) -> list[str]:
    return _RUNS.findall(unicodedata.normalize("NFKC", text).lower())


def indexed_words(*texts: str) -> str:
    """What is kept in the index for these texts: 路灯不亮 → 路灯 灯不 不亮 亮."""
    words: list[str] = []
    for text in texts:
        for run in _runs(text):
            words += [run] if run.isascii() else [run[k : k + 2] for k in range(len(run))]
    return " ".join(words)


def search_query(text: str) -> str:
    """The FTS5 query for what was typed: every piece, divided by blanks, must stand in the text; empty when nothing is left."""
    terms: list[str] = []
    for run in _runs(text):
        if run.isascii() or len(run) == 1:
            terms.append(f'"{run}"*')
        else:
            pairs = [run[k : k + 2] for k in range(len(run) - 1)]
            terms.append('"' + " ".join(pairs) + '"')
    return " AND ".join(terms)

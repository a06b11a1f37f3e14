"""Normalising what residents type, dictate or paste, before anything is understood."""

import re
import unicodedata

import opencc

MAX_CHARACTERS = 400
"""What is read of one message: beyond it, the beginning and the end are kept, where the matter and the question stand."""

_MOST_ROUNDS = 5
"""One step can give another something to do (a cut joins repetitions); nothing is known that needs more rounds than three."""
_REPEATED = re.compile(r"([^\d\s])\1{2,}")
_MARKS = re.compile(r"([。！？，、；：!?,.;:~…\-—_*#=])\1+")
_SPACES = re.compile(r"\s+")
_BETWEEN_HAN = re.compile(r"(?<=[\u3400-\u9fff]) (?=[\u3400-\u9fff])")
_TO_SIMPLIFIED = opencc.OpenCC("t2s")
_INVISIBLE = {"Cc", "Cf", "Co", "Cn", "Cs", "So", "Sk", "Mn", "Me"}


def normalise(text: str) -> str:
    """``text`` in the one form that everything else works on.

    Full width becomes half width (NFKC), traditional characters simplified, letters lower case; emoji and invisible
    characters go, a mark or character repeated three times and more stands twice at most, blanks are single and none is
    left between Chinese characters: in fragments such as "早市 摊位" it becomes the comma that it stands for.
    """
    for _ in range(_MOST_ROUNDS):
        before, text = text, _once(text)
        if text == before:
            break
    return text


def _once(text: str) -> str:
    text = unicodedata.normalize("NFKC", text.lower())
    text = "".join(" " if c.isspace() else "" if unicodedata.category(c) in _INVISIBLE else c for c in text)
    if len(text) > MAX_CHARACTERS:
        half = MAX_CHARACTERS // 2
        text = text[:half] + text[-half:]
    text = _TO_SIMPLIFIED.convert(text)
    text = _MARKS.sub(r"\1", text)
    text = _REPEATED.sub(r"\1\1", text)
    text = _SPACES.sub(" ", text).strip()
    return _BETWEEN_HAN.sub(",", text)


def has_words(text: str) -> bool:
    """Whether anything is left that can carry meaning: a letter, a digit or a Chinese character."""
    return any(c.isalnum() for c in text)

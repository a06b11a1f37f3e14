"""Normalising what residents type, dictate or paste, before anything is understood."""

import re
import unicodedata

import opencc

MAX_CHARACTERS = 400
"""What is read of one message: beyond it, the beginning and the end are kept, where the matter and the question stand."""

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
    left between Chinese characters of one word group of a fragment ("窝沟封闭 免费" keeps its blank as a comma-like break).
    """
    text = unicodedata.normalize("NFKC", text)
    text = "".join(" " if c.isspace() else "" if unicodedata.category(c) in _INVISIBLE else c for c in text)
    text = _TO_SIMPLIFIED.convert(text).lower()
    text = _MARKS.sub(r"\1", text)
    text = _REPEATED.sub(r"\1\1", text)
    text = _SPACES.sub(" ", text).strip()
    text = _BETWEEN_HAN.sub(",", text)
    if len(text) > MAX_CHARACTERS:
        half = MAX_CHARACTERS // 2
        text = text[:half] + text[-half:]
    return text


def has_words(text: str) -> bool:
    """Whether anything is left that can carry meaning: a letter, a digit or a Chinese character."""
    return any(c.isalnum() for c in text)

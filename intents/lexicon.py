"""Words: jieba with the knowledge base's own terms, and their sounds, against homophone errors and pinyin.

jieba's pitfalls are met here: an own Tokenizer (the global one is never touched), frequencies computed for every term so
that it comes out whole, ``warm()`` before serving, and no import of pkg_resources.
"""

import logging
import re
import sys
from collections.abc import Iterable
from functools import lru_cache

from intents.sounds import sounds


def _import_jieba() -> type:
    """jieba's Tokenizer without its detour over pkg_resources, which is slow and deprecated."""
    absent = "pkg_resources" not in sys.modules
    if absent:
        sys.modules["pkg_resources"] = None  # type: ignore[assignment]
    try:
        import jieba
    finally:
        if absent:
            del sys.modules["pkg_resources"]
    jieba.setLogLevel(logging.WARNING)
    tokenizer: type = jieba.Tokenizer
    return tokenizer


_Tokenizer = _import_jieba()
_HAN = re.compile(r"[\u3400-\u9fff]+")
_LATIN = re.compile(r"[a-zü]+")
_ORDINARY = 3
"""Words that jieba's own dictionary counts at least this often are ordinary ones, no misspelt piece of a term."""
_ORDINARY_BESIDE_LONG = 300
"""A longer term is less likely to be met by chance, so that only common words stand against it."""
_LONGEST_WORD = 4
_GRAMMAR = frozenset("的了在不有我你他她它也都和与上下里个是时事能就去按这那把被让给到过着吗呢吧啊")
_NUMERALS = frozenset("一二两三四五六七八九十百千万")


class Lexicon:
    """Tokenises text; knows the domain's terms and how everything sounds.

    Args:
        terms: domain terms (service titles, aliases, places, departments); each comes out of ``cut`` in one piece when
            the text holds it.
    """

    def __init__(self, terms: Iterable[str]) -> None:
        self.terms = tuple(sorted({term.lower() for term in terms if 2 <= len(term) <= 10 and _HAN.fullmatch(term)}))
        self._tokenizer = _Tokenizer()
        self._sounds: dict[tuple[str, ...], str] = {}
        self._lengths: tuple[int, ...] = ()
        self._warm = False

    def __getstate__(self) -> dict[str, object]:
        return {"terms": self.terms}

    def __setstate__(self, state: dict[str, tuple[str, ...]]) -> None:
        self.__init__(state["terms"])  # type: ignore[misc]

    def warm(self) -> None:
        """Load the dictionary (a second or more), so that the first resident does not wait for it."""
        if self._warm:
            return
        self._tokenizer.initialize()
        self._common = {term: self._tokenizer.FREQ.get(term, 0) for term in self.terms}
        # Shorter terms first: what a longer one needs to stay whole depends on them.
        for term in sorted(self.terms, key=len):
            self._tokenizer.add_word(term, self._whole_frequency(term))
        for term in sorted(self.terms, key=lambda t: self._common[t]):
            self._sounds[tuple(sounds().word(term))] = term
        self._lengths = tuple(sorted({len(term) for term in self.terms if len(term) <= 6}, reverse=True))
        self._warm = True

    def _whole_frequency(self, term: str) -> int:
        """Above what jieba asks for: rare words are split again when a neighbour pulls at one of their ends."""
        return max(int(self._tokenizer.suggest_freq(term, tune=False)) * 20, 2000)

    def cut(self, text: str) -> list[str]:
        """The words of normalised ``text`` in order, blanks and marks left out."""
        self.warm()
        return [word for word in self._tokenizer.cut(text, HMM=False) if any(c.isalnum() for c in word)]

    def pieces(self, text: str) -> list[str]:
        """``text`` in words, blanks and marks; joined they are the text again."""
        self.warm()
        return list(self._tokenizer.cut(text, HMM=False))

    def correct(self, text: str) -> str:
        """``text`` with misspelt domain terms put right, when they sound the same and share a character (低宝 → 低保)."""
        self.warm()
        parts: list[str] = []
        position = 0
        for run in _HAN.finditer(text):
            parts += [text[position : run.start()], self._correct_run(run.group())]
            position = run.end()
        return "".join(parts) + text[position:]

    def _correct_run(self, run: str) -> str:
        sounds = syllables(run)
        if len(sounds) != len(run):
            return run
        out, i = "", 0
        while i < len(run):
            for length in self._lengths:
                chunk = run[i : i + length]
                term = self._sounds.get(tuple(sounds[i : i + length])) if len(chunk) == length else None
                if term and (chunk == term or self._misspelt(run, i, term)):
                    out, i = out + term, i + length
                    break
            else:
                out, i = out + run[i], i + 1
        return out

    def _misspelt(self, run: str, start: int, term: str) -> bool:
        """Whether the piece of ``run`` at ``start``, which sounds like ``term``, is that term with a wrong character.

        Not when ordinary words reach into it (老师能不能 holds 老师 and 能, not 失能), unless they are part of the term
        itself (法律 in 法律援住), and not when what would be changed is a word of grammar or a number.
        """
        chunk = run[start : start + len(term)]
        shared = sum(a == b for a, b in zip(chunk, term, strict=True))
        enough = shared > 0 if len(term) == 2 else shared * 2 >= len(term) - 1
        wrong = {a for a, b in zip(chunk, term, strict=True) if a != b}
        if not enough or wrong & _GRAMMAR or (len(term) == 2 and wrong & _NUMERALS):
            return False
        ordinary = _ORDINARY if len(term) == 2 else _ORDINARY_BESIDE_LONG
        stop = start + len(term)
        for length in range(2, _LONGEST_WORD + 1):
            for i in range(max(0, start - length + 1), min(stop, len(run) - length + 1)):
                word = run[i : i + length]
                inside = i >= start and i + length <= stop
                if inside and term[i - start : i - start + length] == word:
                    continue
                if self._plain_count(word) >= ordinary:
                    return False
        return True

    def _plain_count(self, word: str) -> int:
        """How often jieba's own dictionary counts the word, without what was added here."""
        added = self._common.get(word)
        return int(self._tokenizer.FREQ.get(word, 0) if added is None else added)


def syllables(text: str) -> list[str]:
    """The sounds of ``text`` without tones: one a Chinese character, and those that Latin letters spell ("dibao")."""
    out: list[str] = []
    sound = sounds().character
    for run in re.finditer(r"[\u3400-\u9fff]|[a-zü]+", text):
        piece = run.group()
        out += [sound(piece)] if _HAN.match(piece) else split_pinyin(piece) or [piece]
    return out


_INITIALS = (*"bpmfdtnlgkhjqxrzcsyw", "zh", "ch", "sh")
_FINALS = re.findall(
    r"[a-z]+",
    "a o e ai ei ao ou an en ang eng ong i ia ie iao iu ian in iang ing iong u ua uo uai ui uan un uang ueng v ve ue er",
)
_ALONE = frozenset(("a", "o", "e", "ai", "ei", "ao", "ou", "an", "en", "ang", "eng", "er"))
_SYLLABLES = _ALONE | {initial + final for initial in _INITIALS for final in _FINALS}


@lru_cache(maxsize=20_000)
def split_pinyin(letters: str) -> list[str] | None:
    """Toneless pinyin letters as syllables, the fewest possible; None when they spell none ("app")."""
    letters = letters.replace("ü", "v")
    best: list[list[str] | None] = [[]] + [None] * len(letters)
    for end in range(1, len(letters) + 1):
        for start in range(max(0, end - 6), end):
            before = best[start]
            if before is not None and letters[start:end] in _SYLLABLES:
                now = best[end]
                if now is None or len(before) + 1 < len(now):
                    best[end] = [*before, letters[start:end]]
    return best[-1] or None

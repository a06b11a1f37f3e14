"""Messages typed in pinyin ("falv yuanzhu zenme shenqing") back into characters, by the words residents use."""

import math
import re
from collections import Counter
from collections.abc import Iterable

from intents.lexicon import split_pinyin
from intents.sounds import sounds

_RUN = re.compile(r"[a-zü]+(?:[ ']+[a-zü]+)*")
_LONGEST = 6
_KNOWN_LATIN = {"app", "ai", "vip", "ok", "wifi", "ktv", "pos", "pm", "eps", "xx", "www", "http", "https", "com"}


class PinyinDecoder:
    """Reads runs of pinyin as the likeliest words.

    ``fit`` counts the words of known messages by their sound; ``decode`` finds the sequence of words with the highest
    unigram likelihood.  A run that no known words cover is left as it is.
    """

    def __init__(self) -> None:
        self.words: dict[str, tuple[str, float]] = {}

    def fit(self, tokenised: Iterable[list[str]]) -> "PinyinDecoder":
        """Learn from tokenised messages; single characters count less than words."""
        counts = Counter(word for words in tokenised for word in words if all("\u3400" <= c <= "\u9fff" for c in word))
        total = sum(counts.values()) or 1
        best: dict[str, tuple[str, float]] = {}
        for word, count in sorted(counts.items()):
            sound = " ".join(sounds().word(word))
            score = math.log(count / total) - (1.5 if len(word) == 1 else 0.0)
            if sound not in best or score > best[sound][1]:
                best[sound] = (word, score)
        self.words = best
        return self

    def decode(self, text: str) -> str:
        """``text`` with its pinyin runs written as characters."""
        return _RUN.sub(self._decode_run, text)

    def _decode_run(self, match: re.Match[str]) -> str:
        run = match.group()
        sounds: list[str] = []
        for piece in re.split(r"[ ']+", run):
            parts = None if piece in _KNOWN_LATIN else split_pinyin(piece)
            if parts is None:
                return run
            sounds += parts
        if len(sounds) < 2:
            return run
        best: list[tuple[float, str] | None] = [(0.0, "")] + [None] * len(sounds)
        for end in range(1, len(sounds) + 1):
            for start in range(max(0, end - _LONGEST), end):
                before, known = best[start], self.words.get(" ".join(sounds[start:end]))
                if before is None or known is None:
                    continue
                score = before[0] + known[1]
                now = best[end]
                if now is None or score > now[0]:
                    best[end] = (score, before[1] + known[0])
        found = best[-1]
        return found[1] if found else run

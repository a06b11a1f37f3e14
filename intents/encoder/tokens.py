"""Text → the numbers of its pieces, by the likeliest cut (SentencePiece's unigram model)."""

import json
from array import array
from pathlib import Path

LONGEST_PIECE = 16
MAX_TOKENS = 160
PREFIX = "query: "
"""What multilingual-e5 was trained to see ahead of a question."""


class Tokenizer:
    """Cuts normalised messages with the vocabulary that ``convert`` wrote into ``folder``.

    Raises:
        FileNotFoundError: the folder lacks pieces.json.
    """

    def __init__(self, folder: Path) -> None:
        vocabulary = json.loads((folder / "pieces.json").read_text(encoding="utf-8"))
        self._pieces = {piece: number for number, (piece, _) in enumerate(vocabulary["pieces"])}
        self._scores = array("d", (score for _, score in vocabulary["pieces"]))  # 8 bytes each; a tuple beside each takes 80
        self._begin, self._end, self._unknown = vocabulary["begin"], vocabulary["end"], vocabulary["unknown"]
        self._unknown_score = min(self._scores) - 10

    def tokens(self, text: str) -> list[int]:
        """The numbers of the pieces of the prefix and ``text`` between begin and end, at most 160."""
        line = "▁" + (PREFIX + text).replace(" ", "▁")
        end = len(line)
        pieces, scores = self._pieces, self._scores
        best = [0.0] + [-1e30] * end
        back: list[tuple[int, int]] = [(0, 0)] * (end + 1)
        for i in range(end):
            score = best[i]
            for j in range(i + 1, min(end, i + LONGEST_PIECE) + 1):
                found = pieces.get(line[i:j])
                if found is not None and found != self._unknown and score + scores[found] > best[j]:
                    best[j], back[j] = score + scores[found], (i, found)
            if score + self._unknown_score > best[i + 1]:
                best[i + 1], back[i + 1] = score + self._unknown_score, (i, self._unknown)
        numbers: list[int] = []
        while end > 0:
            end, number = back[end]
            numbers.append(number)
        return [self._begin, *numbers[::-1][: MAX_TOKENS - 2], self._end]

"""What differs between two texts, word by word."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher


@dataclass(frozen=True)
class Piece:
    """Words that both texts hold (same), or only the earlier (del) or later one (ins)."""

    kind: str
    text: str


def word_differences(before: str, after: str, words: Callable[[str], Sequence[str]]) -> list[Piece]:
    """The pieces that lead from one text to the other, in order; ``words`` cuts a text into words and leaves nothing out."""
    old, new = list(words(before)), list(words(after))
    found: list[Piece] = []
    for tag, a, b, c, d in SequenceMatcher(None, old, new, autojunk=False).get_opcodes():
        if tag == "equal":
            found.append(Piece("same", "".join(old[a:b])))
            continue
        found += [Piece(kind, text) for kind, text in (("del", "".join(old[a:b])), ("ins", "".join(new[c:d]))) if text]
    return found

"""How Chinese sounds, in pinyin without tones, from a small table: data/sounds.txt.

The library that knows every phrase takes fifty megabytes of each process.  What differs from the characters' usual sounds fits
on three thousand lines; ``python -m intents.sounds`` makes the table of the library's.
"""

from functools import cache
from pathlib import Path

TABLE = Path(__file__).parent / "data" / "sounds.txt"
_HEAD = """\
# How characters sound, without tones: a syllable and its characters; then words in which one of them sounds otherwise.
# Made of pypinyin's tables (MIT licence) by: python -m intents.sounds
"""
_FIRST, _LAST = 0x3400, 0x9FFF


class Sounds:
    """The table.

    Args:
        lines: of sounds.txt.
    """

    def __init__(self, lines: list[str]) -> None:
        self._characters: dict[str, str] = {}
        self._words: dict[str, list[str]] = {}
        for line in lines:
            if line and not line.startswith("#"):
                left, _, right = line.partition(" ")
                if left.isascii():
                    self._characters.update(dict.fromkeys(right, left))
                else:
                    self._words[left] = right.split(" ")
        self._longest = max(map(len, self._words), default=0)

    def character(self, character: str) -> str:
        """The usual sound of one character; itself where it has none."""
        return self._characters.get(character, character)

    def word(self, text: str) -> list[str]:
        """The sounds of ``text``: one a Chinese character, and what lies between them as it is."""
        out: list[str] = []
        position, other = 0, ""
        while position < len(text):
            known = self._known(text, position)
            if known is None and text[position] not in self._characters:
                other += text[position]
                position += 1
                continue
            if other:
                out.append(other)
                other = ""
            found = known or [self._characters[text[position]]]
            out += found
            position += len(found)
        return [*out, other] if other else out

    def _known(self, text: str, start: int) -> list[str] | None:
        """The longest word at ``start`` in which a character sounds otherwise."""
        for length in range(min(self._longest, len(text) - start), 1, -1):
            if found := self._words.get(text[start : start + length]):
                return found
        return None


@cache
def sounds() -> Sounds:
    """The table of this installation."""
    return Sounds(TABLE.read_text(encoding="utf-8").splitlines())


def table() -> str:
    """The text of data/sounds.txt, as pypinyin has it."""
    from pypinyin import lazy_pinyin
    from pypinyin.phrases_dict import phrases_dict

    usual = {c: lazy_pinyin(c)[0] for c in map(chr, range(_FIRST, _LAST + 1))}
    syllables: dict[str, str] = {}
    for character, sound in usual.items():
        if sound != character:
            syllables[sound] = syllables.get(sound, "") + character
    lines = [f"{sound} {syllables[sound]}" for sound in sorted(syllables)]
    found = Sounds(lines)
    phrases = [phrase for phrase in phrases_dict if all(usual.get(c, c) != c for c in phrase)]
    for _ in range(2):  # the second time for those that a word of the first time has spoilt
        for phrase in sorted(phrases, key=lambda phrase: (len(phrase), phrase)):
            if found.word(phrase) != (right := lazy_pinyin(phrase)):
                found._words[phrase] = right
                found._longest = max(found._longest, len(phrase))
    lines += [f"{word} {' '.join(right)}" for word, right in sorted(found._words.items())]
    return _HEAD + "\n".join(lines) + "\n"


if __name__ == "__main__":
    TABLE.write_text(table(), encoding="utf-8")

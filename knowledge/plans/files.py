"""A file that somebody gives → a document that can be read, whichever of the two forms it has."""

from pathlib import PurePath

from knowledge.errors import KnowledgeError
from knowledge.plans.blocks import Document, decoded, of_text
from knowledge.plans.word import MOST_BYTES, of_word

_WORD, _TEXT = (".docx", ".doc"), ("", ".txt", ".text", ".md")


def of_file(name: str, content: bytes) -> Document:
    """A .docx or a text file.

    Raises:
        KnowledgeError: it is neither, too large, or refused; one line says why.
    """
    kind = PurePath(name).suffix.lower()
    if content.startswith(b"%PDF") or kind == ".pdf":
        raise KnowledgeError(["不能读 PDF：请在 Word 里打开，另存为 .docx，或者把文字复制下来存成 .txt"])
    if kind not in (*_WORD, *_TEXT):
        raise KnowledgeError([f"只能读 .docx 和 .txt，这是 {kind[:10]} 文件"])
    if not content.strip():
        raise KnowledgeError(["这个文件是空的"])
    if kind in _WORD or content.startswith((b"PK\x03\x04", b"\xd0\xcf\x11\xe0")):
        return of_word(content)
    if len(content) > MOST_BYTES:
        raise KnowledgeError([f"文件太大（{len(content) // 1024}KB），最多{MOST_BYTES // 1024 // 1024}MB"])
    return of_text(decoded(content))

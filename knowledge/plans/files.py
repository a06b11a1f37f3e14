"""A file that somebody gives → a document that can be read, whichever of the two forms it has."""

from knowledge.errors import KnowledgeError
from knowledge.plans.blocks import Document, decoded, of_text
from knowledge.plans.word import MOST_BYTES, of_word


def of_file(name: str, content: bytes) -> Document:
    """A .docx or a text file.

    Raises:
        KnowledgeError: it is neither, too large, or refused; one line says why.
    """
    if name.lower().endswith((".docx", ".doc")) or content.startswith((b"PK\x03\x04", b"\xd0\xcf\x11\xe0")):
        return of_word(content)
    if len(content) > MOST_BYTES:
        raise KnowledgeError([f"文件太大（{len(content) // 1024}KB），最多{MOST_BYTES // 1024 // 1024}MB"])
    return of_text(decoded(content))

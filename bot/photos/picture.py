"""A picture as it may be kept: checked by its content, drawn anew without what a camera hides in it."""

import subprocess
import sys
import tomllib
from functools import cache
from pathlib import Path
from typing import Any

MIME = "image/jpeg"
SECONDS = 20
_REENCODE = Path(__file__).with_name("reencode.py")
_HEIC = (b"heic", b"heix", b"hevc", b"hevx", b"heim", b"heis", b"mif1", b"msf1")


class PictureError(Exception):
    """It cannot be kept; the words are for the resident."""


@cache
def settings() -> dict[str, Any]:
    """data/photos.toml."""
    return tomllib.loads((Path(__file__).parent / "data" / "photos.toml").read_text(encoding="utf-8"))


def words(key: str) -> str:
    """The words of that key."""
    return str(settings()["words"][key])


def drawn_anew(data: bytes) -> bytes:
    """The picture as JPEG with its pixels only, turned as it was taken, at most ``longest_side`` long.

    Raises:
        PictureError: it is too large, or none that is taken.
    """
    given = settings()
    if len(data) > given["most_bytes"]:
        raise PictureError(words("too_large"))
    if data[4:8] == b"ftyp" and data[8:12] in _HEIC:
        raise PictureError(words("heic"))
    if not _looks_like_one(data):
        raise PictureError(words("no_picture"))
    command = [sys.executable, "-I", str(_REENCODE), *(str(given[key]) for key in ("longest_side", "quality", "most_pixels"))]
    try:
        done = subprocess.run(command, input=data, capture_output=True, timeout=SECONDS, check=False)
    except subprocess.TimeoutExpired:
        raise PictureError(words("no_picture")) from None
    if done.returncode != 0 or not done.stdout.startswith(b"\xff\xd8\xff"):
        raise PictureError(words("no_picture"))
    return done.stdout


def _looks_like_one(data: bytes) -> bool:
    """By its first bytes, whatever its name and declared type: JPEG, PNG or WebP."""
    webp = data[:4] == b"RIFF" and data[8:12] == b"WEBP"
    return data.startswith((b"\xff\xd8\xff", b"\x89PNG\r\n\x1a\n")) or webp

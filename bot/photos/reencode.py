"""Draws a picture anew: JPEG on standard output, of the picture on standard input, with nothing but its pixels.

A program of its own (``python reencode.py SIDE QUALITY PIXELS``), not imported by the service: decoding takes memory that a
worker does not have, and a picture made to break a decoder breaks only this.  Status 3: it is no picture that is taken.
"""

import contextlib
import io
import resource
import sys
import warnings

MEMORY, SECONDS = 1024 * 1024 * 1024, 15
FORMATS = ("JPEG", "PNG", "WEBP")


def main(side: int, quality: int, pixels: int) -> int:
    """Draw it; the exit status."""
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY))
    resource.setrlimit(resource.RLIMIT_CPU, (SECONDS, SECONDS))
    with contextlib.suppress(ValueError, OSError):
        resource.setrlimit(resource.RLIMIT_NOFILE, (64, 64))
    from PIL import Image, ImageOps

    warnings.simplefilter("error", Image.DecompressionBombWarning)
    Image.MAX_IMAGE_PIXELS = pixels
    try:
        with Image.open(io.BytesIO(sys.stdin.buffer.read()), formats=FORMATS) as opened:
            opened.draft("RGB", (side, side))
            picture = ImageOps.exif_transpose(opened)
            picture.thumbnail((side, side))
            picture = picture.convert("RGBA")
            # A new picture: whatever else the file held (place, device, comments) stays behind.
            drawn = Image.new("RGB", picture.size, "white")
            drawn.paste(picture, mask=picture.getchannel("A"))
    except (OSError, ValueError, SyntaxError, MemoryError, EOFError, Image.DecompressionBombError, Warning):
        return 3
    drawn.save(sys.stdout.buffer, "JPEG", quality=quality, optimize=True)
    return 0


if __name__ == "__main__":
    sys.exit(main(*map(int, sys.argv[1:4])))

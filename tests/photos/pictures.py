"""Pictures as phones make them, and files that only look like one."""

import io

from PIL import Image

DEVICE, NOTE = b"HuaweiP9-of-Wang", b"made-by-Wang"


def jpeg(size: tuple[int, int] = (640, 480), turned: int = 1) -> bytes:
    """A photo with what a camera hides in it: device, place, comment, and how it was held."""
    hidden = Image.Exif()
    hidden[0x010F], hidden[0x0112] = DEVICE.decode(), turned
    hidden.get_ifd(0x8825).update({1: "N", 2: (43.0, 52.0, 48.0), 3: "E", 4: (125.0, 15.0, 0.0)})
    file = io.BytesIO()
    Image.radial_gradient("L").resize(size).convert("RGB").save(file, "JPEG", exif=hidden, comment=NOTE)
    return file.getvalue()


def other(kind: str, size: tuple[int, int] = (300, 200)) -> bytes:
    """A see-through picture of another format."""
    file = io.BytesIO()
    Image.new("RGBA", size, (200, 0, 0, 0)).save(file, kind)
    return file.getvalue()


def opened(data: bytes) -> Image.Image:
    return Image.open(io.BytesIO(data))

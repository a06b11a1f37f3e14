"""What a photo is before it is kept: checked by its content, and nothing left in it but what it shows."""

import io

import pytest
from PIL import Image

from bot.photos.picture import PictureError, drawn_anew, settings
from tests.photos.pictures import DEVICE, NOTE, jpeg, opened, other


def test_what_a_camera_hides_in_a_photo_is_gone() -> None:
    sent = jpeg()
    assert DEVICE in sent and NOTE in sent and opened(sent).getexif().get_ifd(0x8825)
    kept = drawn_anew(sent)
    assert DEVICE not in kept and NOTE not in kept
    assert dict(opened(kept).getexif()) == {} and "comment" not in opened(kept).info


def test_a_photo_is_turned_as_it_was_taken_and_made_smaller() -> None:
    assert opened(drawn_anew(jpeg((4000, 3000), turned=6))).size == (1200, 1600)


@pytest.mark.parametrize("kind", ["PNG", "WEBP"])
def test_other_pictures_become_jpeg_on_white(kind: str) -> None:
    kept = opened(drawn_anew(other(kind)))
    assert (kept.format, kept.size) == ("JPEG", (300, 200))
    assert kept.convert("L").getextrema()[0] > 250


def test_what_is_no_picture_is_refused_whatever_it_is_called() -> None:
    gif = io.BytesIO()
    Image.new("RGB", (2, 2)).save(gif, "GIF")
    for wrong in (b"", b"<svg onload=alert(1)>", b"%PDF-1.7", b"\xff\xd8\xff" + b"0" * 500, jpeg()[:400], gif.getvalue()):
        with pytest.raises(PictureError, match="不是照片"):
            drawn_anew(wrong)


def test_a_picture_made_to_fill_the_memory_is_refused() -> None:
    bomb = io.BytesIO()
    Image.new("1", (30000, 30000)).save(bomb, "PNG")
    assert len(bomb.getvalue()) < 1_000_000
    with pytest.raises(PictureError):
        drawn_anew(bomb.getvalue())


def test_the_words_say_what_can_be_done_about_it() -> None:
    with pytest.raises(PictureError, match="8 MB"):
        drawn_anew(b"\xff\xd8\xff" + bytes(settings()["most_bytes"]))
    with pytest.raises(PictureError, match="JPG"):
        drawn_anew(b"\x00\x00\x00\x18ftypheic" + bytes(100))

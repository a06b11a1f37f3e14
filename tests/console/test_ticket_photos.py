"""A ticket's photos in the console: for who may see the ticket, and for nobody else."""

import io
from collections.abc import Callable

import pytest
from flask import Flask
from flask.testing import FlaskClient

from tests.console.conftest import Clerk
from tests.photos.pictures import jpeg

SECRET = "我要举报青年路12号有人私自开地下加油点，要保密"


def filed(resident: FlaskClient, words: str) -> tuple[str, int]:
    """A ticket with one photo: its number, and the photo's id."""
    resident.post("/api/chat", json={"text": words})
    file = (io.BytesIO(jpeg()), "x.jpg")
    photo = resident.post("/api/photos", data={"photo": file}, content_type="multipart/form-data").get_json()["photo"]
    return resident.post("/api/chat", json={"text": "确认"}).get_json()["ticket"], photo


@pytest.mark.parametrize("words", ["正阳街的路灯三天不亮了，没人修", SECRET])
def test_the_photo_stands_on_the_ticket_for_who_may_see_it(application: Flask, clerk: Callable[..., Clerk], words: str) -> None:
    number, photo = filed(application.test_client(), words)
    page = f"/console/tickets/{number}"
    address = f"{page}/photos/{photo}"
    dispatcher, staff = clerk("dispatcher"), clerk("staff")
    assert address in dispatcher.get(page).text
    shown = dispatcher.get(address)
    assert (shown.status_code, shown.mimetype, shown.headers["Cache-Control"]) == (200, "image/jpeg", "no-store")
    assert staff.get(address).status_code == 404, "another unit's"
    assert application.test_client().get(address).status_code == 302, "not signed in"


def test_a_photo_is_found_under_its_own_ticket_only(application: Flask, clerk: Callable[..., Clerk]) -> None:
    resident = application.test_client()
    first, photo = filed(resident, "正阳街的路灯三天不亮了，没人修")
    second, _ = filed(resident, "青年路早市占道，车都过不去")
    dispatcher = clerk("dispatcher")
    assert dispatcher.get(f"/console/tickets/{first}/photos/{photo}").status_code == 200
    assert dispatcher.get(f"/console/tickets/{second}/photos/{photo}").status_code == 404
    assert dispatcher.get(f"/console/tickets/{first}/photos/9999").status_code == 404


def test_a_photo_that_never_came_is_told(application: Flask, clerk: Callable[..., Clerk]) -> None:
    number, photo = filed(application.test_client(), "正阳街的路灯三天不亮了，没人修")
    with application.extensions["tickets"].engine.write() as db:
        db.execute("update photos set state = 'failed', problem = '微信上的照片已经失效' where id = ?", [photo])
    page = clerk("dispatcher").get(f"/console/tickets/{number}").text
    assert "没取到（微信上的照片已经失效）" in page and f"photos/{photo}" not in page

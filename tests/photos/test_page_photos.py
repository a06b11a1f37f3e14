"""Photos on the page: POST /api/photos and what is served of them."""

import io

import pytest
from flask.testing import FlaskClient

from bot.photos.picture import settings
from bot.store.sqlite import SqliteStore
from tests.photos.pictures import DEVICE, jpeg, opened


def upload(client: FlaskClient, data: bytes | None = None, **fields: str) -> tuple[int, dict[str, object]]:
    file = (io.BytesIO(jpeg() if data is None else data), "x.exe")
    response = client.post("/api/photos", data={"photo": file, **fields}, content_type="multipart/form-data")
    return response.status_code, response.get_json()


def test_a_photo_is_answered_shown_to_its_resident_and_filed(client: FlaskClient, store: SqliteStore) -> None:
    client.post("/api/chat", json={"text": "正阳街的路灯三天不亮了，没人修"})
    status, answer = upload(client)
    assert status == 200 and answer["mode"] == "feedback" and "已收到照片1张" in str(answer["reply"])
    shown = client.get(f"/api/photos/{answer['photo']}")
    assert (shown.status_code, shown.mimetype) == (200, "image/jpeg") and "private" in shown.headers["Cache-Control"]
    assert opened(shown.data).format == "JPEG" and DEVICE not in shown.data
    lines = client.get("/api/messages").get_json()["messages"]
    assert [line["photo"] for line in lines if line["photo"]] == [answer["photo"]]
    ticket = client.post("/api/chat", json={"text": "确认"}).get_json()["ticket"]
    assert store.engine.rows("select number from photos") == [{"number": ticket}]


def test_photos_are_counted_for_who_watches_the_service(client: FlaskClient, store: SqliteStore) -> None:
    upload(client)
    upload(client)
    with store.engine.write() as db:
        db.execute("update photos set state = 'failed' where id = 1")
    text = client.get("/metrics").text
    assert 'bot_photos{state="stored"} 1.0' in text and 'bot_photos{state="failed"} 1.0' in text


def test_nobody_else_sees_a_photo(client: FlaskClient) -> None:
    _, answer = upload(client)
    assert client.get(f"/api/photos/{answer['photo']}").status_code == 200
    other = client.application.test_client()
    assert other.get(f"/api/photos/{answer['photo']}").status_code == 404
    other.post("/api/chat", json={"text": "你好"})
    assert other.get(f"/api/photos/{answer['photo']}").status_code == 404
    assert client.get("/api/photos/99999999999999999999999").status_code == 404


def test_who_names_a_user_in_the_form_is_not_taken_for_them(client: FlaskClient, store: SqliteStore) -> None:
    upload(client, user="张三")
    assert store.engine.rows("select resident from photos where resident like 'api:%'") == []


def test_the_same_upload_sent_again_is_kept_once_and_answered_the_same(client: FlaskClient, store: SqliteStore) -> None:
    client.post("/api/chat", json={"text": "你好"})
    assert upload(client, message_id="m1") == upload(client, message_id="m1")
    assert len(store.engine.rows("select id from photos")) == 1


@pytest.mark.parametrize(
    ("data", "words"), [(b"hello", "不是照片"), (b"\0\0\0\x18ftypheic" + bytes(50), "HEIC"), (b"", "不是照片")]
)
def test_what_cannot_be_kept_is_refused_in_words_and_leaves_nothing(
    client: FlaskClient, store: SqliteStore, data: bytes, words: str
) -> None:
    status, answer = upload(client, data)
    assert status == 400 and words in str(answer["error"])
    assert store.engine.rows("select id from photos") == []


def test_a_form_without_a_photo_is_refused(client: FlaskClient) -> None:
    assert client.post("/api/photos").status_code == 400
    assert client.post("/api/photos", data={"photo": "text"}).status_code == 400


def test_a_photo_over_the_limit_is_refused_before_it_is_read(client: FlaskClient) -> None:
    status, answer = upload(client, bytes(settings()["most_bytes"] + 200_000))
    assert status == 413 and answer["error"]


def test_who_piles_photos_up_without_a_word_is_stopped(client: FlaskClient) -> None:
    answers = [upload(client)[0] for _ in range(settings()["most_loose"] + 1)]
    assert answers == [200] * settings()["most_loose"] + [400]

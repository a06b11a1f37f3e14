"""WeChat's side of the callback, from its documents and with none of the product's libraries.

Signs, encrypts and delivers as the platform's servers do (接收普通消息, 接收事件推送, 消息加解密), and reads a passive reply as
strictly as the platform reads it (被动回复用户消息), so that a mistake of the library that the product uses shows here.
"""

import base64
import hashlib
import itertools
import os
import struct
import time
import xml.etree.ElementTree as ET
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlencode

from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes

ACCOUNT = "gh_testaccount01"
TOKEN = "testtoken"
APP_ID = "wx0123456789abcdef"
AES_KEY = "abcdefghijklmnopqrstuvwxyz0123456789ABCDEFG"
MOST_BYTES = 2048

_numbers = itertools.count(int(time.time() * 1000) * 1000)


def signature(*parts: str) -> str:
    """SHA-1 over the parts in dictionary order."""
    return hashlib.sha1("".join(sorted(parts)).encode()).hexdigest()


def _cdata(value: Any) -> str:
    if isinstance(value, int | float):
        return str(value)
    return "<![CDATA[" + str(value).replace("]]>", "]]]]><![CDATA[>") + "]]>"


def message(sender: str, kind: str = "text", *, number: int | None = None, at: int | None = None, **fields: Any) -> str:
    """A message's XML; without ``number`` it has a MsgId of its own."""
    fields = {"MsgType": kind, **fields, "MsgId": next(_numbers) if number is None else number}
    return _xml(sender, at, fields)


def event(sender: str, name: str, *, at: int | None = None, **fields: Any) -> str:
    """An event's XML; events have no MsgId."""
    return _xml(sender, at, {"MsgType": "event", "Event": name, **fields})


def _xml(sender: str, at: int | None, fields: dict[str, Any]) -> str:
    head = {"ToUserName": ACCOUNT, "FromUserName": sender, "CreateTime": int(time.time()) if at is None else at}
    return "<xml>" + "".join(f"<{key}>{_cdata(value)}</{key}>" for key, value in {**head, **fields}.items()) + "</xml>"


@dataclass(frozen=True)
class Delivery:
    """One POST of the platform: what stands in the address, and the body."""

    query: dict[str, str]
    body: bytes

    @property
    def path(self) -> str:
        return "/wechat?" + urlencode(self.query)


@dataclass
class Platform:
    """The platform as it is set up for one account."""

    token: str = TOKEN
    app_id: str = APP_ID
    aes_key: str = AES_KEY
    nonces: "itertools.count[int]" = field(default_factory=lambda: itertools.count(1000000000))

    # -- deliveries -------------------------------------------------------------------------------------------------------

    def query(self, **more: str) -> dict[str, str]:
        """The signed parameters that every call carries."""
        timestamp, nonce = str(int(time.time())), str(next(self.nonces))
        return {"signature": signature(self.token, timestamp, nonce), "timestamp": timestamp, "nonce": nonce, **more}

    def plain(self, xml: str | bytes) -> Delivery:
        """明文模式."""
        return Delivery(self.query(openid="o"), xml if isinstance(xml, bytes) else xml.encode())

    def safe(self, xml: str) -> Delivery:
        """安全模式: the body holds nothing but the account and the sealed message."""
        sealed = self.seal(xml)
        return self._sealed(sealed, f"<xml><ToUserName>{_cdata(ACCOUNT)}</ToUserName><Encrypt>{_cdata(sealed)}</Encrypt></xml>")

    def compatible(self, xml: str) -> Delivery:
        """兼容模式: the body holds the message twice, readable and sealed."""
        sealed = self.seal(xml)
        return self._sealed(sealed, xml.removesuffix("</xml>") + f"<Encrypt>{_cdata(sealed)}</Encrypt></xml>")

    def _sealed(self, sealed: str, body: str) -> Delivery:
        query = self.query(openid="o", encrypt_type="aes")
        query["msg_signature"] = signature(self.token, query["timestamp"], query["nonce"], sealed)
        return Delivery(query, body.encode())

    # -- the seal ---------------------------------------------------------------------------------------------------------

    def _cipher(self) -> Cipher[modes.CBC]:
        key = base64.b64decode(self.aes_key + "=")
        return Cipher(algorithms.AES(key), modes.CBC(key[:16]))

    def seal(self, xml: str) -> str:
        """random(16) + length(4, network order) + message + AppId, PKCS#7 to 32 bytes, AES-256-CBC, base64."""
        text = xml.encode()
        raw = os.urandom(16) + struct.pack(">I", len(text)) + text + self.app_id.encode()
        pad = 32 - len(raw) % 32
        encryptor = self._cipher().encryptor()
        return base64.b64encode(encryptor.update(raw + bytes([pad]) * pad) + encryptor.finalize()).decode()

    def unseal(self, answer: bytes | str) -> str:
        """The XML inside an encrypted reply; its signature, padding and account are checked as the platform checks them."""
        envelope = _fields(answer)
        assert set(envelope) == {"Encrypt", "MsgSignature", "TimeStamp", "Nonce"}
        wanted = signature(self.token, envelope["TimeStamp"], envelope["Nonce"], envelope["Encrypt"])
        assert envelope["MsgSignature"] == wanted
        decryptor = self._cipher().decryptor()
        raw = decryptor.update(base64.b64decode(envelope["Encrypt"], validate=True)) + decryptor.finalize()
        pad = raw[-1]
        assert 1 <= pad <= 32 and raw.endswith(bytes([pad]) * pad)
        size = struct.unpack(">I", raw[16:20])[0]
        assert raw[20 + size : -pad].decode() == self.app_id
        return raw[20 : 20 + size].decode()


def _fields(xml: bytes | str) -> dict[str, str]:
    root = ET.fromstring(xml)
    assert root.tag == "xml"
    names = [child.tag for child in root]
    assert len(names) == len(set(names))
    return {child.tag: child.text or "" for child in root}


def passive_text(xml: bytes | str, sender: str) -> str:
    """What the resident reads; fails unless the platform would show it to ``sender`` and to nobody else."""
    reply = _fields(xml)
    assert set(reply) == {"ToUserName", "FromUserName", "CreateTime", "MsgType", "Content"}
    assert reply["ToUserName"] == sender
    assert reply["FromUserName"] == ACCOUNT
    assert reply["MsgType"] == "text"
    assert abs(int(reply["CreateTime"]) - time.time()) < 120
    assert reply["Content"].strip()
    assert len(reply["Content"].encode()) <= MOST_BYTES
    return reply["Content"]

"""People outside the running service: with a browser's cookies, or in WeChat."""

import http.cookiejar
import json
import re
import urllib.parse
import urllib.request

from tests.conftest import Service
from tests.console.browser import PASSWORD
from tests.platform import Platform, message, passive_text


class Visitor:
    """Somebody with a browser's cookies."""

    def __init__(self, service: Service) -> None:
        self.url = service.url
        self.open = urllib.request.build_opener(urllib.request.HTTPCookieProcessor(http.cookiejar.CookieJar())).open

    def ask(self, text: str) -> dict[str, object]:
        body = json.dumps({"text": text}).encode()
        request = urllib.request.Request(self.url + "/api/chat", body, {"Content-Type": "application/json"})
        with self.open(request, timeout=20) as response:
            return dict(json.load(response))

    def shown(self) -> list[str]:
        with self.open(self.url + "/api/messages", timeout=20) as response:
            return [message["text"] for message in json.load(response)["messages"]]

    def page(self, path: str) -> str:
        with self.open(self.url + path, timeout=20) as response:
            return str(response.read().decode())

    def post(self, path: str, **fields: str) -> str:
        token = re.search(r'name="csrf_token" value="([^"]+)"', self.page("/console/me"))
        assert token
        body = urllib.parse.urlencode({"csrf_token": token[1], **fields}).encode()
        with self.open(self.url + path, body, timeout=20) as response:
            return str(response.read().decode())

    def sign_in(self, username: str) -> None:
        """As somebody of the console."""
        token = re.search(r'name="csrf_token" value="([^"]+)"', self.page("/console/login"))
        assert token
        fields = urllib.parse.urlencode({"csrf_token": token[1], "username": username, "password": PASSWORD}).encode()
        self.open(self.url + "/console/login", fields, timeout=20).close()


def raw_in_wechat(service: Service, who: str, text: str) -> bytes:
    """What WeChat gets back for a follower's message."""
    delivery = Platform().plain(message(who, Content=text))
    request = urllib.request.Request(service.url + delivery.path, delivery.body, {"Content-Type": "text/xml"})
    with urllib.request.urlopen(request, timeout=20) as response:
        return bytes(response.read())


def in_wechat(service: Service, who: str, text: str) -> str:
    """What a follower reads."""
    return passive_text(raw_in_wechat(service, who, text), who)

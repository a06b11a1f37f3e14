"""What the document says that an answer holds is what it holds."""

import re

from tests.api.conftest import NewSystem
from tests.conftest import ROOT

API = (ROOT / "docs" / "api.md").read_text(encoding="utf-8")


def test_every_key_of_a_ticket_is_documented_and_no_other(system: NewSystem) -> None:
    section = API[API.index("### `GET /api/tickets/<number>`") : API.index("### `GET /api/tickets`\n")]
    documented = {key for row in re.findall(r"^\| (`.+?) \|", section, re.MULTILINE) for key in re.findall(r"`(\w+)`", row)}
    outside = system("12345平台", "read", "write", "people")
    number = outside.file(name="王女士")["number"]
    shown = outside.get(f"/api/tickets/{number}").json
    assert documented == set(shown)
    events = re.search(r"^\| `history` \| (.+) \|$", section, re.MULTILINE)
    assert events and set(re.findall(r"`(\w+)`", events[1])) == set(shown["history"][0])

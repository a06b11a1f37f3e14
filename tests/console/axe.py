"""What axe (the accessibility checker) finds on a page; it runs through the debugger, so the page's own policy stays."""

import importlib.util
from functools import cache
from pathlib import Path

from playwright.sync_api import Page

GRAVE = ("serious", "critical")


@cache
def _source() -> str:
    found = importlib.util.find_spec("axe_playwright_python")
    assert found and found.submodule_search_locations
    return (Path(found.submodule_search_locations[0]) / "axe.min.js").read_text(encoding="utf-8")


def grave_findings(page: Page) -> list[str]:
    """The serious and critical findings, a line each: rule, where, why.  ``assert grave_findings(page) == []``."""
    debugger = page.context.new_cdp_session(page)
    try:
        debugger.send("Runtime.evaluate", {"expression": _source() + "; true", "returnByValue": True})
        answer = debugger.send(
            "Runtime.evaluate",
            {
                "expression": "axe.run(document, {resultTypes: ['violations']}).then(found => found.violations)",
                "awaitPromise": True,
                "returnByValue": True,
            },
        )
    finally:
        debugger.detach()
    violations = answer["result"]["value"]
    return [
        f"{violation['id']}: {node['target']}: {node['failureSummary']}"
        for violation in violations
        if violation["impact"] in GRAVE
        for node in violation["nodes"]
    ]

"""A file made of an earlier state comes together with what was changed since."""

from typing import Any

import pytest

from knowledge.base import KnowledgeBase
from knowledge.changes import WHOLE, differences, value_of, with_changes
from knowledge.document import Document, document_of, knowledge_of
from knowledge.merging import merging


@pytest.fixture(scope="module")
def base(knowledge: KnowledgeBase) -> Document:
    return document_of(knowledge)


def with_service(document: Document, name: str, number: int = 51) -> Document:
    service: dict[str, Any] = {"id": name, "title": name, "kind": "service", "answers": {"overview": "2022年计划里有这件事。"}}
    held = value_of(document, f"item:{number}", "services")
    return with_changes(document, [(f"service:{name}", WHOLE, service), (f"item:{number}", "services", [*held, name])])


def test_services_that_both_added_to_one_item_are_both_there(base: Document) -> None:
    found = merging(base, with_service(base, "of-the-file"), with_service(base, "of-the-others"))
    knowledge = knowledge_of(found.document)
    assert {"of-the-file", "of-the-others"} <= {service.id for service in knowledge.items[51].services}
    assert {change.object for change in found.later} >= {"service:of-the-others"}


def test_a_service_added_since_goes_with_its_place_when_the_file_is_preferred(base: Document) -> None:
    found = merging(base, base, with_service(base, "of-the-others"))
    assert differences(found.with_file([("service:of-the-others", WHOLE)]), base) == []


def test_a_record_that_was_removed_since_comes_back_whole_or_stays_away(base: Document) -> None:
    file = with_changes(base, [("hotline:12348", "note", "改了说明")])
    now = with_changes(base, [("hotline:12348", WHOLE, None)])
    found = merging(base, file, now)
    assert [(c.object, c.field) for c in found.clashes] == [("hotline:12348", WHOLE)]
    assert value_of(found.document, "hotline:12348", WHOLE) is None
    back = found.with_file([("hotline:12348", WHOLE)])
    assert value_of(back, "hotline:12348", "note") == "改了说明" and knowledge_of(back)


def test_a_file_of_now_is_taken_as_it_is(base: Document) -> None:
    file = with_changes(base, [("department:区民政局", "phone", "0431-1")])
    found = merging(base, file, base)
    assert differences(found.document, file) == [] and not found.clashes and not found.later

"""What was made of an earlier state, brought together with what holds now: nothing that was changed since is lost unasked."""

from collections.abc import Collection
from dataclasses import dataclass

from knowledge.changes import WHOLE, Change, apart, differences, merged, value_of, with_changes
from knowledge.document import Document

Place = tuple[str, str]
"""A record and its field."""


@dataclass(frozen=True)
class Merging:
    """A file made of ``base``, and what was changed elsewhere since; each change leads from what holds now to the file's.

    ``made``: what the file changes; ``clashes``: what both changed, and each otherwise; ``later``: what only the others changed,
    and the file would take back.
    """

    document: Document
    file: Document
    made: tuple[Change, ...]
    clashes: tuple[Change, ...]
    later: tuple[Change, ...]

    def with_file(self, places: Collection[Place]) -> Document:
        """The document with these of ``clashes`` and ``later`` as in the file; a service goes with its place in its item."""
        offered = [(change.object, change.field) for change in (*self.clashes, *self.later)]
        wanted = {place for place in offered if place in places}
        services = {record.partition(":")[2] for record, field in wanted if field == WHOLE and record.startswith("service:")}
        for record, field in offered:
            if field == "services" and services & set(value_of(self.file, record, field) or ()) ^ services & set(
                value_of(self.document, record, field) or ()
            ):
                wanted.add((record, field))
        return with_changes(self.document, [(record, field, value_of(self.file, record, field)) for record, field in wanted])


def merging(base: Document, file: Document, now: Document) -> Merging:
    """See ``Merging``."""
    document, made, left = merged(base, file, now)
    there = apart(now)
    clashes = dict.fromkeys((c.object, c.field if c.object in there else WHOLE) for c in left)
    others = [(c.object, c.field) for c in differences(base, now)]
    kept = [place for place in others if place not in clashes and value_of(document, *place) == value_of(now, *place)]

    def change(place: Place) -> Change:
        return Change(*place, value_of(now, *place), value_of(file, *place))

    later = [one for one in map(change, kept) if one.before != one.after]
    return Merging(document, file, tuple(made), tuple(map(change, clashes)), tuple(later))

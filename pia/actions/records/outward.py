"""What leaves the house is read through here: the public reading of a stored version or of a file,
alone or beside the one before (規則第10条第1項・第2項, 第13条).

Knows which earlier versions may have marked words that 変更箇所 still quotes, and remembers
readings by what they are made of: a public page asks for two versions and not for all there ever
were. Who may see which reading is the doors' matter.
"""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Callable, Hashable, Sequence
from dataclasses import dataclass, fields, replace
from typing import Generic, TypeVar

from sqlalchemy.orm import Session

from ... import forms
from ...domain.change.compare import compare
from ...domain.change.describe import DescribedChange, describe
from ...domain.document.form import Form
from ...domain.document.tree import Path, Tree
from ...domain.text.folding import found
from ...domain.withheld.kept import secrets
from ...domain.withheld.public_reading import PublicReading, public, side_by_side
from ...store import nodes, queries
from ...store.rows import withheld
from ...store.rows.assessments import Assessment, Round, Version
from ..sources import Source
from ..workplace import Workplace
from . import causes
from .revision import moved_base

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Outward(Source):
    """A document on its way out: its tree is a public reading, its title hides what the document
    hides."""

    tree: PublicReading


class _Kept(Generic[T]):
    """The latest readings; what they are made of never changes."""

    def __init__(self, most: int):
        self._most = most
        self._lock = threading.Lock()
        self._kept: OrderedDict[Hashable, T] = OrderedDict()

    def get(self, key: Hashable, make: Callable[[], T]) -> T:
        with self._lock:
            if key in self._kept:
                self._kept.move_to_end(key)
                return self._kept[key]
        thing = make()
        with self._lock:
            self._kept[key] = thing
            while len(self._kept) > self._most:
                self._kept.popitem(last=False)
        return thing


_WORDS = _Kept[frozenset[str]](512)
_READINGS = _Kept[tuple[PublicReading | None, PublicReading]](48)


def marked_words(session: Session, version: Version) -> frozenset[str]:
    """The words one version marks."""
    return _WORDS.get(
        (version.form, version.digest), lambda: secrets(nodes.recent(session, version.id))
    )


def hidden_words(session: Session, version: Version) -> frozenset[str]:
    """What the public reading of a version does not say: its own marked words, those of what was
    published before and of the text its round began with, and what somebody decided to leave out of
    the sentences beside it."""
    earlier = queries.versions.before_public(session, version)
    nodes.met(
        session,
        [
            (version_read.id, version_read.form, version_read.digest)
            for version_read in (version, *earlier)
        ],
    )
    affair = session.get_one(Assessment, version.assessment_id).affair_id
    return frozenset().union(
        *(marked_words(session, version_read) for version_read in (version, *earlier)),
        withheld.words(session, affair),
    )


def reading(session: Session, version: Version) -> PublicReading:
    """A stored version as anybody may read it."""
    return _sides(session, version, None)[1]


def beside(
    session: Session, version: Version, old: Version | None
) -> tuple[PublicReading | None, PublicReading]:
    """An earlier version, on the form of the later one, and the later one: as anybody may read both
    beside each other."""
    return _sides(session, version, old)


def since(session: Session, version: Version, latest: Version) -> PublicReading:
    """A version that was published, as it is shown after a later publication: what that one
    withholds is not read in the earlier one either."""
    before, _ = _sides(session, latest, version)
    if before is not None and latest.id != version.id:
        return before
    return reading(session, version)


def _sides(
    session: Session, version: Version, old: Version | None
) -> tuple[PublicReading | None, PublicReading]:
    hidden = hidden_words(session, version)
    key = (version.form, version.digest, (old.form, old.digest) if old else None, hidden)

    def make() -> tuple[PublicReading | None, PublicReading]:
        tree = nodes.recent(session, version.id)
        form = forms.load(tree.form)
        if old is None:
            return None, public(form, tree, hidden, _drawing(session, hidden))
        before = moved_base(session, old.id, form)
        return side_by_side(
            form,
            before,
            tree,
            hidden | marked_words(session, old),
            _drawing(session, hidden | marked_words(session, old)),
        )

    return _READINGS.get(key, make)


def _drawing(session: Session, hidden: frozenset[str]) -> Callable[[str], bool]:
    """Whether an imported drawing says none of the hidden words, in any of its parts; one that
    cannot be read whole may not go out."""

    def may_go(digest: str) -> bool:
        words = _inside(nodes.get_blob(session, digest))
        return words is not None and not any(found(words, word) for word in hidden)

    return may_go


def _inside(body: bytes) -> str | None:
    from ...documents.ooxml.drawings import texts

    return texts(body)


def public_reading(wp: Workplace | None, source: Source) -> Outward:
    """The document without what is marked, under its plain key: internal version numbers and
    digests are not for the public."""
    if isinstance(source, Outward):
        return source
    if wp is not None and source.version is not None:
        with wp.store.read() as session:
            tree = reading(session, session.get_one(Version, source.version))
    else:
        tree = of_tree(source.form, source.tree)
    _, _, published = source.edition.partition("（")
    if published.endswith("公表）"):
        edition = published.removesuffix("）")
    else:
        edition = ""
    given = {}
    for field in fields(Source):
        given[field.name] = getattr(source, field.name)
    if source.blobs:
        kept = {}
        for name, body in source.blobs.items():
            if name in _drawn(tree):
                kept[name] = body
    else:
        kept = {}
    values = {
        "tree": tree,
        "ref": source.key or source.ref,
        "base": None,
        "edition": edition,
        "blobs": kept,
        "carrier": b"",
        "problems": (),
    }
    return replace(Outward(**{**given, **values}), title=tree.without(source.title))


def of_tree(form: Form, tree: Tree) -> PublicReading:
    """The public reading of a document out of a file."""
    return public(form, tree)


def causes_outward(
    session: Session, version: Version, tree: PublicReading, changes: Sequence[DescribedChange]
) -> dict[Path, causes.Cause]:
    """The cause of each change of a public reading by its path: looked up in the full text, said in
    words that hide what the document hides."""
    full = nodes.recent(session, version.id)
    form = forms.load(full.form)
    if version.round_id:
        round_ = session.get(Round, version.round_id)
    else:
        round_ = None
    if round_ is not None and round_.base_id:
        base = session.get(Version, round_.base_id)
    else:
        base = None
    if base is not None:
        before = moved_base(session, base.id, form)
    else:
        before = Tree(full.form)
    inside = describe(form, compare(before, full), before, full)
    causes_of = causes.of_version(session, version, full, inside)
    items = causes.by_item(inside, causes_of)
    out = {}
    for path, cause in causes_of.items():
        out[tree.place(form, path)] = _outward(tree, cause)
    whole = {}
    for path, cause in items.items():
        whole[tree.place(form, path)] = _outward(tree, cause)
    by_place = {}
    for x in changes:
        by_place[x.change.path] = out.get(x.change.path) or whole.get(x.item_path)
    shown = {}
    for path, cause in by_place.items():
        if cause is not None:
            shown[path] = cause
    return shown


def _outward(tree: PublicReading, cause: causes.Cause) -> causes.Cause:
    return replace(
        cause, explanation=tree.without(cause.explanation), reason=tree.without(cause.reason)
    )


def _drawn(tree: Tree) -> frozenset[str]:
    from ..sources import drawing_names

    return frozenset(drawing_names(tree))

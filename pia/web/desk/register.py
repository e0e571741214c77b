"""The register: every affair with its documents, what falls due, and what somebody left unsaved.

Knows what the list can be asked for. Must not know how a round stands: `actions.viewing` says it.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from flask import current_app, render_template, request

from ...actions.editing import unsaved
from ...actions.viewing import affairs as affair_views
from ...actions.viewing import register as register_views
from ...actions.viewing import rounds as round_views
from ...actions.viewing.register import RegisterLine
from ..actor import now_day, who, workplace
from ..allowed import may
from ..answers import chosen
from ..declared import needs
from .documents import blueprint

STANDS = {"": "すべて", "open": "手続中", "published": "手続なし（公表済み）", "none": "未公表"}
OVER = ("PUBLISHED", "WITHDRAWN")  # states of a round nothing is done to any more
Rounds = Mapping[str, Any]  # by REF


@blueprint.get("/")
@needs("read", asks=("office", "stand", "q"))
def register() -> str:
    """Where everybody of the staff begins."""
    wp = workplace()
    with wp.store.moment():
        listed = register_views.register(wp)
        views = {view.ref: view for view in round_views.rounds(wp)}
        affairs = _by_affair(listed)
        asked = _asked(listed)
        fitting = {}
        for affair, documents in affairs.items():
            if asked.fits(documents, views):
                fitting[affair] = documents
        duties = _duties(document for document in listed if document.affair in fitting)
        begun = []
        for text in unsaved.listed(wp, who().name):
            if may("draft", text.ref):
                begun.append(text)
    backups = ""
    if may("admin"):
        backups = current_app.extensions["pia.backups"].of(current_app.extensions["pia.machine"]())
    return render_template(
        "desk/register.html",
        backups=backups,
        affairs=fitting,
        views=views,
        duties=duties,
        states=wp.procedure["states"],
        asked=asked,
        whole=len(affairs),
        offices=asked.offices,
        stands=STANDS,
        begun=begun,
    )


def _by_affair(listed: Iterable[RegisterLine]) -> dict[str, list[RegisterLine]]:
    affairs: dict[str, list[RegisterLine]] = {}
    for document in listed:
        affairs.setdefault(document.affair, []).append(document)
    return affairs


def _duties(documents: Iterable[RegisterLine]) -> list[tuple[RegisterLine, Any]]:
    """What falls due, now or soon, each with its document."""
    duties = []
    for document in documents:
        if document.kind == "basic_item":
            continue
        for duty in affair_views.affair_view(workplace(), document.key, now_day()).duties:
            if duty.state != "later":
                duties.append((document, duty))
    return duties


@dataclass(frozen=True, slots=True)
class RegisterFilter:
    """What the list is asked for: a department (`office`), how documents stand, and words (`q`)."""

    offices: Sequence[str]
    office: str
    stand: str
    q: str

    @property
    def words(self) -> list[str]:
        """The words looked for, folded."""
        return _folded(self.q).split()

    @property
    def any(self) -> bool:
        """Whether anything is asked for at all."""
        return bool(self.office or self.stand or self.words)

    def fits(self, documents: Sequence[RegisterLine], views: Rounds) -> bool:
        """Whether the documents of an affair answer it."""
        going = list(_going(documents))
        if self.office and documents[0].department != self.office:
            return False
        if self.stand not in ("", _stand(documents, going)):
            return False
        text = _folded(_words_of(documents, [views[ref] for ref in going if ref in views]))
        return all(word in text for word in self.words)


def _asked(listed: Iterable[RegisterLine]) -> RegisterFilter:
    """What the address asks for. People of a department begin with their own."""
    offices = sorted({document.department for document in listed if document.department})
    own = ""
    if who().role in ("drafter", "head") and who().department in offices:
        own = who().department
    office = request.args.get("office", own)
    stand = chosen("stand", tuple(STANDS))
    return RegisterFilter(offices, office, stand, request.args.get("q", "")[:100])


def _folded(words: str) -> str:
    return unicodedata.normalize("NFKC", words).casefold()


def _going(documents: Iterable[RegisterLine]) -> Iterable[str]:
    """The REFs of rounds that are not over."""
    for document in documents:
        for round_ in document.rounds:
            if round_["state"] not in OVER:
                yield round_["ref"]


def _stand(documents: Iterable[RegisterLine], going: Sequence[str]) -> str:
    """How an affair stands, as a key of `STANDS`."""
    if going:
        return "open"
    if any(document.published for document in documents):
        return "published"
    return "none"


def _words_of(documents: Iterable[RegisterLine], views: Iterable[Any]) -> str:
    """What a word is looked for in: names, numbers and rounds."""
    words = []
    for document in documents:
        words += [document.name, document.number, document.key]
        words += [document.department, document.kind_name]
    for view in views:
        words.append(view.title)
    return " ".join(map(str, words))

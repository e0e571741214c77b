"""The reading of a document that may be shown to everybody: without its 非公表部分 (規則第13条).

Knows which earlier versions may have marked words that 変更箇所 still quotes. Who may see which reading is the doors' matter.
"""

from __future__ import annotations

from dataclasses import replace

from ..domain.withheld import public, secrets
from ..store import assessments, nodes
from ..store.assessments import Version
from .sources import Source
from .workplace import Workplace


def public_reading(wp: Workplace | None, source: Source) -> Source:
    """The document without what is marked, under its plain key: internal version numbers and digests are not for the public."""
    hidden = hidden_words(wp, source.version) if wp is not None and source.version is not None else frozenset()
    _, _, published = source.edition.partition("（")
    edition = published.removesuffix("）") if published.endswith("公表）") else ""
    return replace(source, ref=source.key or source.ref, tree=public(source.form, source.tree, hidden), base=None, edition=edition)


def hidden_words(wp: Workplace, version: int) -> frozenset[str]:
    """Every word that was ever marked in the assessment of a version."""
    with wp.store.read() as s:
        one = s.get_one(assessments.Assessment, s.get_one(Version, version).assessment_id)
        return secrets(*(nodes.recent(s, v.id) for v in assessments.log(s, one)))

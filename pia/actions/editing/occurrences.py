"""What an officer decides of withheld words that stand a second time: left open with a reason, or
left out of the sentences beside the documents.

Knows the places as `records.occurrences` finds them. Must not know pages. An answer is kept with
who gave it and when.
"""

from __future__ import annotations

from collections.abc import Sequence

from ...domain.act import By
from ...domain.errors import PiaError
from ...store.ledger import log
from ...store.model import acted
from ...store.rows import withheld
from ..records.occurrences import OpenPlace, heads, places_of
from ..workplace import Workplace, line


def leave_open(wp: Workplace, by: By, where: str, fingerprints: Sequence[str], reason: str) -> int:
    """These places stay public, for a reason; the sentences beside a document cannot: they are
    written anew, or their words left out."""
    if not reason.strip():
        raise PiaError("公表のままにする理由を入力してください。")
    return _answer(wp, by, where, fingerprints, withheld.OPEN, reason.strip())


def leave_out(wp: Workplace, by: By, where: str, fingerprints: Sequence[str], reason: str) -> int:
    """The words are left out of the sentences beside the documents."""
    return _answer(wp, by, where, fingerprints, withheld.CLOSED, reason.strip())


def _answer(
    wp: Workplace, by: By, where: str, fingerprints: Sequence[str], decision: str, reason: str
) -> int:
    with wp.store.begin() as session:
        at = line(session, where)
        places = {}
        for place in places_of(session, heads(session, [at])):
            places[place.fingerprint] = place
        chosen = []
        for fingerprint in dict.fromkeys(fingerprints):
            if fingerprint in places:
                chosen.append(places[fingerprint])
        if not chosen or len(chosen) < len(set(fingerprints)):
            raise PiaError("選んだ所の記載が変わっています。画面を開き直して、選び直してください。")
        _must_suit(chosen, decision)
        for place in chosen:
            # Words left out of a sentence are kept with the answer: the sentence is shown without.
            left_out = decision == withheld.CLOSED and not place.path
            session.add(
                withheld.WithheldAnswer(
                    affair_id=at.assessment.affair_id,
                    fingerprint=place.fingerprint,
                    place=place.where,
                    decision=decision,
                    reason=reason,
                    words=place.text if left_out else None,
                    **acted(by),
                )
            )
        about = {
            "decision": decision,
            "places": [place.where for place in chosen],
            "fingerprints": [place.fingerprint for place in chosen],
        }
        log.entry(session, by, "withheld.answer", at.ref, about)
        return len(chosen)


def _must_suit(chosen: Sequence[OpenPlace], decision: str) -> None:
    """PiaError where a decision cannot be taken for one of these places."""
    for place in chosen:
        if decision == withheld.OPEN and not place.path and not place.near:
            raise PiaError(
                "評価書の外の文（説明、考え方など）にある語句そのものは、公表のままにできません。"
                "伏せるか、書き直してください。"
            )
        if decision == withheld.CLOSED and place.path:
            raise PiaError("評価書の中の語句は、非公表の印を付けて伏せます。")

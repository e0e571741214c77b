"""A long unchanged stretch is left out between ends of clauses, and nothing else is."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from pia.domain.text.pieces import inline
from pia.domain.text.spans import spans

CLAUSE = "申請を受けた日の翌日から起算して、要件を満たすかを確かめる。"


def test_what_stays_ends_and_begins_where_a_clause_does() -> None:
    old = "甲" + CLAUSE * 8 + "乙"
    new = "丙" + CLAUSE * 8 + "丁"
    pieces = inline(old, new, spans(old, new))
    folds = [place for place, piece in enumerate(pieces) if piece.op == "fold"]
    assert len(folds) == 1
    before = pieces[folds[0] - 1]
    after = pieces[folds[0] + 1]
    assert before.text[-1] in "。、" and pieces[folds[0]].text[-1] in "。、"
    assert after.op == "equal" and CLAUSE.endswith(after.text[-5:])


@given(st.text("あい。、\n", max_size=400), st.text("かき", max_size=4))
def test_nothing_is_lost_by_folding(stretch: str, word: str) -> None:
    old = f"前{stretch}後"
    new = f"前{word}{stretch}{word}後"
    marks = spans(old, new)
    folded = inline(old, new, marks)
    assert "".join(piece.text for piece in folded) == "".join(
        piece.text for piece in inline(old, new, marks, fold=False)
    )

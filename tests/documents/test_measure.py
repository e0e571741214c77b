"""How much room a text takes in a cell."""

from __future__ import annotations

from pia.documents.ooxml.measure import lines

WIDE = 400.0  # pixels; 28 full letters of ten points


def test_a_long_run_of_figures_begins_a_line_of_its_own() -> None:
    """Programs break no line within it while it fits one: what it leaves empty counts."""
    words = "番号法第十九条第八号の別表第二の"
    run = "1、2、3、4、5、12、15、17、22、26"
    whole = lines(words, WIDE) + lines(run, WIDE)
    assert (lines(words, WIDE), lines(run, WIDE), lines(words + run, WIDE)) == (1, 1, whole)
    assert lines(run + words, WIDE) == 2


def test_a_short_run_and_one_longer_than_a_line_take_no_more_than_their_letters() -> None:
    assert lines("甲" * 20 + "1、2、3", WIDE) == 1
    run = "12345678、" * 40
    assert lines(run, WIDE) == lines("甲" * (len(run) * 5 // 9), WIDE)


def test_each_line_counts_one_at_least() -> None:
    assert lines("\n\n甲", WIDE) == 3

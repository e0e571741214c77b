"""Naughty strings through every field of every form of a small house, from the first account to
publication, and out on every page and in every file.

The words come out to the letter, and no element begins inside one. Which fields there are is read
from the views and from the pages, so a new field fails here until it is tried. `python -m
tests.drills naughty` brings every string to every field, and plays the story with harmless words
too: no page has an element more.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator
from importlib import import_module
from pathlib import Path

import pytest
from lxml import html

import pia.web
from pia.store.upkeep import fsck

from . import naughty_outputs
from .naughty import SHORT, Words
from .naughty_house import UNSEEN, House, name_of
from .naughty_story import play

# Fields that take no words of a person, and why.
NO_WORDS = {
    **{
        ("sittings.convene", f): "lines without spaces at their ends, tried in test_minutes.py"
        for f in ("presenters*", "materials*")
    },
    ("writing.decide", "seen"): "what the page stands for, carried along",
    ("own_notes.write", "note"): "tried in tests/web/test_tablets.py",
    ("own_notes.take_words", "words"): "looked up, never kept",
    ("own_notes.take_file", "file_words"): "looked up, never kept",
    ("signin.take_again", "code"): "looked up, never kept",
    ("signin.take_again", "member"): "a number",
    ("card_orders.set_order", "place*"): "a number",
    ("writing.save_item", "to"): "a number",
    **{
        ("records.answer", f): "tried in tests/web/test_records.py"
        for f in (
            "find",
            "reason",
        )
    },
    **{
        ("records.erase", f): "tried in tests/web/test_records.py"
        for f in (
            "document_number",
            "reason",
        )
    },
    ("records.set_record", "reason"): "tried in tests/web/test_records.py",
    ("records.set_record", "years"): "a number",
    **{
        ("records.dispose", f): "tried in tests/web/test_records.py"
        for f in (
            "document_number",
            "reason",
        )
    },
    **{
        ("records.register", f): "tried in tests/web/test_records.py"
        for f in (
            "number",
            "asked",
        )
    },
    **{
        ("records.decide", f): "tried in tests/web/test_records.py"
        for f in (
            "document_number",
            "note",
        )
    },
    **{
        (f"records.{view}", field): "tried in tests/web/test_disclosure.py"
        for view, fields in {
            "answer_proposals": ("article", "reason"),
            "correct_decision": ("document_number", "note", "reason"),
            "correct_request": ("number", "asked", "reason"),
            "keep_back": ("article", "reason"),
            "mark": ("article", "reason", "words"),
            "take_back": ("reason",),
        }.items()
        for field in fields
    },
    **{
        (f"setup.{view}", field): "tried in tests/web/test_setup.py"
        for view, fields in {
            "add_body": ("name",),
            "rename_body": ("renamed",),
            "take_departments": ("list",),
            "take_people": ("list",),
            "add_council": ("name", "member*", "title*"),
            "put_terms": ("member*", "title*"),
        }.items()
        for field in fields
    },
    **{
        ("affairs.correct", field): "tried in tests/web/test_setup.py"
        for field in ("affair_number", "affair_name", "correction")
    },
    **{
        ("writing.put_right", field): "tried in tests/web/test_import_desk.py"
        for field in ("number*", "name*", "day*")
    },
    ("setup.add_council", "account*"): "a sign-in name: letters of ASCII",
    ("setup.put_terms", "account*"): "a sign-in name: letters of ASCII",
    ("setup.add_council", "quorum"): "a number",
    ("referrals.replace", "reason"): "tried in tests/web/test_convening.py",
    **{
        ("councils.seat", field): "tried in tests/web/test_convening.py"
        for field in ("category", "nominated_by", "position", "*")
    },
    ("admin.add", "name"): "a sign-in name: letters of ASCII",
    ("admin.add", "password"): "never shown",
    ("admin.change", "password"): "never shown",
    ("signin.password", "new"): "never shown",
    ("signin.password", "old"): "never shown",
    ("signin.take_way_in", "code"): "a number",
    ("admin.change", "how"): "kept in the record; tried in tests/web/test_sign_in_rules.py",
    ("signin.second", "secret"): "a key",
    ("signin.second", "code"): "a number",
    ("signin.sign_in", "name"): "looked up, never kept",
    ("signin.sign_in", "code"): "a number",
    (
        "rounds.take_back",
        "why",
    ): "only where a city does things by two (test_two_persons); kept and shown on no page",
    **{("writing.restore", field): "a version, or a place in it" for field in ("entry", "path")},
    **{
        (f"writing.{view}", field): "a REF"
        for view in ("restore", "restore_item")
        for field in ("seen", "version")
    },
    ("desk.notes", "explanation"): "tried in tests/web/test_naughty.py",
    ("desk.notes", "reader"): "tried in tests/web/test_naughty.py",
    **{
        (f"writing.{view}", field): "an item's own fields, arranged and not kept"
        for view in ("arrange", "entries")
        for field in ("n*", "new_text", "option", "text", "text*", "typed")
    },
    ("writing.save_item", "seen"): "a REF",
    ("writing.move_form", "seen"): "a REF",
    ("writing.withhold", "seen"): "a REF",
    ("writing.marks", "seen"): "a REF",
    ("writing.keep_unsaved", "seen"): "a REF",
    ("writing.marks", "option"): "one of the form's",
    ("writing.marks", "text*"): "a figure's; figures have no marks",
    ("writing.marks", "new_text"): "a figure's; figures have no marks",
    ("admin.change", "number"): "a number told aloud",
    ("writing.withhold", "words"): "words that stand in the text already",
    ("writing.entries", "seen"): "a REF",
    ("consultations.adopt", "before"): "words that stand in the text already",
    ("council.propose", "before"): "words that stand in the text already",
    ("affairs.add", "key"): "a sign of ASCII",
    ("affairs.open_round", "name"): "a sign of ASCII",
    ("affairs.published_before", "document"): "a KEY",
    ("rounds.move", "event"): "one of the table's",
    ("calendar.choose", "step"): "one of the table's",
    ("rounds.hand_on", "seen"): "a REF",
    ("rounds.look_over", "seen"): "a REF",
    ("rounds.look_over", "goes_to"): "one of the city's list",
    ("rounds.look_over", "back_reason"): "the field of rounds.send_back",
    ("content_checks.answer", "reason"): "tried in tests/web/test_content_checks.py",
    ("content_checks.bind", "reason"): "tried in tests/web/test_content_checks.py",
    ("comments.write", "text"): "tried in tests/web/test_comments.py",
    ("comments.answer", "text"): "tried in tests/web/test_comments.py",
    **{
        ("commission.record", field): "tried in tests/web/test_commission.py"
        for field in ("text", "document_number")
    },
    **{
        ("commission.reply", field): "tried in tests/web/test_commission.py"
        for field in ("reply", "reply_number")
    },
    **{
        ("affair_ends.end", field): "tried in tests/web/test_affair_end.py"
        for field in ("reason", "document_number")
    },
    ("rounds.keep_file", "file_title"): "tried in tests/web/test_round_files.py",
    **{
        (f"answers.{view}", field): "tried in tests/web/test_answers.py"
        for view, fields in (
            ("expect", ("question", "answer")),
            ("expect_whole", ("question", "answer")),
            ("rest_on", ("source",)),
            ("ask_state", ("said",)),
        )
        for field in fields
    },
    **{
        (f"referrals.{view}", field): "tried in tests/web/test_verdicts.py"
        for view, fields in (
            ("decide", ("document_number", "reason", "response")),
            ("recall", ("recall_number", "recall_reason")),
            ("replace_texts", ("replacement_number", "replacement_reason")),
        )
        for field in fields
    },
    ("rounds.answer_viewpoints", "evidence*"): "tried in tests/web/test_verdicts.py",
    ("proposals.answer", "reason"): "tried in tests/web/test_verdicts.py",
    ("proposals.answer", "words"): "tried in tests/web/test_verdicts.py",
    ("comments.write", "named"): "one of the people offered",
    ("comments.answer", "named"): "one of the people offered",
    ("rounds.send_back", "goes_to"): "one of the city's list",
    ("jobs.ask", "ref"): "a REF",
    ("consultations.receive", "item"): "one of the form's",
    ("national.confirm", "item"): "one of the text's",
    **{
        (f"national.{view}", field): "one of the form's"
        for view in ("write", "correct")
        for field in ("item*", "*")
    },
    **{
        (f"national.{view}", "figure*"): "only where a shape is taken over from a figure"
        for view in ("write", "correct")
    },
    ("national.withdraw", "withdrawal"): "tried in tests/web/test_national_drafts.py",
    ("rounds.begin_bulk", "title"): "goes where that of affairs.open_round goes",
    ("rounds.begin_bulk", "reasons"): "goes where those of affairs.open_round go",
    ("rounds.note_bulk", "explanation"): "goes where that of desk.notes goes",
    ("rounds.note_bulk", "reader"): "goes where that of desk.notes goes",
    ("rounds.note_bulk", "reason"): "goes where that of desk.notes goes",
    ("writing.save_item", "option"): "one of the form's",
    ("plan.head", "*"): "its fields are tried by their names",
    **{("writing.save_item", f"new_{k}"): "a number" for k in "xywh"},
    **{
        (e, f): "a number"
        for e, f in (
            ("sittings.plate", "device"),
            ("sittings.plate", "member"),
            ("sittings.correct", "observers"),
            ("sittings.correct", "member"),
            ("councils.tie", "member"),
            ("councils.tie", "account"),
            ("affairs.set_department", "department"),
            ("affairs.count", "people"),
            ("affairs.count", "handlers"),
            ("affairs.add", "people"),
            ("affairs.add", "handlers"),
            ("councils.add", "quorum"),
            ("sittings.close", "observers"),
        )
    },
}
# Cells of a table, tried in tests/web/test_naughty.py.
GRIDS = {("writing.save_item", "r*c*")}
# Every field of these pages is tried in tests/web/test_corrections.py, test_minutes.py,
# test_convening.py, test_carrying.py, test_reviews.py, test_reports.py, test_opinions.py,
# test_consultation_notices.py, test_guidance.py,
# test_affair_origins.py, test_amended_places.py, test_affair_notices.py,
# test_file_register.py and test_leaks.py.
ELSEWHERE = (
    *("corrections.", "proceedings.", "minutes.", "transcripts.", "convening."),
    *("carrying.", "reviews.", "candidates.", "incidents.", "reports."),
    *("opinion_sorting.", "opinion_lists.", "consultation_notices.", "guides."),
    *("affair_origins.", "commission.decide", "file_register.", "file_lists."),
    *("affair_notices.", "affair_lists.", "affair_reports.", "register_forms."),
    *("leaks.", "council_leaks."),
    # A file beside a version: nothing of it is kept (test_word_and_pdf.py).
    "desk.compare_with_file",
)
# Only where the papers are printed: the form of a 諮問 and of a 提出 prints, and our typeface has
# not every letter.
PRINTED = {("referrals.refer", f) for f in ("title", "n*", "others", "document_number")} | {
    ("rounds.do_submit", "document_number"),
    ("rounds.move", "document_number"),
    ("papers.make_decision", "f*"),
}


@pytest.fixture(scope="module")
def played_house(tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    h = House(tmp_path_factory.mktemp("words"), Words(naughty=True))
    h.refusing = True
    play(h)
    h.counts = naughty_outputs.crawl(h, 1)
    yield h
    h.wp.store.close()


def test_words_come_out_to_the_letter(played_house: House) -> None:
    """Also that no element begins inside a word, on any page."""
    h = played_house
    assert h.wrong == []
    assert len(h.pages) > 200
    assert {h.words.where[n] for n in set(h.words.kept) - h.shown_words} <= UNSEEN
    assert h.bare == {s for many in h.words.bare.values() for s in many}
    assert {"page", "xlsx", "docx", "csv", "json", "html", "md"} <= set(h.counts) and all(
        h.counts[f"words in {k}"] > 20 for k in ("xlsx", "docx", "csv", "json", "html", "md")
    )
    assert len(set().union(*h.words.covered.values())) >= 0.97 * len(SHORT) >= 400
    assert fsck.check(h.wp.store, deep=True) == []


# Pages with the word 「<b>と七つの文字」, and whether something is wrong with it there.
PIECES = {
    "<p>〔000〕&lt;b&gt;と七つの文字〔終〕</p>": False,
    "<p><ins>〔000〕&lt;b</ins>&gt;と七つの文字〔終〕</p>": False,
    "<p>〔000〕&lt;b&gt;と七つの…</p>": False,
    '<p title="〔000〕&lt;b&gt;と七つの文字〔終〕">x</p>': False,
    "<p>〔000〕<b>と七つの文字〔終〕</p>": True,
    "<p>〔000〕&lt;b&gt;と七つ<i>の文字〔終〕</i></p>": True,
    "<p>〔000〕&lt;b&gt;と七つ<!-- の文字〔終〕 --></p>": True,
    '<p title="〔000〕"><b>と七つの文字〔終〕</p>': True,
}


def test_an_element_in_a_word_is_seen(tmp_path: Path) -> None:
    words = Words(naughty=True)
    words.kept[0], words.where[0] = "<b>と七つの文字", "shown"
    h = House(tmp_path, words)
    for page, wrong in PIECES.items():
        h.wrong.clear()
        h.look(html.document_fromstring(f"<html><body>{page}</body></html>"), "/")
        assert bool(h.wrong) is wrong, (page, h.wrong)
    h.wp.store.close()


def test_what_is_refused_is_a_sentence_and_nothing_is_kept(played_house: House) -> None:
    h = played_house
    assert len(h.refused_at) >= 50, "tried field by field while the story was played"
    # Which of an agenda's short fields gets a string that is longer hangs on what came before.
    assert set(h.too_long) - {"agenda.number"} == {"number", "member.title"}, (
        "fields that are shorter than a naughty string; the third one of the kind prints"
    )
    assert h.lost == [], "all that was typed is still on the page"


def test_every_field_of_every_view_was_tried(played_house: House) -> None:
    known = _fields_of_views()
    assert len(known) > 60
    assert _untried(known - played_house.sent) == []
    assert sorted(set(NO_WORDS) - known - played_house.fields - _form_names()) == [], (
        "an exemption of a field that is gone"
    )


def test_every_field_of_every_page_was_tried(played_house: House) -> None:
    assert _untried(played_house.fields - played_house.sent) == []


def _untried(fields: set[tuple[str, str]]) -> list[tuple[str, str]]:
    """The fields of these that should have been tried here."""
    open_ones = fields - set(NO_WORDS) - PRINTED - GRIDS
    return sorted(field for field in open_ones if not field[0].startswith(ELSEWHERE))


def _fields_of_views() -> set[tuple[str, str]]:
    """(endpoint, field) of all words a POST takes, read from the views' source: `inputs.text` and
    `inputs.line`, also in what a view calls in its own folder."""
    files = list(Path(pia.web.__path__[0]).rglob("*.py"))
    functions = {file: _functions(file) for file in files}
    # A view of another file is no helper: `replace` may be that of `dataclasses`.
    helpers = {
        file: {name: node for name, node in known.items() if not _is_post(node)}
        for file, known in functions.items()
    }
    out = set()
    for file in files:
        beside: dict[str, ast.FunctionDef] = {}
        for other in files:
            if other.parent == file.parent:
                beside |= helpers[other]
        for function in functions[file].values():
            if _is_post(function):
                endpoint = f"{_blueprint_of(file)}.{function.name}"
                named = _named(function, beside | functions[file], set())
                out |= {(endpoint, name) for name in named}
    return out


def _functions(file: Path) -> dict[str, ast.FunctionDef]:
    body = ast.parse(file.read_text("utf-8")).body
    return {node.name: node for node in body if isinstance(node, ast.FunctionDef)}


def _is_post(function: ast.FunctionDef) -> bool:
    calls = [node for node in function.decorator_list if isinstance(node, ast.Call)]
    return any(ast.unparse(call.func) == "blueprint.post" for call in calls)


def _blueprint_of(file: Path) -> str:
    where = file.relative_to(Path(pia.web.__path__[0])).with_suffix("")
    return str(import_module(f"pia.web.{'.'.join(where.parts)}").blueprint.name)


def _named(f: ast.FunctionDef, functions: dict[str, ast.FunctionDef], done: set[str]) -> set[str]:
    done.add(f.name)
    out = set()
    for n in ast.walk(f):
        if (
            isinstance(n, ast.Call)
            and ast.unparse(n.func) in ("inputs.text", "inputs.line")
            and n.args
        ):
            first = n.args[0]
            if isinstance(first, ast.Constant):
                out.add(name_of(str(first.value)))
            elif isinstance(first, ast.JoinedStr):
                out.add(
                    name_of(
                        "".join(
                            str(v.value) if isinstance(v, ast.Constant) else "0"
                            for v in first.values
                        )
                    )
                )
            else:
                out.add("*")  # a field per item of the form, or per line of a list
        if (
            isinstance(n, ast.Call)
            and isinstance(n.func, ast.Name)
            and n.func.id in functions
            and n.func.id not in done
        ):
            out |= _named(functions[n.func.id], functions, done)
    return out


def _form_names() -> set[tuple[str, str]]:
    """Fields that views take without `inputs`, and those that are numbers."""
    return {
        k
        for k, why in NO_WORDS.items()
        if why in ("a number", "looked up, never kept", "one of the form's")
    }

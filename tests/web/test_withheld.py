"""What is withheld stays in the house: the second story of 岬町 through the pages, and every
outward body unpacked.

All of it fails on the state before (ce97f88): only ranges of texts could be marked there, the
consultation's comparison printed them, the bundle job gave out the full text, the same words
elsewhere went public unasked, and marking published words printed them as 【削除】 (issue 12,
D).
"""

from __future__ import annotations

import ast
import shutil
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import event, select

from pia import config
from pia.actions import jobs, sources
from pia.actions.issuing import bundles, exports
from pia.actions.records import occurrences, outward
from pia.actions.viewing import public
from pia.actions.workplace import Workplace
from pia.domain.errors import Refused
from pia.store import queries
from pia.store.ledger import log
from pia.web.application import create_app
from pia.web.public.pages import create_public_app

from .. import shared
from . import withheld_story as story
from .client import PageClient

HOME = Path(public.__file__).parents[2]


@pytest.fixture(scope="module")
def town(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Workplace]:
    """The round with all its marks, the other places not answered."""
    folder = tmp_path_factory.mktemp("misaki")
    shutil.copy(shared.blank(), folder / "pia.db")
    wp = shared.workplace_at(f"sqlite:///{folder / 'pia.db'}")
    story.begin(wp, story.Words())
    yield wp
    wp.store.close()


def test_unanswered_places_block_and_are_named_without_their_words(town: Workplace) -> None:
    w = story.Words()
    for attempt in (
        lambda: story.announce(town),
        lambda: bundles.for_the_public(town, [story.head(town)]),
        lambda: exports.export(
            sources.read_ref(town, story.head(town)), "json", public=True, where=town
        ),
    ):
        with pytest.raises(Refused) as no:
            attempt()
        words = str(no.value) + "".join(no.value.unmet)
        assert (
            "公表されるまま" in words
            and len(no.value.unmet) == 2
            and any("似た語句" in u for u in no.value.unmet)
        )
        assert not any(x in words for x in w.all)
    assert not public.consultations(town, story.DURING.date())


def test_the_officer_marks_and_answers_on_the_pages(town: Workplace, tmp_path: Path) -> None:
    wp = _copy(town, tmp_path)
    page = PageClient(create_app(wp, config.load({}), lambda: story.AT), "akagi")
    at = f"/lines/{story.REF}"
    shown = page.get(f"{at}/items/B2/F/f/1").text_content()
    assert "2行目の2列目" in shown and "規則第10条第2項" in shown and story.Words().reason in shown
    page.post(f"{at}/items/B2/F/f/1", f"{at}/withheld/B2/F/f/1", {"off0": "1"}, pick={"clear": "1"})
    page.expect_words(f"{at}/items/B2/F/f/1", "（1か所）")
    form = next(
        f
        for f in page.get(f"{at}/items/B2/F/f/1").iter("form")
        if "/withheld/" in f.get("action")
        and any(e.get("name") == "because" for e in f.iter("input"))
    )
    label = next(e for e in form.iter("label") if "2行目の2列目" in e.text_content())
    page.send(
        f"{at}/withheld/B2/F/f/1",
        page.fields(form)
        | {label.get("for"): "1", "because": story.Words().reason, "ground": "SECURITY"},
    )
    page.expect_words(f"{at}/items/B2/F/f/1", "（2か所）")
    before = page.get(f"{at}/occurrences").text_content()
    assert "まだ答えていない所（2か所）" in before and "法令の定めではありません" in before
    near = next(p for p in occurrences.places(wp, story.REF) if p.near)
    page.send(
        f"{at}/occurrences",
        _answers(page, at, near.fingerprint) | {"because": " ", "what": "open"},
        422,
    )
    page.send(
        f"{at}/occurrences",
        _answers(page, at, near.fingerprint)
        | {"because": "別の部屋の名であるため", "what": "open"},
    )
    after = page.get(f"{at}/occurrences").text_content()
    assert (
        "まだ答えていない所（1か所）" in after and "公表のまま" in after and "別の部屋の名" in after
    )
    page.post(
        f"{at}/occurrences",
        f"{at}/occurrences",
        {"because": "警備のため", "ground": "SECURITY"},
        pick={"what": "close"},
    )
    assert all(p.answered for p in occurrences.places(wp, story.REF))
    assert story.announce(wp)
    wp.store.close()


def _answers(page: PageClient, at: str, fingerprint: str) -> dict[str, object]:
    """The form of the page with only one place chosen."""
    form = next(
        f
        for f in page.get(f"{at}/occurrences").iter("form")
        if f.get("action") == f"{at}/occurrences"
    )
    return {k: v for k, v in page.fields(form).items() if not k.startswith("p") or v == fingerprint}


def _copy(town: Workplace, tmp_path: Path) -> Workplace:
    with town.store.read() as s:
        file = s.get_bind().engine.url.database  # type: ignore[union-attr]
    shutil.copy(str(file), tmp_path / "pia.db")
    return shared.workplace_at(f"sqlite:///{tmp_path / 'pia.db'}")


@pytest.fixture(scope="module")
def announced(town: Workplace, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Workplace]:
    wp = _copy(town, tmp_path_factory.mktemp("announced"))
    story.answer_all(wp, story.Words())
    story.announce(wp)
    yield wp
    wp.store.close()


def test_nothing_withheld_is_in_any_outward_body(announced: Workplace, tmp_path: Path) -> None:
    w, bodies, redacted = story.Words(), 0, 0
    for name, body in story.outward(announced, 1, tmp_path):
        as_published = (
            "page /published/misaki-kaigo/1",
            "page /published/misaki-kaigo",
            *(f"site published/misaki-kaigo{end}" for end in (".pdf", ".zip", "/1.html")),
        )
        still_public = w.past if name in as_published else ""
        assert not story.hits(
            name, body, tuple(x for x in (*w.all, w.near) if x != still_public)
        ), name
        if body[:5] == b"%PDF-" and shutil.which("pdftotext"):
            text = story.texts_of_pdf(body)
            assert not any(x in "".join(text.split()) for x in w.all if x != still_public), name
            redacted += "【非公表】" in text
        bodies += 1
    assert bodies > 40 and (redacted or not shutil.which("pdftotext"))


def test_the_control_without_the_projection_everything_hits(
    announced: Workplace, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """The crawler sees the words where the projection is off: the reading is the full text."""
    from pia.domain.withheld import public_reading

    def full(form, tree, hidden=(), drawing=None):  # type: ignore[no-untyped-def]
        return public_reading.PublicReading(tree.form, tree.children, door=public_reading._DOOR)

    monkeypatch.setattr(
        outward,
        "_sides",
        lambda s, version, old: (None, full(None, outward.nodes.recent(s, version.id))),
    )
    w = story.Words()
    hit = {
        x
        for name, body in story.outward(announced, 1, tmp_path)
        for h in story.hits(name, body, w.all)
        for x in w.all
        if h.endswith(x)
    }
    assert hit == set(w.all), set(w.all) - hit


def test_what_was_public_before_reads_withheld_on_both_sides(announced: Workplace) -> None:
    page = (
        create_public_app(announced, config.load({}), lambda: story.DURING)
        .test_client()
        .get("/consultations/1")
        .get_data(as_text=True)
    )
    assert "非公表としました" in page and "【非公表】" in page and story.Words().past not in page


def test_an_earlier_publication_hides_what_a_later_one_withholds(
    announced: Workplace, tmp_path: Path
) -> None:
    """Until the round is published its words stay as they were published; from that day on they
    are read nowhere."""
    from pia.store.model import acted
    from pia.store.rows.filing import Publication

    wp = _copy(announced, tmp_path)
    w, day = story.Words(), story.DURING.date()
    zone = create_public_app(wp, config.load({}), lambda: story.DURING).test_client()
    url = f"/published/{story.KEY}/1"
    assert w.past in zone.get(url).get_data(as_text=True)
    with shared.by_hand(wp.store) as s:
        s.add(
            Publication(
                round_id=None,
                version_id=sources.read_ref(wp, story.head(wp)).version,
                day=day,
                **acted(story.OFFICE),
            )
        )
    for n in (1, 2):
        words = zone.get(f"/published/{story.KEY}/{n}").get_data(as_text=True)
        assert "【非公表】" in words and not any(x in words for x in w.all), n
    wp.store.close()


def test_a_public_page_asks_for_its_two_versions_and_not_for_all(
    announced: Workplace, tmp_path: Path
) -> None:
    """Issue 12, E: each page gathered the marked words of all versions. Statements of a warm
    page do not grow with the drafts there are."""
    wp = _copy(announced, tmp_path)
    zone = create_public_app(wp, config.load({}), lambda: story.DURING).test_client()
    url = f"/consultations/1/documents/{story.KEY}"

    def statements() -> int:
        zone.get(url)
        words: list[str] = []
        heard = lambda *a: words.append(a[2])  # noqa: E731
        event.listen(wp.store.engine, "before_cursor_execute", heard)
        zone.get(url)
        event.remove(wp.store.engine, "before_cursor_execute", heard)
        return len(words)

    first = statements()
    from pia.actions.editing import items

    for n in range(6):
        items.save_answer(
            wp,
            story.OFFICE,
            items.Opened(story.REF, ("IV", "3"), seen=story.head(wp)),
            f"研修を{n}回行う。",
            why="直した",
        )
    assert statements() == first < 30
    wp.store.close()


def test_the_public_job_gives_the_public_bundle(announced: Workplace) -> None:
    job = jobs.ask(
        announced,
        story.OFFICE,
        "bundle",
        {"ref": story.head(announced), "public": True},
        key="again",
    )
    jobs.work_once(announced, "w", lambda: story.DURING)
    body, name, _ = jobs.result(announced, job)
    assert "公表用" in name and b'"kind":"public"' in b"".join(
        t.encode() for _, t in story.streams(name, body)
    ).replace(b" ", b"")


# What makes bodies for outsiders, and what else may stand there: the projection itself reads a full
# tree.
OUTWARD = ("actions/viewing/public.py", "actions/records/outward.py", "web/public/pages.py")
MAKERS = {("actions/records/outward.py", "of_tree"), ("actions/records/outward.py", "_drawn")}


def takers(where: str, source: str) -> list[tuple[str, str]]:
    """Functions that are handed a full Tree or Source."""
    found = []
    for n in ast.walk(ast.parse(source)):
        if isinstance(n, ast.FunctionDef):
            kinds = [
                ast.unparse(a.annotation)
                for a in (*n.args.args, *n.args.kwonlyargs)
                if a.annotation
            ]
            found += [(where, n.name)] * any(
                k.split("[")[0].split(" |")[0] in ("Tree", "Subject") for k in kinds
            )
    return found


def test_no_outward_function_takes_a_full_tree() -> None:
    found = [x for where in OUTWARD for x in takers(where, (HOME / where).read_text("utf-8"))]
    assert set(found) <= MAKERS, set(found) - MAKERS
    assert takers("tried.py", "def out(tree: Tree) -> bytes: ..."), "the control"
    for where, name, kind in (
        ("actions/output/formats.py", "outward", "Outward"),
        ("actions/output/formats.py", "public_paper", "Outward"),
        ("actions/output/comparison_table.py", "of_consultation", "PublicSubject"),
    ):
        text = (HOME / where).read_text("utf-8")
        made = next(
            n
            for n in ast.walk(ast.parse(text))
            if isinstance(n, ast.FunctionDef) and n.name == name
        )
        assert kind in ast.unparse(made.args) + ast.unparse(made.returns or ast.Constant("")), name
    doors = [
        p
        for p in HOME.rglob("*.py")
        if "_DOOR" in p.read_text("utf-8") and "PublicReading" in p.read_text("utf-8")
    ]
    assert [p.name for p in doors] == ["public_reading.py"], "nobody else opens the door"


def test_who_read_withheld_words_is_on_record_once_a_day(town: Workplace, tmp_path: Path) -> None:
    """Nothing of it was on record on ce97f88. A page that does not say the words is no reading
    of them."""
    wp = _copy(town, tmp_path)
    clock = [story.AT]
    page = PageClient(create_app(wp, config.load({}), lambda: clock[0]), "akagi")

    def read() -> list[tuple[str, str]]:
        with wp.store.read() as s:
            return [
                (e.actor, e.target)
                for e in s.scalars(
                    select(log.AuditEntry).where(log.AuditEntry.action == "withheld.read")
                )
            ]

    page.get("/")
    assert read() == []
    for _ in range(2):
        page.get(f"/lines/{story.REF}/items/B2/F/f/1")
    assert read() == [("akagi", story.REF.split("~")[0])]
    clock[0] += timedelta(days=1)
    page = PageClient(page.app, "akagi")
    page.download(f"/assessments/{story.REF}/export.json")
    assert len(read()) == 2, "a file says them as a whole"


def test_what_cannot_be_put_on_record_is_not_shown(town: Workplace, tmp_path: Path) -> None:
    """While somebody else's save goes on for ever: every other page is there all the same."""
    wp = _copy(town, tmp_path)
    page = PageClient(create_app(wp, config.load({}), lambda: story.AT), "akagi")
    page.get("/")
    with shared.turn_held(wp.store):
        assert page.client.get("/").status_code == 200
        refused = page.client.get(f"/lines/{story.REF}/items/B2/F/f/1")
        assert refused.status_code == 503 and refused.headers["Retry-After"]
    assert page.client.get(f"/lines/{story.REF}/items/B2/F/f/1").status_code == 200
    with wp.store.read() as s:
        last = queries.audit_entries.newest(s, 1)[0]
    assert (last.action, last.actor) == ("withheld.read", "akagi")

"""What is submitted: the whole 評価書一式 with the 計画管理書 as of its day, made once from
equal records, proved without a database."""

from __future__ import annotations

import io
import json
import random
from collections.abc import Iterator
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from openpyxl import load_workbook
from sqlalchemy import select

from pia.actions import jobs
from pia.actions.editing import versions
from pia.actions.issuing import bundles, exports
from pia.actions.issuing import papers as papers_office
from pia.actions.records import sets
from pia.actions.records.rounds import move
from pia.actions.sources import read_ref
from pia.actions.steps import filing
from pia.actions.workplace import Press, Workplace
from pia.documents import bundle
from pia.documents.proof import plan
from pia.documents.text import interchange
from pia.documents.workbook_out import writer
from pia.domain.document import items
from pia.domain.document.form import reviewed
from pia.store import nodes
from pia.store.opening import upgrade
from pia.store.rows.assessments import NewRound
from pia.store.rows.filing import Submission
from tests.conftest import workplace_at
from tests.documents import aid
from tests.drills.alteration_tries import altered, parts, sealed, verified

DAY = date(2026, 1, 4)
HEAD, BASIC = f"{aid.KEY}~{aid.ROUND}", f"{aid.KEY}-basic"


@pytest.fixture(scope="module")
def town(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Workplace]:
    url = f"sqlite:///{tmp_path_factory.mktemp('town') / 'pia.db'}"
    upgrade(url)
    wp = workplace_at(url)
    aid.play(wp)
    yield wp
    wp.store.close()


@pytest.fixture(scope="module")
def basic_only(town: Workplace) -> dict[str, bytes]:
    """The smallest bundle of a submission: the 基礎項目評価書 and the 計画管理書."""
    return parts(bundles.of_refs(town, [f"{BASIC}~{aid.ROUND}"], DAY).data)


def test_the_plan_goes_with_every_submission_as_of_its_day(
    town: Workplace, basic_only: dict[str, bytes]
) -> None:
    manifest = json.loads(basic_only[bundle.MANIFEST])
    assert manifest["format"] == "pia-bundle/2" and manifest["kind"] == "submission"
    assert manifest["plans"] == [{"folder": "plan", "body": aid.BODY, "as_of": "2026-01-04"}]
    facts = json.loads(basic_only["plan/plan.json"])["facts"]
    assert facts["現在"] == "令和8年1月4日現在" and [a["名称"] for a in facts["事務一覧"]] == [
        aid.TITLE
    ]
    assert verified(sealed(basic_only)) == []


def test_equal_records_and_an_equal_day_give_equal_bytes(
    town: Workplace, basic_only: dict[str, bytes]
) -> None:
    made = {n: basic_only[f"plan/{n}"] for n in plan.FILES}
    assert papers_office.plan_files(town, 1, DAY) == made
    later = papers_office.plan_files(town, 1, date(2026, 2, 1))
    assert all(later[n] != made[n] for n in plan.FILES)


def test_a_submission_without_its_plan_or_with_another_day_does_not_verify(
    basic_only: dict[str, bytes],
) -> None:
    bare = {p: b for p, b in basic_only.items() if not p.startswith("plan/")}
    assert [f"plan.{x}：入っていません。" for x in ("json", "xlsx", "pdf")] == verified(
        sealed(bare)
    )
    manifest = json.loads(basic_only[bundle.MANIFEST])
    none = {**bare, bundle.MANIFEST: json.dumps({**manifest, "plans": []}).encode()}
    assert verified(sealed(none)) == ["提出書類一式に、計画管理書が入っていません。"]
    other = {
        **basic_only,
        bundle.MANIFEST: json.dumps(
            {**manifest, "plans": [{**manifest["plans"][0], "as_of": "2026-01-05"}]}
        ).encode(),
    }
    assert verified(sealed(other)) == ["データの時点が、一覧に書かれた日と違います。"]


def test_a_changed_cell_of_the_plan_is_named(basic_only: dict[str, bytes]) -> None:
    book, out = load_workbook(io.BytesIO(basic_only["plan/plan.xlsx"])), io.BytesIO()
    book["計画管理書"]["C3"].value = "みどり町長"
    book["計画管理書"]["K10"].value = "令和7年1月1日"
    book.save(out)
    problems = verified(sealed({**basic_only, "plan/plan.xlsx": out.getvalue()}))
    assert [w.split("：")[0] for w in problems] == [
        "計画管理書!C3（評価実施機関名）",
        "計画管理書!K10（評価書の提出日）",
    ]


def test_the_public_reading_has_no_plan(town: Workplace) -> None:
    data = bundles.for_the_public(town, [f"{BASIC}@1"]).data
    manifest = json.loads(parts(data)[bundle.MANIFEST])
    assert manifest["kind"] == "public" and manifest["plans"] == [] and verified(data) == []


def test_a_file_of_its_own_has_no_plan_and_verifies(town: Workplace) -> None:
    data = exports.export(read_ref(town, f"{BASIC}@1"), "bundle", where=Press())
    assert verified(data) == [] and json.loads(parts(data)[bundle.MANIFEST])["kind"] == "file"


def test_the_basic_one_goes_with_the_other(town: Workplace) -> None:
    head = sets.set_of(town, HEAD)[0]
    assert sets.with_basic(town, [head]) == (head, f"{BASIC}@1"), (
        "as it was published, its own round is not submitted"
    )
    both = sets.set_of(town, HEAD)
    assert sets.with_basic(town, both) == both and len(both) == 2
    assert sets.with_basic(town, [f"{BASIC}@1"]) == (f"{BASIC}@1",)


def test_a_submitted_correction_takes_the_basic_one_along_and_leaves_out_a_withdrawn_round(
    tmp_path: Path,
) -> None:
    url = f"sqlite:///{tmp_path / 'pia.db'}"
    upgrade(url)
    wp = workplace_at(url)
    aid.play(wp)
    office = aid.by("2025-12-05", role="secretariat")
    move(wp, office, f"{BASIC}~{aid.ROUND}", "withdraw", {"reason": "別の手続で行う"})
    assert sets.set_of(wp, HEAD)[1] == f"{BASIC}@1"
    where = versions.open_round(
        wp,
        office,
        aid.KEY,
        NewRound("r7-fix", "CORRECTION", reasons=["人事異動"], change_date=date(2025, 12, 1)),
    )
    old = read_ref(wp, f"{aid.KEY}@1")
    new = items.build(
        old.form, [(p, "参事" if p == ("I", "7", "2") else a) for p, a in items.answers(old.tree)]
    )
    versions.bring_in(wp, office, where, versions.Brought(new, base=old.tree), why="人事異動")
    filing.make_table(wp, office, where, published=date(2025, 12, 10))
    jobs.ask(wp, office, "submit", {"rounds": [where], "document_number": "み教第3号"})
    assert jobs.work_once(wp, "w", lambda: office.at)
    with wp.store.read() as s:
        sent = nodes.get_blob(s, s.scalars(select(Submission)).one().sent)
    manifest = json.loads(parts(sent)[bundle.MANIFEST])
    assert [d["ref"] for d in manifest["documents"]] == [sets.set_of(wp, where)[0], f"{BASIC}@1"]
    assert manifest["plans"][0]["as_of"] == "2025-12-05" and verified(sent) == []
    wp.store.close()


def test_rows_taken_out_of_the_document_are_named(
    town: Workplace, basic_only: dict[str, bytes]
) -> None:
    name = f"{BASIC}/{bundle.DOCUMENT}"
    tree = interchange.read(basic_only[name]).tree
    form = read_ref(town, f"{BASIC}@1").form
    key = form.change_table.key  # type: ignore[union-attr]
    other = items.build(form, [(p, a) for p, a in items.answers(tree) if p[0] != key])
    about: dict[str, Any] = {
        "digest": other.digest,
        "reviewed_digest": reviewed(form, other).digest,
        "saved_by": None,
    }
    forged = {
        **basic_only,
        name: interchange.write(other, key=BASIC),
        f"{BASIC}/{bundle.WORKBOOK}": writer.write(other, form, title=aid.TITLE),
    }
    problems = verified(sealed(forged, without=(f"{BASIC}/{bundle.PAPER}",), about=about))
    assert problems == [
        "Ⅰ関連情報　5．評価実施機関における担当部署　①部署：固定された表の行が、"
        "見えている表にありません。"
    ]


def test_an_altered_text_always_says_something_else() -> None:
    rng = random.Random(3)
    for text in ("", "令和7年1月1日", "（略）", "あ"):
        assert all(altered(rng, text, "改") != text for _ in range(50))

"""Anchors leave by themselves, the ledger leaves without texts, and separate code proves what
was tampered with."""

from __future__ import annotations

import io
import json
import stat
import zipfile
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from pia import config, ledger_check
from pia.actions.issuing import bundles
from pia.actions.upkeep import anchors
from pia.actions.upkeep.opening import open_workplace
from pia.actions.workplace import Workplace
from pia.domain.act import By
from pia.domain.errors import PiaError
from pia.store.ledger import digests, log
from pia.store.upkeep import fsck
from tests.conftest import NOW
from tests.store.damage import damage

OFFICE = By("hiratsuka", "secretariat", NOW)


@pytest.fixture
def given(played: Workplace, tmp_path: Path) -> config.Config:
    (tmp_path / "drop").mkdir()
    (tmp_path / "drafts").mkdir()
    anchors.make_key(tmp_path / "key")
    url = played.store.engine.url.render_as_string()
    return config.load(
        {
            "PIA_DATABASE_URL": url,
            "PIA_ANCHOR_KEY": str(tmp_path / "key"),
            "PIA_ANCHOR_DROP": str(tmp_path / "drop"),
            "PIA_ANCHOR_DRAFTS": str(tmp_path / "drafts"),
        }
    )


@pytest.fixture
def wp(given: config.Config) -> Any:
    opened = open_workplace(given)
    yield opened
    opened.store.close()


def step(wp: Workplace, by: By = OFFICE) -> None:
    with wp.store.begin() as s:
        log.entry(s, by, "publication.make", "x")
        log.anchor(s, by)


def drop(given: config.Config) -> list[Path]:
    return sorted(Path(given.values["PIA_ANCHOR_DROP"]).iterdir())


def wrong(*files: Any, key: str = "") -> list[str]:
    return [w for f in ledger_check.check(*files, key=key) for w in f.why if not f.holds]


@pytest.fixture
def proof(wp: Workplace, given: config.Config, tmp_path: Path) -> tuple[Path, Path, Path]:
    """An anchor, the ledger and a bundle that hold."""
    step(wp)
    (tmp_path / "ledger.jsonl").write_bytes(b"".join(anchors.export(wp)))
    (tmp_path / "b.zip").write_bytes(bundles.of_refs(wp, ["nhi-levy-basic@1"], NOW.date()).data)
    return drop(given)[-1], tmp_path / "ledger.jsonl", tmp_path / "b.zip"


def test_a_key_is_made_once_and_only_its_owner_reads_it(tmp_path: Path) -> None:
    public = anchors.make_key(tmp_path / "key")
    assert (
        len(bytes.fromhex(public)) == 32
        and stat.S_IMODE((tmp_path / "key").stat().st_mode) == 0o600
    )
    with pytest.raises(PiaError, match="上書きしません"):
        anchors.make_key(tmp_path / "key")
    (tmp_path / "key").chmod(0o644)
    with pytest.raises(PiaError, match="chmod 600"):
        anchors.private_key(tmp_path / "key")
    (tmp_path / "key").write_text("x")
    (tmp_path / "key").chmod(0o600)
    with pytest.raises(PiaError, match="読めません"):
        anchors.private_key(tmp_path / "key")


def test_an_outward_step_leaves_an_anchor_and_a_draft(
    wp: Workplace, given: config.Config, tmp_path: Path
) -> None:
    before = len(drop(given))
    step(wp)
    (anchor_file,) = drop(given)[before:]
    anchor = json.loads(anchor_file.read_text())
    with wp.store.read() as s:
        assert anchor["heads"] == [["main", *log.chain_head(s)]] and (
            anchor["seq"],
            anchor["hash"],
        ) == log.chain_head(s, log.HEADS)
    draft = next((tmp_path / "drafts").glob(f"{anchor_file.stem}.eml"))
    assert b"X-Unsent: 1" in draft.read_bytes() and anchor_file.name.encode() in draft.read_bytes()
    assert fsck.check(wp.store, anchor=anchor_file) == []


def test_what_lies_there_is_never_overwritten(wp: Workplace, given: config.Config) -> None:
    step(wp)
    anchor_file = drop(given)[-1]
    anchor_file.write_text("kept")
    anchors.left_behind(wp, given)
    assert anchor_file.read_text() == "kept"


def test_a_step_stands_where_its_anchor_cannot_leave_and_it_leaves_later(
    wp: Workplace, given: config.Config
) -> None:
    folder = Path(given.values["PIA_ANCHOR_DROP"])
    anchors.left_behind(wp, given)
    folder.rename(folder.with_name("away"))
    with wp.store.read() as s:
        before = log.chain_head(s)[0]
    step(wp)
    with wp.store.read() as s:
        assert log.chain_head(s)[0] == before + 1
    folder.with_name("away").rename(folder)
    files_before = len(drop(given))
    assert anchors.left_behind(wp, given) == 1 and len(drop(given)) == files_before + 1


def test_daily_where_anything_was_recorded(wp: Workplace, given: config.Config) -> None:
    step(wp)
    later = NOW + timedelta(days=400)
    anchors.daily(wp, given, later)
    files_before = len(drop(given))
    assert not anchors.daily(wp, given, later + timedelta(days=2)), "nothing was recorded since"
    with wp.store.begin() as s:
        log.entry(s, By("a", "b", later), "x", "y")
    assert not anchors.daily(wp, given, NOW) and len(drop(given)) == files_before, "not a day later"
    assert (
        anchors.daily(wp, given, later + timedelta(days=3)) and len(drop(given)) == files_before + 1
    )


def test_without_a_key_nothing_breaks_and_it_is_told(played: Workplace) -> None:
    step(played)
    bare = config.load({})
    assert anchors.notice(bare) == anchors.UNSET and not anchors.daily(played, bare, NOW)
    assert anchors.of_step(played, bare, log.MAIN, 1) is None


def test_the_anchor_of_a_bundle_lies_beside_it(
    proof: tuple[Path, Path, Path], wp: Workplace, given: config.Config, tmp_path: Path
) -> None:
    _, ledger, bundle = proof
    (tmp_path / "b.anchor.json").write_bytes(anchors.beside(wp, given, bundle.read_bytes()) or b"")
    assert wrong(tmp_path / "b.anchor.json", ledger, bundle) == []
    assert anchors.beside(wp, given, _empty()) is None


def _empty() -> bytes:
    body = io.BytesIO()
    with zipfile.ZipFile(body, "w") as z:
        z.writestr("manifest.json", json.dumps({"documents": [{}]}))
    return body.getvalue()


def test_the_ledger_holds_no_text(wp: Workplace) -> None:
    with wp.store.read() as s:
        details = [e.detail for e in s.query(log.AuditEntry) if e.detail.get("why")]
    whole = b"".join(anchors.export(wp)).decode()
    assert details and not any(d["why"] in whole for d in details)


def test_what_holds_is_proved(proof: tuple[Path, Path, Path], given: config.Config) -> None:
    anchor, ledger, bundle = proof
    public = json.loads(anchor.read_text())["key"]
    found = ledger_check.check(anchor, ledger, bundle, public)
    assert all(f.holds for f in found) and len(found) >= 6
    assert wrong(anchor, ledger, bundle, key="0" * 64) == [
        "控えに書かれた鍵が、指定した鍵と違います。"
    ]


def _tampered_ledger(ledger: Path, change: Any) -> None:
    lines = [json.loads(line) for line in ledger.read_text().splitlines()]
    change(lines)
    ledger.write_text("".join(json.dumps(e, ensure_ascii=False) + "\n" for e in lines))


def test_a_tampered_ledger_is_seen(proof: tuple[Path, Path, Path]) -> None:
    anchor, ledger, _ = proof
    whole = ledger.read_text()
    for field in (
        "actor",
        "role",
        "at",
        "action",
        "target",
        "detail",
        "rows",
        "prev",
        "hash",
        "seq",
    ):
        _tampered_ledger(
            ledger, lambda lines, f=field: lines[10].update({f: 99 if f == "seq" else "0" * 64})
        )
        assert any("つながっていません" in w for w in wrong(anchor, ledger)), field
        ledger.write_text(whole)
    _tampered_ledger(ledger, lambda lines: lines.pop(20))
    assert wrong(anchor, ledger)
    ledger.write_text(whole)
    _tampered_ledger(ledger, lambda lines: lines.pop())
    assert any("失われています" in w for w in wrong(anchor, ledger))


def test_everything_computed_anew_is_seen_by_the_anchor(
    wp: Workplace, proof: tuple[Path, Path, Path]
) -> None:
    from tests.drills import tamper

    anchor, ledger, _ = proof
    bare = tamper.Bare(wp.store.engine.url.render_as_string())
    bare.run("UPDATE verdict SET kind = '不適当'")
    tamper.rewrite(bare)
    bare.close()
    ledger.write_bytes(b"".join(anchors.export(wp)))
    assert not [p for p in fsck.check(wp.store) if p.code.startswith(("row", "audit", "heads"))], (
        "from inside nothing shows"
    )
    assert any("控えと違います" in w for w in wrong(anchor, ledger))
    assert {"anchor-differs"} <= {p.code for p in fsck.check(wp.store, anchor=anchor)}


def test_a_tampered_anchor_is_seen(proof: tuple[Path, Path, Path]) -> None:
    anchor, ledger, _ = proof
    told = json.loads(anchor.read_text())
    for change in (
        {"seq": told["seq"] + 1},
        {"at": "2001-01-01"},
        {"heads": [["main", 1, "0" * 64]]},
        {"signature": "00" * 64},
        {"key": "00" * 32},
    ):
        anchor.write_text(json.dumps({**told, **change}))
        assert "署名が合いません。控えが書き換えられています。" in wrong(anchor, ledger), change
    anchor.write_text("{}")
    with pytest.raises(ledger_check.Unreadable):
        ledger_check.check(anchor, ledger)
    with pytest.raises(ledger_check.Unreadable):
        ledger_check.check(anchor, anchor.with_name("none"))


def test_a_bundle_of_another_record_is_seen(wp: Workplace, proof: tuple[Path, Path, Path]) -> None:
    anchor, ledger, bundle = proof
    with zipfile.ZipFile(bundle) as z:
        files = {n: z.read(n) for n in z.namelist()}
    manifest = json.loads(files["manifest.json"])

    def said(**change: Any) -> list[str]:
        manifest["documents"][0]["saved_by"] = entry | change
        body = io.BytesIO()
        with zipfile.ZipFile(body, "w") as z:
            z.writestr("manifest.json", json.dumps(manifest))
        bundle.write_bytes(body.getvalue())
        return wrong(anchor, ledger, bundle)

    entry = manifest["documents"][0]["saved_by"]
    assert said() == []
    assert "記録が書き換えられています。" in said(actor="eve")
    assert "記録が書き換えられています。" in said(detail={**entry["detail"], "why": "別の理由"})
    forged = {**entry, "actor": "eve"}
    body = {k: forged[k] for k in ("v", "seq", "prev", "actor", "role", "at", "action", "target")}
    sealed = digests.sealed(forged["nonce"], ledger_check._canonical(forged["detail"]).decode())
    body |= {"kind": "entry", "chain": "main", "detail": sealed, "rows": forged["rows"]}
    assert said(
        actor="eve", hash=ledger_check.sha256(ledger_check._canonical(body)).hexdigest()
    ) == [f"台帳の main の {entry['seq']} 件目と違います。"]


def test_a_step_after_the_anchor_is_said_to_be_later(
    wp: Workplace, given: config.Config, tmp_path: Path
) -> None:
    step(wp)
    anchor = drop(given)[0]
    chains = ledger_check._Chains(json.loads(anchor.read_text()))
    assert chains.covered("main", 1) and not chains.covered("main", 10_000)


def test_the_checker_is_separate_code() -> None:
    source = Path(ledger_check.__file__).read_text("utf-8")
    assert len(source.splitlines()) < 300 and "import" in source
    assert not [
        line
        for line in source.splitlines()
        if line.strip().startswith(("from .", "from pia", "import pia"))
    ]


def test_a_draft_and_an_anchor_say_what_was_signed(
    wp: Workplace, given: config.Config, tmp_path: Path
) -> None:
    step(wp)
    with wp.store.read() as s:
        entry = s.query(log.AuditEntry).filter_by(chain=log.MAIN, action="publication.make").first()
        assert entry is not None
    name, body = anchors.of_step(wp, given, log.MAIN, entry.seq) or ("", b"")
    assert name.startswith("pia-anchor-") and json.loads(body)["format"] == anchors.FORMAT
    damage(
        wp.store.engine.url.render_as_string(),
        "UPDATE audit_entry SET target = 'x' WHERE chain = 'heads' AND seq = 1",
    )
    assert "audit-broken" in {p.code for p in fsck.check(wp.store)}


def test_the_page_of_a_bundle_gives_its_anchor(wp: Workplace, given: config.Config) -> None:
    """What an officer takes from the page holds with the ledger of the same database; a paper
    has none."""
    from pia.actions import jobs
    from pia.web.application import create_app
    from tests.web.client import PageClient

    job = jobs.ask(
        wp, OFFICE, "bundle", {"ref": "nhi-levy-basic@1", "as_of": NOW.date().isoformat()}
    )
    paper = jobs.ask(wp, OFFICE, "paper", {"ref": "nhi-levy-basic@1"})
    while jobs.work_once(wp, "test", lambda: NOW):
        pass
    page = PageClient(create_app(wp, given, lambda: NOW), "hiratsuka")
    step(wp)
    link = next(
        a.get("href")
        for a in page.get(f"/jobs/{job}").iter("a")
        if (a.get("href") or "").endswith("/anchor")
    )
    anchor, bundle = page.download(link), page.download(f"/jobs/{job}/file")
    folder = Path(given.values["PIA_ANCHOR_DROP"]).parent
    (folder / "taken.json").write_bytes(anchor)
    (folder / "ledger.jsonl").write_bytes(b"".join(anchors.export(wp)))
    (folder / "b.zip").write_bytes(bundle)
    assert wrong(folder / "taken.json", folder / "ledger.jsonl", folder / "b.zip") == []
    assert page.client.get(f"/jobs/{paper}/anchor").status_code == 404
    assert "/anchor" not in str([a.get("href") for a in page.get(f"/jobs/{paper}").iter("a")])

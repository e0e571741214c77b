"""起案の資料: files kept with a round, fetched by who may read every word of the document, taken
back with the file kept; in no set and no page for outsiders."""

from __future__ import annotations

import io
from pathlib import Path

from pia import config
from pia.store import nodes
from pia.store.rows.round_files import RoundFile
from pia.store.upkeep import fsck
from pia.web.public.pages import create_public_app

from ..actions.umihara import slip
from ..conftest import NOW
from .client import expect_no_words, expect_problem, expect_words
from .test_today import case

REF = "nhi-benefits~r6-cloud"
HERE = f"/rounds/{REF}"
FILES = f"{HERE}/files"


def sent(name: str, body: bytes, title: str = "業者の説明") -> dict[str, object]:
    return {"file_title": title, "file": (io.BytesIO(body), name)}


def test_a_file_is_kept_fetched_named_anew_and_taken_back(tmp_path: Path) -> None:
    town = case("national", tmp_path, "2024-04-10")
    writer = town.person("morishita")
    body = slip("クラウド事業者の説明")
    for wrong, words in (
        (sent("説明.exe", b"MZ\0\1"), "資料にできません"),
        (sent("説明.pdf", b"plain words"), "中身は文字のファイルです"),
        (sent("説明.pdf", body, " "), "「資料の題名」を入力してください"),
        ({"file_title": "説明"}, "ファイルを選んでください"),
    ):
        expect_problem(writer.post(HERE, FILES, wrong, 422), words)
    writer.post(HERE, FILES, sent("説明.pdf", body))
    shown = writer.get(HERE)
    expect_words(
        shown.get_element_by_id("files").getparent(), "業者の説明", "説明.pdf", "森下 真帆"
    )
    assert writer.download(f"{FILES}/1") == body == town.person("makabe").download(f"{FILES}/1")
    # only who writes here keeps files
    other = town.person("nonomura")
    expect_no_words(other.get(HERE), "資料を加える")
    assert other.client.get(f"{FILES}/1").data == body
    url = f"{FILES}/1/correction"
    writer.post(
        url, url, {"title": "仕様書の抜粋", "correction": "題の誤り"}, pick={"what": "amend"}
    )
    expect_words(writer.get(HERE), "仕様書の抜粋", "直した記録", "業者の説明")
    writer.post(url, url, {"withdrawal": "別の業者のもの"}, pick={"what": "withdraw"})
    expect_no_words(writer.get(HERE).get_element_by_id("files").getparent(), "仕様書の抜粋")
    assert writer.client.get(f"{FILES}/1").status_code in (404, 422)
    with town.wp.store.read() as session:
        assert nodes.get_blob(session, session.get_one(RoundFile, 1).sha256) == body
    assert fsck.check(town.wp.store) == []


def test_who_may_not_read_withheld_words_gets_no_file(tmp_path: Path) -> None:
    town = case("national", tmp_path, "2024-04-10")
    writer, other = town.person("morishita"), town.person("nonomura")
    item = f"/lines/{REF}/items/IV/3"
    words = "地下の第七書庫に置く鍵の番号"
    writer.post(item, item, {"text": f"{words}を決める。", "reason": "ガバメントクラウド"})
    hide = item.replace("/items/", "/withheld/")
    writer.post(item, hide, {"words": words, "because": "安全のため", "ground": "SECURITY"})
    writer.post(HERE, FILES, sent("説明.txt", words.encode(), f"{words}の説明"))
    expect_no_words(other.get(HERE), words)
    assert other.client.get(f"{FILES}/1").status_code == 403
    assert other.client.get("/rounds/elderly-medical~r6-cloud/files/1").status_code == 404
    public = create_public_app(town.wp, config.load({}), lambda: NOW).test_client()
    assert public.get(f"{FILES}/1").status_code == 404

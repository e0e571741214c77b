"""The handbook: every word it says is on the screen is there, every page and role has its chapter,
it is found in letters of any width, and paper and page say the same."""

from __future__ import annotations

import ast
import io
import re
from pathlib import Path

import docx
import pikepdf

import pia
from pia import config, manual, resources, rules
from pia.actions.access.roles import ROLES
from pia.actions.workplace import Workplace
from pia.documents.papers import handbook as papers
from pia.documents.word import model
from pia.web import menu
from pia.web.application import create_app

from ..conftest import NOW
from .client import PageClient, expect_no_words, expect_words

HOME = Path(pia.__file__).parent
SAID = re.compile(
    r"<(button|a|summary|h1|h2|h3|legend|label|dt|th|span|strong|option)\b[^>]*>(.*?)</\1>", re.S
)
FILLED = re.compile(r"\{\{.*?\}\}|\{%.*?%\}", re.S)
BESIDE = re.compile(r'<span\s+class="(?:sr|soft|small soft)">.*?</span>', re.S)


def on_screen() -> set[str]:
    """What stands on buttons, links, headings and fields; of what is filled in, the words around
    it."""
    words = []
    for path in resources.folder("templates").rglob("*.html"):
        text = re.sub(r"\{#.*?#\}", "", path.read_text("utf-8"), flags=re.S)
        words += re.findall(r'"([^"{}<>\n]+)"', text)
        for match in SAID.finditer(BESIDE.sub("", text)):
            words += re.sub(r"<[^>]*>", "", FILLED.sub("\n", match[2])).split("\n")
            words.append(re.sub(r"<[^>]*>|\s+", "", match[2]))
    for path in (HOME / "web").rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            if isinstance(node, ast.Constant) and isinstance(node.value, str):
                words.append(node.value)
    return {each.strip(" 　☐：\n") for each in words}


def not_there(said: list[str], screen: set[str]) -> list[str]:
    """Words that stand on no screen."""
    return [each for each in said if each not in screen]


def named(body: str) -> list[str]:
    return re.findall(r"`([^`]+)`", body)


def test_every_word_a_chapter_says_is_on_the_screen_is_there() -> None:
    screen = on_screen()
    said = {
        chapter.name: [word for section in chapter.sections for word in named(section.body)]
        for chapter in manual.chapters()
    }
    assert sum(map(len, said.values())) > 200
    assert {name: gone for name, words in said.items() if (gone := not_there(words, screen))} == {}
    assert not_there(["評価書を書き写す", "保存する"], screen) == ["評価書を書き写す"]


def test_every_page_of_the_menu_and_every_role_has_its_chapter(seen: Workplace) -> None:
    pages = [endpoint for endpoint, _, _ in (*menu.DAILY, *menu.OTHERS)]
    assert [page for page in pages if manual.of_page(page) is None] == []
    assert [role for role in (*ROLES, "tablet") if manual.of_role(role) is None] == []
    app = create_app(seen, config.load({}), lambda: NOW)
    known = set(app.view_functions) | set(app.blueprints)
    chapters = manual.chapters()
    assert [page for chapter in chapters for page in chapter.pages if page not in known] == []
    names = [chapter.name for chapter in chapters]
    files = {file.stem for file in resources.folder("manual").glob("*.md")}
    assert set(names) == files and len(names) == len(files)
    assert [one for one in chapters if set(one.use) - set(names)] == []
    # Every chapter about pages is in the handbook of somebody.
    used = {name for chapter in chapters for name in chapter.use}
    assert [one.name for one in chapters if not one.sheet and one.name not in used] == []


def test_a_page_leads_to_its_chapter_and_words_are_found_in_any_width(seen: Workplace) -> None:
    app = create_app(seen, config.load({}), lambda: NOW)
    officer = PageClient(app, "mizukoshi")
    for page, name in (("/", "today"), ("/rounds", "rounds"), ("/flags", "personal")):
        assert officer.get(page).xpath("//header//a[text()='使い方']/@href") == [f"/help/{name}"]
    contents = expect_words(officer.get("/help"), "あなたの役割の使い方", "事務局")
    for link in {each for each in contents.xpath("//main//a/@href") if each.startswith("/help/")}:
        if "manual." not in link:
            officer.get(link)
    found = officer.get("/help?words=ｅｘｃｅｌ　貼り付け").xpath("//section[1]//a/@href")
    assert [link.partition("#")[0] for link in found] == ["/help/writing"]
    assert officer.get(found[0]).xpath(f"//h2[@id='{found[0].partition('#')[2]}']")
    expect_words(officer.get("/help?words=魚"), "見つかりません")
    stranger = PageClient(app)
    expect_no_words(stranger.get("/help"), "操作マニュアル")
    expect_words(stranger.get("/help/residents"), "受付番号")
    expect_words(stranger.get("/help/no-such", 404), "その章はありません")
    assert stranger.client.get("/help/all/manual.pdf").status_code == 303


def test_paper_says_what_the_pages_say(seen: Workplace) -> None:
    officer = PageClient(create_app(seen, config.load({}), lambda: NOW), "mizukoshi")
    word = docx.Document(io.BytesIO(officer.download("/help/drafter/manual.docx")))
    headings = [line.text for line in word.paragraphs]
    for chapter in manual.handbook("drafter"):
        assert any(chapter.title in heading for heading in headings), chapter.title
        page = officer.get(f"/help/{chapter.name}")
        for section in chapter.sections[1:]:
            assert section.heading in headings
            assert section.heading in page.xpath("//main//h2/text()")
    said = "".join(paper for paper in model.words(papers.manual("x", manual.chapters())).split())
    for chapter in manual.chapters():
        for section in chapter.sections:
            for piece in section.words.replace("「", " ").replace("」", " ").split():
                assert piece in said.replace("「", "").replace("」", ""), piece
    with pikepdf.open(io.BytesIO(officer.download("/help/all/manual.pdf"))) as pdf:
        assert len(pdf.pages) > 10
    word = docx.Document(io.BytesIO(officer.download("/help/all/manual.docx")))
    listed = [row.cells[1]._tc.xpath("string(.//w:t)") for row in word.tables[0].rows[1:]]
    assert len(listed) == len(manual.chapters()) and listed[0] == "2"
    assert list(map(int, listed)) == sorted(map(int, listed))
    for chapter in manual.chapters():
        if chapter.sheet:
            body = officer.download(f"/help/{chapter.name}/sheet.pdf")
            with pikepdf.open(io.BytesIO(body)) as pdf:
                assert len(pdf.pages) == 1, chapter.name
    assert officer.client.get("/help/writing/sheet.pdf").status_code == 404


def test_what_is_explained_is_there() -> None:
    screen = on_screen()
    explanations = manual.explanations()
    assert [label for label in explanations["fields"] if label not in screen] == []
    states = set()
    for name in resources.folder("rules").glob("procedure-*.yaml"):
        states |= set(rules.load(name.stem)["states"])
    assert set(explanations["states"]) == states
    for state in states:
        assert all(manual.state_means(state)[what] for what in ("means", "who", "next"))
    assert manual.state_means("OF_A_CITY") == {} and manual.field_means("件名") == ""


def test_fields_and_states_say_what_they_mean(drafted: Workplace) -> None:
    """Behind each, without a script, and named for who only hears it."""
    officer = PageClient(create_app(drafted, config.load({}), lambda: NOW), "mizukoshi")
    form = officer.get("/consultations/new?round=nhi-benefits~r6-cloud")
    summaries = [each.text_content() for each in form.xpath("//details[@class='explain']/summary")]
    assert {"説明：公示日", "説明：決裁日"} <= set(summaries)
    expect_words(form, "規則第7条第1項")
    assert not form.xpath("//label//details")
    shown = officer.get("/rounds/nhi-benefits~r6-cloud")
    state = shown.xpath("//details[@class='explain'][1]")[0].text_content()
    assert "いまの段階「評価書案の作成」の説明" in state and "担当課" in state
    expect_words(officer.get("/rounds"), "段階の説明", "どういう段階か")

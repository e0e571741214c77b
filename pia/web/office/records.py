"""The records office's pages: 個人情報の点検, erasing, 保存と廃棄, 廃棄簿, 開示請求.

Knows forms. The office acts, the auditor reads; nobody else comes in. No list repeats words that
may say who somebody is; whoever looks at such a text to the letter is on record.
"""

from __future__ import annotations

from flask import Blueprint, Response, render_template, request, url_for
from werkzeug.wrappers import Response as Answer

from ...actions.issuing import classes, papers
from ...actions.keeping import blackouts as keeping_blackouts
from ...actions.keeping import copying, erasing
from ...actions.keeping import disclosure as keeping_disclosure
from ...actions.keeping import personal as keeping_personal
from ...actions.keeping import retention as keeping_retention
from ...actions.kept import blackouts
from ...actions.kept import disclosure as disclosure_acts
from ...actions.kept import retention as retention_acts
from ...actions.records import personal
from ...actions.upkeep import search_index
from ...documents.papers import list_xlsx
from ...domain.procedure import retention
from ...domain.withheld import blacking as domain
from .. import inputs, paging
from ..actor import by, now_day, workplace
from ..allowed import NotThere, may
from ..answers import attachment, done
from ..declared import needs, proven, shows
from . import papers as papers_web

blueprint = Blueprint("records", __name__)
ON_A_PAGE = 100  # records on a page of their list
XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


# ---- 個人情報の点検


@blueprint.get("/flags")
@needs("records")
def flags() -> str:
    """Every place that may say who somebody is, each with its answer."""
    wp = workplace()
    return render_template(
        "records/flags.html",
        flags=personal.listed(wp),
        answers=keeping_personal.ANSWERS,
        said=personal.SAID,
        erased=erasing.erased(wp, now_day()),
        days=erasing.backup_days(wp),
    )


@blueprint.post("/flags")
@needs("office")
@shows(flags)
def answer() -> Answer:
    """An answer for one find."""
    name = inputs.line("find", "箇所")
    choice = inputs.choice("answer", "どうするか", keeping_personal.ANSWERS)
    reason = inputs.text("reason", "理由", most=inputs.PARAGRAPH)
    flag = keeping_personal.answer(workplace(), by(), name, choice, reason)
    return done(f"「{flag.where}」への答えを記録しました。", url_for("records.flags"))


@blueprint.get("/flags/<place>")
@needs("records", place="text", asks=("look",))
def text(place: str) -> str:
    """One text with its finds covered, and the way to erase it; to the letter for the office that
    asks for it, which is on record."""
    wp = workplace()
    whole: tuple[str, ...] = ()
    if request.args.get("look") == "1" and may("personal"):
        whole = erasing.look(wp, by(), place)
    view = erasing.view(wp, place, now_day())
    return render_template("records/text.html", v=view, whole=whole, name=place, today=now_day())


@blueprint.post("/flags/<place>/erasure")
@needs("personal", place="text")
@shows(lambda place: text(place))
@proven
def erase(place: str) -> Answer:
    """Erases a text by a decision; cannot be taken back."""
    if not inputs.ticked("sure"):
        raise inputs.Unfit("sure", "元に戻せないことを確かめた印を付けてください。")
    number = inputs.line("document_number", "文書番号", need=False)
    decided = inputs.day("decided", "決裁日", need=False)
    reason = inputs.text("reason", "消す理由", most=inputs.PARAGRAPH)
    gone = erasing.erase(workplace(), by(), place, number, decided, reason)
    search_index.follow(workplace())  # also the index forgets it now
    return done(f"{'・'.join(gone)}を消しました。", url_for("records.text", place=place))


# ---- 保存と廃棄


@blueprint.get("/records")
@needs("records", asks=("category", "page"))
def listed() -> str:
    """Every record by the day its years are over."""
    wp = workplace()
    category = request.args.get("category", "")
    records = retention_acts.listed(wp, now_day(), category)
    pages = paging.Pages(paging.first(ON_A_PAGE), ON_A_PAGE, len(records))
    return render_template(
        "records/records.html",
        found=records[pages.first : pages.first + ON_A_PAGE],
        pages=pages,
        categories=retention_acts.categories(wp),
        category=category,
        table=wp.retention,
        today=now_day(),
        treatment=retention_acts.treatment,
    )


@blueprint.get("/records/list.<fmt>")
@needs("records", asks=("category",))
def list_file(fmt: str) -> Response:
    """The list of records as a file."""
    wp = workplace()
    records = retention_acts.listed(wp, now_day(), request.args.get("category", ""))
    return _file(fmt, "記録の一覧", retention_acts.LIST, retention_acts.sheet(records))


def _file(fmt: str, title: str, head: tuple[str, ...], lines: list[tuple[str, ...]]) -> Response:
    has = classes.of(workplace(), classes.INNER)
    if fmt == "csv":
        return attachment(list_xlsx.text(head, lines), f"{title}.csv", "text/csv", has)
    if fmt == "xlsx":
        return attachment(list_xlsx.workbook(title, head, lines), f"{title}.xlsx", XLSX, has)
    raise inputs.Unfit("fmt", "書き出せるのは xlsx と csv です。")


@blueprint.get("/records/kept/<record>")
@needs("records", record="record")
def record(record: str) -> str:
    """One record: how long it is kept, what was set about it, and a way to set it."""
    wp = workplace()
    return render_template(
        "records/record.html",
        x=retention_acts.one(wp, record, now_day()),
        history=retention_acts.history(wp, record),
        texts=erasing.of_record(wp, record),
        categories=retention_acts.categories(wp),
        table=wp.retention,
        treatment=retention_acts.treatment,
    )


@blueprint.post("/records/kept/<record>")
@needs("office", record="record")
@shows(record)
def set_record(record: str) -> Answer:
    """Sets how long a record is kept, with a reason."""
    wp = workplace()
    keeping_retention.set_keeping(
        wp,
        by(),
        record,
        inputs.choice("category", "分類", retention_acts.categories(wp)),
        inputs.number("years", "保存年限", least=1, most=retention.MOST, need=False),
        inputs.ticked("historic"),
        inputs.text("reason", "変える理由", most=inputs.PARAGRAPH),
    )
    return done(
        "記録の保存について、変えたことを記録しました。", url_for("records.record", record=record)
    )


@blueprint.get("/records/disposal")
@needs("records")
def disposal() -> str:
    """廃棄予定一覧, and 廃棄 after the decision."""
    wp = workplace()
    today = now_day()
    due = retention_acts.due(wp, today)
    return render_template(
        "records/disposal.html", due=due, today=today, treatment=retention_acts.treatment
    )


@blueprint.get("/records/disposal.<fmt>")
@needs("records")
def disposal_file(fmt: str) -> Response:
    """What is to be destroyed, as a file."""
    records = retention_acts.due(workplace(), now_day())
    return _file(fmt, "廃棄予定一覧", retention_acts.LIST, retention_acts.sheet(records))


@blueprint.post("/records/disposal")
@needs("personal")
@shows(disposal)
@proven
def dispose() -> Answer:
    """Destroys what was chosen, after 廃棄の決裁; cannot be taken back."""
    wp = workplace()
    due = set()
    for x in retention_acts.due(wp, now_day()):
        due.add(x.record)
    chosen = inputs.many("records", "廃棄する記録", due)
    if not inputs.ticked("sure"):
        raise inputs.Unfit("sure", "元に戻せないことを確かめた印を付けてください。")
    number = inputs.line("document_number", "文書番号")
    decided = inputs.must_day("decided", "決裁日")
    note = inputs.text("reason", "備考", most=inputs.PARAGRAPH, need=False)
    keeping_retention.dispose(wp, by(), chosen, number, decided, note)
    search_index.follow(wp)  # also the index forgets it now
    return done(f"{len(chosen)}件を廃棄し、廃棄簿に記録しました。", url_for("records.book"))


@blueprint.get("/records/book")
@needs("records")
def book() -> str:
    """廃棄簿: it stays."""
    return render_template(
        "records/book.html", head=retention_acts.BOOK, lines=retention_acts.book(workplace())
    )


@blueprint.get("/records/book.<fmt>")
@needs("records")
def book_file(fmt: str) -> Response:
    """廃棄簿 as a file."""
    return _file(fmt, "廃棄簿", retention_acts.BOOK, retention_acts.book(workplace()))


# ---- 開示請求


@blueprint.get("/disclosures")
@needs("records")
def disclosures() -> str:
    """Every 開示請求."""
    wp = workplace()
    return render_template(
        "records/disclosures.html",
        found=disclosure_acts.listed(wp),
        subjects=disclosure_acts.subjects(wp),
    )


@blueprint.post("/disclosures")
@needs("office")
@shows(disclosures)
def register() -> Answer:
    """Registers a 開示請求."""
    wp = workplace()
    request_number = keeping_disclosure.register(
        wp,
        by(),
        keeping_disclosure.Application(
            inputs.line("number", "受付番号", most=60),
            inputs.must_day("received", "受け付けた日"),
            inputs.text("asked", "求められている内容", most=inputs.PARAGRAPH),
            inputs.choice("subject", "何についての請求か", disclosure_acts.subjects(wp)),
        ),
    )
    return done("開示請求を登録しました。", url_for("records.disclosure", number=request_number))


@blueprint.get("/disclosures/<int:number>")
@needs("records", number="disclosure")
def disclosure(number: int) -> str:
    """One 開示請求 with every record held of what it asks for, and what is disclosed of each."""
    wp = workplace()
    now = blackouts.case(wp, number, now_day())
    return render_template(
        "records/disclosure.html",
        x=now.request,
        now=now,
        shares=blackouts.SHARES,
        outcomes=[(outcome, outcome) for outcome in disclosure_acts.OUTCOMES],
        corrections=disclosure_acts.corrections(wp, number),
    )


@blueprint.get("/disclosures/<int:number>/list.<fmt>")
@needs("records", number="disclosure")
def disclosure_file(number: int, fmt: str) -> Response:
    """The records a 開示請求 asks for, as a file."""
    wp = workplace()
    records = disclosure_acts.held(wp, disclosure_acts.one(wp, number), now_day())
    return _file(fmt, "保有する記録の一覧", retention_acts.LIST, retention_acts.sheet(records))


@blueprint.post("/disclosures/<int:number>/decision")
@needs("office", number="disclosure")
@shows(disclosure)
def decide(number: int) -> Answer:
    """The decision on a 開示請求."""
    keeping_blackouts.decide(workplace(), by(), number, _decision())
    return done("決定を記録しました。", url_for("records.disclosure", number=number))


def _decision() -> keeping_disclosure.Ruling:
    return keeping_disclosure.Ruling(
        inputs.choice("outcome", "決定の区分", disclosure_acts.OUTCOMES),
        inputs.line("document_number", "決定の文書番号", most=60),
        inputs.must_day("decided", "決定日"),
        inputs.text("note", "備考", most=inputs.PARAGRAPH, need=False),
    )


@blueprint.get("/disclosures/<int:number>/correct")
@needs("office", number="disclosure")
def correct(number: int) -> str:
    """Putting right what was typed wrongly of a 開示請求 and its decision."""
    wp = workplace()
    return render_template(
        "records/correct.html",
        x=disclosure_acts.one(wp, number),
        subjects=disclosure_acts.subjects(wp),
        outcomes=[(outcome, outcome) for outcome in disclosure_acts.OUTCOMES],
    )


@blueprint.post("/disclosures/<int:number>/correct")
@needs("office", number="disclosure")
@shows(correct)
def correct_request(number: int) -> Answer:
    """Puts a 開示請求 right, with a reason."""
    wp = workplace()
    keeping_disclosure.correct_request(
        wp,
        by(),
        number,
        keeping_disclosure.Application(
            inputs.line("number", "受付番号", most=60),
            inputs.must_day("received", "受け付けた日"),
            inputs.text("asked", "求められている内容", most=inputs.PARAGRAPH),
            inputs.choice("subject", "何についての請求か", disclosure_acts.subjects(wp)),
        ),
        inputs.text("reason", "直す理由", most=inputs.PARAGRAPH),
    )
    return done("開示請求の記録を直しました。", url_for("records.disclosure", number=number))


@blueprint.post("/disclosures/<int:number>/decision/correct")
@needs("office", number="disclosure")
@shows(correct)
def correct_decision(number: int) -> Answer:
    """Puts its decision right, with a reason."""
    ruling = _decision()
    reason = inputs.text("reason", "直す理由", most=inputs.PARAGRAPH)
    keeping_disclosure.correct_decision(workplace(), by(), number, ruling, reason)
    return done("決定の記録を直しました。", url_for("records.disclosure", number=number))


# ---- 墨塗り


@blueprint.get("/disclosures/<int:number>/records/<record>")
@needs("records", number="disclosure", record="record")
def blacking(number: int, record: str) -> str:
    """One record of a 開示請求 with its marks and proposals: to the letter for the office, which is
    on record; for the auditor what lies under either is covered."""
    wp = workplace()
    letters = may("personal")
    if letters:
        keeping_blackouts.look(wp, by(), number, record)
    now = blackouts.case(wp, number, now_day())
    copied = now.of(record)
    return render_template(
        "records/blacking.html",
        x=now.request,
        now=now,
        one=copied,
        texts=blackouts.shown(now, record, letters),
        letters=letters,
        words=[
            (proposal, blackouts.words_of(now, proposal) if letters else "")
            for proposal in copied.open
        ],
        grounds=domain.GROUNDS,
        answers=keeping_blackouts.ANSWERS,
        shares=blackouts.SHARES,
    )


@blueprint.post("/disclosures/<int:number>/records/<record>")
@needs("personal", number="disclosure", record="record")
@shows(blacking)
def answer_proposals(number: int, record: str) -> Answer:
    """Takes or refuses proposals of words to black out."""
    wp = workplace()
    open_ = set()
    for proposal in blackouts.case(wp, number, now_day()).of(record).open:
        open_.add(proposal.key)
    chosen = inputs.many("places", "候補", open_)
    choice = inputs.choice("answer", "墨塗りにするかどうか", keeping_blackouts.ANSWERS)
    article = inputs.line("article", "情報公開条例の条項", most=60, need=False)
    reason = inputs.text("reason", "理由", most=inputs.PARAGRAPH, need=False)
    count = keeping_blackouts.answer(
        wp, by(), number, record, chosen, keeping_blackouts.ProposalAnswer(choice, article, reason)
    )
    to = url_for("records.blacking", number=number, record=record)
    return done(f"{count}件の候補に答えました。", to)


@blueprint.get("/disclosures/<int:number>/records/<record>/texts/<int:text>")
@needs("personal", number="disclosure", record="record")
def blacking_text(number: int, record: str, text: int) -> str:
    """One text of a record, to mark words of it."""
    wp = workplace()
    keeping_blackouts.look(wp, by(), number, record)
    now = blackouts.case(wp, number, now_day())
    texts = blackouts.shown(now, record, True)
    if not 1 <= text <= len(texts):
        raise NotThere("その文章はありません。一覧から選び直してください。")
    return render_template(
        "records/blacking_text.html",
        x=now.request,
        now=now,
        one=now.of(record),
        text=texts[text - 1],
        grounds=domain.GROUNDS.items(),
    )


@blueprint.post("/disclosures/<int:number>/records/<record>/texts/<int:text>")
@needs("personal", number="disclosure", record="record")
@shows(blacking_text)
def mark(number: int, record: str, text: int) -> Answer:
    """Blacks out words of a text, or all of it."""
    wp = workplace()
    words = inputs.text(
        "words", "墨塗りにする言葉", most=inputs.PARAGRAPH, need=False, numbers=True
    )
    if not words.strip() and not inputs.ticked("whole"):
        sentence = "墨塗りにする言葉を入力するか、「文章の全部」に印を付けてください。"
        raise inputs.Unfit("words", sentence)
    count = keeping_blackouts.mark(
        wp, by(), number, record, text, "" if inputs.ticked("whole") else words, _basis()
    )
    to = url_for("records.blacking", number=number, record=record)
    return done(f"{count}か所を墨塗りにしました。", to)


def _basis() -> keeping_blackouts.Basis:
    return keeping_blackouts.Basis(
        inputs.choice("ground", "根拠の区分", domain.GROUNDS),
        inputs.line("article", "情報公開条例の条項", most=60, need=False),
        inputs.text("reason", "理由", most=inputs.PARAGRAPH, need=False),
    )


@blueprint.get("/disclosures/<int:number>/records/<record>/keep-back")
@needs("office", number="disclosure", record="record")
def keep_back_page(number: int, record: str) -> str:
    """Not disclosing a record at all."""
    now = blackouts.case(workplace(), number, now_day())
    return render_template(
        "records/keep_back.html", x=now.request, one=now.of(record), grounds=domain.GROUNDS.items()
    )


@blueprint.post("/disclosures/<int:number>/records/<record>/keep-back")
@needs("office", number="disclosure", record="record")
@shows(keep_back_page)
def keep_back(number: int, record: str) -> Answer:
    """Keeps a record back as a whole."""
    keeping_blackouts.keep_back(workplace(), by(), number, record, _basis())
    return done(
        "この記録を開示しないことを記録しました。", url_for("records.disclosure", number=number)
    )


@blueprint.get("/disclosures/<int:number>/marks")
@needs("records", number="disclosure")
def marks(number: int) -> str:
    """Every mark and answer of a 開示請求 without the words, and a way to take one back."""
    wp = workplace()
    now = blackouts.case(wp, number, now_day())
    return render_template(
        "records/marks.html",
        x=now.request,
        said=blackouts.said(wp, now),
        grounds=domain.GROUNDS,
    )


@blueprint.post("/disclosures/<int:number>/marks/<int:mark>/back")
@needs("office", number="disclosure")
@shows(lambda number, mark: marks(number))
def take_back(number: int, mark: int) -> Answer:
    """Takes a mark or an answer back, with a reason."""
    reason = inputs.text("reason", "取り消す理由", most=inputs.PARAGRAPH)
    keeping_blackouts.take_back(workplace(), by(), number, mark, reason)
    return done("取り消しました。", url_for("records.marks", number=number))


@blueprint.get("/disclosures/<int:number>/records/<record>/copy.pdf")
@needs("records", number="disclosure", record="record")
def copy(number: int, record: str) -> Response:
    """The copy of one record, blacked out."""
    data, name = copying.make(workplace(), by(), number, record)
    return attachment(data, name, papers_web.KINDS["pdf"])


@blueprint.get("/disclosures/<int:number>/copies.pdf")
@needs("records", number="disclosure")
def copies(number: int) -> Response:
    """The copies of every record, blacked out."""
    data, name = copying.make(workplace(), by(), number, copying.ALL)
    return attachment(data, name, papers_web.KINDS["pdf"])


@blueprint.get("/disclosures/<int:number>/papers/<name>.<fmt>")
@needs("records", number="disclosure")
def disclosure_paper(number: int, name: str, fmt: str) -> Response:
    """A paper of a 開示請求."""
    if name not in ("redaction-list", "disclosure-decision"):
        raise NotThere("その文書はありません。開示請求のページから選び直してください。")
    paper = papers.make(workplace(), name, fmt, about=number, today=now_day())
    return attachment(paper.data, paper.file, papers_web.KINDS[fmt])

"""Commands about documents: show, diff, change-table, prove, export, form.

Files need no database.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from ..domain.errors import PiaError
from .common import (
    as_json,
    by,
    of_stored,
    press,
    progress,
    tell,
    to_file,
    workplace,
    workplace_if_any,
    write,
    write_classed,
)

if TYPE_CHECKING:
    from ..actions.issuing.classes import Class
    from ..actions.workplace import Workplace

VIEWS = click.Choice(["phrase", "char", "clause"])


def _class(*sources: Any) -> Class:
    """The class of a file made of what is stored; one made of files alone has none of ours."""
    from ..actions.issuing import classes

    wp = of_stored(*sources)
    if wp is None:
        return classes.NONE
    return classes.of_documents(wp, *sources)


def _pair(old: str, new: str, form: str | None = None, tracked: str = "final") -> Any:
    from ..actions import sources

    return sources.pair(old, new, workplace, form, tracked)


@click.command(
    "show",
    help="文書を表示する。REF は KEY、KEY@N、KEY~再実施の名前、KEY@published、又はファイル。",
)
@click.argument("ref")
@click.option("--item", help="項目（II-6-1 又は II/file-nhi/6/1）")
@click.option("--format", "fmt", type=click.Choice(["text", "json"]), default="text")
@click.option("-o", "output")
def show_command(ref: str, item: str | None, fmt: str, output: str | None) -> None:
    """Shows a document, or an item of it."""
    from ..documents.text import interchange, outline

    _, source = _source(ref)
    tell(source.problems)
    if item:
        items = outline.items(source.form, source.tree, item)
        if fmt == "json":
            write(
                as_json(
                    {
                        "ref": source.ref,
                        "items": [
                            {"path": list(texts), "label": words, "text": text}
                            for texts, words, text in items
                        ],
                    }
                ),
                output,
            )
        else:
            write("\n\n".join(f"■ {words}\n{text}" for _, words, text in items) + "\n", output)
        return
    if fmt == "json":
        write(
            interchange.write(source.tree, key=source.key, title=source.title, blobs=source.blobs),
            output,
        )
    else:
        write(outline.text(source.form, source.tree), output)


UNREAD = 2  # the end of a comparison of which a side could not be read whole


@dataclass(frozen=True, slots=True)
class DiffWish:
    """How two documents are compared and where the result goes: the options of `pia diff`."""

    fmt: str
    view: str
    structure: str
    interdiff: bool
    pages: bool
    reason: str | None
    form_id: str | None
    tracked: str
    output: str | None


@click.command(
    "diff",
    help="2つの版（ファイル）を比べる。"
    "公式のワークブック、Word、PDF、JSON、HTML（本ソフトのもの）、テキスト、Markdownは、"
    "データベースなしで比べられる。",
)
@click.argument("old")
@click.argument("new")
@click.option(
    "--format",
    "fmt",
    type=click.Choice(["text", "json", "html", "xlsx", "pdf", "notice"]),
    default="text",
)
@click.option("--view", type=VIEWS, default="phrase", help="印の細かさ（文節・文字・節）")
@click.option(
    "--structure",
    type=click.Choice(["form", "none"]),
    default="form",
    help="none は全体を1つの文章として比べる",
)
@click.option(
    "--interdiff",
    is_flag=True,
    help="2つの再実施・修正（KEY~名前）が、それぞれの元の版に加えた変更どうしを比べる",
)
@click.option("--pages", is_flag=True, help="印刷のページを付ける")
@click.option("--reason", help="この変更理由のものだけ")
@click.option("--form", "form_id", help="ファイルの様式（例 all_item@平成30年5月）")
@click.option(
    "--tracked",
    type=click.Choice(["final", "original"]),
    default="final",
    help="Wordの確定していない変更履歴を、反映した文（final）と反映する前の文（original）の"
    "どちらで読むか",
)
@click.option("-o", "output")
def diff_command(old: str, new: str, **wishes: Any) -> None:
    """Compares two versions or files, or what two drafts add to their bases."""
    wish = DiffWish(**wishes)
    if wish.interdiff:
        _write_interdiff(old, new, wish.fmt, wish.output)
    else:
        _write_diff(old, new, wish)


def _write_diff(old: str, new: str, wish: DiffWish) -> None:
    from ..actions.output import comparisons

    first, second = _pair(old, new, wish.form_id, wish.tracked)
    tell((*first.problems, *second.problems))
    if wish.structure == "none":
        first = comparisons.as_one_leaf(first)
        second = comparisons.as_one_leaf(second)
    why = {}
    if second.version is not None:
        why = comparisons.reasons(workplace(), second)
    comparison = comparisons.comparison(first, second, why, wish.reason)
    if wish.fmt == "text":
        colour = wish.output is None and sys.stdout.isatty()
        write(comparisons.as_text(comparison, wish.view, colour), wish.output)
        return _end(first, second)
    if wish.fmt == "notice":
        write(comparisons.as_notice(comparison), wish.output)
        return _end(first, second)
    numbered = None
    stored = of_stored(first, second)
    known = stored or wish.pages or first.pages or second.pages
    if wish.fmt in ("json", "pdf") and wish.structure == "form" and known:
        numbered = comparisons.pages_of(comparison, stored or press(), render=wish.pages)
    writers: dict[str, Callable[[], str | bytes]] = {
        "json": lambda: as_json(comparisons.as_json(comparison, wish.view, numbered)),
        "html": lambda: comparisons.as_html(comparison, wish.view),
        "xlsx": lambda: comparisons.as_xlsx(comparison, wish.view),
        "pdf": lambda: comparisons.as_pdf(comparison, wish.view, press(), numbered),
    }
    has = _class(first, second)
    body = writers[wish.fmt]()
    output = wish.output
    if wish.fmt in ("xlsx", "pdf"):
        output = to_file(output, wish.fmt)
    write_classed(body, output, wish.fmt, has)
    _end(first, second)


def _end(*sources: Any) -> None:
    """Ends with 2 where a side could not be read whole: what is shown is not all there is."""
    if not all(source.whole for source in sources):
        sys.exit(UNREAD)


def _write_interdiff(old: str, new: str, fmt: str, output: str | None) -> None:
    """What two drafts change of their bases, each without the other's."""
    from ..actions.output import comparisons

    changes = comparisons.interdiff(workplace(), old, new)
    if fmt == "json":
        write(as_json(changes), output)
        return
    lines = [f"－ {old} だけの変更　＋ {new} だけの変更"]
    for change in changes["only_old"]:
        lines.append(f"－ {change['label']}")
    for change in changes["only_new"]:
        lines.append(f"＋ {change['label']}")
    write("\n".join(lines) + "\n", output)


@click.command("change-table", help="変更箇所の表（別添3など）を作る。")
@click.argument("old")
@click.argument("new")
@click.option("--format", "fmt", type=click.Choice(["xlsx", "json", "csv", "pdf"]), default="json")
@click.option("-o", "output")
def change_table_command(old: str, new: str, fmt: str, output: str | None) -> None:
    """Makes the table 変更箇所."""
    from ..actions.output import comparisons

    first, second = _pair(old, new)
    tell((*first.problems, *second.problems))
    rows = comparisons.change_rows(of_stored(second), first, second)
    has = _class(first, second)
    if fmt == "json":
        table = {"rows": [*comparisons.inherited_json(first), *(row.as_json() for row in rows)]}
        write_classed(as_json(table), output, fmt, has)
    elif fmt == "csv":
        write_classed(comparisons.table_csv(first, rows), output, fmt, has)
    elif fmt == "pdf":
        write_classed(
            comparisons.table_pdf(first, second, rows, press()), to_file(output, "pdf"), fmt, has
        )
    else:
        write_classed(
            comparisons.table_xlsx(first, second, rows), to_file(output, "xlsx"), fmt, has
        )


@click.command(
    "prove",
    help="OLD に表 TABLE（変更箇所の .json・.xlsx・.csv・.pdf、"
    "又は新旧対照表の .xlsx・.docx・.pdf）を当てて NEW になるか、"
    "表に見えている記載が控えと本文に合うかを"
    "確かめる。違いがあれば、セルを示して全て挙げて終了コード1。",
)
@click.argument("old")
@click.argument("new")
@click.argument("table")
def prove_command(old: str, new: str, table: str) -> None:
    """Proves that a table makes the new document of the old one."""
    from ..actions.output import proofs

    first, second = _pair(old, new)
    tell((*first.problems, *second.problems))
    kind, proof = proofs.prove(of_stored(second), first, second, table)
    for words in proof.problems:
        click.echo(words)
    for words in proof.remarks:
        click.echo(f"（{words}）")
    if proof.problems:
        click.echo(f"{kind}と本文は一致しません（{len(proof.problems)}件）。", err=True)
        sys.exit(1)
    click.echo(f"{kind}（{proof.rows}行）と本文は一致します。")


@dataclass(frozen=True, slots=True)
class ExportWish:
    """As what a document is written and where: the options of `pia export`."""

    fmt: str
    carrier: bool
    with_map: bool
    old: str | None
    public: bool
    as_of: str | None
    output: str


@click.command("export", help="文書を書き出す。xlsx は当ソフトの確認用の様式。")
@click.argument("ref")
@click.option(
    "--format",
    "fmt",
    type=click.Choice(["xlsx", "docx", "pdf", "html", "json", "md", "bundle"]),
    required=True,
)
@click.option(
    "--carrier",
    is_flag=True,
    help="登録された様式ファイルに書き込む。書き込めない項目があれば全て挙げ、終了コード1",
)
@click.option(
    "--with-map",
    "with_map",
    is_flag=True,
    help="--carrier のとき、職員どうしのやり取り用に、"
    "元の版の写しを見えないシートに入れる（提出用には使わない）",
)
@click.option(
    "--marks",
    "old",
    metavar="OLD",
    help="OLD（版又はファイル）からの変更箇所を示す。docx は変更履歴（承諾・元に戻すができる）、"
    "xlsx と pdf は見え消し（確認用。取込みはできない）",
)
@click.option("--public", "public", is_flag=True, help="非公表部分を除いた公表用")
@click.option("--as-of", "as_of", help="bundle に入れる計画管理書の時点（既定は今日）")
@click.option("-o", "output", required=True)
def export_command(ref: str, **wishes: Any) -> None:
    """Writes a document in a format; a file needs no database."""
    from ..actions.issuing import classes, exports

    wish = ExportWish(**wishes)
    wp, source = _source(ref)
    tell(source.problems)
    if wish.old is not None:
        if wish.fmt not in ("xlsx", "docx", "pdf") or wish.carrier or wish.public:
            raise PiaError(
                "--marks は、--format xlsx・docx・pdf の全文にだけ使えます"
                "（--carrier、--public とは一緒に使えません）。"
            )
        _export_marked(wp, source, wish)
        return
    if wish.carrier and not wish.public:
        _export_filled(source, wish.fmt, wish.with_map, wish.output)
        return
    is_bundle = wp is not None and wish.fmt == "bundle"
    day = _day(wish.as_of, is_bundle)
    with progress("書き出し") as step:
        body = exports.export(
            source,
            wish.fmt,
            carrier=wish.carrier,
            public=wish.public,
            where=wp or press(),
            step=step,
            today=day,
        )
    has = classes.NONE
    if not wish.public:
        has = _class(source)
    write_classed(body, wish.output, wish.fmt, has)
    if is_bundle and wish.output != "-":
        _beside(body, wish.output)


def _day(as_of: str | None, is_bundle: bool) -> Any:
    """The day the plan in a bundle is of: the one asked for, else today."""
    from ..domain import wareki

    if as_of:
        return wareki.iso(as_of, "計画管理書の時点")
    if is_bundle:
        return by().day
    return None


def _source(ref: str) -> tuple[Workplace | None, Any]:
    """A stored version's document with its workplace, or a file's with none."""
    from ..actions import sources

    if sources.is_file(ref):
        return None, sources.read_file(ref)
    wp = workplace()
    return wp, sources.read_ref(wp, ref)


def _export_marked(wp: Workplace | None, source: Any, wish: ExportWish) -> None:
    """A document that shows what changed since OLD inside its texts."""
    from ..actions.output import carriers, tracked

    _, before = _source(wish.old or "")
    tell(before.problems)
    writers: dict[str, Callable[[], bytes]] = {
        "xlsx": lambda: carriers.with_marks(source, before),
        "docx": lambda: tracked.word(source, before, wp),
        "pdf": lambda: tracked.marked_pdf(source, before, press()),
    }
    write_classed(writers[wish.fmt](), wish.output, wish.fmt, _class(source, before))


def _export_filled(source: Any, fmt: str, with_map: bool, output: str) -> None:
    """The city's own workbook filled; exit 1 where something could not be written."""
    from ..actions.output import carriers

    filled = carriers.export(workplace(), source, fmt, with_map=with_map)
    write_classed(filled.data, output, fmt, _class(source), form=True)
    tell(filled.problems)
    if filled.errors:
        click.echo(
            f"{output} に書き出しましたが、"
            f"様式ファイルに書き込めなかった箇所が{len(filled.errors)}件あります。"
            "手で記入してください。",
            err=True,
        )
        sys.exit(1)


def _beside(bundle: bytes, output: str) -> None:
    """The anchor of a bundle, where there is one, as a file of its own."""
    from .. import config
    from ..actions.upkeep import anchors

    anchor = anchors.beside(workplace(), config.load(), bundle)
    if anchor is not None:
        write(anchor, f"{output.removesuffix('.zip')}.anchor.json")


@click.command("verify", help="提出書類一式（bundle）を、データベースなしで確かめる。")
@click.argument("files", nargs=-1, required=True, metavar="[LEDGER] [BUNDLE]")
@click.option(
    "--anchor",
    help="署名した控え。台帳（pia ledger export）と、あれば一式を、これに照らして確かめる",
)
@click.option("--key", default="", help="控えに署名した鍵（別に控えた公開鍵）")
@click.option("--json", "json_", is_flag=True)
def verify_command(files: tuple[str, ...], anchor: str | None, key: str, json_: bool) -> None:
    """Verifies a bundle, or a ledger and its anchor."""
    if anchor is not None:
        _tell_checks(_against_anchor(anchor, files, key), json_)
        return
    if len(files) > 1 or key:
        raise PiaError(
            "確かめる一式を1つだけ指定してください。"
            "台帳と控えを確かめるときは --anchor を付けてください。"
        )
    _tell_checks(_of_bundle(files[0]), json_)


def _against_anchor(anchor: str, files: tuple[str, ...], key: str) -> Sequence[Any]:
    from .. import ledger_check

    if len(files) > 2:
        raise PiaError("--anchor のあとには、台帳と、あれば一式を1つだけ指定してください。")
    ledger, *bundles = files
    try:
        return ledger_check.check(anchor, ledger, next(iter(bundles), None), key)
    except ledger_check.Unreadable as unreadable:
        raise PiaError(str(unreadable)) from unreadable


def _of_bundle(bundle: str) -> Sequence[Any]:
    from ..actions.issuing import bundles

    with progress("確認") as step:
        return bundles.verify(bundle, step)


def _tell_checks(checks: Sequence[Any], json_: bool) -> None:
    """What was looked at and what does not hold; exit 1 when anything does not."""
    if json_:
        write(as_json({"checks": [check.as_json() for check in checks]}), None)
    else:
        for check in checks:
            click.echo(f"{'○' if check.holds else '×'}　{check.what}")
            for why in check.why:
                click.echo(f"　　{why}")
    wrong = sum(not check.holds for check in checks)
    if wrong:
        click.echo(f"確かめたうち{wrong}件が合いません。", err=True)
        sys.exit(1)
    if not json_:
        click.echo("すべて合っています。")


@click.command(
    "pack",
    help="審議会の印刷用資料 一式。TARGET は諮問の番号、会議の日（2024-07-24）、又は会議の名称。",
)
@click.argument("target")
@click.option("-o", "output", required=True)
@click.option(
    "--split-mb",
    type=click.FloatRange(min=0.05),
    help="1つのファイルをこの大きさ（MB）までに分ける（FILE-1.pdf、FILE-2.pdf …と一覧 FILE.txt）",
)
@click.option("--duplex", is_flag=True, help="どの資料も奇数ページから始める（両面印刷用）")
@click.option("--large", is_flag=True, help="A3に拡大する（文字を大きくして読む人のため）")
def pack_command(
    target: str, output: str, split_mb: float | None, duplex: bool, large: bool
) -> None:
    """Makes one PDF of the papers for a council."""
    from ..actions.issuing import classes, pack

    wp = workplace()
    referral = pack.referral_of(wp, target)
    has = classes.of_referral(wp, referral)
    look = pack.PackLook(duplex, large)
    if split_mb is None:
        whole = pack.pack(wp, referral, None, look)[0]
        write_classed(whole.data, output, "pdf", has)
        return
    volumes = pack.pack(wp, referral, int(split_mb * 1_000_000), look)
    path = Path(output)
    names = []
    for index in range(1, len(volumes) + 1):
        names.append(f"{path.stem}-{index}{path.suffix or '.pdf'}")
    for name, volume in zip(names, volumes):
        write_classed(volume.data, str(path.with_name(name)), "pdf", has)
    listed = pack.listing(volumes, names)
    write(listed, str(path.with_suffix(".txt")))
    click.echo(listed, nl=False)


@click.group("form", help="様式の定義を確かめる。")
def form_command() -> None:
    """The commands of form versions."""


@form_command.command("list", help="")
def form_list() -> None:
    """Lists the form versions."""
    from .. import forms

    for name in forms.known():
        form = forms.load(name)
        click.echo(
            f"{name}\t{form.number}\t{form.name}\t{'確認済み' if form.verified else '未確認'}"
        )


@form_command.command(
    "check", help="公式の様式（記入前のワークブック）と、様式の定義との違いを全て挙げる。"
)
@click.argument("workbook")
@click.option("--form", "form_id")
def form_check(workbook: str, form_id: str | None) -> None:
    """Checks a form's definition against a blank workbook."""
    from ..actions.output import formats

    problems = formats.check_form(Path(workbook), form_id)
    for problem in problems:
        click.echo(str(problem))
    _confirm(Path(workbook), form_id)
    if problems:
        click.echo(f"違いが{len(problems)}件あります。", err=True)
        sys.exit(1)
    click.echo("様式の定義と一致します。")


def _confirm(workbook: Path, form_id: str | None) -> None:
    """Where this workbook is the blank registered in the database, what it confirms is kept."""
    from ..actions.output import carriers, formats

    wp = workplace_if_any()
    if wp is None:
        return
    form = form_id or formats.form_of(workbook)
    kept = carriers.confirm_bytes(wp, by(), workbook.read_bytes(), form)
    if kept is not None:
        click.echo(
            "登録された空の様式です。"
            f"{form} の{kept[1]}項目のうち{kept[0]}項目を、照合済みとして記録しました。"
        )


@form_command.command(
    "register",
    help="市が使うワークブック（委員会の様式など）を、書き込む様式ファイルとして登録する。",
)
@click.argument("workbook")
@click.option("--form", "form_id", help="様式（例 all_item@平成30年5月）。既定は表紙の版")
@click.option("--into", help="この KEY の評価書だけの様式ファイルにする")
@click.option("--as", "user", help="利用者の名前")
def form_register(workbook: str, form_id: str | None, into: str | None, user: str | None) -> None:
    """Registers a blank workbook of the commission."""
    from ..actions.output import carriers

    carrier = carriers.register(workplace(), by(user), Path(workbook), form_id, into)
    tell(carrier.problems)
    if carrier.errors:
        click.echo(
            f"様式に合わない箇所が{len(carrier.errors)}件あるため、登録しませんでした。", err=True
        )
        sys.exit(1)
    click.echo(f"{carrier.form}\t{carrier.sha256}")
    if carrier.stand_in:
        click.echo("見本の様式です（個人情報保護委員会の様式ではありません）。照合はしていません。")
    elif into is None:
        seen, of = carriers.confirm(workplace(), by(user), carrier.form)
        click.echo(f"{of}項目のうち{seen}項目を、この空の様式と照合済みとして記録しました。")

"""Commands that make papers: comparison-table (新旧対照表), summary (概要版), paper (公示文 to
計画管理書, and the city's own wording of them).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import click

from ..domain.errors import PiaError
from .common import press, tell, to_file, workplace, workplace_if_any, write, write_classed
from .documents import VIEWS

PAPER_FORMATS = click.Choice(["pdf", "docx"])


@dataclass(frozen=True, slots=True)
class TableWish:
    """Of what a 新旧対照表 is made and how: the options of `pia comparison-table`."""

    referral: int | None
    fmt: str | None
    new_side: str
    view: str
    pages: bool
    title: str | None
    output: str | None


@click.command(
    "comparison-table",
    help="新旧対照表を作る。OLD NEW の組をいくつでも並べられる（共通の変更は1度だけ示す）。"
    "--referral は諮問した評価書の全部。ファイルだけなら、データベースは要らない。",
)
@click.argument("refs", nargs=-1)
@click.option("--referral", type=int, help="諮問の番号")
@click.option(
    "--format",
    "fmt",
    type=click.Choice(["pdf", "xlsx", "docx"]),
    help="既定は -o の拡張子、なければ pdf",
)
@click.option(
    "--new",
    "new_side",
    type=click.Choice(["left", "right"]),
    default="left",
    show_default=True,
    help="変更後をどちらに置くか",
)
@click.option("--view", type=VIEWS, default="phrase", help="下線の細かさ（文節・文字・節）")
@click.option("--pages", is_flag=True, help="控えのない印刷のページを、いま印刷して付ける")
@click.option("--title", help="表題")
@click.option("-o", "output")
def comparison_table_command(refs: tuple[str, ...], **wishes: Any) -> None:
    """Makes a comparison table (新旧対照表)."""
    from ..actions.issuing import classes
    from ..actions.output import comparison_table

    wish = TableWish(**wishes)
    referral = wish.referral
    fmt = _kind(wish.fmt, wish.output, ("pdf", "xlsx", "docx"))
    if referral is not None and refs:
        raise PiaError("--referral と OLD NEW は、一緒には指定できません。どちらかにしてください。")
    if referral is None and (not refs or len(refs) % 2):
        raise PiaError(
            "変更前（OLD）と変更後（NEW）を組にして指定してください。"
            "諮問した評価書の全部なら --referral に番号を書いてください。"
        )
    if referral is not None:
        subjects = comparison_table.of_referral(workplace(), referral, pages=wish.pages)
        has = classes.of_referral(workplace(), referral)
    else:
        subjects, has = _of_pairs(refs, wish.pages)
    data = comparison_table.write(
        subjects,
        fmt,
        press=press(),
        title=wish.title or comparison_table.TITLE,
        view=wish.view,
        new_left=wish.new_side == "left",
    )
    write_classed(data, to_file(wish.output, fmt), fmt, has)


def _of_pairs(refs: tuple[str, ...], pages: bool) -> tuple[Any, Any]:
    """The table of pairs OLD NEW, and the class of what it shows; files alone need no database."""
    from ..actions import sources
    from ..actions.issuing import classes
    from ..actions.output import comparison_table

    pairs = []
    documents = []
    for old, new in zip(refs[::2], refs[1::2]):
        before, after = sources.pair(old, new, workplace, None)
        tell((*before.problems, *after.problems))
        pairs.append((before, after))
        documents += [before, after]
    if all(document.version is None for document in documents):
        return comparison_table.pairs(press(), pairs, pages=pages), classes.NONE
    subjects = comparison_table.pairs(workplace(), pairs, pages=pages)
    return subjects, classes.of_documents(workplace(), *documents)


@click.command(
    "summary",
    help="概要版（2ページ程度）：何がなぜ変わるのかを、変更理由ごとに分かりやすくまとめる。",
)
@click.option("--referral", type=int, help="諮問の番号（審議会用）")
@click.option("--consultation", type=int, help="意見募集の番号（住民用）")
@click.option("--format", "fmt", type=PAPER_FORMATS, help="既定は -o の拡張子、なければ pdf")
@click.option("-o", "output", required=True)
def summary_command(
    referral: int | None, consultation: int | None, fmt: str | None, output: str
) -> None:
    """Makes a summary (概要版)."""
    from ..actions.issuing import classes
    from ..actions.output import comparison_table
    from ..actions.papers import summary

    fmt = _kind(fmt, output, ("pdf", "docx"))
    wp = workplace()
    if referral is not None:
        has = classes.of_referral(wp, referral)
    else:
        has = classes.NONE
    sheet = summary.summary(wp, referral=referral, consultation=consultation)
    write_classed(comparison_table.rendered(sheet, fmt, wp.press), output, fmt, has)


@click.group(
    "paper",
    help="公示文・諮問書・会議の開催結果などの文書を作る。市の文面（Wordのひな形）を登録できる。",
)
def paper_command() -> None:
    """The commands of papers."""


@paper_command.command("list", help="作れる文書の一覧。")
def paper_list() -> None:
    """Lists the papers."""
    from ..actions.issuing import papers as office

    about = {"consultation": "意見募集から", "referral": "諮問から", "plan": "登録された事務から"}
    about |= {"sitting": "会議から", "council": "審議会から", "member": "委員から"}
    about |= {"disclosure": "開示請求から", "affair": "事務から", "reply": "委員会への回答から"}
    about |= {"review": "年次見直しから", "report": "定期報告から"}
    about |= {"affair_report": "届出の報告から"}
    about |= {"leak": "漏えい等の事案から", "leaks": "会議に報告した漏えい等から"}
    whose = {True: "市のひな形", False: "標準のひな形"}
    for paper in office.listed(workplace_if_any()):
        own = whose[bool(paper.own)]
        click.echo(f"{paper.name}\t{paper.title}\t{about[paper.about]}\t{own}")


@paper_command.command("fields", help="ひな形に書ける項目の一覧。")
@click.argument("name")
def paper_fields(name: str) -> None:
    """Lists the fields of a paper's template."""
    from .. import papers

    for field, words in papers.load(name).fields.items():
        if isinstance(words, str):
            click.echo(f"{{{{ {field} }}}}\t{words}")
            continue
        click.echo(
            f"{{%p for x in {field} %}} … {{%p endfor %}}\t（一覧。"
            f"表の行なら {{%tr for x in {field} %}}）"
        )
        for inner, meaning in words.items():
            if isinstance(meaning, str):
                click.echo(f"　{{{{ x.{inner} }}}}\t{meaning}")
            else:
                click.echo(f"　{{%p for y in x.{inner} %}}\t（一覧の中の一覧）")
                for deepest, least in meaning.items():
                    click.echo(f"　　{{{{ y.{deepest} }}}}\t{least}")


@paper_command.command(
    "template",
    help="ひな形（Word）を取り出す。Wordで直して register で登録すると、その文面が使われる。",
)
@click.argument("name")
@click.option("--standard", is_flag=True, help="市のひな形があっても、標準のものを取り出す")
@click.option("-o", "output", required=True)
def paper_template(name: str, standard: bool, output: str) -> None:
    """Writes the template of a paper."""
    from ..actions.issuing import papers as office

    wp = None if standard else workplace_if_any()
    write(office.template(wp, name), output)


@paper_command.command(
    "register", help="市のひな形を登録する。使えない項目や書き誤りがあれば、何も変えない。"
)
@click.argument("name")
@click.argument("file")
@click.option("--as", "user", help="利用者の名前")
def paper_register(name: str, file: str, user: str | None) -> None:
    """Registers a city's own template."""
    from pathlib import Path

    from ..actions.issuing import papers as office
    from .common import by

    try:
        data = Path(file).read_bytes()
    except OSError as error:
        raise PiaError(f"{file} を開けません。ファイルの場所と名前を確かめてください。") from error
    tell(office.register(workplace(), by(user), name, data))
    click.echo("ひな形を登録しました。")


@paper_command.command(
    "make", help="文書を作る。記録にないことは空欄のまま残し、標準エラーに挙げる。"
)
@click.argument("name")
@click.option(
    "--format",
    "fmt",
    type=click.Choice(["docx", "pdf", "xlsx"]),
    help="既定は -o の拡張子、なければ docx。xlsx は plan（計画管理書）だけ",
)
@click.option(
    "--consultation",
    "--referral",
    "--council",
    "--member",
    "about",
    type=int,
    help="意見募集、諮問、審議会又は委員の番号（既定は最も新しいもの。委員は番号が要る）",
)
@click.option("--affair", help="事務の KEY（引継書。既定は最後に登録した事務）")
@click.option(
    "--sitting",
    type=int,
    help="会議の番号（既定は最も新しい会議。minutes の既定は結論を出した会議）",
)
@click.option(
    "--set", "given", multiple=True, help="空欄に入れる言葉（例 --set 文書番号=み総市第12号）"
)
@click.option("-o", "output", required=True)
def paper_make(
    name: str,
    fmt: str | None,
    about: int | None,
    affair: str | None,
    sitting: int | None,
    given: tuple[str, ...],
    output: str,
) -> None:
    """Makes a paper."""
    from ..actions.issuing import classes
    from ..actions.issuing import papers as office
    from ..actions.viewing import corrections
    from .common import by

    wp = workplace()
    if affair is not None:
        about = corrections.affair_id(wp, affair)
    kind = _kind(fmt, output, office.formats(name))
    paper = office.make(
        wp, name, kind, about=about, today=by().day, given=_given(given), sitting=sitting
    )
    tell(paper.problems)
    write_classed(paper.data, output, kind, classes.of_paper(wp, name, about, paper.says))


@paper_command.command(
    "set",
    help="起案添付資料を作る。STEP は "
    "announce（意見の募集）・results（結果の公表）・refer（諮問）・publish（提出と公表）。",
)
@click.argument("step")
@click.option(
    "--format", "fmt", type=click.Choice(["zip", "pdf"]), help="既定は -o の拡張子、なければ zip"
)
@click.option(
    "--consultation",
    "--referral",
    "about",
    type=int,
    help="意見募集又は諮問の番号（既定は最も新しいもの）",
)
@click.option(
    "--set", "given", multiple=True, help="空欄に入れる言葉（例 --set 文書番号=み総市第12号）"
)
@click.option("-o", "output", required=True)
def paper_set(
    step: str, fmt: str | None, about: int | None, given: tuple[str, ...], output: str
) -> None:
    """Makes the papers attached to a step."""
    from ..actions.issuing import attachments, classes
    from .common import by

    kind = _kind(fmt, output, ("zip", "pdf"))
    papers = attachments.make(
        workplace(), step, kind, about=about, today=by().day, given=_given(given)
    )
    tell(papers.problems)
    write_classed(papers.data, output, kind, classes.of_decision(workplace(), step, about))


def _kind(fmt: str | None, output: str | None, known: tuple[str, ...]) -> str:
    """What was asked for; else what the output's name says; else the first."""
    ending = (output or "").rpartition(".")[2].lower()
    if fmt:
        return fmt
    if ending in known:
        return ending
    return known[0]


def _given(given: tuple[str, ...]) -> dict[str, str]:
    """--set field=text as a mapping."""
    texts = {}
    for pair in given:
        field, mark, text = pair.partition("=")
        if not mark:
            raise PiaError(
                "--set は 項目=言葉 の形で書いてください（例 --set 文書番号=み総市第12号）。"
            )
        texts[field] = text
    return texts

"""Commands that make papers: comparison-table (新旧対照表), summary (概要版), paper (公示文 to 計画管理書, and the city's own wording of them)."""

from __future__ import annotations

import click

from ..domain.errors import PiaError
from .common import tell, workplace, write
from .documents import VIEWS, _file

PAPER_FORMATS = click.Choice(["pdf", "docx"])


@click.command(
    "comparison-table",
    help="新旧対照表を作る。OLD NEW の組をいくつでも並べられる（共通の変更は1度だけ示す）。--referral は諮問した評価書の全部。ファイルだけなら、データベースは要らない。",
)
@click.argument("refs", nargs=-1)
@click.option("--referral", type=int, help="諮問の番号")
@click.option("--format", "fmt", type=click.Choice(["pdf", "xlsx", "docx"]), default="pdf", show_default=True)
@click.option("--new", "new_side", type=click.Choice(["left", "right"]), default="left", show_default=True, help="変更後をどちらに置くか")
@click.option("--view", type=VIEWS, default="phrase", help="下線の細かさ（文節・文字・節）")
@click.option("--pages", is_flag=True, help="控えのない印刷のページを、いま印刷して付ける")
@click.option("--title", help="表題")
@click.option("-o", "output")
def comparison_table_command(
    refs: tuple[str, ...], referral: int | None, fmt: str, new_side: str, view: str, pages: bool, title: str | None, output: str | None
) -> None:
    from ..actions import comparison_table, sources

    if referral is not None and refs:
        raise PiaError("--referral と OLD NEW は、一緒には指定できません。どちらかにしてください。")
    if referral is None and (not refs or len(refs) % 2):
        raise PiaError("変更前（OLD）と変更後（NEW）を組にして指定してください。諮問した評価書の全部なら --referral に番号を書いてください。")
    if referral is not None:
        made = comparison_table.of_referral(workplace(), referral, pages=pages)
    else:
        given = []
        for old, new in zip(refs[::2], refs[1::2]):
            a, b = sources.pair(old, new, workplace, None)
            tell((*a.problems, *b.problems))
            given.append((a, b))
        stored = any(x.version is not None for pair in given for x in pair)
        made = comparison_table.pairs(workplace() if stored else None, given, pages=pages)
    data = comparison_table.write(made, fmt, title=title or comparison_table.TITLE, view=view, new_left=new_side == "left")
    write(data, _file(output, fmt))

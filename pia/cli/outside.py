"""Commands between the networks: the public zone as files, opinions that were taken outside, and
whether all this stands where it should.
"""

from __future__ import annotations

import sys
from dataclasses import asdict
from pathlib import Path

import click

from .. import config
from ..domain.errors import PiaError
from .common import as_json, by, machine, progress, workplace, write


@click.group("site", help="公開用のファイル。")
def site_command() -> None:
    """The commands of the public files."""


@site_command.command(
    "export", help="公開用の画面の全てを、そのまま置けるファイルにして FOLDER に書き出す。"
)
@click.argument("folder", type=click.Path(file_okay=False))
@click.option(
    "--opinions", help="意見の画面に続く住所（/ で終わる。. は同じ所）。既定は PIA_SITE_OPINIONS"
)
@click.option("--no-papers", is_flag=True, help="PDFと一式（ZIP）を入れない")
def site_export(folder: str, opinions: str | None, no_papers: bool) -> None:
    """Writes the public zone as files."""
    from ..documents.text import site as format_
    from ..web import opinions_host
    from ..web.public import site

    wp = workplace()
    if opinions is None:
        given = config.load().values["PIA_SITE_OPINIONS"]
    else:
        given = opinions
    with progress("公開用ファイル") as step:
        files = site.files_of(wp, by().at, opinions_host.address(given), step, papers=not no_papers)
    format_.write(Path(folder), files)
    click.echo(
        f"{folder} に{len(files)}個のファイルを書き出しました（{format_.LIST} に、"
        "それぞれの大きさと SHA-256 があります）。"
    )


@click.group("inbox", help="外で受け付けた意見。")
def inbox_command() -> None:
    """The commands of opinions taken outside."""


@inbox_command.command(
    "take",
    help="外のサーバーで受け付けた意見のファイルを、1行ずつ確かめて取り込む。"
    "ファイルは変えない。断った行があれば終了コード1。",
)
@click.argument("file", type=click.Path(dir_okay=False))
@click.option("--as", "user")
@click.option("--json", "json_", is_flag=True)
def inbox_take(file: str, user: str | None, json_: bool) -> None:
    """Takes over opinions that were received outside."""
    from ..actions.steps import inbox as inbox_steps

    wp = workplace()
    asked = by(user)
    try:
        with open(file, "rb") as buffered_reader:
            done = inbox_steps.take(wp, asked, inbox_steps.lines_of(buffered_reader))
    except OSError as error:
        raise PiaError(
            f"{file} を読めません。ファイルの場所と読取り権限を確かめてください。"
        ) from error
    if json_:
        write(
            as_json(
                {
                    "new": done.new,
                    "again": done.again,
                    "refused": [
                        {"line": number, "reason": reason} for number, reason in done.refused
                    ],
                }
            ),
            None,
        )
    else:
        click.echo(
            f"{len(done.new)}件を取り込みました。"
            f"取込み済みは{done.again}件、取り込めなかった行は{len(done.refused)}件です。"
        )
        for number, reason in done.refused:
            click.echo(f"{number}行目　{reason}", err=True)
    if done.refused:
        sys.exit(1)


@click.command(
    "doctor",
    help="置き場所（PIA_PLACE）と設定を点検し、直すことを挙げる。"
    "直さなければならないことがあれば終了コード1。",
)
@click.option(
    "--zone",
    type=click.Choice(["staff", "public", "all", "outside"]),
    help="この機械で動かす画面。既定は置き場所から",
)
@click.option("--site", type=click.Path(file_okay=False), help="outside：運んだフォルダ")
@click.option("--inbox", type=click.Path(dir_okay=False), help="outside：意見のファイル")
@click.option("--json", "json_", is_flag=True)
def doctor_command(zone: str | None, site: str | None, inbox: str | None, json_: bool) -> None:
    """Checks place and settings; exit 1 where something must be mended."""
    from ..actions.upkeep import doctor

    checks = doctor.look(
        config.load(),
        machine(),
        zone=zone,
        site=Path(site) if site else None,
        inbox=Path(inbox) if inbox else None,
    )
    if json_:
        write(as_json({"checks": list(map(asdict, checks))}), None)
    else:
        for check in checks:
            click.echo(
                f"{doctor.LEVELS[check.level]}{check.says}"
                + (f"　→ {check.do}" if check.do else "")
            )
    if any(check.level == "mend" for check in checks):
        sys.exit(1)

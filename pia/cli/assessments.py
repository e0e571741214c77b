"""Commands about assessments: import, list, log, threshold."""

from __future__ import annotations

import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import click

from .. import config
from ..domain.act import By
from ..domain.errors import PiaError, Refused
from .common import as_json, by, progress, tell, workplace, write


@dataclass(frozen=True, slots=True)
class ImportWish:
    """What is taken over and how: the options of `pia import`."""

    into: str | None
    form_id: str | None
    why: str
    gone: bool
    notices_file: str | None
    user: str | None


@click.command(
    "import", help="ワークブックなどを読み込み、新しい版にする。誤りが1つでもあれば、何も変えない。"
)
@click.argument("files", nargs=-1, required=True)
@click.option("--into", help="取込み先の KEY 又は KEY~再実施の名前（ない KEY は作る）")
@click.option("--form", "form_id", help="様式（例 all_item@平成30年5月）。既定は表紙の版")
@click.option("--why", default="ワークブックを取込み", show_default=True)
@click.option(
    "--gone", is_flag=True, help="ワークブックにない欄（委託事項など）を、記載ごとなくしてよい"
)
@click.option(
    "--notices-xlsx", "notices_file", help="読み取りで気付いたことの一覧を、このワークブックに書く"
)
@click.option("--as", "user", help="利用者の名前")
def import_command(files: tuple[str, ...], **wishes: Any) -> None:
    """Reads all files first; takes them over together, or none."""
    wish = ImportWish(**wishes)
    into = wish.into
    if into is not None and not into:
        raise PiaError("--into に取込み先の KEY を書いてください。")
    if into and len(files) > 1:
        raise PiaError(
            "--into は1つのファイルのときだけ使えます。"
            "複数のときは --into を付けずに実行してください。"
        )
    if wish.notices_file and len(files) > 1:
        raise PiaError("--notices-xlsx は1つのファイルのときだけ使えます。")
    who = by(wish.user)
    wp = workplace()
    sources = _read(files, wish.form_id, wish.notices_file)
    used: set[str] = set()
    versions = []
    with wp.store.together():
        for name, source in zip(files, sources):
            key = _key(wp, name, source, into, used)
            used.add(key)
            if not wish.gone:
                _must_lose_nothing(wp, name, key, source)
            versions.append(_bring_in(wp, who, key, name, source, wish.why))
    for saved in versions:
        _tell_saved(saved)


def _must_lose_nothing(wp: Any, name: str, key: str, source: Any) -> None:
    """Refused where taking a file over would take entries away that nobody said may go."""
    from ..actions.editing import looked_books, versions

    if not versions.exists(wp, key.split("~")[0]):
        return
    gone = looked_books.gone_by(wp, key, looked_books.brought(source, (Path(name).name, b"")))
    if gone:
        raise Refused(
            f"{name}：取り込むと、次の欄が記載ごとなくなります：{'、'.join(gone)}。"
            "なくしてよければ --gone を付けて実行してください。何も取り込んでいません。"
        )


def _read(
    files: tuple[str, ...], form_id: str | None, notices_file: str | None = None
) -> list[Any]:
    """The files' documents; where one has an error, all are told and the command ends."""
    from ..actions import sources
    from ..documents.papers import notices_xlsx

    read = []
    with progress("読込み") as step:
        for index, name in enumerate(files):
            step(index, len(files), Path(name).name)
            source = sources.read_file(name, form_id)
            tell(source.problems)
            if notices_file:
                body = notices_xlsx.workbook(source.problems, Path(name).name)
                write(body, notices_file)
            if source.errors:
                click.echo(
                    f"{name}：誤りが{len(source.errors)}件あるため、取り込みませんでした。",
                    err=True,
                )
            read.append(source)
    if any(source.errors for source in read):
        sys.exit(1)
    return read


def _key(wp: Any, name: str, source: Any, into: str | None, used: set[str]) -> str:
    """The key a file is taken over under.

    A returned workbook goes home only where its home is; and several files are one assessment each,
    also where two carry the same key.
    """
    from ..actions.editing import versions

    key = into
    if not key and (source.base is None or versions.exists(wp, source.key)):
        key = source.key
    if not key:
        key = versions.home(wp, source.tree)
    if not key or key in used:
        return versions.free_key(wp, Path(name).stem)
    return str(key)


def _bring_in(wp: Any, who: By, key: str, name: str, source: Any, why: str) -> Any:
    """The version a file becomes; a city's own workbook is kept as the one to fill."""
    from ..actions.editing import versions

    carrier = None
    if source.carrier:
        carrier = (Path(name).name, source.carrier)
    return versions.bring_in(
        wp,
        who,
        key,
        versions.Brought(
            source.tree,
            base=source.base,
            blobs=source.blobs,
            source={"file": Path(name).name},
            carrier=carrier,
            unread=source.unread,
        ),
        why=why,
    )


def _tell_saved(saved: Any) -> None:
    """A saved version in a line, after its problems and conflicts."""
    tell(saved.problems)
    for conflict in saved.conflicts:
        click.echo(
            f"【競合】{'/'.join(conflict.change.path)}：ほかの人の変更と重なるため、"
            "取り込みませんでした。",
            err=True,
        )
    line = f"{saved.ref}\t{saved.digest}"
    if not saved.new:
        line += "\t（変更なし）"
    click.echo(line)


@click.command("list", help="評価書の一覧。")
@click.option("--json", "json_", is_flag=True)
def list_command(json_: bool) -> None:
    """Lists the assessments with kind, head and standing."""
    from ..actions.viewing import register

    rows = register.register(workplace())
    if json_:
        write(as_json({"assessments": [row.as_json() for row in rows]}), None)
        return
    if not rows:
        click.echo("評価書はまだありません。pia import で取り込んでください。")
    for row in rows:
        click.echo(f"{row.key}\t{row.kind_name}\t{row.name}\t{row.head or '－'}\t{row.standing}")


@click.command("log", help="版の履歴。")
@click.argument("key")
@click.option("--json", "json_", is_flag=True)
def log_command(key: str, json_: bool) -> None:
    """Lists the versions of an assessment."""
    from ..actions.viewing import history

    versions = history.history(workplace(), key)
    if json_:
        write(as_json({"versions": [version.as_json() for version in versions]}), None)
        return
    for version in versions:
        click.echo(
            f"{version.ref}\t{version.at}\t{version.actor}\t{version.line or '－'}\t{version.why}\t"
            f"{version.digest[:12]}"
        )


@click.command("threshold", help="しきい値判断：どの評価が必要かを、理由とともに示す。")
@click.option("--people", type=click.IntRange(0), required=True, help="対象人数")
@click.option("--handlers", type=click.IntRange(0), required=True, help="取扱者数")
@click.option("--incident", is_flag=True, help="過去1年以内に重大事故が発生した、又は発生を知った")
@click.option("--json", "json_", is_flag=True)
def threshold_command(people: int, handlers: int, incident: bool, json_: bool) -> None:
    """Says which assessment is needed, and why."""
    from .. import rules
    from ..domain.procedure import threshold

    judgement = threshold.judge(
        people, handlers, incident, rules.load("threshold", config.load().rules_folder)
    )
    write(as_json(judgement.as_json()) if json_ else judgement.sentence + "\n", None)

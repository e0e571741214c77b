"""Command national: the wording of the national office, applied to a city's assessments."""

from __future__ import annotations

import sys
from collections.abc import Iterable
from typing import Any

import click

from .common import as_json, by, progress, workplace, write


@click.group("national", help="国の記載例を、複数の評価書に反映する。")
def national_command() -> None:
    """The commands of the national wording."""


@national_command.command("list", help="")
def national_list() -> None:
    """Lists the revisions that are registered."""
    from ..actions.editing import national_files

    for key, title, edition, issuer in national_files.nationals(workplace()):
        click.echo(f"{key}\t{title}\t{edition}\t{issuer}")


@national_command.command(
    "apply",
    help="REVISION は登録済みの id か、YAML・JSONのファイル。KEY は KEY 又は KEY~再実施の名前。",
)
@click.argument("revision")
@click.argument("keys", nargs=-1, required=True)
@click.option(
    "--files", multiple=True, help="反映するファイル（鍵又は名前。複数指定できる。all で全て）"
)
@click.option("--dry-run", is_flag=True, help="反映せずに、結果だけを見る")
@click.option("--as", "user")
@click.option("--json", "json_", is_flag=True)
def national_apply(
    revision: str,
    keys: tuple[str, ...],
    files: tuple[str, ...],
    dry_run: bool,
    user: str | None,
    json_: bool,
) -> None:
    """Applies a national revision to several assessments, or shows what would happen."""
    from ..actions.editing import national, national_files

    wp = workplace()
    who = by(user)
    if dry_run:
        name = national_files.revision_preview(wp, revision)
    else:
        name = national_files.revision_key(wp, who, revision)
    wanted: list[str] = []
    for given in files:
        for part in given.split(","):
            if part:
                wanted.append(part)
    count = iter(range(1, len(keys) + 1))
    with progress("反映") as step:
        done = national.apply(
            wp,
            who,
            name,
            dict.fromkeys(keys, wanted),
            dry_run=dry_run,
            progress=lambda key: step(next(count), len(keys), key),
        )
    if json_:
        write(as_json({"results": list(map(national_files.result_json, done))}), None)
    else:
        _tell_results(done, dry_run)
    if any(result.conflicts for result in done):
        sys.exit(1)


_OUTCOMES = {
    "applied": "反映した",
    "already": "反映済み",
    "conflict": "競合（市の記載を残した）",
    "missing": "項目なし",
}


def _tell_results(results: Iterable[Any], dry_run: bool) -> None:
    """What became of each place of each assessment."""
    words = dict(_OUTCOMES)
    trial = ""
    if dry_run:
        words["applied"] = "反映する"
        trial = "（試し）"
    for result in results:
        click.echo(f"{result.where}\t{result.ref}{trial}")
        for outcome in result.outcomes:
            line = f"　{words[outcome.status]}\t{outcome.label}"
            if outcome.why:
                line += f"\t{outcome.why}"
            click.echo(line)


@national_command.command("undo", help="最後の反映を取り消す（新しい版になる）。")
@click.argument("revision")
@click.argument("key")
@click.option("--as", "user")
def national_undo(revision: str, key: str, user: str | None) -> None:
    """Takes the last application back, as a new version."""
    from ..actions.editing import national

    ref, clashes = national.undo(workplace(), by(user), revision, key)
    click.echo(
        f"{ref}\t取り消しました"
        + (f"（{clashes}か所は、その後の変更があるため残しました）" if clashes else "。")
    )


@national_command.command("departures", help="国の記載例と違う箇所を挙げる。")
@click.argument("keys", nargs=-1, required=True)
@click.option("--json", "json_", is_flag=True)
def national_departures(keys: tuple[str, ...], json_: bool) -> None:
    """Lists the places that differ from the national wording."""
    from ..actions.editing import national

    departures = national.departures_json(workplace(), keys)
    if json_:
        write(as_json(departures), None)
        return
    words = {"differs": "市で修正", "absent": "未反映", "missing": "項目なし"}
    for departure in departures["departures"]:
        click.echo(
            f"{departure['assessment']}\t{departure['label']}\t"
            f"{words[departure['status']]}\t{departure['reason'] or ''}"
        )
    if not departures["departures"]:
        click.echo("国の記載例と違う箇所はありません。")

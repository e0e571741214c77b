"""Commands about a city's cases: init, demo, serve, import, list, log, national, threshold, user."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager, nullcontext
from pathlib import Path
from typing import Any

import click

from .. import config
from ..domain.act import By
from ..domain.errors import PiaError
from . import common
from .common import as_json, by, progress, tell, workplace, write


@click.command("init", help="データベースを作る。既にあるときは新しい形に直す。")
def init_command() -> None:
    from ..store.base import upgrade

    url = config.load().database_url
    upgrade(url, at=common.machine())
    click.echo("データベースの用意ができました。")


@click.command("demo", help="見本の事例（架空の市の一日）を DIR/pia.db に演じ、画面を開く。")
@click.option("--no-serve", is_flag=True, help="演じるだけで終わる")
@click.option("--dir", "folder", default="demo", show_default=True)
@click.option("--host", default="127.0.0.1", show_default=True)
@click.option("--port", default=8000, show_default=True)
def demo_command(no_serve: bool, folder: str, host: str, port: int) -> None:
    import os
    import secrets

    from ..actions import demo
    from ..actions.people import names as names_acts
    from ..actions.viewing import in_figures
    from ..actions.workplace import open_workplace
    from ..store.base import upgrade

    where = Path(folder)
    try:
        where.mkdir(parents=True, exist_ok=True)
        for old in (where / "pia.db", where / "pia.db-journal"):
            old.unlink(missing_ok=True)
    except OSError as oserror:
        raise PiaError(
            f"{folder} に書けません。--dir で別のフォルダを指定してください。"
        ) from oserror
    url = f"sqlite:///{(where / 'pia.db').resolve()}"
    upgrade(url)
    own_key = os.environ.get("PIA_SECRET_KEY") or secrets.token_hex(32)  # of this run alone
    settings = config.load({**os.environ, "PIA_DATABASE_URL": url, "PIA_SECRET_KEY": own_key})
    wp = open_workplace(settings)
    click.echo("見本の事例を演じます（人物・地名は架空です）。")
    played = demo.play(wp, lambda line: click.echo(f"　{line}"), papers=True)
    for line in in_figures.demo_summary(wp):
        click.echo(line)
    click.echo("")
    click.echo(f"データベース：{where / 'pia.db'}")
    click.echo(f"画面：http://{host}:{port}/")
    click.echo(f"利用者（名前　役割。見本のパスワードはどれも {demo.PASSWORD}）：")
    for name, shown, role in played.people:
        click.echo(f"　{name:<12}{shown}　{names_acts.ROLE_NAMES[role]}")
    if not no_serve:
        _serve(wp, settings, host, port)


def _serve(wp: Any, settings: Any, host: str, port: int, zone: str = "all") -> None:
    """Serves a zone until it is told to stop; requests in hand are finished first."""
    from ..actions.upkeep import starting
    from ..web import create_zone

    starting.must(settings)
    with _worker(settings.database_url) if zone != "public" else nullcontext():
        _answer(create_zone(zone, wp, settings), settings, host, port)


def _answer(app: Any, settings: Any, host: str, port: int) -> None:
    from .connections import Limits
    from .serving import serve

    _logs()
    click.echo(f"http://{host}:{port}/ で待っています（Ctrl+C で終わり）。")
    behind = settings.values["PIA_PROXY"] == "1"
    serve(
        app,
        host,
        port,
        Limits().behind(behind),
        threads=12,
        ident=None,
        clear_untrusted_proxy_headers=not behind,
    )


def _fits(zone: str) -> None:
    """Refuses a zone that does not belong where this machine stands."""
    place = config.load().values["PIA_PLACE"]
    if not place:
        return
    from ..actions.upkeep import doctor

    wrong = doctor.fits(place, zone)
    if wrong:
        raise PiaError(wrong)


def _serve_outside(
    zone: str, site: str | None, inbox: str | None, host: str, port: int, rehearsal: bool
) -> None:
    """Serves a carried site; no database is opened."""
    from ..actions.upkeep import starting
    from ..web.public.outside import create_outside_app

    if zone != "outside" or not site or not inbox or rehearsal:
        raise PiaError(
            "--zone outside は、--site FOLDER と --inbox FILE と一緒に使ってください（--rehearsal とは使えません）。"
        )
    _fits(zone)
    settings = config.load()
    starting.must(settings)
    _answer(create_outside_app(Path(site), Path(inbox), settings), settings, host, port)


def _logs() -> None:
    """One JSON line an entry on stderr: when, how bad, where. No text of a person and no address stands in it."""
    import json
    import logging
    from datetime import UTC, datetime

    class Line(logging.Formatter):
        def format(self, record: logging.LogRecord) -> str:
            if record.exc_info and record.exc_info[0]:
                kind = record.exc_info[0].__name__
            else:
                kind = None
            if record.exc_info and record.exc_info[2]:
                where = f"{record.exc_info[2].tb_frame.f_code.co_filename.rsplit('/', 1)[-1]}:{record.exc_info[2].tb_lineno}"
            else:
                where = None
            said = {
                "at": datetime.fromtimestamp(record.created, UTC).isoformat(),
                "level": record.levelname,
                "logger": record.name,
                "message": record.getMessage(),
            }
            return json.dumps(
                {**said, **({"error": kind, "where": where} if kind else {})}, ensure_ascii=False
            )

    handler = logging.StreamHandler()
    handler.setFormatter(Line())
    logging.basicConfig(level=logging.INFO, handlers=[handler], force=True)


@contextmanager
def _worker(url: str) -> Iterator[None]:
    """One worker child beside the server, started again when it dies; it ends with the server."""
    import os
    import subprocess
    import threading

    over = threading.Event()
    child: list[subprocess.Popen[bytes]] = []

    def keep() -> None:
        while not over.is_set():
            child[:] = [
                subprocess.Popen(
                    [sys.executable, "-m", "pia", "work"],
                    env={**os.environ, "PIA_DATABASE_URL": url},
                    start_new_session=True,
                )
            ]
            child[0].wait()
            over.wait(1)

    beside = threading.Thread(target=keep, daemon=True)
    beside.start()
    try:
        yield
    finally:
        over.set()
        for popen in child:
            popen.terminate()
        beside.join(timeout=30)


@click.command(
    "serve",
    help="画面を提供する。staff は庁内用、public は公開用、all は両方（公開用は /public）、outside はデータベースのない公開用（運んだファイル）。",
)
@click.option(
    "--zone",
    type=click.Choice(["staff", "public", "all", "outside"]),
    default="all",
    show_default=True,
)
@click.option(
    "--site",
    type=click.Path(file_okay=False),
    help="outside：pia site export で書き出して運んだフォルダ",
)
@click.option(
    "--inbox",
    type=click.Path(dir_okay=False),
    help="outside：寄せられた意見を1行ずつ書き足すファイル",
)
@click.option("--host", default="127.0.0.1", show_default=True)
@click.option("--port", default=8000, show_default=True)
@click.option(
    "--rehearsal",
    is_flag=True,
    help="練習用のデータベースで開く（ないときは作る）。画面と書類に練習用と書く",
)
@click.option(
    "--at", help="練習の時計の日時（例 2026-03-01T00:40+09:00）。--rehearsal と一緒に使う"
)
def serve_command(
    zone: str,
    site: str | None,
    inbox: str | None,
    host: str,
    port: int,
    rehearsal: bool,
    at: str | None,
) -> None:
    if zone == "outside" or site or inbox:
        _serve_outside(zone, site, inbox, host, port, rehearsal)
        return
    if at and not rehearsal:
        raise PiaError("--at は --rehearsal と一緒に使ってください。実際の時計は変えられません。")
    _fits(zone)
    if rehearsal:
        _rehearse(at)
    _serve(workplace(), config.load(), host, port, zone)


def _rehearse(at: str | None) -> None:
    """Opens a rehearsal, making and marking it where there is no database yet."""
    from datetime import datetime

    from ..actions.upkeep import rehearsal as rehearsals
    from ..documents.papers import rehearsal
    from ..domain.act import in_japan
    from ..store.base import database_file, upgrade

    url = config.load().database_url
    file = database_file(url)
    if file is not None and not file.exists():
        upgrade(url)
    machine = common.machine()
    wp = workplace()
    shown = machine
    if at:
        try:
            shown = in_japan(datetime.fromisoformat(at))
        except ValueError as value_error:
            raise PiaError(
                f"--at「{at}」を日時として読めません。2026-03-01T00:40+09:00 のように、時差（+09:00）まで書いてください。"
            ) from value_error
    if at or not rehearsals.is_one(wp):
        rehearsals.begin(wp, By("cli", "administrator", machine), shown, machine)
    rehearsal.serve(True)
    click.echo(
        f"練習用です。時計は {rehearsals.shown(wp, machine):%Y-%m-%d %H:%M} を示しています。"
    )


@click.command(
    "import", help="ワークブックなどを読み込み、新しい版にする。誤りが1つでもあれば、何も変えない。"
)
@click.argument("files", nargs=-1, required=True)
@click.option("--into", help="取込み先の KEY 又は KEY~再実施の名前（ない KEY は作る）")
@click.option("--form", "form_id", help="様式（例 all_item@平成30年5月）。既定は表紙の版")
@click.option("--why", default="ワークブックを取込み", show_default=True)
@click.option("--as", "user", help="利用者の名前")
def import_command(
    files: tuple[str, ...], into: str | None, form_id: str | None, why: str, user: str | None
) -> None:
    from ..actions import sources
    from ..actions.editing import versions as version_acts

    if into is not None and not into:
        raise PiaError("--into に取込み先の KEY を書いてください。")
    if into and len(files) > 1:
        raise PiaError(
            "--into は1つのファイルのときだけ使えます。複数のときは --into を付けずに実行してください。"
        )
    who = by(user)
    wp = workplace()
    read = []
    refused = False
    with progress("読込み") as step:
        for index, name in enumerate(files):
            step(index, len(files), Path(name).name)
            source = sources.read_file(name, form_id)
            tell(source.problems)
            if source.errors:
                click.echo(
                    f"{name}：誤りが{len(source.errors)}件あるため、取り込みませんでした。",
                    err=True,
                )
                refused = True
            read.append((name, source))
    if refused:
        sys.exit(1)
    taken: set[str] = set()
    made = []
    with wp.store.together():
        for name, source in read:
            # A returned workbook goes home only where its home is; and several files are one assessment each, also where two carry the same key.
            key = into or (
                source.key if source.base is None or version_acts.exists(wp, source.key) else ""
            )
            if not key or key in taken:
                key = version_acts.free_key(wp, Path(name).stem)
            taken.add(key)
            if source.carrier:
                carrier = (Path(name).name, source.carrier)
            else:
                carrier = None
            made.append(
                version_acts.bring_in(
                    wp,
                    who,
                    key,
                    source.tree,
                    why=why,
                    base=source.base,
                    blobs=source.blobs,
                    source={"file": Path(name).name},
                    carrier=carrier,
                )
            )
    for saved in made:
        tell(saved.problems)
        for conflict in saved.conflicts:
            click.echo(
                f"【競合】{'/'.join(conflict.change.path)}：ほかの人の変更と重なるため、取り込みませんでした。",
                err=True,
            )
        click.echo(f"{saved.ref}\t{saved.digest}" + ("" if saved.new else "\t（変更なし）"))


@click.command("list", help="評価書の一覧。")
@click.option("--json", "json_", is_flag=True)
def list_command(json_: bool) -> None:
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
    from ..actions.viewing import history

    versions = history.history(workplace(), key)
    if json_:
        write(as_json({"versions": [version.as_json() for version in versions]}), None)
        return
    for version in versions:
        click.echo(
            f"{version.ref}\t{version.at}\t{version.actor}\t{version.line}\t{version.why}\t{version.digest[:12]}"
        )


@click.group("national", help="国の記載例を、複数の評価書に反映する。")
def national_command() -> None: ...


@national_command.command("list")
def national_list() -> None:
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
    from ..actions.editing import national, national_files

    wp = workplace()
    who = by(user)
    if dry_run:
        name = national_files.revision_preview(wp, revision)
    else:
        name = national_files.revision_key(wp, who, revision)
    split_files = []
    for given in files:
        for part in given.split(","):
            if part:
                split_files.append(part)
    count = iter(range(1, len(keys) + 1))
    with progress("反映") as step:
        done = national.apply(
            wp,
            who,
            name,
            {key: split_files for key in keys},
            dry_run=dry_run,
            progress=lambda key: step(next(count), len(keys), key),
        )
    clashes = sum(len(result.conflicts) for result in done)
    if json_:
        write(as_json({"results": [national_files.result_json(result) for result in done]}), None)
    else:
        words = {
            "applied": "反映する" if dry_run else "反映した",
            "already": "反映済み",
            "conflict": "競合（市の記載を残した）",
            "missing": "項目なし",
        }
        for result in done:
            click.echo(f"{result.where}\t{result.ref}" + ("（試し）" if dry_run else ""))
            for outcome in result.outcomes:
                click.echo(
                    f"　{words[outcome.status]}\t{outcome.label}"
                    + (f"\t{outcome.why}" if outcome.why else "")
                )
    if clashes:
        sys.exit(1)


@national_command.command("undo", help="最後の反映を取り消す（新しい版になる）。")
@click.argument("revision")
@click.argument("key")
@click.option("--as", "user")
def national_undo(revision: str, key: str, user: str | None) -> None:
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
    from ..actions.editing import national

    found = national.departures_json(workplace(), keys)
    if json_:
        write(as_json(found), None)
        return
    for departure in found["departures"]:
        click.echo(
            f"{departure['assessment']}\t{departure['label']}\t{ {'differs': '市で修正', 'absent': '未反映', 'missing': '項目なし'}[departure['status']] }\t{departure['reason'] or ''}"
        )
    if not found["departures"]:
        click.echo("国の記載例と違う箇所はありません。")


@click.command("threshold", help="しきい値判断：どの評価が必要かを、理由とともに示す。")
@click.option("--people", type=click.IntRange(0), required=True, help="対象人数")
@click.option("--handlers", type=click.IntRange(0), required=True, help="取扱者数")
@click.option("--incident", is_flag=True, help="過去1年以内に重大事故が発生した、又は発生を知った")
@click.option("--json", "json_", is_flag=True)
def threshold_command(people: int, handlers: int, incident: bool, json_: bool) -> None:
    from .. import rules
    from ..domain.procedure import threshold

    made = threshold.judge(
        people, handlers, incident, rules.load("threshold", config.load().rules_folder)
    )
    write(as_json(made.as_json()) if json_ else made.sentence + "\n", None)


@click.group("user", help="利用者の登録と一覧。")
def user_command() -> None: ...


@user_command.command("add")
@click.argument("name")
@click.option("--role", required=True)
@click.option("--department")
@click.option("--shown", help="画面に出す名前")
@click.option("--body", default="（評価実施機関名なし）")
@click.option(
    "--password-stdin",
    is_flag=True,
    help="はじめのパスワードを標準入力の1行目から読む。付けないときは、端末で尋ねる",
)
def user_add(
    name: str, role: str, department: str | None, shown: str | None, body: str, password_stdin: bool
) -> None:
    from ..actions.people import registration

    registration.add_account(
        workplace(), by(), name, shown or name, role, body, department, _password(password_stdin)
    )
    click.echo(f"利用者「{name}」を登録しました。")


def _password(from_stdin: bool) -> str | None:
    """A password typed twice on a terminal, or the first line of standard input; None where nobody can be asked: then it is set later."""
    if from_stdin:
        return sys.stdin.readline().rstrip("\r\n")
    if not sys.stdin.isatty():
        return None
    return str(click.prompt("はじめのパスワード", hide_input=True, confirmation_prompt="もう一度"))


@user_command.command("password", help="パスワードを新しくする。その人のサインインは全て終わる。")
@click.argument("name")
@click.option("--password-stdin", is_flag=True)
def user_password(name: str, password_stdin: bool) -> None:
    from ..actions.people import sign_in

    given = _password(password_stdin)
    if given is None:
        raise PiaError(
            "パスワードを尋ねられません。端末で実行するか、--password-stdin を付けてください。"
        )
    sign_in.set_password(workplace(), by(), name, given)
    click.echo(f"利用者「{name}」のパスワードを変えました。")


@user_command.command(
    "way-in",
    help="1回だけ使えるサインインのアドレスを作る（10分間）。パスワードでは入れないときに、サーバーで使う。",
)
@click.argument("name")
@click.option(
    "--drop-second",
    "how",
    default="",
    metavar="HOW",
    help="認証アプリをなくした人の設定を消す。本人であることをどう確かめたかを書く（記録に残る）",
)
def user_way_in(name: str, how: str) -> None:
    from ..actions.people import sign_in

    token = sign_in.way_in(workplace(), by(), name, how.strip()[:200])
    click.echo(f"10分以内に、この住所の後ろを付けて開いてください： /sign-in/way-in/{token}")


@user_command.command("list")
def user_list() -> None:
    from ..actions.people import registration

    for name, shown, role, department in registration.accounts(workplace()):
        click.echo(f"{name}\t{shown}\t{registration.ROLES[role]}\t{department}")


def _issuer() -> str:
    """The one system of the settings people come from; empty where there is none, or several."""
    from ..web.people import directory, saml

    settings = config.load()
    found = [settings.values["PIA_OIDC_ISSUER"]]
    found += [
        one.issuer
        for one in (saml.provider(settings), directory.directory(settings))
        if one is not None
    ]
    named = []
    for issuer in found:
        if issuer:
            named.append(issuer)
    if len(named) == 1:
        return named[0]
    return ""


@user_command.command(
    "leave",
    help="異動・退職した人の利用者を止める。FILE は「利用者名」の列がある CSV（UTF-8 か Shift_JIS）。",
)
@click.argument("file", type=click.Path(path_type=Path))
@click.option("--why", default="異動・退職の一覧", show_default=True)
def user_leave(file: Path, why: str) -> None:
    from ..actions.people import sso

    names = _names_in(file)
    known = set()
    for name, *_ in _accounts():
        known.add(name)
    unknown = sorted(set(names) - known)
    stopped = sso.stop_gone(workplace(), by(), names, why)
    click.echo(
        f"{len(stopped)}人の利用者を止めました。" + (f"：{'、'.join(stopped)}" if stopped else "")
    )
    if unknown:
        click.echo(
            f"登録されていない名前が{len(unknown)}件ありました：{'、'.join(unknown)}", err=True
        )


def _accounts() -> list[tuple[str, str, str, str]]:
    from ..actions.people import registration

    return registration.accounts(workplace())


def _names_in(file: Path) -> list[str]:
    """The sign-in names of a list of people who left. PiaError when it cannot be read."""
    import csv

    try:
        body = file.read_bytes()
    except OSError as oserror:
        raise PiaError(f"{file.name} を読めません。ファイルの場所を確かめてください。") from oserror
    try:
        text = body.decode("utf-8-sig")
    except UnicodeDecodeError:
        text = body.decode("cp932", "replace")
    rows = list(csv.DictReader(text.splitlines()))
    if not rows or "利用者名" not in rows[0]:
        raise PiaError(
            f"{file.name} に「利用者名」の列がありません。1行目に列の名前を書いてください。"
        )
    names = []
    for row in rows:
        if name := (row["利用者名"] or "").strip():
            names.append(name)
    return names


@user_command.command(
    "directory",
    help="庁内のディレクトリにいなくなった人、使えなくなった人の利用者を止める（毎晩の実行向け）。",
)
@click.option("--dry-run", is_flag=True, help="誰を止めるかを示すだけ")
def user_directory(dry_run: bool) -> None:
    from ..actions.people import sso
    from ..web.people import directory

    found = directory.directory(config.load())
    if found is None:
        raise PiaError("PIA_LDAP_URL が設定されていません。")
    names = directory.gone(found, sso.tied(workplace(), found.issuer), by().at)
    if not dry_run:
        sso.stop_gone(workplace(), by(), names, f"{found.name}にいない、又は使えない")
    click.echo(
        f"{len(names)}人{'が止まります' if dry_run else 'を止めました'}。"
        + (f"：{'、'.join(names)}" if names else "")
    )


@user_command.command(
    "tie",
    help="利用者を、庁内の認証（OpenID Connect・SAML・ディレクトリ）の人に結び付ける。SUBJECT は認証の側の識別子。",
)
@click.argument("name")
@click.argument("subject")
def user_tie(name: str, subject: str) -> None:
    from ..actions.people import sso

    issuer = _issuer()
    if not issuer or not subject.strip():
        raise PiaError(
            "庁内の認証（PIA_OIDC_ISSUER・PIA_SAML_IDP・PIA_LDAP_URL のどれか1つ）を設定し、認証の側の識別子を指定してください。"
        )
    sso.tie_subject(workplace(), by(), name, issuer, subject.strip())
    click.echo(f"利用者「{name}」を結び付けました。")


@user_command.command(
    "untie", help="庁内の認証との結び付けを外す。その人のサインインは全て終わる。"
)
@click.argument("name")
def user_untie(name: str) -> None:
    from ..actions.people import sso

    sso.untie(workplace(), by(), name)
    click.echo(f"利用者「{name}」の結び付けを外しました。")

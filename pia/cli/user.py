"""Command user: accounts, their ways in, and people who left."""

from __future__ import annotations

import sys
from pathlib import Path

import click

from .. import config
from ..domain.errors import PiaError
from .common import by, workplace


@click.group("user", help="利用者の登録と一覧。")
def user_command() -> None:
    """The commands of accounts."""


@user_command.command("add", help="")
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
    """Registers an account; its first password is asked for."""
    from ..actions.people import registration

    registration.add_account(
        workplace(),
        by(),
        registration.NewAccount(name, shown or name, role, body, department),
        password_of(password_stdin),
    )
    click.echo(f"利用者「{name}」を登録しました。")


def password_of(from_stdin: bool) -> str | None:
    """A password typed twice on a terminal, or the first line of standard input; None where nobody
    can be asked: then it is set later.
    """
    if from_stdin:
        return sys.stdin.readline().rstrip("\r\n")
    if not sys.stdin.isatty():
        return None
    return str(click.prompt("はじめのパスワード", hide_input=True, confirmation_prompt="もう一度"))


@user_command.command("password", help="パスワードを新しくする。その人のサインインは全て終わる。")
@click.argument("name")
@click.option("--password-stdin", is_flag=True)
def user_password(name: str, password_stdin: bool) -> None:
    """Gives an account a new password."""
    from ..actions.people import sign_in

    given = password_of(password_stdin)
    if given is None:
        raise PiaError(
            "パスワードを尋ねられません。端末で実行するか、--password-stdin を付けてください。"
        )
    sign_in.set_password(workplace(), by(), name, given)
    click.echo(f"利用者「{name}」のパスワードを変えました。")


@user_command.command(
    "way-in",
    help="1回だけ使えるサインインのアドレスを作る（10分間）。"
    "パスワードでは入れないときに、サーバーで使う。",
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
    """Makes an address that signs in once, within ten minutes."""
    from ..actions.people import sign_in

    token = sign_in.way_in(workplace(), by(), name, how.strip()[:200])
    click.echo(f"10分以内に、この住所の後ろを付けて開いてください： /sign-in/way-in/{token}")


@user_command.command("list", help="")
def user_list() -> None:
    """Lists the accounts."""
    from ..actions.access import roles
    from ..actions.people import registration

    for name, shown, role, department in registration.accounts(workplace()):
        click.echo(f"{name}\t{shown}\t{roles.ROLES[role]}\t{department}")


def _issuer() -> str:
    """The one system of the settings people come from; empty where there is none, or several."""
    from ..web.sso import directory, saml

    settings = config.load()
    issuers = [settings.values["PIA_OIDC_ISSUER"]]
    for provider in (saml.provider(settings), directory.directory(settings)):
        if provider is not None:
            issuers.append(provider.issuer)
    named = []
    for issuer in issuers:
        if issuer:
            named.append(issuer)
    if len(named) == 1:
        return named[0]
    return ""


@user_command.command(
    "leave",
    help="異動・退職した人の利用者を止める。"
    "FILE は「利用者名」の列がある CSV（UTF-8 か Shift_JIS）。",
)
@click.argument("file", type=click.Path(path_type=Path))
@click.option("--why", default="異動・退職の一覧", show_default=True)
def user_leave(file: Path, why: str) -> None:
    """Stops the accounts of the people in a list."""
    from ..actions.people import registration, sso

    names = _names_in(file)
    known = {name for name, *_ in registration.accounts(workplace())}
    unknown = sorted(set(names) - known)
    stopped = sso.stop_gone(workplace(), by(), names, why)
    line = f"{len(stopped)}人の利用者を止めました。"
    if stopped:
        line += f"：{'、'.join(stopped)}"
    click.echo(line)
    if unknown:
        click.echo(
            f"登録されていない名前が{len(unknown)}件ありました：{'、'.join(unknown)}", err=True
        )


def _names_in(file: Path) -> list[str]:
    """The sign-in names of a list of people who left. PiaError when it cannot be read."""
    import csv

    try:
        body = file.read_bytes()
    except OSError as error:
        raise PiaError(f"{file.name} を読めません。ファイルの場所を確かめてください。") from error
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
    """Stops the accounts of people the directory does not have any more."""
    from ..actions.people import sso
    from ..web.sso import directory

    city = directory.directory(config.load())
    if city is None:
        raise PiaError("PIA_LDAP_URL が設定されていません。")
    names = directory.gone(city, sso.tied(workplace(), city.issuer), by().at)
    if not dry_run:
        sso.stop_gone(workplace(), by(), names, f"{city.name}にいない、又は使えない")
    line = f"{len(names)}人{'が止まります' if dry_run else 'を止めました'}。"
    if names:
        line += f"：{'、'.join(names)}"
    click.echo(line)


@user_command.command(
    "tie",
    help="利用者を、庁内の認証（OpenID Connect・SAML・ディレクトリ）の人に結び付ける。"
    "SUBJECT は認証の側の識別子。",
)
@click.argument("name")
@click.argument("subject")
def user_tie(name: str, subject: str) -> None:
    """Ties an account to a person of the city's own sign-in."""
    from ..actions.people import sso

    issuer = _issuer()
    if not issuer or not subject.strip():
        raise PiaError(
            "庁内の認証（PIA_OIDC_ISSUER・PIA_SAML_IDP・PIA_LDAP_URL のどれか1つ）を設定し、"
            "認証の側の識別子を指定してください。"
        )
    sso.tie_subject(workplace(), by(), name, issuer, subject.strip())
    click.echo(f"利用者「{name}」を結び付けました。")


@user_command.command(
    "untie", help="庁内の認証との結び付けを外す。その人のサインインは全て終わる。"
)
@click.argument("name")
def user_untie(name: str) -> None:
    """Unties an account from the city's own sign-in."""
    from ..actions.people import sso

    sso.untie(workplace(), by(), name)
    click.echo(f"利用者「{name}」の結び付けを外しました。")

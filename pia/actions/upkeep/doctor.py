"""Whether a server stands where it should in a city's three separated networks, and is set up for
that place: each finding in a sentence with what to do.

Knows places, zones and settings. Must not change anything; nothing is asked outside but a time
server a person set. That the staff's server stands in LGWAN接続系, the public pages in
インターネット接続系 and nothing in 個人番号利用事務系 follows 総務省's guideline as it is known,
unread (未確認).
"""

from __future__ import annotations

import ipaddress
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from urllib.parse import urlsplit

from sqlalchemy import make_url
from sqlalchemy.exc import ArgumentError

from ...documents.pdf import fonts
from ...documents.text import site
from ...domain.errors import PiaError
from ...settings import Config
from ...store.opening import Store, check_schema, open_store
from ...store.upkeep import standing
from .. import jobs
from ..people import sealed
from ..workplace import press_of
from . import anchors, clocks, nightly, starting

PLACES = {
    "lgwan": "LGWAN接続系",
    "internet": "インターネット接続系",
    "one-machine": "1台（試すとき）",
}
ZONES = {
    "lgwan": ("staff",),
    "internet": ("outside",),
    "one-machine": ("all", "staff", "public", "outside"),
}
LEVELS = {"good": "【よし】", "note": "【確認】", "mend": "【直す】"}
REMOTE = (
    "nfs",
    "nfs4",
    "cifs",
    "smb3",
    "smbfs",
    "9p",
    "fuse.sshfs",
    "afs",
    "glusterfs",
    "fuse.glusterfs",
    "ceph",
)
_BEGAN = datetime(1970, 1, 1, tzinfo=UTC)
DESTROYING = ("destroy", "erase", "dispose", "retention")


@dataclass(frozen=True, slots=True)
class Diagnosis:
    """One finding. `level`: good, note (a person has to look) or mend (exit 1); `do` says how."""

    code: str
    level: str
    says: str
    do: str = ""


def fits(place: str, zone: str) -> str:
    """Why a zone must not be served at a place; empty where it may."""
    if place not in PLACES:
        return f"PIA_PLACE の「{place}」という置き場所はありません（{'・'.join(PLACES)}のどれか）。"
    if zone in ZONES[place]:
        return ""
    return (
        f"{PLACES[place]}では、"
        f"画面「{zone}」を動かせません（動かせるのは {'・'.join(ZONES[place])}）。"
        "PIA_PLACE か --zone を直してください。"
    )


def look(
    config: Config,
    now: datetime,
    *,
    zone: str | None = None,
    site: Path | None = None,
    inbox: Path | None = None,
) -> list[Diagnosis]:
    """Every finding, in the order one would walk through the server."""
    values = config.values
    place = values["PIA_PLACE"]
    if place not in PLACES:
        return [
            Diagnosis(
                "place",
                "mend",
                "この機械を置いた所が、設定されていません。"
                if not place
                else f"PIA_PLACE の「{place}」という置き場所はありません。",
                f"PIA_PLACE に {'・'.join(PLACES)} のどれかを指定してください。",
            )
        ]
    served = zone or ZONES[place][0]
    alone = place == "one-machine"
    findings = [*_standing(place, served), *_web(config, alone)]
    if served == "outside":
        findings += [*_carried(site, inbox, now), *_no_database(config, place)]
        store = None
    else:
        store, trouble = _opened(config)
        findings += [
            *trouble,
            *_database(config, store),
            *_anchors(config, alone, now),
            *_backups(config, store, now),
            *_printing(config),
            *_nothing_destroys(),
        ]
    return [*findings, *_clocks(config, store, now), *_addresses(config)]


# What a finding answers, in the words of an auditor.
QUESTIONS = {
    "hosts": "答えるサーバーの名前",
    "https": "https だけで使うか",
    "proxy": "中継サーバーを信用するか",
    "secret": "画面の署名に使う鍵",
    "line": "データベースまでの通り道",
    "owner": "データベースにつなぐ役割",
    "mode": "データベースのファイルを読める人",
    "disk": "データベースのファイルの場所",
    "addresses": "この機械がつなぎに行く先",
}


def of_server(config: Config, store: Store) -> list[Diagnosis]:
    """What is found about the web, the database and whom this server calls."""
    alone = config.values["PIA_PLACE"] == "one-machine"
    return [*_web(config, alone), *_database(config, store), *_addresses(config)]


def of_backups(config: Config, store: Store, now: datetime) -> list[Diagnosis]:
    """The checks of the backups."""
    return list(_backups(config, store, now))


def of_anchors(config: Config, now: datetime) -> list[Diagnosis]:
    """The checks of the places where the head of the record is kept."""
    return list(_anchors(config, config.values["PIA_PLACE"] == "one-machine", now))


def _standing(place: str, served: str) -> Iterator[Diagnosis]:
    wrong = fits(place, served)
    if wrong:
        yield Diagnosis(
            "zone", "mend", f"置き場所は{PLACES[place]}ですが、画面は「{served}」です。", wrong
        )
    else:
        yield Diagnosis(
            "zone", "good", f"置き場所は{PLACES[place]}、動かす画面は「{served}」です。"
        )
    if place != "one-machine":
        yield Diagnosis(
            "networks",
            "note",
            "個人番号利用事務系には、何も置きません。",
            "この機械から個人番号利用事務系に届かないことを、"
            "ネットワークの担当に確かめてください。",
        )


def _web(config: Config, alone: bool) -> Iterator[Diagnosis]:
    values = config.values
    if alone:
        need = "note"
    else:
        need = "mend"
    if values["PIA_HOSTS"].strip():
        yield Diagnosis("hosts", "good", f"サーバーの名前は {values['PIA_HOSTS']} です。")
    else:
        yield Diagnosis(
            "hosts",
            need,
            "サーバーの名前（PIA_HOSTS）が設定されていません。",
            "ブラウザで開くときの名前を、コンマで区切って PIA_HOSTS に指定してください。",
        )
    if values["PIA_SECURE"] == "1":
        yield Diagnosis("https", "good", "https だけで使う設定です。")
    else:
        yield Diagnosis(
            "https",
            need,
            "https だけで使う設定ではありません。",
            "前に中継サーバーを置いて https にし、PIA_SECURE=1 を指定してください（docs/nginx）。",
        )
    yield from _proxy(values["PIA_PROXY"] == "1", values["PIA_SECURE"] == "1")
    if sealed.bits(values["PIA_SECRET_KEY"]) >= sealed.ENOUGH:
        yield Diagnosis("secret", "good", "画面の署名に使う鍵が設定されています。")
    else:
        yield Diagnosis(
            "secret",
            need,
            "画面の署名に使う鍵（PIA_SECRET_KEY）が、"
            f"ないか弱い（{sealed.ENOUGH}ビット未満）です。",
            "openssl rand -hex 32 で作り、この機械だけの設定に書いてください。",
        )


def _proxy(proxy: bool, secure: bool) -> Iterator[Diagnosis]:
    if secure and not proxy:
        yield Diagnosis(
            "proxy",
            "mend",
            "https だけで使う設定ですが、中継サーバーを信用する設定（PIA_PROXY）がありません。",
            "このソフトウェアは自分で https を話しません。"
            "中継サーバーを前に置き、PIA_PROXY=1 を指定してください。",
        )
    elif proxy:
        yield Diagnosis(
            "proxy",
            "note",
            "前に置いた中継サーバーの X-Forwarded-* を信用します。",
            "この機械の番号に、中継サーバーのほかから届かないことを確かめてください。",
        )
    else:
        yield Diagnosis("proxy", "good", "中継サーバーを信用する設定はありません。")


def _carried(folder: Path | None, inbox: Path | None, now: datetime) -> Iterator[Diagnosis]:
    if folder is None or inbox is None:
        yield Diagnosis(
            "site",
            "note",
            "運んだフォルダと意見のファイルは、点検していません。",
            "--site と --inbox を付けて、もう一度点検してください。",
        )
        return
    try:
        carried = site.read(folder)
    except PiaError as error:
        yield Diagnosis(
            "site",
            "mend",
            str(error),
            "pia site export で書き出したフォルダを、そのまま運んでください。",
        )
    else:
        yield Diagnosis(
            "site",
            "good",
            f"運んだフォルダの{len(carried.files)}個のファイルは、"
            f"書き出したとおりです（{carried.as_of}の内容）。",
        )
    if not inbox.exists():
        yield Diagnosis(
            "inbox",
            "note",
            f"意見のファイル {inbox} は、まだありません。",
            "動かすと、持ち主だけが読めるファイルができます。",
        )
    elif inbox.stat().st_mode & 0o077:
        yield Diagnosis(
            "inbox",
            "mend",
            f"意見のファイル {inbox} を、ほかの人が読めます。",
            f"chmod 600 {inbox} で、持ち主だけが読めるようにしてください。",
        )
    else:
        yield Diagnosis("inbox", "good", "意見のファイルは、持ち主だけが読めます。")


def _no_database(config: Config, place: str) -> Iterator[Diagnosis]:
    url = config.database_url
    file = Path(url.removeprefix("sqlite:///"))
    if place == "internet" and (not url.startswith("sqlite") or file.exists()):
        yield Diagnosis(
            "database",
            "mend",
            "データベースに届く設定があります。",
            "インターネット接続系にはデータベースを置かず、"
            "PIA_DATABASE_URL も指定しないでください。",
        )
    else:
        yield Diagnosis("database", "good", "データベースはありません。")


def _opened(config: Config) -> tuple[Store | None, list[Diagnosis]]:
    try:
        store = open_store(config.database_url)
        check_schema(store)
    except PiaError as error:
        return None, [
            Diagnosis(
                "database", "mend", str(error), "pia init と PIA_DATABASE_URL を確かめてください。"
            )
        ]
    return store, []


def _database(config: Config, store: Store | None) -> Iterator[Diagnosis]:
    if store is None:
        return
    try:
        url = make_url(config.database_url)
    except ArgumentError:
        return
    if url.get_backend_name() != "sqlite":
        if starting.line_is_safe(config):
            yield Diagnosis(
                "line",
                "good",
                "データベースまでの通り道は、この機械の中か、確かめた証明書の TLS です。",
            )
        else:
            yield Diagnosis(
                "line",
                "mend",
                "データベースまでの通り道が、確かめた証明書の TLS ではありません。",
                "PIA_DATABASE_URL に sslmode=verify-full と sslrootcert を付け、"
                "PIA_PG_TLS=1 で確かめてください。",
            )
        if standing.owns(store):
            yield Diagnosis(
                "owner",
                "mend",
                "データベースの表の持ち主（又は管理者）としてつながっています。",
                "持ち主でない役割でつないでください（docs/operations.md の CREATE ROLE pia_app）。",
            )
        else:
            yield Diagnosis(
                "owner", "good", "データベースには、表の持ち主でない役割でつながっています。"
            )
        return
    file = Path(url.database or "")
    if file.stat().st_mode & 0o077:
        yield Diagnosis(
            "mode",
            "mend",
            f"データベースのファイル {file.name} を、ほかの人が読めます。",
            f"chmod 600 {file} で、持ち主だけが読めるようにしてください。",
        )
    else:
        yield Diagnosis("mode", "good", "データベースのファイルは、持ち主だけが読めます。")
    kind = _disk(file.resolve())
    if kind in REMOTE:
        yield Diagnosis(
            "disk",
            "mend",
            f"データベースのファイルが、ネットワーク上のディスク（{kind}）にあります。",
            "この機械のディスクに置いてください。SQLite はネットワーク上では守られません。",
        )
    else:
        yield Diagnosis(
            "disk",
            "good",
            "データベースのファイルは、"
            f"この機械のディスクにあります{f'（{kind}）' if kind else ''}。",
        )


def _disk(file: Path, table: Path = Path("/proc/mounts")) -> str:
    """The kind of file system a file lies on; empty where the machine does not say."""
    try:
        lines = []
        for line in table.read_text("utf-8", "replace").splitlines():
            lines.append(line.split())
    except OSError:
        return ""
    over = []
    for parts in lines:
        if len(parts) > 2 and file.is_relative_to(parts[1]):
            over.append((len(parts[1]), parts[2]))
    if over:
        return max(over)[1]
    return ""


def _anchors(config: Config, alone: bool, now: datetime) -> Iterator[Diagnosis]:
    notice = anchors.notice(config)
    if notice:
        yield Diagnosis(
            "anchor",
            "note" if alone else "mend",
            notice,
            "docs/導入手順書.md の「設定を書く」のとおり、鍵と置き場所を設定してください。",
        )
        return
    drop = Path(config.values["PIA_ANCHOR_DROP"])
    newest = _newest([path for path in drop.iterdir() if path.name.startswith("pia-anchor-")])
    if newest is None:
        yield Diagnosis(
            "anchor",
            "note",
            "操作の記録の控えが、まだ1つもありません。",
            "pia ledger anchor で出せることを確かめてください。",
        )
    else:
        yield Diagnosis(
            "anchor",
            "good",
            f"操作の記録の控えの新しいものは、{nightly.ago(now, newest)}前のものです。",
        )


def _newest(files: list[Path]) -> datetime | None:
    return max((_BEGAN + timedelta(seconds=file.stat().st_mtime) for file in files), default=None)


def _backups(config: Config, store: Store | None, now: datetime) -> Iterator[Diagnosis]:
    setting = config.values["PIA_BACKUPS"]
    if not setting:
        yield Diagnosis(
            "backups",
            "mend" if starting.in_earnest(config) else "note",
            "バックアップのフォルダ（PIA_BACKUPS）は、設定されていません。",
            "市の共有フォルダを指定すると、毎晩そこにバックアップをとり、"
            "新しさもここで確かめます。",
        )
        return
    why = nightly.why_failed(store) if store is not None else ""
    if why:
        yield Diagnosis("backup", "mend", "前のバックアップは、とれませんでした。", f"わけ：{why}")
    folder = Path(setting)
    try:
        newest = _newest([path for path in folder.iterdir() if path.is_file()])
    except OSError:
        yield Diagnosis(
            "backups",
            "mend",
            f"バックアップのフォルダ {setting} を開けません。",
            "PIA_BACKUPS と読取り権限を確かめてください。",
        )
        return
    if newest is None:
        yield Diagnosis(
            "backups",
            "mend",
            "バックアップが、まだ1つもありません。",
            "pia serve を動かしておくと、毎晩1時すぎにとります。",
        )
    elif now - newest > nightly.FRESH:
        yield Diagnosis(
            "backups",
            "mend",
            f"新しいバックアップでも、{nightly.ago(now, newest)}前のものです。",
            "夜の間も pia serve が動いているか、フォルダに空きがあるか確かめてください。",
        )
    else:
        yield Diagnosis(
            "backups", "good", f"新しいバックアップは、{nightly.ago(now, newest)}前のものです。"
        )


def _printing(config: Config) -> Iterator[Diagnosis]:
    press = press_of(config)
    try:
        fonts.typeface("評価書", press.fonts)
    except (PiaError, OSError) as entry:
        yield Diagnosis(
            "fonts",
            "mend",
            f"PDFの書体を使えません（{entry}）。",
            "PIA_FONT_REGULAR と PIA_FONT_BOLD を確かめてください。",
        )
    else:
        yield Diagnosis("fonts", "good", "PDFの書体を使えます。")
    if press.libreoffice is None:
        yield Diagnosis(
            "office",
            "note",
            "LibreOffice がないため、取り込んだ図は枠と矢印で描きます。",
            "元の図のまま載せるときは、"
            "LibreOffice を入れるか PIA_OFFICE に場所を指定してください。",
        )
    else:
        yield Diagnosis("office", "good", "取り込んだ図を、LibreOffice で元のまま描きます。")


def _nothing_destroys() -> Iterator[Diagnosis]:
    names = sorted(name for name in jobs.KINDS if name in DESTROYING)
    if names:
        yield Diagnosis(
            "retention",
            "mend",
            f"記録を消す処理（{'・'.join(names)}）が動いています。",
            "記録は、廃棄の決裁のあとに人が消します。処理を外してください。",
        )
    else:
        yield Diagnosis("retention", "good", "記録をひとりでに消す処理はありません。")


def _clocks(config: Config, store: Store | None, now: datetime) -> Iterator[Diagnosis]:
    for clock in clocks.compare(config, store, now):
        if clock.ahead is None:
            yield Diagnosis(
                "clock",
                "mend",
                f"{clock.name}が時刻を答えません。",
                "PIA_TIME_SERVER と、庁内の通り道を確かめてください。",
            )
        elif clock.off:
            yield Diagnosis(
                "clock",
                "mend",
                "この機械の時計は、"
                f"{clock.name}の時計と{abs(clock.ahead).total_seconds():.0f}秒違います。",
                "両方の時計を、庁内の時刻サーバーに合わせてください。",
            )
        else:
            yield Diagnosis(
                "clock", "good", f"この機械の時計は、{clock.name}の時計と合っています。"
            )


def _addresses(config: Config) -> Iterator[Diagnosis]:
    """Addresses this server itself calls.

    A name cannot be judged without asking outside, so a person looks.
    """
    names = ("PIA_OIDC_ISSUER", "PIA_LDAP_URL", "PIA_TIME_SERVER")
    given = {}
    for name in names:
        if config.values[name]:
            given[name] = _host(config.values[name])
    public = []
    for name, host in given.items():
        if _is_public(host):
            public.append(name)
    if public:
        yield Diagnosis(
            "addresses",
            "mend",
            f"外の住所につなぐ設定（{'・'.join(public)}）があります。",
            "庁内の住所に直すか、設定を消してください。",
        )
    named = []
    for name, host in given.items():
        if name not in public:
            named.append(f"{name}＝{host}")
    if named:
        yield Diagnosis(
            "addresses",
            "note",
            f"この機械がつなぎに行く先は、{'、'.join(named)} です。",
            "どれも庁内にあることを確かめてください。",
        )
    if not given:
        yield Diagnosis("addresses", "good", "この機械がつなぎに行く先は、ありません。")


def _host(address: str) -> str:
    if "://" in address:
        return urlsplit(address).hostname or ""
    if address.count(":") == 1:
        return address.rpartition(":")[0] or address
    return address.strip("[]")


def _is_public(host: str) -> bool:
    try:
        return ipaddress.ip_address(host).is_global
    except ValueError:
        return False

"""The settings there are: names, defaults and what each is for; and those in force, as they are
handed down.

Knows no place they come from: `pia.config` reads them, at the door only. Must not know who uses
them.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Setting:
    """A setting: its name, default, meaning, and whether it is secret."""

    name: str
    default: str
    says: str
    secret: bool = False


SETTINGS = (
    Setting(
        "PIA_DATABASE_URL",
        "sqlite:///pia.db",
        "データベース（SQLiteのファイル、または postgresql://…）",
    ),
    Setting(
        "PIA_UPKEEP_URL",
        "",
        "PostgreSQLのバックアップと復元に使う接続先（表の持ち主で、データベースを作れる役割）。"
        "空なら PIA_DATABASE_URL",
        secret=True,
    ),
    Setting("PIA_SECRET_KEY", "", "画面の署名に使う鍵", secret=True),
    Setting(
        "PIA_OLD_SECRET_KEYS",
        "",
        "前に使っていた鍵（コンマで区切る）。読むためだけに使い、新しい鍵で封をし直す",
        secret=True,
    ),
    Setting("PIA_SECURE", "", "1：https だけで使う（クッキーを https に限る）"),
    Setting("PIA_PROXY", "", "1：前に置いた中継サーバーの X-Forwarded-* を信用する"),
    Setting(
        "PIA_HOSTS",
        "",
        "サーバーの名前（コンマで区切る）。ほかの名前での接続は断る。空ならこの機械の名前だけ",
    ),
    Setting(
        "PIA_METRICS_TOKEN",
        "",
        "計測値（/metrics、Prometheusの形式）を読む合言葉。空なら計測値を出さない",
        secret=True,
    ),
    Setting(
        "PIA_ACCESS_LOG",
        "",
        "1：要求ごとに1行をログに書く（番号・画面の名前・結果・時間。人の名前や入力は書かない）",
    ),
    Setting(
        "PIA_PLACE",
        "",
        "この機械を置いた所：lgwan（LGWAN接続系）・internet（インターネット接続系）・"
        "one-machine（1台で試す）",
    ),
    Setting(
        "PIA_SITE_OPINIONS",
        "",
        "公開用ファイルから意見の画面に続く住所（/ で終わる）。. はファイルを置いた所。"
        "空なら画面では受け付けない",
    ),
    Setting(
        "PIA_BACKUPS",
        "",
        "バックアップを置くフォルダ（市の共有フォルダなど）。指定すると、毎晩1時すぎにとる",
    ),
    Setting(
        "PIA_BACKUP_SEGMENTS",
        "",
        "1：毎晩のバックアップのあとに加わったものを、5分ごとに同じフォルダに足す（SQLite）",
    ),
    Setting(
        "PIA_REMINDERS",
        "",
        "課に知らせるメールの下書きを置くフォルダ。指定すると、毎晩2時すぎに作る",
    ),
    Setting(
        "PIA_SMTP_HOST",
        "",
        "庁内のメールサーバー。指定すると、市の表（reminders.yaml）の課の宛先に毎晩送る。空なら送らない",
    ),
    Setting("PIA_SMTP_PORT", "587", "そのサーバーの番号（STARTTLS で待つもの）"),
    Setting("PIA_SMTP_FROM", "", "送り主のメールアドレス"),
    Setting("PIA_SMTP_USER", "", "メールサーバーの利用者名。空なら名乗らない"),
    Setting("PIA_SMTP_PASSWORD", "", "その利用者のパスワード", secret=True),
    Setting(
        "PIA_SMTP_CA", "", "メールサーバーの認証局の証明書（PEM のファイル）。空なら一般の認証局"
    ),
    Setting("PIA_TIME_SERVER", "", "庁内の時刻サーバー（名前か番地）。空なら、時刻を外に尋ねない"),
    Setting("PIA_OIDC_ISSUER", "", "庁内の認証（OpenID Connect）の発行者の URL。空なら使わない"),
    Setting("PIA_OIDC_CLIENT_ID", "", "庁内の認証に登録した、このソフトウェアの識別子"),
    Setting(
        "PIA_OIDC_CLIENT_SECRET", "", "庁内の認証に登録した、このソフトウェアの鍵", secret=True
    ),
    Setting("PIA_OIDC_NAME", "庁内の認証", "サインインの画面に出す、庁内の認証の名前"),
    Setting("PIA_OIDC_CA", "", "庁内の認証局の証明書（PEM のファイル）。空なら一般の認証局"),
    Setting(
        "PIA_SAML_IDP", "", "庁内の認証（SAML 2.0）のメタデータの XML ファイル。空なら使わない"
    ),
    Setting(
        "PIA_SAML_ENTITY",
        "",
        "庁内の認証に登録した、このソフトウェアの entityID。"
        "空なら https://（サーバーの名前）/sign-in/saml",
    ),
    Setting("PIA_SAML_NAME", "庁内の認証", "サインインの画面に出す、SAML の認証の名前"),
    Setting(
        "PIA_SAML_SUBJECT",
        "",
        "人を見分ける属性の名前。空なら、変わらない NameID（persistent）を使う",
    ),
    Setting(
        "PIA_LDAP_URL", "", "庁内のディレクトリ（ldaps://…、Active Directory など）。空なら使わない"
    ),
    Setting("PIA_LDAP_BASE", "", "利用者を探す場所（例 OU=職員,DC=city,DC=local）"),
    Setting("PIA_LDAP_USER", "", "利用者を探すための、読取り専用の利用者（DN など）"),
    Setting("PIA_LDAP_PASSWORD", "", "その利用者のパスワード", secret=True),
    Setting("PIA_LDAP_LOGIN", "sAMAccountName", "サインインの名前が入っている属性"),
    Setting("PIA_LDAP_SUBJECT", "objectGUID", "人を見分ける、変わらない属性"),
    Setting(
        "PIA_LDAP_CA", "", "ディレクトリの認証局の証明書（PEM のファイル）。空なら一般の認証局"
    ),
    Setting("PIA_LDAP_NAME", "庁内の認証", "サインインの画面に出す、ディレクトリの名前"),
    Setting(
        "PIA_SECOND_FACTOR",
        "",
        "2つ目の確認（認証アプリ）を必ず使う人：all（全員）・office（事務局・管理者・監査）。"
        "空なら各自が決める",
    ),
    Setting(
        "PIA_TOTP_WINDOW",
        "1",
        "確認の番号の、前後いくつ分（30秒ずつ）まで受け付けるか（0から2）。時計の合う所では 0",
    ),
    Setting(
        "PIA_LEAKED_PASSWORDS",
        "",
        "漏れたパスワードの一覧（1行に1つの UTF-8 のファイル）。新しいパスワードがあれば断る",
    ),
    Setting(
        "PIA_SCAN_COMMAND",
        "",
        "受け取ったファイルを調べるコマンド。"
        "後ろにファイルの場所を付けて動かし、0で終われば取り込む",
    ),
    Setting(
        "PIA_OIDC_ACR",
        "",
        "庁内の認証（OpenID Connect）に求める強さ（acr の値。空白で区切る）。空なら求めない",
    ),
    Setting(
        "PIA_PG_TLS",
        "",
        "1：この機械にない PostgreSQL へは、sslmode=verify-full でないとつながない",
    ),
    Setting("PIA_TWO_PERSONS", "", "1：提出と公表を2人で行う（1人が頼み、別の人が確かめて行う）"),
    Setting(
        "PIA_PROCEDURE",
        "standard",
        "手続の表（standard・council-twice・outside-checker、または自治体の表）",
    ),
    Setting(
        "PIA_HANDOVER",
        "standard",
        "評価書案を課内で確かめて渡す段階（standard・four・none、または自治体の表）",
    ),
    Setting("PIA_RULES", "", "規則のデータを差し替えるフォルダ"),
    Setting("PIA_FONT_REGULAR", "", "PDFの書体（標準）"),
    Setting("PIA_FONT_BOLD", "", "PDFの書体（太字）"),
    Setting(
        "PIA_ANCHOR_KEY", "", "操作の記録の控えに署名する鍵のファイル（pia ledger key で作る）"
    ),
    Setting(
        "PIA_ANCHOR_DROP",
        "",
        "署名した控えを置くフォルダ（別の所属が管理し、"
        "このソフトウェアからは書き換えられない場所）",
    ),
    Setting(
        "PIA_ANCHOR_DRAFTS", "", "控えをメールの下書き（.eml）としても置くフォルダ。空なら作らない"
    ),
    Setting(
        "PIA_OFFICE",
        "",
        "取り込んだ図を描く LibreOffice（soffice の場所。空なら探し、none なら使わない）",
    ),
)


@dataclass(frozen=True, slots=True)
class Config:
    """The settings in force."""

    values: Mapping[str, str]

    @property
    def database_url(self) -> str:
        """Where the database is."""
        return self.values["PIA_DATABASE_URL"]

    @property
    def upkeep_url(self) -> str:
        """The database as whoever backs it up and restores it signs in: another role on PostgreSQL
        where one is set, the same file of SQLite."""
        if self.database_url.startswith("sqlite"):
            return self.database_url
        return self.values["PIA_UPKEEP_URL"] or self.database_url

    @property
    def procedure(self) -> str:
        """The table of the procedure: standard, a variant of it, or a city's own."""
        return self.values["PIA_PROCEDURE"]

    @property
    def handover(self) -> str:
        """The steps of a draft through the house: standard, a variant of it, or a city's own."""
        return self.values["PIA_HANDOVER"]

    @property
    def rules_folder(self) -> str | None:
        """The folder of a city's own rules; None where it has none."""
        return self.values["PIA_RULES"] or None


def defaults() -> dict[str, str]:
    """Every setting with its default, by name."""
    return {setting.name: setting.default for setting in SETTINGS}

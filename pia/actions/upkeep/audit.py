"""Answers for the security audit: what settings, counts and last days say, computed from the thing
at hand; and what only people know, kept as they wrote it with who and when.

Knows settings, accounts, the record of acts and what is installed. Must not know pages or files. An
answer by hand is an entry of the record itself; a later one gives a reason, and the earlier stays.
"""

from __future__ import annotations

import platform
import re
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from importlib import metadata
from typing import Any

from sqlalchemy import text
from sqlalchemy.orm import Session

from ... import __version__
from ...domain.act import JST, By, day_in_japan, in_japan
from ...domain.errors import PiaError
from ...domain.wareki import written
from ...settings import Config
from ...store import queries
from ...store.ledger import log
from ..workplace import Workplace
from . import doctor, refusals, yearly

ANSWERED = "audit.answered"
LONGEST = 1_000  # letters of an answer by hand
RECORD = "操作の記録"
SETTINGS = "設定"
COUNTS = "台帳の件数"
# What nobody but people can know: key → the question.
BY_HAND: Mapping[str, str] = {
    "restore": "バックアップから戻す試験を、最後に行った日と結果",
    "place": "サーバーを置いた部屋の施錠・入退室の記録",
    "network": "個人番号利用事務系から切り離されていることを確かめた日と方法",
    "patches": "OS と中継サーバーの更新を、最後に行った日",
    "contract": "運用を委託している事業者と、契約で求めている措置",
    "training": "利用者への研修を、最後に行った日と内容",
    "incident": "事故のときの連絡先と、対応の手順を確かめた日",
    "media": "古い媒体・機器の廃棄と、データ消去の証明",
}
_WRITTEN = "記録がありません。"


@dataclass(frozen=True, slots=True)
class Hand:
    """What somebody wrote: the words, who, when, and why it was changed (empty the first time)."""

    words: str
    actor: str
    at: datetime
    reason: str


@dataclass(frozen=True, slots=True)
class AuditAnswer:
    """One question with what the program knows, and of what. `key` names one that people answer,
    with what they wrote, the newest first."""

    about: str
    question: str
    answer: str = ""
    of: str = ""
    key: str = ""
    hands: tuple[Hand, ...] = field(default=())

    @property
    def shown(self) -> str:
        """The answer as a paper says it."""
        if not self.key:
            return self.answer
        if not self.hands:
            return "（まだ記入されていません）"
        newest = self.hands[0]
        return f"{newest.words}（{written(day_in_japan(newest.at))}　{newest.actor}）"


def answers(
    wp: Workplace, config: Config, now: datetime, clocks: Sequence[Any]
) -> list[AuditAnswer]:
    """Every question in order. `clocks`: how the machine's clock stands beside others."""
    with wp.store.read() as session:
        given_answers = [
            *_accounts(wp, day_in_japan(now)),
            *_rules(wp, config),
            *_log(session, wp, now),
            *_kept(session, wp, config, now),
            *_clock(clocks),
            *_server(wp, config),
            *_refused(session, wp, now),
            *_libraries(session),
            *_hands(session),
        ]
    return given_answers


def _accounts(wp: Workplace, today: date) -> Iterator[AuditAnswer]:
    about = "利用者"
    inventory = yearly.inventory(wp, today)
    people: list[yearly.AccountRights] = []
    for office in inventory:
        people += office.people
    used = []
    for person in people:
        if person.active:
            used.append(person)
    by_role = Counter(person.role for person in used)
    counts = "、".join(
        f"{yearly.role_of(role)} {count}人" for role, count in sorted(by_role.items())
    )
    yield AuditAnswer(about, "使える利用者の数（役割ごと）", counts or "いません。", COUNTS)
    yield AuditAnswer(about, "止めた利用者の数", f"{len(people) - len(used)}人", COUNTS)
    for role in sorted(by_role):
        last = []
        for person in used:
            if person.role == role:
                last.append(person.last)
        yield AuditAnswer(
            about, f"サインインの時期（{yearly.role_of(role)}）", _sign_ins(last), RECORD
        )
    second = sum(person.second for person in used)
    yield AuditAnswer(
        about,
        "2つ目の確認（認証アプリ）を使う人",
        f"{second}人（使える{len(used)}人のうち）",
        COUNTS,
    )
    yield AuditAnswer(about, "今年度の利用者・権限の確認", _unchecked(inventory), RECORD)


def _unchecked(inventory: Sequence[yearly.Office]) -> str:
    """Which offices did not confirm their people this 年度."""
    waiting = []
    for office in inventory:
        if office.standing != "確認済み":
            waiting.append(office.name)
    if waiting:
        return f"まだ確かめていない所属：{'、'.join(waiting)}"
    return "全ての所属が確かめました。"


def _sign_ins(last: Sequence[datetime | None]) -> str:
    """When the people of one role signed in last: the newest, the oldest, and who never did."""
    times = []
    for at in last:
        if at is not None:
            times.append(at)
    words = "サインインの記録なし"
    if times:
        newest = written(day_in_japan(max(times)))
        oldest = written(day_in_japan(min(times)))
        words = f"最後は{newest}、最も長く入っていない人は{oldest}"
    never = len(last) - len(times)
    if never:
        words += f"、一度も入っていない人が{never}人"
    return words


def _rules(wp: Workplace, config: Config) -> Iterator[AuditAnswer]:
    about = "サインイン"
    values = config.values
    factor = {
        "all": "全員",
        "office": "事務局・管理者・監査",
        "": "求めていません（各自が決めます）",
    }
    yield AuditAnswer(about, "2つ目の確認を必ず使う人", factor[wp.sign_in.factor], SETTINGS)
    steps = wp.sign_in.window
    yield AuditAnswer(
        about,
        "確認の番号を受け付ける長さ",
        f"{30 * (2 * steps + 1)}秒（1つの番号は1回だけ）",
        SETTINGS,
    )
    yield AuditAnswer(about, "漏れたパスワードの一覧との照合", _is_set(wp.sign_in.leaked), SETTINGS)
    ways = {
        "PIA_OIDC_ISSUER": "OpenID Connect",
        "PIA_SAML_IDP": "SAML",
        "PIA_LDAP_URL": "ディレクトリ",
    }
    used = "、".join(words for name, words in ways.items() if values[name])
    yield AuditAnswer(about, "庁内の認証との連携", used or "ありません。", SETTINGS)
    if wp.two_persons:
        two = "2人で行います。"
    else:
        two = "1人で行えます。"
    yield AuditAnswer(about, "提出と公表", two, SETTINGS)
    yield AuditAnswer(
        about, "受け取ったファイルの検査", _is_set(values["PIA_SCAN_COMMAND"]), SETTINGS
    )


def _is_set(value: str) -> str:
    if value:
        return "行っています。"
    return "行っていません。"


def _log(session: Session, wp: Workplace, now: datetime) -> Iterator[AuditAnswer]:
    about = "操作の記録"
    reach = yearly.reach(wp)
    years = wp.retention["categories"]["log"]["years"]
    yield AuditAnswer(
        about, "残す年数", f"{years}年（年度の末日から。決裁なしには消えません）", SETTINGS
    )
    yield AuditAnswer(
        about, "初めの記録", written(day_in_japan(reach.first)) if reach.first else _WRITTEN, RECORD
    )
    yield AuditAnswer(
        about,
        "件数と大きさ",
        f"{reach.count:,}件、{_size(queries.audit_entries.bytes_taken(session)):s}",
        RECORD,
    )
    per_year = Counter(_years(session))
    words = "、".join(f"{year}年度 {count:,}件" for year, count in sorted(per_year.items()))
    yield AuditAnswer(about, "年度ごとの件数", words or _WRITTEN, RECORD)
    for action, question in (
        ("withheld.read", "非公表部分を読んだ記録（今年度）"),
        ("job.keep", "書き出して残したファイル（今年度）"),
        ("opinion.senders", "意見を出した人の閲覧（今年度）"),
    ):
        yield AuditAnswer(about, question, f"{_count(session, action, now):,}件", RECORD)


def _years(session: Session) -> Iterator[int]:
    for at in queries.audit_entries.instants(session):
        yield yearly.fiscal(day_in_japan(at))


def _size(count: int) -> str:
    if count >= 1_000_000:
        return f"{count / 1_000_000:.1f}MB"
    return f"{count / 1_000:.1f}KB"


def _count(session: Session, action: str, now: datetime) -> int:
    first = datetime(yearly.fiscal(day_in_japan(now)), 4, 1, tzinfo=JST)
    return queries.audit_entries.since(session, action, first)


def _kept(session: Session, wp: Workplace, config: Config, now: datetime) -> Iterator[AuditAnswer]:
    about = "バックアップと検査"
    for action, question in (
        ("keep.backup", "最後のバックアップ（pia backup）"),
        ("keep.checked", "最後の整合性の検査（pia fsck、損傷なし）"),
    ):
        newest = queries.audit_entries.last_of(session, action)
        yield AuditAnswer(about, question, _when(newest.at) if newest else _WRITTEN, RECORD)
    for check in doctor.of_backups(config, wp.store, now):
        yield AuditAnswer(about, "バックアップのフォルダ", check.says, SETTINGS)
    for check in doctor.of_anchors(config, now):
        yield AuditAnswer(about, "外への控え", check.says, SETTINGS)


def _when(at: datetime) -> str:
    return f"{written(day_in_japan(at))} {in_japan(at):%H:%M}"


def _clock(clocks: Sequence[Any]) -> Iterator[AuditAnswer]:
    for clock in clocks:
        if clock.ahead is None:
            words = "答えがありません。"
        else:
            words = f"この機械との差は{clock.ahead.total_seconds():.1f}秒です。"
        yield AuditAnswer("時計", clock.name, words, "いま比べた結果")


def _server(wp: Workplace, config: Config) -> Iterator[AuditAnswer]:
    # The database that is open, whatever the settings of this moment name.
    url = wp.store.engine.url.render_as_string(hide_password=False)
    here = Config({**config.values, "PIA_DATABASE_URL": url})
    for check in doctor.of_server(here, wp.store):
        yield AuditAnswer(
            "サーバー", doctor.QUESTIONS.get(check.code, check.code), check.says, SETTINGS
        )


def _refused(session: Session, wp: Workplace, now: datetime) -> Iterator[AuditAnswer]:
    year = yearly.fiscal(day_in_japan(now))
    about = "断ったもの（今年度）"
    yield AuditAnswer(
        about, "合わなかったサインイン", f"{_count(session, 'access.refused', now):,}件", RECORD
    )
    yield AuditAnswer(
        about, "権限のない操作", f"{_count(session, 'access.denied', now):,}件", RECORD
    )
    for words, count, hour in refusals.counts(wp, year):
        at_day, _, at_hour = hour.partition("T")
        most = f"{written(date.fromisoformat(at_day))}{int(at_hour)}時台"
        yield AuditAnswer(about, words, f"{count:,}件（最も多かったのは{most}）", RECORD)


def _libraries(session: Session) -> Iterator[AuditAnswer]:
    about = "ソフトウェアの版"
    of = "この機械に入っているもの"
    yield AuditAnswer(about, "このソフトウェア", __version__, of)
    yield AuditAnswer(about, "Python", platform.python_version(), of)
    sqlite = session.get_bind().dialect.name == "sqlite"
    if sqlite:
        asked = "select sqlite_version()"
    else:
        asked = "show server_version"
    answer = str(session.scalar(text(asked)))
    yield AuditAnswer(about, "SQLite" if sqlite else "PostgreSQL", answer, of)
    for name, version in libraries():
        yield AuditAnswer(about, name, version, of)


def libraries() -> list[tuple[str, str]]:
    """(name, version) of every library this software asks for and of what those ask for, as they
    are installed here."""
    waiting = ["pia"]
    versions = dict[str, str]()
    while waiting:
        for line in _required(waiting.pop()):
            name = re.split(r"[^A-Za-z0-9._-]", line)[0].lower().replace("_", "-")
            if name and name not in versions:
                version = _version(name)
                if version:
                    versions[name] = version
                    waiting.append(name)
    return sorted(versions.items())


def _required(name: str) -> list[str]:
    try:
        lines = []
        for line in metadata.requires(name) or ():
            if "extra ==" not in line:
                lines.append(line)
        return lines
    except metadata.PackageNotFoundError:
        return []


def _version(name: str) -> str:
    try:
        return metadata.version(name)
    except metadata.PackageNotFoundError:
        return ""


def _hands(session: Session) -> Iterator[AuditAnswer]:
    kept: dict[str, list[Hand]] = {}
    shown = {}
    for name, words in queries.accounts.shown_names(session):
        shown[name] = words
    for entry in queries.audit_entries.of_action(session, ANSWERED):
        hand = Hand(
            entry.detail["words"],
            shown.get(entry.actor, entry.actor),
            entry.at,
            entry.detail["reason"],
        )
        kept.setdefault(entry.target, []).append(hand)
    for key, question in BY_HAND.items():
        yield AuditAnswer(
            "人が答えること", question, key=key, of="記入", hands=tuple(kept.get(key, ()))
        )


def answer(wp: Workplace, by: By, key: str, words: str, reason: str) -> None:
    """Writes down what people know. PiaError for another question, for words that say nothing, and
    for a change without its reason."""
    if key not in BY_HAND:
        raise PiaError("その問いはありません。画面を開き直してください。")
    if not words.strip():
        raise PiaError("答えを入力してください。")
    with wp.store.begin() as session:
        before = next(
            written_answer for written_answer in _hands(session) if written_answer.key == key
        ).hands
        if before and before[0].words == words.strip():
            raise PiaError("前の答えと同じです。直すところがあれば、書き換えてください。")
        if before and not reason.strip():
            raise PiaError("前の答えを直す理由を入力してください。前の答えも、そのまま残ります。")
        log.entry(session, by, ANSWERED, key, {"words": words.strip(), "reason": reason.strip()})

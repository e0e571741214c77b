"""The checks the table of the procedure names: each says in Japanese what is missing, and what to
do, as (rule, sentence).

Knows the facts of one round. Must not know where they come from, who acts, or whether a rule
blocks: that is data (`pia/rules/`). What a city decides for itself is said to be the city's.
Serves 規則第3条, 規則第5条第1項・第2項, 第6条第1項・第2項, 第7条第1項・第2項・第4項・第5項・第6項,
第9条第1項・第2項, 第11条, 第14条第1項.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from itertools import pairwise
from typing import Any

from ..wareki import written
from .threshold import enough


@dataclass(frozen=True, slots=True)
class Facts:
    """What is known about a round on the day somebody wants to act. Dates are days in Japan; None
    means not (yet) known.
    """

    today: date
    form_kind: str = "all_item"
    round_kind: str = "REASSESSMENT"
    first: bool = False
    state: str = "DRAFTING"
    changed: int = 0
    material: int = 0
    material_confirmed: int = 0
    questions: tuple[str, ...] = ()
    unreasoned: tuple[str, ...] = ()
    unexplained: tuple[str, ...] = ()
    lies_with: str = ""
    due: str = ""
    due_sentence: str = ""
    counted: date | None = None
    basic_missing: str = ""
    basic_disagrees: tuple[str, ...] = ()
    basic_unsubmitted: str = ""
    basic_unpublished: str = ""
    basic_before_rise: str = ""
    plan_missing: str = ""
    withheld_in_basic: tuple[str, ...] = ()
    number_missing: str = ""
    uncounted: tuple[str, ...] = ()
    announced: date | None = None
    starts: date | None = None
    ends: date | None = None
    shortened_reason: str = ""
    unanswered: tuple[str, ...] = ()
    unlinked: tuple[str, ...] = ()
    unconsidered: int = 0
    unchecked_viewpoints: int = 0
    review_fixed: date | None = None
    members: int = 0
    held: bool = True
    present: int = 0
    quorum: int = 0
    open_remarks: tuple[str, ...] = ()
    verdict: str = ""
    verdict_digest: str = ""
    passing: tuple[str, ...] = ()
    decides_itself: bool = False
    own_decision: bool = False
    checked: date | None = None
    head_digest: str = ""
    head_reviewed: str = ""
    minor_after_review: tuple[str, ...] = ()
    table_problems: tuple[str, ...] = ()
    notes_missing: tuple[str, ...] = ()
    blank_procedure_items: tuple[str, ...] = ()
    differs_from_record: tuple[str, ...] = ()
    cover_day: date | None = None
    table_day: date | None = None
    construction: date | None = None
    requirements_end: date | None = None
    submitted: date | None = None
    submitted_digest: str = ""
    published: date | None = None
    change_date: date | None = None
    linkage_date: date | None = None
    emergency: str = ""
    overruled: frozenset[tuple[str, str]] = frozenset()
    numbers_open: tuple[str, ...] = ()
    personal_open: tuple[str, ...] = ()
    amendments_open: tuple[date, ...] = ()
    places_undecided: tuple[str, ...] = ()
    places_back: tuple[str, ...] = ()
    content_open: tuple[str, ...] = ()
    content_binding: tuple[str, ...] = ()


Check = Callable[[Facts, Mapping[str, Any]], Iterator[tuple[str, str]]]
CHECKS: dict[str, Check] = {}


def check(function: Check) -> Check:
    """Enters a check under its name, by which the tables of the procedure ask for it."""
    CHECKS[function.__name__] = function
    return function


def _listed(things: Iterable[str], limit: int = 5) -> str:
    named = list(things)
    if len(named) > limit:
        more = f" ほか{len(named) - limit}件"
    else:
        more = ""
    return "、".join(named[:limit]) + more


def personal_words(f: Facts) -> Iterator[tuple[str, str]]:
    """R37, R38: what may say who somebody is, and nobody answered for. Asked at every outward step
    of every table, also of one that a round began with before there was this rule."""
    if f.numbers_open:
        where = _listed(f.numbers_open)
        yield (
            "R37",
            f"個人番号と思われる数字があります：{where}。「個人情報の点検」で答えてください",
        )
    if f.personal_open:
        where = _listed(f.personal_open)
        yield (
            "R38",
            f"電話番号かメールアドレスがあります：{where}。「個人情報の点検」で答えてください",
        )


def commission_answered(f: Facts) -> Iterator[tuple[str, str]]:
    """R45: a 補正の求め nobody has answered. Asked before a publication of every table."""
    for day in f.amendments_open:
        yield (
            "R45",
            f"委員会からの補正の求め（{written(day)}）に、回答も提出のし直しもされていません。"
            "「委員会からの照会・補正の求め」で確かめてください",
        )


def amended_places(f: Facts) -> Iterator[tuple[str, str]]:
    """R46: places changed after a submission nobody decided on, or that were to go back and did
    not. Asked before anything is sent again, by every table."""
    if f.places_undecided:
        yield (
            "R46",
            f"提出した版から直した箇所に、扱い（形式的か、やり直すか）を決めていないものがあります："
            f"{_listed(f.places_undecided)}。「委員会からの照会・補正の求め」で決めてください",
        )
    if f.places_back:
        yield (
            "R46",
            f"点検か意見の聴取からやり直すと決めた箇所があります：{_listed(f.places_back)}。"
            "「委員会からの照会・補正の求め」からやり直してください",
        )


def content_findings(f: Facts) -> Iterator[tuple[str, str]]:
    """R39, R40: what the checks of content found and nobody put right or answered. Asked at every
    outward step of every table, as what may say who somebody is."""
    if f.content_binding:
        yield (
            "R40",
            f"市が必ず直すことにした指摘が残っています：{_listed(f.content_binding)}。"
            "記載を直すか、「内容の点検」で理由を書いてください",
        )
    if f.content_open:
        yield (
            "R39",
            f"答えていない指摘が{len(f.content_open)}件あります：{_listed(f.content_open, 3)}。"
            "記載を直すか、「内容の点検」で理由を書いてください",
        )


@check
def changed(f: Facts, rules: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    """R14: 変更箇所 needs a difference from what was published last."""
    if not f.changed and not f.first:
        yield (
            "R14",
            "前回公表した版から変わったところがありません。評価書を修正してから進めてください。",
        )


@check
def basic_exists(f: Facts, rules: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    """R3 (規則第5条第1項): a 基礎項目評価書 of the same affair exists and says the same."""
    if f.basic_missing:
        yield "R3", f"基礎項目評価書がありません（{f.basic_missing}）。先に作成してください。"
    if f.basic_disagrees:
        yield (
            "R3",
            f"基礎項目評価書と記載が合っていません（{_listed(f.basic_disagrees)}"
            "）。どちらかを直してください。",
        )


@check
def basic_submitted(f: Facts, rules: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    """R3: the 基礎項目評価書 is submitted before or with this one."""
    if f.basic_unsubmitted:
        yield "R3", f"{f.basic_unsubmitted}基礎項目評価書も、先に又は一緒に提出してください。"


@check
def basic_published(f: Facts, rules: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    """R3: the 基礎項目評価書 is published before or with this one."""
    if f.basic_unpublished:
        yield "R3", f"{f.basic_unpublished}基礎項目評価書も、先に又は一緒に公表してください。"


@check
def basic_first_after_rise(f: Facts, rules: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    """R36 (規則第6条第2項・第7条第2項): after a risen threshold the 基礎項目評価書 comes first."""
    if f.basic_before_rise:
        yield "R36", f"{f.basic_before_rise}基礎項目評価書を修正し、公表してから進めてください。"


@check
def plan_registered(f: Facts, rules: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    """R33 (規則第3条): the 計画管理書 that goes with every submission can be made."""
    if f.plan_missing:
        yield (
            "R33",
            f"一緒に提出する計画管理書が作れません（{f.plan_missing}）。計画管理書の画面"
            "で登録してください。",
        )


@check
def basic_open(f: Facts, rules: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    """R34 (規則第5条第2項): a 基礎項目評価書 withholds nothing for the sake of safe handling."""
    if f.withheld_in_basic:
        yield (
            "R34",
            "基礎項目評価書では使えない理由で非公表とした箇所があります（"
            f"{_listed(f.withheld_in_basic)}）。非公表の指定を外すか、"
            "理由を選び直してください。",
        )


@check
def kind_enough(f: Facts, rules: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    """R1, R2, R5: the threshold was judged, asks for no higher kind, and its counts are fresh."""
    if not f.due:
        yield (
            "R1",
            "しきい値判断の記録がありません。"
            "対象人数・取扱者数・重大事故の有無を登録してください。",
        )
    elif not enough(f.form_kind, f.due):
        yield "R2", f"しきい値判断では上位の評価が必要です。{f.due_sentence}"
    if f.counted and (f.today - f.counted).days > 365:
        yield (
            "R5",
            f"計数の時点（{written(f.counted)}）から1年を超えています。数え直すか、"
            "そのままでよいか確かめてください。",
        )


@check
def number_registered(f: Facts, rules: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    """R4: the 評価書番号 of the 計画管理書 is known."""
    if f.number_missing:
        yield (
            "R4",
            f"評価書番号がありません（{f.number_missing}）。計画管理書の番号と同じ番号を"
            "登録してください。",
        )


@check
def counted(f: Facts, rules: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    """R5: every count says of which day it is."""
    if f.uncounted:
        yield (
            "R5",
            f"いつ時点の計数かが書かれていません（{_listed(f.uncounted)}）。日付を記入し"
            "てください。",
        )


@check
def material_decided(f: Facts, rules: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    """R11 (規則第11条): what is taken out of the 重要な変更 says why."""
    if f.unreasoned:
        yield (
            "R11",
            f"重要な変更から除く理由が書かれていません（{_listed(f.unreasoned)}"
            "）。理由を記入してください。",
        )


@check
def explained(f: Facts, rules: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    """R14A: what residents are asked about says of each change why it is made."""
    if f.unexplained:
        yield (
            "R14A",
            f"変更理由がまだ書かれていません（{_listed(f.unexplained)}）。変更箇所の表で、"
            "理由か、住民と委員に見せる説明を記入してください。",
        )


@check
def handed_over(f: Facts, rules: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    """R14B: a draft that was handed on inside the house has come to the office."""
    if f.lies_with:
        yield (
            "R14B",
            f"課内の確認が済んでいません（いまは「{f.lies_with}」の番です）。"
            "確認を待つか、済んでいることを確かめてください。",
        )


@check
def nothing_material(f: Facts, rules: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    """R11, R11A: a mere 修正 holds no 重要な変更, and open ※ questions are answered."""
    if f.material_confirmed:
        yield (
            "R11",
            f"※印の項目の変更が{f.material_confirmed}件あります。修正ではなく再実施とす"
            "るか、重要な変更に当たらない理由を記入してください。",
        )
    if f.questions:
        yield (
            "R11A",
            f"※印の項目を変えています（{_listed(f.questions)}）。この※印は委員会の様式と"
            "照合していません。重要な変更に当たるかどうかを、"
            "別表で確かめて答えてください。",
        )


@check
def period_long_enough(f: Facts, rules: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    """R7 (規則第7条第1項): the 意見募集 is long enough, or the document says why not."""
    if f.starts is None or f.ends is None:
        yield "R7", "意見募集の期間が決まっていません。始まりの日と終わりの日を入力してください。"
        return
    days = (f.ends - f.starts).days + 1
    least = rules["rules"]["R7"]["days"]
    if days < 1:
        yield "R6", "意見募集の終わりの日が、始まりの日より前です。"
    elif days < least and not f.shortened_reason.strip():
        yield (
            "R7",
            f"意見募集の期間が{days}日間（初日と末日を含む）で、{least}日に足りません。"
            "期間を延ばすか、短縮する特段の理由を評価書に書いてください。",
        )


@check
def period_over(f: Facts, rules: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    """R6: the 意見募集 is over before it is closed."""
    if f.ends is not None and f.today <= f.ends:
        yield "R6", f"意見募集は{written(f.ends)}までです。終わってから締め切ってください。"


@check
def opinions_answered(f: Facts, rules: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    """R8, R8A: every opinion was considered (規則第7条第2項) and has the city's answer."""
    if f.unconsidered:
        yield (
            "R8",
            f"{f.unconsidered}件の意見を考慮した記録がありません。"
            "市の考え方を記入するか、見直しを確定した日を記録してください。",
        )
    if f.unanswered:
        yield (
            "R8A",
            f"市の考え方がない意見があります（{_listed(f.unanswered)}）。考え方と区分を"
            "記入してください。",
        )


@check
def amendments_linked(f: Facts, rules: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    """R8A: an opinion that changed the text names the place it changed."""
    if f.unlinked:
        yield (
            "R8A",
            "「案を修正」とした意見に、修正箇所が結ばれていません（"
            f"{_listed(f.unlinked)}）。修正した項目を選んでください。",
        )


@check
def self_check(f: Facts, rules: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    """R22: the viewpoints of the review were answered by the department."""
    if f.unchecked_viewpoints:
        yield (
            "R22",
            f"審査の観点の自己点検が{f.unchecked_viewpoints}項目残っています。"
            "審議資料に付けるときは記入してください。",
        )


@check
def quorum(f: Facts, rules: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    """R23: enough members were present at the sitting."""
    if not f.held:
        yield "R23", "審議した会議の記録がありません。会議と出席を記録してください。"
    elif f.present < f.quorum:
        yield (
            "R23",
            f"出席委員が{f.present}名で、定足数{f.quorum}名に足りません。"
            "出席の記録を確かめてください。",
        )


@check
def remarks_answered(f: Facts, rules: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    """R10B: every question of a member has an answer."""
    if f.open_remarks:
        yield (
            "R10B",
            f"答えていない質問があります（{_listed(f.open_remarks)}）。回答を記録してください。",
        )


@check
def verdict_passes(f: Facts, rules: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    """R10, R10A (規則第7条第4項): the third party was heard; what it said stops nothing."""
    if not f.verdict:
        yield "R10", "第三者の意見を聴いた記録がありません。結論を記録してください。"
    elif f.passing and f.verdict not in f.passing:
        yield (
            "R10A",
            f"結論は「{f.verdict}」です。意見を聴いたので先へ進めますが、"
            "提出する前に、市の判断を記録してください。",
        )


@check
def own_decision(f: Facts, rules: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    """R10C (規則第7条第5項): beside an opinion that does not favour it, the city says itself how it
    goes on."""
    if f.decides_itself and not f.own_decision:
        yield (
            "R10C",
            f"審議会の結論は「{f.verdict}」です。市の判断（文書番号・日・理由・意見への対応）を"
            "記録してください。",
        )


@check
def heard_by_now(f: Facts, rules: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    """R6: no conclusion before the day of the sitting."""
    if f.checked and f.checked > f.today:
        yield (
            "R6",
            f"会議の日（{written(f.checked)}）がまだ来ていません。"
            "会議の後に結論を記録してください。",
        )


@check
def reviewed_is_head(f: Facts, rules: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    """R10 (規則第7条第5項): what goes on is what was reviewed, but for recorded minor changes."""
    if f.verdict_digest and f.verdict_digest != f.head_reviewed and not f.minor_after_review:
        yield (
            "R10",
            "点検を受けた後に本文が変わっています。点検をやり直すか、"
            "点検後の軽微な修正として理由と確認者を記録してください。",
        )
    elif not f.verdict_digest:
        yield "R10", "第三者点検を受けた版が記録されていません。"


@check
def submitted_is_head(f: Facts, rules: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    """R10: what is published is what was submitted."""
    if f.submitted_digest and f.submitted_digest != f.head_digest:
        yield "R10", "提出した版と、公表しようとする版が違います。提出した版を公表してください。"
    elif not f.submitted_digest:
        yield "R6", "提出の記録がありません。"


@check
def order_of_steps(f: Facts, rules: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    """No step lies before the one it follows."""
    for (name, day), (next_name, next_day) in pairwise(_dated_steps(f)):
        if next_day < day or (name == "意見募集の開始" and next_day == day):
            yield (
                "R6",
                f"{next_name}（{written(next_day)}）が{name}（{written(day)}）より前です。"
                "日付を確かめてください。",
            )
    if f.starts and f.announced and f.announced > f.starts:
        yield (
            "R6",
            f"公示（{written(f.announced)}）が意見募集の開始（{written(f.starts)}）より後です。",
        )


def _dated_steps(f: Facts) -> list[tuple[str, date]]:
    """(step, day) of the steps that have a day; the step that comes next is taken for today's."""
    submitted = f.submitted
    if not submitted and f.state in ("REVIEWED", "REPORTED"):
        submitted = f.today
    published = f.published
    if not published and f.state == "SUBMITTED":
        published = f.today
    steps = [
        ("意見募集の開始", f.starts),
        ("意見募集の終了", f.ends),
        ("見直しの確定", f.review_fixed),
        ("第三者点検", f.checked),
        ("提出", submitted),
        ("公表", published),
    ]
    return [(name, day) for name, day in steps if day is not None]


@check
def table_proves(f: Facts, rules: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    """R14: the rows of 変更箇所 are the differences of the two texts."""
    if f.table_problems:
        yield "R14", f"変更箇所の表と本文が一致しません（{_listed(f.table_problems, 3)}）。"


@check
def notes_complete(f: Facts, rules: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    """R13: every row of 変更箇所 has its 提出時期 and its 説明."""
    if f.notes_missing:
        yield (
            "R13",
            "変更箇所の表に、提出時期又は説明のない行があります（"
            f"{_listed(f.notes_missing)}）。変更の実施日か、"
            "行ごとの説明を入力してください。",
        )


@check
def procedure_items_filled(f: Facts, rules: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    """R9: no item of 評価実施手続 is blank."""
    if f.blank_procedure_items:
        yield (
            "R9",
            f"評価実施手続の欄に空欄があります（{_listed(f.blank_procedure_items)}"
            "）。該当しないときは「なし」と書いてください。",
        )


@check
def record_agrees(f: Facts, rules: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    """R9: the items of 評価実施手続 say what is on record."""
    for difference in f.differs_from_record:
        yield "R9", difference


@check
def days_on_the_document(f: Facts, rules: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    """R9: the days printed on the document are the days of the acts."""
    day = f.published or f.today
    if f.cover_day and f.cover_day != day:
        yield (
            "R9",
            f"提出した評価書の表紙の公表日は{written(f.cover_day)}ですが、公表する日は"
            f"{written(day)}です。",
        )
    if f.table_day and f.table_day != day:
        yield (
            "R9",
            f"提出した変更箇所の表の変更日は{written(f.table_day)}ですが、公表する日は"
            f"{written(day)}です。",
        )


@check
def before_construction(f: Facts, rules: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    """R20 (規則第9条第1項): announced or submitted before the system is built."""
    if f.form_kind == "all_item":
        act = "公示"
    else:
        act = "提出"
    if f.construction and f.today >= f.construction:
        yield (
            "R20",
            f"システムの構築を始める日（{written(f.construction)}）より前に{act}"
            "することとされています。",
        )
    elif f.requirements_end and f.today > f.requirements_end:
        yield (
            "R20",
            f"システムの要件定義の終了（{written(f.requirements_end)}）を過ぎています。"
            "構築を始める前かどうか確かめてください。",
        )


@check
def before_change(f: Facts, rules: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    """R12, R12A (規則第9条第2項): a 重要な変更 is published before it is made."""
    if not f.material or f.change_date is None:
        return
    late = ((f.published or f.today) - f.change_date).days
    if late >= 0 and f.emergency:
        yield (
            "R12A",
            f"緊急の必要による変更（{written(f.change_date)}）から{late}日たっています。"
            f"理由：{f.emergency}",
        )
    elif late >= 0:
        yield (
            "R12",
            f"重要な変更は、変更の実施日（{written(f.change_date)}）より前に公表しなけれ"
            "ばなりません。"
            "災害その他やむを得ない事由による緊急の変更のときは、"
            "基礎項目評価書のⅠ９と理由を記入してください。",
        )


@check
def before_linkage(f: Facts, rules: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    """R21 (番号法第21条第2項・第28条第6項): 情報連携 begins after the publication."""
    if f.linkage_date and f.linkage_date < (f.published or f.today):
        yield "R21", f"情報連携の開始日（{written(f.linkage_date)}）が公表より前になっています。"


# The name the check had before; a city's own table may still say it.
CHECKS["before_requirements"] = before_construction

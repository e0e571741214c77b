"""A second story, unlike the demonstration's in every respect: an education board, one document
without any national text, comments over the turn of a year, a
check that was continued and decided at a second sitting by another chair, a submission at 07:33 in
Japan, and a second round two years later."""

from __future__ import annotations

import io
from dataclasses import dataclass, field
from datetime import date, datetime, time

import pikepdf

from pia import forms
from pia.actions.editing import versions
from pia.actions.people import passwords, registration
from pia.actions.steps import consultations as consultation_steps
from pia.actions.steps import councils, filing, referral_steps, remarks
from pia.actions.steps import referrals as referral_acts
from pia.actions.steps import sittings as sitting_acts
from pia.actions.workplace import Workplace
from pia.domain.act import JST, By
from pia.domain.document import items
from pia.domain.document.tree import Tree
from pia.store.rows.assessments import NewRound

from .. import shared

BODY, HALL = "海原市教育委員会", "海原市個人情報保護審査会"
FORM = "all_item@平成30年5月"
LINE, NEXT, BASIC = (
    "school-aid~令和7年度再実施",
    "school-aid~令和9年度再実施",
    "school-aid-basic~令和7年度再実施",
)
OLD, NEW = (
    "学齢簿及び就学援助の申請を処理する。",
    "学齢簿及び就学援助の申請を、電子申請により処理する。",
)
PURPOSE = ("I", "1", "2")
PEOPLE = (
    ("shiomi", "汐見　渚", "drafter", "教育部学務課"),
    ("isobe", "磯部　航", "secretariat", "教育部総務課"),
    ("hama", "浜　千鳥", "administrator", "教育部総務課"),
)
FIRST = ("波多野 泉", "委員長", date(2024, 4, 1), date(2026, 1, 31))
SECOND = ("入江 岬", "委員長", date(2026, 2, 1), None)
MEMBERS = ("佐倉 楓", "佐倉 椿", "港 洋")


def at(said: str, who: str = "isobe") -> By:
    """Somebody at an instant in Japan: "2026-03-02 07:33"."""
    role = next(r for n, _, r, _ in PEOPLE if n == who)
    return By(who, role, datetime.fromisoformat(said).replace(tzinfo=JST))


def tree(purpose: str = OLD) -> Tree:
    return items.build(
        forms.load(FORM),
        [
            (("C", "1"), "7"),
            (("C", "2"), "就学援助に関する事務　全項目評価書"),
            (("C", "5"), BODY),
            (("I", "1", "1"), "就学援助に関する事務"),
            (PURPOSE, purpose),
        ],
    )


def slip(words: str = "別の資料") -> bytes:
    """A PDF of one page, as somebody hands it in."""
    out = io.BytesIO()
    pdf = pikepdf.new()
    pdf.add_blank_page(page_size=(595, 842))
    pdf.docinfo["/Title"] = words
    pdf.save(out)
    return out.getvalue()


@dataclass
class Told:
    """The numbers of what was recorded."""

    consultations: list[int] = field(default_factory=list)
    referrals: list[int] = field(default_factory=list)
    sittings: list[int] = field(default_factory=list)


STEPS = (
    "open",
    "announce",
    "close",
    "refer",
    "continued",
    "again",
    "verdict",
    "reported",
    "submit",
    "publish",
    "second",
)


def play(wp: Workplace, until: str = "second") -> Told:
    """The story up to a step."""
    out = Told()
    for name, deed in zip(
        STEPS,
        (
            _open,
            _announce,
            _close,
            _refer,
            _continued,
            _again,
            _verdict,
            _reported,
            _submit,
            _publish,
            _second,
        ),
    ):
        deed(wp, out)
        if name == until:
            break
    return out


def _open(wp: Workplace, out: Told) -> None:
    kept = passwords.hashed("しおかぜの強い日の合言葉")
    for name, shown, role, office in PEOPLE:
        registration.add_account(
            wp,
            at("2025-10-01 09:00", "hama"),
            registration.NewAccount(name, shown, role, BODY, office),
            kept=kept,
        )
    head = {
        "department": "教育部総務課",
        "contact": "000-555-7300",
        "created": "2020-04-01",
        "updated": "2025-04-01",
        "head_name": "教育長　沖　澪",
    }
    registration.plan_head(wp, at("2025-10-01 09:10"), BODY, head)
    registration.register_affair(
        wp,
        at("2025-10-01 09:20"),
        registration.NewAffair(
            key="school-aid",
            number="7",
            name="就学援助に関する事務",
            body=BODY,
            department="教育部学務課",
            facts={
                "legal": "番号法別表",
                "systems": ["就学援助システム"],
                "files": {"a": "就学援助ファイル"},
            },
            kinds=("all_item", "basic_item"),
        ),
    )
    registration.count(
        wp,
        at("2025-10-01 09:30"),
        "school-aid",
        registration.Counts(320_000, 40, False, date(2025, 9, 1), date(2025, 9, 1)),
    )
    basic = items.build(
        forms.load("basic_item@平成31年1月"),
        [
            (("C", "1"), "7"),
            (("C", "2"), "就学援助に関する事務　基礎項目評価書"),
            (("II", "1", "b"), "令和7年9月1日時点"),
            (("II", "2", "b"), "令和7年9月1日時点"),
        ],
    )
    for key, made in (("school-aid", tree()), ("school-aid-basic", basic)):
        versions.bring_in(
            wp,
            at("2025-10-01 10:00"),
            key,
            versions.Brought(made, source={}),
            why="公表済みの評価書を取込み",
        )
        versions.published_before(wp, at("2025-10-01 10:00"), key, date(2021, 2, 26))
    for where in (LINE, BASIC):
        versions.open_round(
            wp,
            at("2025-11-04 09:00"),
            where.split("~")[0],
            NewRound(
                where.split("~")[1],
                "REASSESSMENT",
                reasons=["電子申請の開始"],
                change_date=date(2026, 4, 1),
                facts={"title": "電子申請に係る再実施"},
            ),
        )
    _write(wp, LINE, NEW, "2025-11-20 16:00")


def _write(wp: Workplace, where: str, text: str, when: str) -> None:
    from pia.actions import sources

    seen = sources.read_ref(wp, where).ref
    shared.write(
        wp, at(when, "shiomi"), where, PURPOSE, text, seen=seen, why="電子申請について書く"
    )


def _announce(wp: Workplace, out: Told) -> None:
    facts = {
        "document_number": "海教学第88号",
        "decided": "2025-12-08",
        "contact": "000-555-7301",
        "postmark": False,
        "places": ["学務課"],
        "send": {"post": "学務課"},
        "sender": {"name": "required", "address": "none"},
    }
    shared.reasoned(wp, at("2025-12-09 17:00"), LINE, reason="電子申請の開始")
    consultation = consultation_steps.announce(
        wp,
        at("2025-12-10 08:30"),
        [LINE],
        consultation_steps.Announcement(
            title="就学援助の評価書（案）への意見募集",
            announced=date(2025, 12, 10),
            start=date(2025, 12, 11),
            end=date(2026, 1, 15),
            method="公示し、郵送で受け付けた。",
            facts=facts,
        ),
    )
    out.consultations.append(consultation)


def _close(wp: Workplace, out: Told) -> None:
    con = out.consultations[0]
    consultation_steps.receive(
        wp,
        at("2026-01-05 10:00"),
        con,
        consultation_steps.NewOpinion(
            received=date(2026, 1, 5),
            channel="post",
            text="電子申請の範囲が分かりません。",
            item="I-1-2",
            keys=["school-aid"],
            name="潮見 渚",
        ),
    )
    consultation_steps.respond(
        wp, at("2026-01-17 10:00"), con, 1, "範囲は要綱のとおりです。", "COVERED"
    )
    consultation_steps.close(wp, at("2026-01-16 00:40"), con)
    consultation_steps.fix_review(wp, at("2026-01-19 09:00"), [LINE], date(2026, 1, 19))


def _refer(wp: Workplace, out: Told) -> None:
    seats = [
        dict(zip(("name", "title", "since", "until"), x))
        for x in (FIRST, SECOND, *((n, "", date(2024, 4, 1), None) for n in MEMBERS))
    ]
    hall = councils.set_up(wp, at("2025-10-01 11:00"), HALL, {"quorum": 3}, seats)
    file = referral_acts.keep_file(wp, at("2026-01-20 09:00"), "資料2　要綱.pdf", slip())
    notes = referral_acts.keep_file(
        wp, at("2026-01-20 09:01"), "資料3　経費.xlsx", b"PK not a paper"
    )
    materials = [
        {"number": "資料1", "title": "", "key": "school-aid"},
        {"number": "資料2", "title": "要綱", "file": file, "name": "資料2　要綱.pdf"},
        {"number": "資料3", "title": "経費", "file": notes, "name": "資料3　経費.xlsx"},
    ]
    out.referrals.append(
        referral_acts.refer(
            wp,
            at("2026-01-20 00:20"),
            hall,
            [LINE],
            referral_acts.NewReferral(
                "就学援助の評価書の点検", materials, document_number="海教学第101号"
            ),
        )
    )


def _sat(
    wp: Workplace, out: Told, day: date, name: str, referral: int, title: str = "評価書の点検"
) -> int:
    sitting = sitting_acts.convene(
        wp,
        at(f"{day} 08:00"),
        1,
        sitting_acts.NewSitting(
            name=name,
            day=day,
            opens=time(14, 0),
            place="教育センター",
            agenda=[{"number": "議第1号", "title": title, "referral": referral}],
        ),
    )
    out.sittings.append(sitting)
    return sitting


def _continued(wp: Workplace, out: Told) -> None:
    sitting = _sat(wp, out, date(2026, 1, 29), "第4回審査会", out.referrals[0])
    sitting_acts.attend(wp, at("2026-01-29 14:05"), sitting, [FIRST[0], *MEMBERS])
    asked = remarks.ask(
        wp,
        at("2026-01-29 14:20"),
        out.referrals[0],
        "佐倉 楓",
        "範囲はどこですか。",
        key="school-aid",
        path=PURPOSE,
    )
    remarks.answer(
        wp, at("2026-01-29 14:22", "shiomi"), asked, "教育部学務課　汐見　渚", "要綱に定めます。"
    )
    referral_acts.decide(
        wp, at("2026-01-29 15:00"), out.referrals[0], sitting, "継続審議", "要綱を見てから決める。"
    )
    sitting_acts.close(wp, at("2026-01-29 15:30"), sitting, time(15, 30), 2)


def _again(wp: Workplace, out: Told) -> None:
    referral_steps.recall(
        wp,
        at("2026-01-30 08:40"),
        out.referrals[0],
        referral_steps.NewReferralStep(
            date(2026, 1, 30), "海教学第108号", "要綱を資料に加えて諮問し直すため"
        ),
    )
    out.referrals.append(
        referral_acts.refer(
            wp,
            at("2026-01-30 09:00"),
            1,
            [LINE],
            referral_acts.NewReferral(
                "就学援助の評価書の点検（再）",
                [{"number": "資料1", "title": "", "key": "school-aid"}],
                document_number="海教学第109号",
            ),
        )
    )


def _verdict(wp: Workplace, out: Told) -> None:
    sitting = _sat(wp, out, date(2026, 2, 12), "第5回審査会", out.referrals[1])
    sitting_acts.attend(
        wp,
        at("2026-02-12 14:05"),
        sitting,
        [SECOND[0], "佐倉 楓", "佐倉 椿"],
        arrived={"佐倉 椿": time(14, 10)},
    )
    asked = remarks.ask(
        wp, at("2026-02-12 14:20"), out.referrals[1], "入江 岬", "要綱は公表しますか。"
    )
    remarks.answer(
        wp, at("2026-02-12 14:22", "shiomi"), asked, "教育部学務課　汐見　渚", "公表します。"
    )
    referral_acts.decide(
        wp,
        at("2026-02-13 09:00"),
        out.referrals[1],
        sitting,
        "附帯意見を付して了承",
        "要綱を公表すること。",
    )
    sitting_acts.close(wp, at("2026-02-12 16:00"), sitting, time(16, 0), 0)


def _reported(wp: Workplace, out: Told) -> None:
    referral_acts.report(
        wp,
        at("2026-02-20 09:00"),
        out.referrals[1],
        document_number="海個審第6号",
        day=date(2026, 2, 18),
    )


def _submit(wp: Workplace, out: Told) -> None:
    said = {
        "C/7": "令和8年3月6日",
        "VI/1/1": "令和7年11月20日",
        "VI/1/2": "基礎項目評価及び全項目評価の実施が義務付けられる",
        "VI/2/1": "公示し、郵送で受け付けた。",
        "VI/2/2": "令和7年12月11日から令和8年1月15日まで（36日間）",
        "VI/2/3": "なし",
        "VI/2/4": "範囲について",
        "VI/2/5": "なし",
        "VI/3/1": "令和8年1月29日及び令和8年2月12日",
        "VI/3/2": "審査会に諮った。",
        "VI/3/3": "附帯意見を付して了承とされた。",
    }
    filing.fill_procedure(
        wp, at("2026-02-24 10:00"), LINE, {tuple(p.split("/")): x for p, x in said.items()}
    )
    filing.fill_procedure(wp, at("2026-02-24 10:00"), BASIC, {("C", "7"): "令和8年3月6日"})
    for where in (LINE, BASIC):
        filing.make_table(wp, at("2026-02-24 11:00"), where, published=date(2026, 3, 6))
    filing.submit(
        wp,
        at("2026-03-02 07:33"),
        [LINE, BASIC],
        document_number="海教学第140号",
        decided=date(2026, 2, 27),
    )


def _publish(wp: Workplace, out: Told) -> None:
    filing.publish(wp, at("2026-03-06 00:15"), [LINE, BASIC], date(2026, 3, 6))


def _second(wp: Workplace, out: Told) -> None:
    """Two years later: its own consultation, referral and sitting, all still open."""
    versions.open_round(
        wp,
        at("2028-01-10 09:00"),
        "school-aid",
        NewRound(
            "令和9年度再実施",
            "REASSESSMENT",
            reasons=["給食費の追加"],
            change_date=date(2028, 10, 1),
            facts={"title": "給食費に係る再実施"},
        ),
    )
    _write(wp, NEXT, f"{NEW}\n給食費の免除を含む。", "2028-01-12 10:00")
    shared.reasoned(wp, at("2028-01-31 17:00"), NEXT, reason="給食費の追加")
    consultation = consultation_steps.announce(
        wp,
        at("2028-02-01 08:30"),
        [NEXT],
        consultation_steps.Announcement(
            title="給食費の評価書（案）への意見募集",
            announced=date(2028, 2, 1),
            start=date(2028, 2, 1),
            end=date(2028, 3, 2),
            method="公示した。",
        ),
    )
    out.consultations.append(consultation)

"""A file of 個人情報ファイル簿 as it is on record: its texts, what of it stays inside, what anybody
may read of a publication, and what the 評価書 and the notice of the same affair say of it (個人情報
保護法第75条第1項から第3項).

The one room in which a text becomes what anybody may read. Must not know pages.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy.orm import Session

from ... import forms, registers, rules
from ...domain.document.tree import Tree
from ...domain.registers import filling, model
from ...domain.registers import omissions as leaving
from ...domain.registers.differences import FileDifference, differences
from ...domain.registers.filling import FileProposal
from ...domain.registers.model import RegisterForm
from ...domain.registers.omissions import LeftOut, outward
from ...domain.registers.told import told
from ...domain.text.notation import weighed
from ...store import queries
from ...store.rows.assessments import Assessment, Version
from ...store.rows.file_register import FileOmission, PublishedFile
from ...store.rows.registers import AFFAIR, FILE, RegisterRecord
from ...store.sql import fold
from ..workplace import Workplace
from . import outward as assessments_outward
from . import registers as kept_registers

UNLISTED = "UNLISTED"  # the whole file is left out
PUBLISHED = "PUBLISHED"
CHANGED = "CHANGED"  # published, and since then another text or something else left out
UNPUBLISHED = "UNPUBLISHED"
ENDED = "ENDED"
STANDINGS = {
    UNPUBLISHED: "未公表",
    PUBLISHED: "公表中",
    CHANGED: "公表中（修正は未公表）",
    UNLISTED: "掲載しない",
    ENDED: "廃止",
}


def form_of(session: Session, body_id: int) -> RegisterForm:
    """The 単票 on which a body writes its files now."""
    return kept_registers.form_now(session, body_id, FILE)


def roles() -> Mapping[str, str]:
    """What an item of a 単票 is for → its id, the same on the form of every body."""
    return registers.shipped(FILE).roles


def rules_of(wp: Workplace) -> dict[str, Any]:
    """Reasons for leaving out, and which items say the same."""
    return rules.load("file-register", wp.rules_folder)


def text_of(session: Session, version_id: int) -> Tree:
    """The text an act left."""
    return texts_of(session, [version_id])[version_id]


def texts_of(session: Session, ids: Iterable[int]) -> dict[int, Tree]:
    """Act → the text it left, in one look."""
    return kept_registers.texts(session, ids)


def left_out(omissions: Iterable[FileOmission]) -> tuple[LeftOut, ...]:
    """Items and lines that are left out; a whole file is no item."""
    return tuple(LeftOut(row.field, row.part) for row in omissions if row.field)


def hidden_in(publication: PublishedFile, omissions: Iterable[FileOmission]) -> tuple[LeftOut, ...]:
    """What nobody outside may read of a publication: what stayed inside then, and what is left out
    now."""
    then = [LeftOut(field, part) for field, part in publication.left_out]
    return tuple(dict.fromkeys((*then, *left_out(omissions))))


def public_text(
    session: Session, publication: PublishedFile, omissions: Iterable[FileOmission]
) -> Tree:
    """What anybody may read of a publication."""
    tree = text_of(session, publication.version_id)
    form = kept_registers.form_on(session, tree)
    return outward(form, tree, hidden_in(publication, omissions))


def public_words(session: Session, tree: Tree) -> str:
    """What a search of the public register looks through."""
    return fold(model.search_words(kept_registers.form_on(session, tree), tree))


def standing(
    record: RegisterRecord,
    omissions: Sequence[FileOmission],
    publications: Sequence[PublishedFile],
) -> str:
    """How a file stands: one of STANDINGS."""
    if record.state == model.ENDED:
        return ENDED
    if any(not row.field for row in omissions):
        return UNLISTED
    if not publications:
        return UNPUBLISHED
    last = publications[-1]
    now = {(each.field, each.part) for each in left_out(omissions)}
    then = {(field, part) for field, part in last.left_out}
    if last.version_id == record.head_id and now == then:
        return PUBLISHED
    return CHANGED


def unmet_for_publication(
    session: Session, record: RegisterRecord, left: Sequence[FileOmission]
) -> list[str]:
    """What a file lacks before it may be published, a sentence each."""
    if any(not row.field for row in left):
        return ["このファイルは、掲載しないこととしています。先に、その記録を取り消してください。"]
    if record.head_id is None:
        return ["記載がありません。"]
    tree = text_of(session, record.head_id)
    form = kept_registers.form_on(session, tree)
    hidden = left_out(left)
    unmet = leaving.unfilled(form, tree, hidden)
    for each in leaving.lost(form, tree, hidden):
        label = form.form.by_id[each.field].label
        unmet.append(
            f"記載しないこととした「{each.part}」が、いまの「{label}」にありません。"
            "その記録を取り消すか、記載を直してください。"
        )
    return unmet


def what_changed(form: RegisterForm, old: Tree, new: Tree) -> tuple[str, ...]:
    """What differs between two texts of a file, a line an item. `form`: that of the new one."""
    return tuple(field.sentence for field in told(form, old, new))


# ---- the same file in other documents


@dataclass(frozen=True, slots=True)
class SameFile:
    """Another document of the affair that speaks of the same file. `kind`: what it is called;
    `ref`: of an assessment its KEY, else empty; `record`: of a notice its number, else 0; `file`:
    which ファイル of Ⅱ; `choices`: all of them, by key."""

    kind: str
    ref: str
    record: int
    file: str
    choices: tuple[tuple[str, str], ...]
    proposals: tuple[FileProposal, ...]


def same_files(
    session: Session,
    wp: Workplace,
    affair_id: int | None,
    name: str,
    file: str = "",
    draft: Version | None = None,
) -> list[SameFile]:
    """The 評価書 and the notice of the same affair, as far as they speak of a file: of the text
    that was published last, else of the latest; of the assessment somebody writes, its `draft`.
    `file`: the ファイル of Ⅱ that a person chose."""
    if affair_id is None:
        return []
    found = []
    for assessment in queries.assessments.of_affair(session, affair_id):
        version = _read(session, assessment, draft)
        same = _in_assessment(session, wp, assessment, version, name, file)
        if same is not None:
            found.append(same)
    for record in queries.registers.of_affair(session, AFFAIR, affair_id):
        if record.head_id is None:
            continue
        tree = text_of(session, record.head_id)
        notice = kept_registers.forms_of(session, [tree.form])[tree.form]
        origin = f"届出「{record.name}」"
        proposals = filling.from_notice(notice, tree, rules_of(wp), origin)
        found.append(SameFile("届出", "", record.id, "", (), tuple(proposals)))
    return found


def _read(session: Session, assessment: Assessment, draft: Version | None) -> Version | None:
    """The text of an assessment that is read: the draft somebody writes of it, else the latest."""
    if draft is not None and draft.assessment_id == assessment.id:
        return draft
    return session.get(Version, assessment.head_id) if assessment.head_id is not None else None


def _in_assessment(
    session: Session,
    wp: Workplace,
    assessment: Assessment,
    version: Version | None,
    name: str,
    file: str,
) -> SameFile | None:
    if version is None:
        return None
    tree = assessments_outward.reading(session, version)
    form = forms.load(tree.form)
    kind = forms.KIND_NAMES[form.kind]
    choices = filling.files(form, tree, rules_of(wp))
    key = _chosen(choices, name, file)
    proposals = filling.from_assessment(form, tree, rules_of(wp), key)
    return SameFile(kind, assessment.key, 0, key, tuple(choices), tuple(proposals))


def _chosen(choices: Sequence[tuple[str, str]], name: str, file: str) -> str:
    """The ファイル of Ⅱ that is meant: the chosen one, that of the same name, the only one."""
    keys = [key for key, _ in choices]
    if file in keys:
        return file
    for key, called in choices:
        if weighed(called) == weighed(name):
            return key
    if len(keys) == 1:
        return keys[0]
    return ""


def differences_of(
    session: Session, wp: Workplace, record: RegisterRecord, draft: Version | None = None
) -> list[tuple[SameFile, tuple[FileDifference, ...]]]:
    """What the 評価書 (or the `draft` somebody writes of one) and the notice of the same affair say
    otherwise of a file, document by document; those that say nothing else are left out."""
    if record.head_id is None or record.affair_id is None or record.state != model.LIVE:
        return []
    tree = text_of(session, record.head_id)
    form = kept_registers.form_on(session, tree)
    ours = {role: form.text(tree, role) for role in form.roles}
    found = []
    for same in same_files(session, wp, record.affair_id, record.name, "", draft):
        said = differences(form, ours, same.proposals, rules_of(wp), same.kind)
        if said:
            found.append((same, tuple(said)))
    return found


def claims_of(
    session: Session,
    wp: Workplace,
    affair_id: int,
    standings: Collection[str],
    draft: Version | None = None,
) -> list[str]:
    """Sentences where a 評価書 says of the 公表 of 個人情報ファイル簿 what is not so.
    `standings`: how the files of the affair stand; `draft`: as in `same_files`."""
    published = [each for each in standings if each in (PUBLISHED, CHANGED)]
    sentences = []
    kinds = rules_of(wp)["said"]["簿の公表"]
    for assessment in queries.assessments.of_affair(session, affair_id):
        version = _read(session, assessment, draft)
        if version is None or assessment.kind not in kinds:
            continue
        tree = assessments_outward.reading(session, version)
        form = forms.load(tree.form)
        claim = filling.says_published(form, tree, rules_of(wp))
        kind = forms.KIND_NAMES[form.kind]
        if claim is not None and claim[0] and not published:
            sentences.append(
                f"{kind}（{claim[1]}）は「行っている」としていますが、"
                "この事務のファイルは公表されていません。"
            )
        if claim is not None and not claim[0] and published:
            sentences.append(
                f"{kind}（{claim[1]}）は「行っていない」としていますが、"
                "この事務のファイルが公表されています。"
            )
    return sentences

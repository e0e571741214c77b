"""What 廃棄 destroys of documents and files: the texts of versions and the kept files that no
record that stays holds any more.

Knows which record holds which version and which file, and what is in use. Must not know when a
record's years are over. Rows, digests and the chain stay; what goes is on record as a
`Destruction`. A record that others still need is not destroyed, or leaves what they need, and says
so.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy.orm import Session

from ...domain.document import items
from ...domain.document.tree import Tree, walk
from ...domain.text.folding import fold
from ...domain.withheld.kept import secrets
from ...store import nodes, packing, queries
from ...store.rows import councils
from ...store.rows.assessments import Version

Held = dict[str, set[int]]
_REGISTERS = 0  # no version has this number


@dataclass(frozen=True, slots=True)
class Destroyable:
    """What goes with one record: how many versions lose their text, the digests of contents and of
    files, and what stays because others hold it, in words."""

    versions: int
    contents: tuple[str, ...]
    files: tuple[str, ...]
    left: str


def in_use(session: Session) -> dict[str, str]:
    """Records that cannot go whatever their years: sign → why, in words."""
    out = {}
    for number in queries.papers.newest_carriers(session):
        out[f"file:{number}"] = "様式ファイルとして使っている"
    for publication, _ in _in_force(session):
        out[f"publication:{publication}"] = "公表している評価書である"
    return out


def _in_force(session: Session) -> list[tuple[int, int]]:
    """(publication, version) of what each assessment says to the public now."""
    publications = queries.filing.with_assessments(session)
    last = {}
    for assessment, number, version in publications:
        last[assessment] = (number, version)
    return list(last.values())


def _versions(session: Session) -> Held:
    """Record → the versions it holds."""
    out: Held = {}

    def hold(record: str, *versions: int | None) -> None:
        out.setdefault(record, set()).update(x for x in versions if x is not None)

    signs: dict[int | None, str] = {}
    for round_, key in queries.rounds.with_keys(session):
        signs[round_.id] = f"round:{key}~{round_.name}"
        hold(signs[round_.id], round_.base_id, round_.head_id)
    for made_in in queries.versions.rounds(session):
        hold(signs[made_in[1]], made_in[0])
    for sent in queries.filing.submissions(session):
        hold(f"submission:{sent.id}", sent.version_id)
    for shown in queries.filing.publications(session):
        hold(f"publication:{shown.id}", shown.version_id)
    for pin in queries.councils.pinned(session):
        hold(f"referral:{pin.referral_id}", pin.version_id)
    for kind in (councils.Remark, councils.Proposal):
        for row in queries.remarks.versions_read(session, kind):
            hold(f"referral:{row[0]}", row[1])
    for adoption in queries.opinions.adoptions(session):
        hold(f"opinion:{adoption.opinion_id}", adoption.before_id, adoption.after_id)
    return out


def _files(session: Session) -> dict[str, set[str]]:
    """Record → the files (SHA-256) it holds."""
    out: dict[str, set[str]] = {}
    for carrier in queries.papers.all_carriers(session):
        out[f"file:{carrier.id}"] = {carrier.sha256}
    for job in queries.jobs.bundles(session):
        out[f"bundle:{job.id}"] = _named(job.result or {})
    for sent in queries.filing.submissions(session):
        if sent.sent:
            out[f"submission:{sent.id}"] = {sent.sent}
        else:
            out[f"submission:{sent.id}"] = set()
    for case in queries.councils.referrals(session):
        out[f"referral:{case.id}"] = {x for paper in case.materials for x in _named(paper)}
    for key, name, file in queries.round_files.with_lines(session):
        out.setdefault(f"round:{key}~{name}", set()).add(file)
    for opinion, file in queries.opinions.every_attachment(session):
        out.setdefault(f"opinion:{opinion}", set()).add(file)
    for guide, file in queries.guides.files(session):
        out[f"guide:{guide}"] = {file}
    for step, round_, key in queries.rounds.events_with_keys(session):
        if step.facts.get("table"):
            out.setdefault(f"round:{key}~{round_.name}", set()).add(step.facts["table"])
    return out


def _named(detail: Mapping[str, Any]) -> set[str]:
    texts = set()
    for name in ("sha256", "file"):
        if detail.get(name):
            texts.add(str(detail[name]))
    for before in detail.get("replaced") or ():  # of a material that was handed out anew
        texts |= _named(before)
    return texts


def _always(session: Session) -> set[str]:
    """Files no record of the table holds, which stay: listings the ledger sealed, templates,
    blanks, files of other work, and the table of steps each round began with."""
    out = set(queries.papers.template_files(session))
    out |= set(queries.papers.confirming_files(session))
    for job in queries.jobs.but_bundles(session):
        out |= _named(job.result or {})
    for facts in queries.rounds.facts(session):
        out |= {str(x) for x in facts.values() if isinstance(x, str) and len(x) == 64}
    for entry in queries.audit_entries.seals(session):
        for listing in entry.detail.get("tables", {}).values():
            out |= set(listing["parts"])
    return out


def take(session: Session, chosen: Sequence[str], gone: Collection[str]) -> dict[str, Destroyable]:
    """What goes with each of the chosen records, when those in `gone` have gone before; what
    several of them hold, with the first. Nothing is changed.
    """
    leaving = {*chosen, *gone}
    versions = _versions(session)
    freed = _held_by(versions, chosen) - _staying(session, versions, leaving)
    freed -= _guarding(session, freed)
    used = _contents(session)
    kept = _held_by(used, set(used) - freed)
    files = _files(session)
    needed = _held_by(files, set(files) - leaving)
    needed |= _always(session) | _of_versions(session, set(used) - freed) | _drawings(session, kept)
    out: dict[str, Destroyable] = {}
    done: set[int] = set()
    lost: set[int] = set()
    shut: set[str] = set()
    for record in chosen:
        own = versions.get(record, set())
        texts = _held_by(used, own & freed) - kept
        held = files.get(record, set()) | _of_versions(session, own & freed)
        held |= _drawings(session, texts)
        ids = _filled(session, texts - done)
        gone_files = _there(session, held - needed - shut)
        out[record] = Destroyable(
            len((own & freed) - lost),
            tuple(sorted(ids)),
            tuple(sorted(gone_files)),
            _left(len(own - freed), len(held & needed)),
        )
        done |= texts
        lost |= own & freed
        shut |= gone_files
    return out


def _held_by(held: Mapping[Any, Collection[Any]], owners: Iterable[Any]) -> set[Any]:
    """All that these owners hold."""
    out: set[Any] = set()
    for owner in owners:
        out.update(held.get(owner, ()))
    return out


def _staying(
    session: Session, versions: Mapping[str, Collection[int]], leaving: Collection[str]
) -> set[int]:
    """The versions that stay: of other records, the heads, and what is in force."""
    stay: set[int] = _held_by(versions, set(versions) - set(leaving))
    stay |= set(filter(None, queries.assessments.main_heads(session)))
    return stay | {version for _, version in _in_force(session)}


def _guarding(session: Session, freed: Collection[int]) -> set[int]:
    """Versions whose marks of 非公表 alone keep words covered that a version that stays says
    openly: without their text nobody would know.
    """
    out: set[int] = set()
    assessments = set()
    for number in freed:
        assessments.add(session.get_one(Version, number).assessment_id)
    for assessment in sorted(assessments):
        every = queries.versions.ids_of_assessment(session, assessment)
        stay = []
        for number in every:
            if number not in freed:
                stay.append(nodes.tree(session, number))
        known = secrets(*stay)
        staying = fold("\n".join(map(_said, stay)))
        for number in sorted(set(every) & set(freed)):
            words = secrets(nodes.tree(session, number)) - known
            if any(fold(word) in staying for word in words):
                out.add(number)
    return out


def _said(tree: Tree) -> str:
    return "\n".join(items.text_of(node) for _, node in walk(tree))


def _left(versions: int, files: int) -> str:
    if versions:
        words = [f"版{versions}件"]
    else:
        words = []
    if files:
        words += [f"ファイル{files}件"]
    else:
        words += []
    if words:
        return f"ほかの記録が使う{'・'.join(words)}は残しました"
    return ""


def _contents(session: Session) -> dict[int, set[int]]:
    """Version → the contents of its text. What the registers say stands under `_REGISTERS` and is
    never freed with an assessment: the same words are kept once."""
    used = {}
    for number, manifest in queries.versions.manifests(session):
        used[number] = set(packing.used(packing.lines(manifest)))
    used[_REGISTERS] = set()
    for _, manifest in queries.registers.manifests(session):
        used[_REGISTERS] |= packing.used(packing.lines(manifest))
    return used


def _filled(session: Session, ids: Iterable[int]) -> set[str]:
    """The digests of contents that hold a text still."""
    wanted = set(ids)
    digests = set()
    for number, name in queries.contents.filled(session):
        if number in wanted:
            digests.add(bytes(name).hex())
    return digests


def _there(session: Session, names: Iterable[str]) -> set[str]:
    """Files of these names that are there still."""
    return set(names) & set(queries.contents.files(session))


def _of_versions(session: Session, versions: Collection[int]) -> set[str]:
    """Printings of the texts of these versions."""
    rows = queries.versions.digests(session)
    digests = set()
    for number, digest in rows:
        if number in versions:
            digests.add(digest)
    names = set()
    for digest, name in queries.papers.printed_files(session):
        if digest in digests:
            names.add(name)
    return names


def _drawings(session: Session, contents: Collection[int]) -> set[str]:
    """Drawings that figures among these contents show."""
    wanted = []
    for number, name in queries.contents.figures(session):
        if number in contents:
            wanted.append(bytes(name).hex())
    values = nodes.values(session, wanted).values()
    texts = set()
    for value in values:
        if value and value.get("drawing"):
            texts.add(str(value["drawing"]))
    return texts

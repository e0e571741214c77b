"""Work that takes longer than a person waits: asked for as a job, done by a worker, with progress,
and once.

Knows what each kind of job does and hands it a `step(done, total, says)`; the command line hands
the same functions a progress bar. Who may ask is the doors' matter; a job's result is a kept file
or what an act returned.
"""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from datetime import date, datetime, timedelta
from hashlib import sha256
from typing import Any

from ..domain.act import By
from ..domain.canonical import canonical
from ..domain.errors import PiaError
from ..store import nodes, queries
from ..store.ledger import log
from ..store.rows import jobs
from ..store.rows.assessments import NewRound, Version
from ..store.rows.jobs import Job
from .access import noted, veil
from .editing import import_desk, national
from .issuing import bundles, exports, pack
from .output.formats import Step
from .records import sets
from .records.outward import public_reading
from .sources import read_ref
from .steps import bulk_rounds, change_notes, filing
from .workplace import Workplace, line

Now = Callable[[], datetime]
BEAT = timedelta(
    seconds=10
)  # well below jobs.LOST, so that a long single step is not taken for a dead worker
_LOG = logging.getLogger("pia.work")
ASIDE = 300  # seconds between two looks at what is due daily
_TELL = 0.5  # seconds between two notes of progress: a row a step would be thousands


class Cancelled(Exception):
    """The work was asked to end, or another worker has taken it over."""


def kept(wp: Workplace, by: By, body: bytes, name: str, kind: str) -> dict[str, Any]:
    """Keeps bytes a job made; gives what its row says of them: {sha256, name, type}."""
    with wp.store.begin() as session:
        name_of_file = nodes.put_blob(session, body)
        log.entry(session, by, "job.keep", name_of_file, {"name": name})
        return {"sha256": name_of_file, "name": name, "type": kind}


def _paper(wp: Workplace, by: By, args: Mapping[str, Any], step: Step) -> dict[str, Any]:
    with veil.veiled_if(bool(args.get("masked"))):
        source = read_ref(wp, args["ref"])
    step(0, 1, source.title)
    body = exports.export(source, "pdf", public=bool(args.get("public")), where=wp)
    step(1, 1, source.title)
    if args.get("public"):
        title = f"{public_reading(wp, source).title}（公表用）"
    else:
        title = source.title
    return kept(wp, by, body, f"{title}.pdf", "application/pdf")


def _bundle(wp: Workplace, by: By, args: Mapping[str, Any], step: Step) -> dict[str, Any]:
    if args.get("as_of"):
        day = date.fromisoformat(args["as_of"])
    else:
        day = by.day
    refs = sets.set_of(wp, args["ref"])
    if args.get("public"):
        whole = bundles.for_the_public(wp, refs, step)
    else:
        whole = bundles.of_refs(wp, refs, day, step)
    if args.get("public"):
        name = f"{args['ref'].split('@')[0]}（公表用）"
    else:
        name = args["ref"].replace("@", "-")
    return {**kept(wp, by, whole.data, f"{name}.zip", "application/zip"), "digests": whole.digests}


def _national(wp: Workplace, by: By, args: Mapping[str, Any], step: Step) -> dict[str, Any]:
    from .editing import national_files

    targets = args.get("targets") or {key: list(args.get("files", ())) for key in args["keys"]}
    # Tried one by one, so that how far it is can be told; then all of them, or none, in one act.
    for number, (key, files) in enumerate(targets.items()):
        step(number, len(targets) + 1, "反映前の確認")
        national.apply(wp, by, args["revision"], {key: files}, dry_run=True)
    step(len(targets), len(targets) + 1, "反映")
    done = national.apply(wp, by, args["revision"], targets)
    _after_the_deed(step, len(targets) + 1, len(targets) + 1, "")
    return {
        "results": list(map(national_files.result_json, done)),
        "told": national_files.told(wp, done),
    }


def _refer(wp: Workplace, by: By, args: Mapping[str, Any], step: Step) -> dict[str, Any]:
    """Prints and pins; a second run after a crash finds the referral made and makes no other."""
    from .steps import referrals

    known = referrals.referred(wp, args["rounds"])
    if known is None:
        step(0, 1, "資料の印刷")
        known = referrals.refer(
            wp,
            by,
            int(args["council"]),
            args["rounds"],
            referrals.NewReferral(
                args["title"], args["materials"], document_number=args.get("document_number", "")
            ),
            papers=True,
        )
    _after_the_deed(step, 1, 2, "印刷用資料 一式")
    pack.kept(wp, known)
    _after_the_deed(step, 2, 2, "印刷用資料 一式")
    return {"referral": known}


def _after_the_deed(step: Step, done: int, total: int, says: str) -> None:
    """Tells how far a job is whose deed is done: it can no longer be stopped, and must not say that
    nothing changed.
    """
    with suppress(Cancelled):
        step(done, total, says)


def _submit(wp: Workplace, by: By, args: Mapping[str, Any], step: Step) -> dict[str, Any]:
    """Makes what is sent and fixes it with the submission; a second run after a crash finds it
    submitted and sends nothing again.
    """
    refs = list(args["rounds"])
    if not filing.submitted(wp, refs):
        with wp.store.read() as session:
            heads = []
            for at in (line(session, ref) for ref in refs):
                heads.append(f"{at.assessment.key}@{session.get_one(Version, at.head_id).seq}")
        whole = bundles.of_refs(wp, sets.with_basic(wp, heads), by.day, step)
        if args.get("decided"):
            decided = date.fromisoformat(args["decided"])
        else:
            decided = None
        filing.submit(
            wp, by, refs, document_number=args["document_number"], decided=decided, bundle=whole
        )
    _after_the_deed(step, 1, 1, "")
    return {"round": refs[0]}


def _decision(wp: Workplace, by: By, args: Mapping[str, Any], step: Step) -> dict[str, Any]:
    """The set of an internal decision, as of the day it was asked for."""
    from .issuing import attachments

    step(0, 1, attachments.STEPS.get(args["step"], ""))
    today = date.fromisoformat(args["today"])
    paper_set = attachments.make(
        wp, args["step"], args["fmt"], about=int(args["about"]), today=today, given=args["given"]
    )
    step(1, 1, attachments.STEPS[args["step"]])
    if args["fmt"] == "zip":
        kind = "application/zip"
    else:
        kind = "application/pdf"
    return {
        **kept(wp, by, paper_set.data, paper_set.file, kind),
        "problems": [problem.sentence for problem in paper_set.problems],
    }


def _read_books(wp: Workplace, by: By, args: Mapping[str, Any], step: Step) -> dict[str, Any]:
    return {"read": import_desk.read(wp, int(args["batch"]), step)}


def _take_books(wp: Workplace, by: By, args: Mapping[str, Any], step: Step) -> dict[str, Any]:
    return dict(import_desk.take_in(wp, by, int(args["batch"]), list(args["books"]), step))


def _begin_rounds(wp: Workplace, by: By, args: Mapping[str, Any], step: Step) -> dict[str, Any]:
    day = args.get("change_date")
    new = NewRound(
        args["name"],
        args["kind"],
        list(args["reasons"]),
        date.fromisoformat(day) if day else None,
        {"title": args["title"]},
    )
    done = bulk_rounds.begin(wp, by, list(args["affairs"]), new, bool(args["higher_only"]), step)
    return _told(done, step)


def _note_rounds(wp: Workplace, by: By, args: Mapping[str, Any], step: Step) -> dict[str, Any]:
    said = dict(args["said"])
    if said.get("day"):
        said["day"] = date.fromisoformat(said["day"])
    note = change_notes.RowNote(**said)
    return _told(
        bulk_rounds.note(wp, by, list(args["rounds"]), note, bool(args["over"]), step), step
    )


def _publish_rounds(wp: Workplace, by: By, args: Mapping[str, Any], step: Step) -> dict[str, Any]:
    day = date.fromisoformat(args["day"])
    return _told(bulk_rounds.publish(wp, by, list(args["rounds"]), day, step), step)


def _told(lines: Sequence[bulk_rounds.BulkLine], step: Step) -> dict[str, Any]:
    """What became of each of many, after the deed."""
    _after_the_deed(step, 1, 1, "")
    return {"told": [one.as_json() for one in lines]}


# kind -> (what it is called, what does it). A kind must be harmless when it is done again: a worker
# may die between the deed and its note.
STATES = {
    "QUEUED": "待っています",
    "RUNNING": "処理中",
    "DONE": "終わりました",
    "FAILED": "できませんでした",
    "CANCELLED": "取りやめました",
}
Maker = Callable[[Workplace, By, Mapping[str, Any], Step], dict[str, Any]]
KINDS: dict[str, tuple[str, Maker]] = {
    "paper": ("印刷用PDFの作成", _paper),
    "bundle": ("提出書類一式の作成", _bundle),
    "refer": ("諮問と資料の印刷", _refer),
    "submit": ("提出書類一式の確定", _submit),
    "national": ("国の記載例の反映", _national),
    "decision": ("起案添付資料の作成", _decision),
    "read_books": ("ファイルの読み取り", _read_books),
    "take_books": ("評価書の取込み", _take_books),
    "begin_rounds": ("手続の一括開始", _begin_rounds),
    "note_rounds": ("変更箇所への一括記入", _note_rounds),
    "publish_rounds": ("一括公表", _publish_rounds),
}


def kind(name: str, words: str) -> Callable[[Maker], Maker]:
    """Adds a kind of work that is done in a layer above this one: pages are drawn by the web."""

    def add(maker: Maker) -> Maker:
        KINDS[name] = (words, maker)
        return maker

    return add


def ask(wp: Workplace, by: By, kind: str, args: Mapping[str, Any], key: str = "") -> int:
    """The job's id.

    The same work asked for again is the same job, unless it failed or was stopped: then it is a new
    one. `key` tells apart what is to be done twice. PiaError for an unknown kind.
    """
    if kind not in KINDS:
        raise PiaError(f"処理「{kind}」はありません（{'・'.join(KINDS)}のいずれか）。")
    base = key or f"{kind}:{sha256(canonical(dict(args))).hexdigest()}"
    with wp.store.begin() as session:
        again = queries.jobs.of_key(session, base)
        if again and again[-1].state not in (jobs.FAILED, jobs.CANCELLED):
            return again[-1].id
        asked = jobs.ask(session, by, f"{base}#{len(again) + 1}" if again else base, kind, args)
        log.entry(session, by, "job.ask", str(asked.id), {"kind": kind})
        return asked.id


def stop(wp: Workplace, by: By, job: int) -> None:
    """Stops a job. PiaError when there is none of that number."""
    with wp.store.begin() as session:
        if session.get(Job, job) is None:
            raise PiaError(f"処理 {job} はありません。pia job list で確かめてください。")
        jobs.stop(session, job)
        log.entry(session, by, "job.stop", str(job), {})


def listed(wp: Workplace, most: int = 50) -> list[Job]:
    """The latest jobs, newest first."""
    with wp.store.read() as session:
        return queries.jobs.latest(session, most)


def job(wp: Workplace, job_id: int) -> Job:
    """One job. PiaError when there is none."""
    with wp.store.read() as session:
        row = session.get(Job, job_id)
        if row is None:
            raise PiaError(f"処理 {job_id} はありません。")
        return row


def result(wp: Workplace, job_id: int) -> tuple[bytes, str, str]:
    """(bytes, file name, media type) of a job that made a file. PiaError before it is done."""
    done = job(wp, job_id)
    if done.state != jobs.DONE or not done.result or "sha256" not in done.result:
        raise PiaError("この処理のファイルは、まだありません。")
    with wp.store.read() as session:
        return (
            nodes.get_blob(session, done.result["sha256"]),
            str(done.result["name"]),
            str(done.result["type"]),
        )


def work_once(
    wp: Workplace, worker: str, now: Now, gone: Callable[[str], bool] = lambda _: False
) -> bool:
    """Does the oldest waiting job; False when there is none.

    What goes wrong becomes the job's sentence; nothing is raised. `gone` says whether a worker of
    that name is known to be dead, so that its job need not wait for its silence.
    """
    with wp.store.read() as session:
        dead = set()
        for word in jobs.workers(session):
            if gone(word):
                dead.add(word)
        if not dead and not jobs.waiting(session, now()):
            return False
    with wp.store.unchained() as session:
        taken_job = jobs.take(session, worker, now(), dead)
    if taken_job is None:
        return False
    by = By(taken_job.actor, taken_job.role, now())
    state = jobs.FAILED
    result = None
    error = None
    reached = [""]
    try:
        with _steps(wp, taken_job.id, worker, now) as step:

            def stepped(done: int, total: int, says: str) -> None:
                reached[0] = says
                step(done, total, says)

            result = KINDS[taken_job.kind][1](wp, by, taken_job.args, stepped)
            state = jobs.DONE
    except Cancelled:
        state = jobs.CANCELLED
    except PiaError as this_error:
        error = "\n".join([str(this_error), *getattr(this_error, "unmet", ())])
    except Exception as this_error:
        # The cause goes into the log of the server; the sentence says where it stopped, and no text
        # of a person.
        _LOG.exception("job %d (%s) stopped at %r", taken_job.id, taken_job.kind, reached[0])
        error = (
            f"「{reached[0] or KINDS[taken_job.kind][0]}」の途中で、"
            f"思いがけない誤り（{type(this_error).__name__}）のため止まりました。"
            f"処理の番号{taken_job.id}を管理者に知らせてください。"
        )
    with wp.store.begin(chain=log.MAIN) as session:
        if jobs.end(session, taken_job.id, worker, state, result, error):
            log.entry(session, by, "job.end", str(taken_job.id), {"state": state})
    return True


@contextmanager
def _steps(wp: Workplace, job_id: int, worker: str, now: Now) -> Iterator[Step]:
    """The `step` of one job, and a beat beside it while a single step takes long."""
    over = threading.Event()
    last = [0.0]
    known = [(0, 0, "")]

    def tell(done: int, total: int, says: str) -> bool:
        with wp.store.unchained() as session:
            return jobs.tell(session, job_id, worker, now(), done, total, says)

    def step(done: int, total: int, says: str) -> None:
        known[0] = (done, total, says)
        if time.monotonic() - last[0] >= _TELL or 0 < total <= done:
            last[0] = time.monotonic()
            if not tell(done, total, says):
                raise Cancelled

    def beat() -> None:
        while not over.wait(BEAT.total_seconds()):
            try:
                tell(*known[0])
            except PiaError:
                continue  # another writer was slow; the next beat comes in time

    beside = threading.Thread(target=beat, daemon=True)
    beside.start()
    try:
        yield step
    finally:
        over.set()
        beside.join()


def work_on(
    wp: Workplace,
    worker: str,
    now: Now,
    over: threading.Event,
    gone: Callable[[str], bool],
    pause: float = 1.0,
    beside: Callable[[], object] = lambda: None,
) -> None:
    """Job after job until `over` is set; a job in hand is finished first.

    `beside`: what is looked after once in `ASIDE`, such as the daily anchor.
    """
    due = 0.0
    while not over.is_set():
        try:
            if time.monotonic() >= due:
                due = time.monotonic() + ASIDE
                beside()
            noted.enter(wp)
            busy = work_once(wp, worker, now, gone)
        except PiaError:
            busy = False  # the database was busy or away; the job waits
        if not busy:
            over.wait(pause)

"""Commands about long work: the worker, and what it has to do."""

from __future__ import annotations

import os
import signal
import socket
import sys
import threading
from contextlib import suppress
from types import FrameType
from typing import Any

import click

from ..domain.errors import PiaError
from .common import as_json, by, machine, progress, workplace, write, write_classed

TURNS = 5  # of the index of the search in that time
COUNTING = 3  # seconds until what a save changed is counted for lists


def name() -> str:
    """This process as a worker: machine and process id."""
    return f"{socket.gethostname()}:{os.getpid()}"


def gone(worker: str) -> bool:
    """Whether a worker of this machine has died."""
    host, _, pid = worker.rpartition(":")
    if host != socket.gethostname() or not pid.isdigit():
        return False
    try:
        os.kill(int(pid), 0)
    except ProcessLookupError:
        return True
    except PermissionError:
        return False
    return False


@click.command(
    "work", help="頼まれた処理（PDF・一式の作成など）を順に行う。pia serve は自分で1つ動かす。"
)
@click.option("--once", is_flag=True, help="待っている処理がなくなったら終わる")
@click.option("--beside-server", is_flag=True, hidden=True)
def work_command(once: bool, beside_server: bool) -> None:
    """Does the jobs that wait, one after the other. `--beside-server`: until the server that
    started it ends, which closes the other end of its input.
    """
    over = threading.Event()
    if beside_server:
        _end_with_server(over)
    from .. import config
    from ..actions import jobs
    from ..actions.editing import import_desk
    from ..actions.records import content_checks, tallies
    from ..actions.upkeep import anchors, nightly, rehearsal, search_index
    from ..web.public import site  # noqa: F401 - a kind of work of its own

    wp = workplace()

    def stop(_: int, __: FrameType | None) -> None:
        over.set()

    signal.signal(signal.SIGTERM, stop)
    signal.signal(signal.SIGINT, stop)
    now = rehearsal.clock(wp, machine)
    given = config.load()
    if once:
        while not over.is_set() and jobs.work_once(wp, name(), now, gone):
            pass
        anchors.daily(wp, given, now())
        return

    backups = (wp, given, now, over, jobs.ASIDE)
    threading.Thread(target=nightly.nights, args=backups, daemon=True).start()

    def count() -> None:
        while not over.wait(COUNTING):
            with suppress(PiaError):
                tallies.renew_missing(wp.store)
                content_checks.renew(wp)
                search_index.follow(wp, TURNS)

    threading.Thread(target=count, daemon=True).start()

    def daily() -> None:
        anchors.daily(wp, given, now())
        import_desk.forget_old(wp, now())

    jobs.work_on(wp, name(), now, over, gone, beside=daily)


def _end_with_server(over: threading.Event) -> None:
    """A worker outlives no server, also none that ends before the worker has begun: then the job in
    hand is finished and the worker ends.
    """

    def watch() -> None:
        # Past the buffer: at its end the interpreter would wait for whoever holds that.
        while os.read(sys.stdin.fileno(), 1):
            continue
        over.set()

    threading.Thread(target=watch, daemon=True).start()


@click.group("job", help="時間のかかる処理の一覧と取りやめ。")
def job_command() -> None:
    """The commands of jobs."""


@job_command.command("list", help="")
@click.option("--json", "json_", is_flag=True)
def job_list(json_: bool) -> None:
    """Lists the jobs."""
    from ..actions import jobs
    from ..web.public import site  # noqa: F401 - a kind of work of its own

    rows = jobs.listed(workplace())
    if json_:
        keys = ("id", "kind", "state", "done", "total", "says", "error")
        write(as_json({"jobs": [{key: getattr(row, key) for key in keys} for row in rows]}), None)
        return
    for row in rows:
        if row.total:
            far = f"{row.done}/{row.total}"
        else:
            far = ""
        click.echo(
            f"{row.id}\t{jobs.KINDS[row.kind][0]}\t{jobs.STATES[row.state]}\t{far}\t"
            f"{row.error or row.says}"
        )
    if not rows:
        click.echo("処理はありません。")


@job_command.command("ask", help="処理を頼む。PDF・一式は REF を指定する。")
@click.argument("kind", type=click.Choice(["paper", "bundle"]))
@click.argument("ref")
@click.option("--public", is_flag=True)
@click.option("--as", "user")
def job_ask(kind: str, ref: str, public: bool, user: str | None) -> None:
    """Asks for a job."""
    from ..actions import jobs
    from ..actions.records import sets

    wp = workplace()
    pinned = sets.set_of(wp, ref)[0]
    asked = by(user)
    args: dict[str, Any] = {"ref": pinned}
    if public:
        args["public"] = True
    if kind == "bundle":
        args["as_of"] = asked.day.isoformat()
    click.echo(str(jobs.ask(wp, asked, kind, args)))


@job_command.command("wait", help="処理の終わりを待ち、できたファイルを書き出す。")
@click.argument("job_id", type=int)
@click.option("-o", "output")
def job_wait(job_id: int, output: str | None) -> None:
    """Waits until a job has ended."""
    import time

    from ..actions import jobs

    wp = workplace()
    with progress("処理") as step:
        while (job := jobs.job(wp, job_id)).state in ("QUEUED", "RUNNING"):
            step(job.done, job.total, job.says)
            time.sleep(0.5)
    if job.state != "DONE":
        click.echo(f"{jobs.STATES[job.state]}。{job.error or ''}", err=True)
        sys.exit(1)
    if output:
        from ..actions.issuing import classes

        body, name, _ = jobs.result(wp, job_id)
        has = classes.of_job(wp, job.kind, job.args)
        write_classed(body, output, name.rpartition(".")[2], has)
    else:
        click.echo(jobs.STATES[job.state])


@job_command.command("stop", help="処理を取りやめる。")
@click.argument("job_id", type=int)
@click.option("--as", "user")
def job_stop(job_id: int, user: str | None) -> None:
    """Asks a job to stop."""
    from ..actions import jobs

    jobs.stop(workplace(), by(user), job_id)
    click.echo(f"処理 {job_id} の取りやめを頼みました。")

"""What the drills' controls switch off: the defence behind each promise, and what stands in its
place then.

Knows attributes of modules; a control in this process uses `without`, one in a child names the
defence (`controls`, `python -m tests.drills.undefended NAME serve …`).
"""

from __future__ import annotations

import importlib
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any, NamedTuple


class Off(NamedTuple):
    """`target`: module:attribute. `other`: what stands there when the guard is off, made of
    what stood there."""

    target: str
    other: Callable[[Any], Any]


def always(answer: Any) -> Callable[[Any], Any]:
    """Something that gives one answer to everything."""
    return lambda was: lambda *_, **__: answer


def found(off: Off) -> tuple[Any, str]:
    """Where a defence stands: its holder, and its name there."""
    module, _, path = off.target.partition(":")
    *way, last = path.split(".")
    holder: Any = importlib.import_module(module)
    for name in way:
        holder = getattr(holder, name)
    return holder, last


@contextmanager
def without(*names: str) -> Iterator[None]:
    """Some defences off in this process for a while."""
    stood = []
    for name in names:
        holder, last = found(DEFENCES[name])
        # Of a class what stands in it, not what it gives.
        was = holder.__dict__[last] if isinstance(holder, type) else getattr(holder, last)
        stood.append((holder, last, was))
        setattr(holder, last, DEFENCES[name].other(was))
    try:
        yield
    finally:
        for holder, last, was in reversed(stood):
            setattr(holder, last, was)


def _by_clock(was: Callable[..., Any]) -> Callable[..., Any]:
    """The head of a chain is what was done last, as clocks tell."""
    from sqlalchemy import select

    from pia.store.ledger import log

    def chain_head(session: Any, chain: str = log.MAIN) -> tuple[int, str]:
        of = select(log.AuditEntry.seq, log.AuditEntry.hash).where(log.AuditEntry.chain == chain)
        last = session.execute(of.order_by(log.AuditEntry.at.desc()).limit(1)).first()
        return (last.seq, last.hash) if last else (0, log.START)

    return chain_head


def _day_of_utc(was: Any) -> Any:
    from datetime import UTC

    return property(lambda by: by.at.astimezone(UTC).date())


def _over_what_stands(was: Callable[..., Any]) -> Callable[..., Any]:
    """What somebody wrote, whatever stands there by now."""
    from dataclasses import replace

    from pia.domain.change.model import ANY, Modified

    def apply(tree: Any, changes: Any, form: Any) -> Any:
        forced = tuple(
            replace(change, before=ANY) if isinstance(change, Modified) else change
            for change in changes.changes
        )
        return was(tree, replace(changes, changes=forced), form)

    return apply


def _keys_of_their_own(_: Any) -> Callable[..., str]:
    """A key nobody asks for twice."""
    import secrets

    return lambda *_: secrets.token_hex(16)


def _in_silence(was: Callable[..., Any]) -> Callable[..., Any]:
    return lambda data, form_id: {**was(data, form_id), "problems": []}


def _tidied(was: Callable[..., Any]) -> Callable[..., Any]:
    """Answers as somebody would tidy them: one normal form, no full stop at the end."""
    import unicodedata

    def tidy(value: Any) -> Any:
        if isinstance(value, str):
            return unicodedata.normalize("NFC", value).rstrip("。")
        if isinstance(value, list):
            return [tidy(part) for part in value]
        if isinstance(value, dict):
            return {name: tidy(part) for name, part in value.items()}
        return value

    def parse(data: bytes, form_id: str | None) -> dict[str, Any]:
        parsed = was(data, form_id)
        answers = [(path, tidy(answer)) for path, answer in parsed["answers"]]
        return {**parsed, "answers": answers}

    return parse


def _as_typed(_: Any) -> Callable[..., Any]:
    from flask import request

    return lambda field, *_, **__: str(int(request.form.get(field) or 0))


def _slowly(was: Callable[..., Any]) -> Callable[..., Any]:
    import time

    def enter(*given: Any, **named: Any) -> Any:
        time.sleep(1)
        return was(*given, **named)

    return enter


def _written_down(was: Callable[..., Any]) -> Callable[..., Any]:
    import logging

    def full(origins: Any, address: str, hour: str) -> bool:
        logging.getLogger("pia").warning("an opinion from %s", address)
        return False

    return full


def _language_unnamed(was: Callable[..., str]) -> Callable[..., str]:
    return lambda *given, **named: was(*given, **named).replace(' lang="ja"', "")


def _somebody(was: Callable[..., Any]) -> Callable[..., Any]:
    return lambda by: {**was(by), "actor": "shiomi"}


def _without_check(name: str) -> Callable[..., Any]:
    return lambda was: was | {name: lambda *_: iter(())}


DEFENCES: dict[str, Off] = {
    "approval bound": Off("pia.domain.procedure.steps:CHECKS", _without_check("reviewed_is_head")),
    "author of a version": Off("pia.store.rows.assessments:acted", _somebody),
    "origins nameless": Off("pia.web.public.opinions:_Origins.full", _written_down),
    "links of the chain": Off("pia.store.upkeep.fsck_chain:_chains", lambda _: lambda *_: iter(())),
    "files looked at": Off("pia.documents.ooxml.guard:_fault", always(None)),
    "limits of a child": Off("pia.documents.ooxml.guard:resource.setrlimit", always(None)),
    "records looked at": Off("pia.store.upkeep.fsck_records:check", lambda _: lambda *_: iter(())),
    "schema locked": Off("pia.store.opening:authorizer", always(0)),
    "backups looked at": Off("pia.store.upkeep.backup:_ours", always(None)),
    "no step over records": Off("pia.store.migrations.ledger:refuse_if_filled", always(None)),
    "language named": Off("jinja2:Template.render", _language_unnamed),
    "three ways": Off("pia.actions.editing.items:apply", _over_what_stands),
    "requests remembered": Off("pia.store.ledger.log:_own_key", _keys_of_their_own),
    "requests known": Off("pia.store.ledger.log:done_by_another_copy", always(False)),
    "digests of rows": Off("pia.store.upkeep.fsck_chain:_rows", lambda _: lambda *_: iter(())),
    "whose it is": Off("pia.actions.people.rights:may", always(True)),
    "problems said": Off("pia.documents.workbook_in.reader:parse", _in_silence),
    "texts as typed": Off("pia.documents.workbook_in.reader:parse", _tidied),
    "long texts in pieces": Off(
        "pia.documents.pdf.text:chunks", lambda was: lambda text: was(text)[:1]
    ),
    "lines looked at": Off("pia.web.inputs:line", _as_typed),
    "answers at once": Off("pia.web.gate:_enter", _slowly),
    "order by number": Off("pia.store.ledger.log:chain_head", _by_clock),
    "day in japan": Off("pia.domain.act:By.day", _day_of_utc),
    "faults said": Off("pia.store.opening:_said", always(None)),
}

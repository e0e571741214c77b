"""The whole public zone as static files for the city's CMS or a host without a database: its own
pages, drawn by its own views, with links relative to where each file lies, without a form and
without a script; papers and bundles beside them.

Knows which addresses of the public zone are which files. Reads only through
`actions.viewing.public` and the two makers of public readings, so that nothing enters a file that
the zone itself would not show (規則第10条第2項). The same data on the same day give the same bytes.
"""

from __future__ import annotations

import posixpath
from collections.abc import Callable, Iterator, Mapping
from datetime import date, datetime
from functools import partial
from typing import Any
from urllib.parse import quote, urlencode

from flask import Flask

from ... import resources
from ...actions import jobs, sources
from ...actions.issuing import bundles, exports
from ...actions.output import affair_books
from ...actions.viewing import affair_notices, file_register
from ...actions.viewing import public as public_views
from ...actions.viewing.public import PublicConsultation, PublicDocument
from ...actions.workplace import Workplace
from ...documents.text import site
from ...domain.act import By
from ...settings import Config, defaults
from ..actor import now_day
from . import pages as public_pages

STYLES = ("pia.css", "dark.css", "contrast.css", "vendor/design-tokens.css")
Step = Callable[[int, int, str], None]
Page = tuple[str, Callable[[], str]]


def files_of(
    wp: Workplace,
    now: datetime,
    opinions: str = "",
    step: Step = lambda *_: None,
    papers: bool = True,
) -> dict[str, bytes]:
    """Every file of the site by its name, the manifest last. `opinions`: the address of the host
    that takes opinions, ending in a slash, or "." where the site itself stands on it; empty where
    none is taken on the web. `papers`: with PDFs and public bundles."""
    app = public_pages.create_public_app(wp, Config(defaults()), lambda: now)
    today = public_day(app)
    maker = _Maker(app, wp, today, opinions, papers)
    pages = maker.pages(step)
    styles = {}
    for name in STYLES:
        styles[f"static/{name}"] = (resources.folder("static") / name).read_bytes()
    facts = {
        "as_of": today.isoformat(),
        "rehearsal": bool(app.extensions["pia.rehearsal"]),
        "consultations": maker.consultations,
        "published": maker.listed,
    }
    return site.with_manifest({**pages, **styles, **maker.papers}, facts)


def public_day(app: Flask) -> date:
    """The day the public zone stands at."""
    with app.app_context():
        return now_day()


def file_of(endpoint: str, values: Mapping[str, Any]) -> str:
    """The file that stands for an address of the public zone."""
    number = values.get("number")
    key = values.get("key")
    return {
        "static": f"static/{values.get('filename')}",
        "public.home": "index.html",
        "public.help": "guide.html",
        "public.consultation": f"consultations/{number}.html",
        "public.draft": f"consultations/{number}/documents/{key}.html",
        "public.published": f"published/{key}.html",
        "public.publication": f"published/{key}/{number}.html",
        "public.files": "files.html",
        "public.file": f"files/{number}.html",
        "public.files_workbook": "files/files.xlsx",
        "public.file_sheet": f"files/{number}.pdf",
        "public.notified": "registers/affairs.html",
        "public.notified_affair": f"registers/affairs/{number}.html",
    }[endpoint]


class _Maker:
    """One turn through the public zone."""

    def __init__(self, app: Flask, wp: Workplace, today: date, opinions: str, with_papers: bool):
        self.app = app
        self.wp = wp
        self.today = today
        self.opinions = opinions
        self.with_papers = with_papers
        self.papers: dict[str, bytes] = {}
        self.consultations: list[dict[str, Any]] = []
        self.listed: list[dict[str, Any]] = []
        self.here = "index.html"
        app.context_processor(self._words)

    def _words(self) -> dict[str, Any]:
        papers = []
        for words, name in self._papers_here():
            papers.append((words, self._relative(name)))
        return {
            "url_for": self._link,
            "sizes": (),
            "writes": bool(self.opinions),
            "tells": False,
            "sheets": self.with_papers,
            "papers": papers,
        }

    def _papers_here(self) -> Iterator[tuple[str, str]]:
        stem = self.here.removesuffix(".html")
        for words, ending in (("PDF", ".pdf"), ("一式（ZIP）", ".zip")):
            if stem + ending in self.papers:
                yield words, stem + ending

    def _relative(self, name: str) -> str:
        return quote(posixpath.relpath(name, posixpath.dirname(self.here) or "."))

    def _link(self, endpoint: str, **values: Any) -> str:
        if endpoint != "public.opinion":
            return self._relative(file_of(endpoint, values))
        form = f"consultations/{values['number']}/opinion"
        if self.opinions == ".":
            address = self._relative(form)
        else:
            address = self.opinions + form
        if values.get("item"):
            asked = {"item": values["item"]}
        else:
            asked = {}
        if asked:
            return f"{address}?{urlencode(asked)}"
        return address

    def pages(self, step: Step) -> dict[str, bytes]:
        """Every page by its file name. Papers come first: a page links those that are there."""
        todo = [
            *self._home(),
            *self._consultations(),
            *self._published(),
            *self._notified(),
            *self._files(),
        ]
        drawn = {}
        for done, (name, view) in enumerate(todo):
            step(done, len(todo), name)
            drawn[name] = self._drawn(name, view)
        step(len(todo), len(todo), "")
        return drawn

    def _drawn(self, name: str, view: Callable[[], str]) -> bytes:
        self.here = name
        with self.app.test_request_context("/"):
            return view().encode()

    def _home(self) -> Iterator[Page]:
        yield file_of("public.home", {}), public_pages.home
        yield file_of("public.help", {}), public_pages.help

    def _consultations(self) -> Iterator[Page]:
        for known in public_views.consultations(self.wp, self.today):
            number = known.number
            consultation = public_views.consultation(self.wp, number, self.today)
            if self._takes(consultation):
                self.consultations.append(_rules(consultation))
            yield (
                file_of("public.consultation", {"number": number}),
                partial(public_pages.consultation, number),
            )
            for document in consultation.documents:
                name = file_of("public.draft", {"number": number, "key": document.key})
                if consultation.open:
                    self._paper(name, document)
                yield name, partial(public_pages.draft, number, document.key)

    def _takes(self, public_consultation: PublicConsultation) -> bool:
        """Whether it takes opinions on this day or on a later one."""
        return public_views.consultation(
            self.wp, public_consultation.number, max(self.today, public_consultation.start)
        ).open

    def _published(self) -> Iterator[Page]:
        for known in public_views.published(self.wp, self.today):
            key = known["key"]
            name = file_of("public.published", {"key": key})
            days = public_views.published_days(self.wp, key, self.today)
            self._paper(name, public_views.publication(self.wp, key, days[0][0], self.today))
            self.listed.append(
                {"key": key, "kind": known["kind"], "day": known["day"].isoformat(), "page": name}
            )
            yield name, partial(public_pages.published, key)
            for number, _ in days:
                page = file_of("public.publication", {"key": key, "number": number})
                yield page, partial(public_pages.publication, key, number)

    def _files(self) -> Iterator[Page]:
        """個人情報ファイル簿, where the city publishes any of it."""
        files = file_register.public_all(self.wp, self.today)
        if not files:
            return
        book = file_register.public_book(self.wp, self.today)
        self.papers[file_of("public.files_workbook", {})] = book
        yield file_of("public.files", {}), public_pages.files_on_one_page
        for known in files:
            number = known.number
            if self.with_papers:
                sheet = file_register.public_sheet(self.wp, number, self.today)[1]
                self.papers[file_of("public.file_sheet", {"number": number})] = sheet
            yield file_of("public.file", {"number": number}), partial(public_pages.file, number)

    def _notified(self) -> Iterator[Page]:
        """The register of 個人情報取扱事務, in one page, with a page of each; nothing where no body
        keeps one."""
        if not affair_notices.kept_bodies(self.wp):
            return
        yield file_of("public.notified", {}), partial(public_pages.notified_page, True)
        wanted = affair_notices.open_to_all(self.wp, ())
        page = affair_notices.page(self.wp, wanted, 0, affair_books.MOST)
        for line in page.lines:
            name = file_of("public.notified_affair", {"number": line.record})
            yield name, partial(public_pages.notified_affair, line.record)

    def _paper(self, page: str, d: PublicDocument) -> None:
        """The PDF of a document and its public bundle, beside its page."""
        if not self.with_papers:
            return
        ref = public_views.ref_of(self.wp, d)
        stem = page.removesuffix(".html")
        self.papers[f"{stem}.pdf"] = exports.export(
            sources.read_ref(self.wp, ref), "pdf", public=True, where=self.wp
        )
        self.papers[f"{stem}.zip"] = bundles.for_the_public(self.wp, [ref]).data


def _rules(public_consultation: PublicConsultation) -> dict[str, Any]:
    """What a host outside must know to take opinions on a consultation."""
    return {
        "number": public_consultation.number,
        "title": public_consultation.title,
        "start": public_consultation.start.isoformat(),
        "end": public_consultation.end.isoformat(),
        "method": public_consultation.method,
        "facts": dict(public_consultation.facts),
        "documents": [
            {"key": document.key, "name": document.name}
            for document in public_consultation.documents
        ],
        "items": list(map(list, public_views.items_of(public_consultation))),
        "page": file_of("public.consultation", {"number": public_consultation.number}),
    }


@jobs.kind("site", "公開用ファイルの作成")
def made_as_job(wp: Workplace, by: By, args: Mapping[str, Any], step: Step) -> dict[str, Any]:
    """The site as a zip, of the day it was asked for."""
    body = site.as_zip(
        files_of(wp, datetime.fromisoformat(args["at"]), args.get("opinions", ""), step)
    )
    return jobs.kept(wp, by, body, "公開用ファイル.zip", "application/zip")

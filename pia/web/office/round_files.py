"""起案の資料 on the page of a round: files kept for those who write it.

Knows forms. What may be kept, the act says. No page for outsiders, no paper and no set holds them.
"""

from __future__ import annotations

from flask import Response, url_for
from werkzeug.wrappers import Response as Answer

from ...actions.steps import round_files as acts
from ...actions.viewing import round_files
from .. import inputs
from ..actor import by, workplace
from ..allowed import must_read_all
from ..answers import attachment, done
from ..declared import needs, shows
from .rounds import blueprint, page


@blueprint.post("/rounds/<ref>/files")
@needs("draft", own="ref", ref="round")
@shows(page)
def keep_file(ref: str) -> Answer:
    """A file with its title."""
    title = inputs.line("file_title", "資料の題名")
    name, body = inputs.upload("file", "資料")
    acts.keep(workplace(), by(), ref, title, name, body)
    return done("資料を残しました。", url_for("rounds.page", ref=ref, _anchor="files"))


@blueprint.get("/rounds/<ref>/files/<int:number>")
@needs("read", ref="round", number="round_file")
def file(ref: str, number: int) -> Response:
    """A file, to be downloaded by who may read every word of the document."""
    must_read_all(ref)
    name, body = round_files.fetched(workplace(), number)
    return attachment(body, name, "application/octet-stream")

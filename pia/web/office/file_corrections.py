"""What of 個人情報ファイル簿 is put right or taken back beside its texts: the day of a 公表, and
why something is left out.

Knows where each record's own page is. How a record is corrected is said by `corrections`.
"""

from __future__ import annotations

from flask import url_for
from werkzeug.wrappers import Response as Answer

from ...actions.viewing import file_register
from ..actor import workplace
from ..allowed import must_be_of_theirs
from ..declared import needs, shows
from .corrections import blueprint, carry_out, correction_page


def _file(number: int) -> str:
    return url_for("file_register.page", number=number)


def _must_be_theirs(number: int) -> None:
    must_be_of_theirs("draft", file_register.department_of(workplace(), number))


@blueprint.get("/file-register/<int:number>/omissions/<int:omission>/correction")
@needs("draft", number="file_record", omission="file_omission")
def file_omission(number: int, omission: int) -> str:
    """Why something is left out."""
    _must_be_theirs(number)
    return correction_page("file_omission", omission, _file(number))


@blueprint.post("/file-register/<int:number>/omissions/<int:omission>/correction")
@needs("draft", number="file_record", omission="file_omission")
@shows(file_omission)
def amend_file_omission(number: int, omission: int) -> Answer:
    """Why something is left out put right, or taken back: then it may go out with the next 公表."""
    _must_be_theirs(number)
    return carry_out("file_omission", omission, _file(number))


@blueprint.get("/file-register/<int:number>/publications/<int:publication>/correction")
@needs("office", number="file_record", publication="published_file")
def published_file(number: int, publication: int) -> str:
    """A 公表 of a file."""
    return correction_page("published_file", publication, _file(number))


@blueprint.post("/file-register/<int:number>/publications/<int:publication>/correction")
@needs("office", number="file_record", publication="published_file")
@shows(published_file)
def amend_published_file(number: int, publication: int) -> Answer:
    """A 公表 of a file put right or taken back."""
    return carry_out("published_file", publication, _file(number))

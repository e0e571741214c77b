"""A member's own notes: on their cards, and all of them on one page with the words that open them
elsewhere.

Knows forms and the cookie that holds the key. Must not keep it: the key goes from the cookie into
the act and back, into no log, no page but 自分の控え, no other answer.
"""

from __future__ import annotations

from flask import (
    Blueprint,
    Response,
    after_this_request,
    current_app,
    render_template,
    request,
    url_for,
)
from werkzeug.wrappers import Response as Answer

from ...actions.access import note_keys
from ...actions.access.note_keys import NoteKey
from ...actions.people import rights
from ...actions.steps import own_notes as acts
from ...actions.viewing import cards as card_views
from ...actions.viewing import own_notes, seen
from ...domain.errors import PiaError, Unfit
from .. import devices, inputs
from ..actor import by, now_day, who, workplace
from ..allowed import may
from ..answers import attachment, done
from ..declared import needs, shows

blueprint = Blueprint("own_notes", __name__)
IN_THE_HALL = 12 * 3600  # seconds on a tablet that others use on other days
AT_HOME = 60 * 24 * 3600  # seconds in the browser of a member's own


def _cookie() -> str:
    return devices.bound(devices.NOTES, bool(current_app.config["SESSION_COOKIE_SECURE"]))


def _key() -> NoteKey | None:
    """The key of who asks, where this browser has it."""
    member = who().member
    if member is None:
        return None
    return note_keys.of_kept(request.cookies.get(_cookie(), ""), member)


def ready() -> None:
    """Draws a key for who asks where this browser has none, so that their first note needs no step
    of its own. Nothing is stored for it."""
    member = who().member
    if member is None or _key() is not None or not may("remark"):
        return
    key = note_keys.new(member)

    @after_this_request
    def _keep(answer: Response) -> Response:
        _with_key(answer, key)
        return answer


def _with_key(answer: Answer, key: NoteKey) -> Answer:
    answer.set_cookie(
        _cookie(),
        key.kept,
        max_age=IN_THE_HALL if who().role == "tablet" else AT_HOME,
        httponly=True,
        samesite="Strict",
        secure=bool(current_app.config["SESSION_COOKIE_SECURE"]),
    )
    return answer


def of_cards(cards: tuple[card_views.CardView, ...]) -> dict[int, own_notes.OwnNoteView]:
    """Number of a card → the note of who asks that stands there."""
    key = _key()
    if key is None:
        return {}
    book = own_notes.notebook(workplace(), key, now_day())
    out = {}
    for number, view in enumerate(cards, 1):
        note = book.at(seen.places_of(view))
        if note is not None:
            out[number] = note
    return out


@blueprint.get("/notes")
@needs("remark")
def page() -> str:
    """All one's own notes, and the words that open them on another tablet."""
    key = _key()
    member = who().member
    book = own_notes.EMPTY
    if key is not None:
        book = own_notes.notebook(workplace(), key, now_day())
    elif member is not None:
        book = own_notes.closed(workplace(), member, now_day())
    return render_template("council/notes.html", book=book, words=key.words if key else "")


@blueprint.post("/referrals/<int:referral>/cards/<int:number>/note")
@needs("remark", referral="referral")
@shows(lambda referral, number: page())
def write(referral: int, number: int) -> Answer:
    """A note at a card; nothing typed takes it away."""
    member = who().member
    if member is None:
        raise PiaError("先に名札に触れて、事務局の確認を受けてください。")
    views = card_views.sitting_view(workplace(), referral).cards
    if not 1 <= number <= len(views):
        raise PiaError("その番号の項目はありません。一覧から選び直してください。")
    view = views[number - 1]
    text = inputs.text("note", "自分の控え", most=inputs.PARAGRAPH, need=False)
    key = _key() or note_keys.new(member)
    label = view.card.label
    note = acts.NewNote(referral, seen.places_of(view), seen.card_key(view), label, text)
    acts.write(workplace(), by(), key, note)
    words = "控えを保存しました。" if text.strip() else "控えを消しました。"
    return _with_key(done(words, url_for("council.card", referral=referral, number=number)), key)


@blueprint.post("/notes/words")
@needs("remark")
@shows(page)
def take_words() -> Answer:
    """The notes of another tablet are opened on this one by their words."""
    member = who().member
    if member is None:
        raise PiaError("先に名札に触れて、事務局の確認を受けてください。")
    words = inputs.line("words", "控えの合言葉")
    key = acts.take_words(workplace(), by(), _key(), member, words)
    return _with_key(done("控えをこの端末で開きました。", url_for("own_notes.page")), key)


@blueprint.get("/notes/file")
@needs("remark")
def carried() -> Answer:
    """One's own notes as a file for the 持出し資料, closed with one's own words."""
    key = _key()
    if key is None:
        raise PiaError("この端末では、控えを開いていません。先に控えの合言葉を入力してください。")
    notes = []
    for note in own_notes.notebook(workplace(), key, now_day()).notes:
        said = {"places": note.places, "card": note.card, "label": note.label}
        notes.append({**said, "text": note.text, "base": note.text})
    return attachment(acts.file_of(key, notes), "控え.pianote", "application/octet-stream")


@blueprint.post("/notes/file")
@needs("remark")
@shows(page)
def take_file() -> Answer:
    """The notes that were written in a 持出し資料."""
    member = who().member
    if member is None:
        raise PiaError("先に名札に触れて、事務局の確認を受けてください。")
    _, data = inputs.upload("file", "控えのファイル")
    key = _key() or note_keys.new(member)
    words = inputs.line("file_words", "持出し資料で使った控えの合言葉", need=False)
    opens = note_keys.of_words(member, words) if words else key
    if opens is None:
        raise Unfit("file_words", acts.NO_WORDS)
    mine = rights.before_them(workplace(), who(), now_day()).referrals
    brought = acts.take_file(workplace(), by(), key, opens, data, mine)
    told = f"控えを{brought.taken}件取り込みました。"
    if brought.both:
        told += f"両方で書いた{brought.both}件は、続けて残しています。"
    if brought.foreign:
        told += f"あなたに示されていない諮問の控え{brought.foreign}件は、取り込みませんでした。"
    return _with_key(done(told, url_for("own_notes.page")), key)

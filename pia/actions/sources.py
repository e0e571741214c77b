"""Opens what a person named: a REF of the store, or a file (official workbook, interchange, text,
Markdown). Files need no database.

Knows which reader a file needs. Must not know what will be done with the document. What only a
stored version needs is loaded with the first one: two files are compared without any of it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

from .. import forms
from ..domain.document import items
from ..domain.document.form import OPEN, Form
from ..domain.document.tree import Node, Tree, walk
from ..domain.document.tree import Path as TreePath
from ..domain.errors import PiaError, Problem
from ..domain.revise.entry_keys import match_entries
from ..domain.revise.form_move import PlacedAnswer, migrate, placed_in
from ..domain.revise.unread import NOTHING, UnreadParts, kept, rekeyed
from ..domain.wareki import written
from ..domain.withheld.kept import carried

if TYPE_CHECKING:
    from sqlalchemy.orm import Session

    from ..store.rows.assessments import Version
    from .workplace import Workplace

# Problems that say that words of a file were not read.
NOT_READ = frozenset(
    ("unread_cell", "unread_text", "unknown_label", "covered", "label_missing", "part_missing")
)
SUFFIXES = (
    ".xlsx",
    ".json",
    ".txt",
    ".md",
    ".xlsm",
    ".xls",
    ".docx",
    ".doc",
    ".jtd",
    ".pdf",
    ".html",
    ".htm",
)


@dataclass(frozen=True, slots=True)
class Source:
    """A document with where it came from.

    `base` is what a returned workbook was made from, when it carries it; `carrier` a city's own
    workbook as it came, fit to be filled again; `edition` says in words which of its versions a
    stored document is; `placed` what was decided where it moved to another form;
    `moved_from` the stamp of its own form, where it is shown on another; `pages` where a document
    on paper says what.
    """

    ref: str
    tree: Tree
    form: Form
    title: str = ""
    key: str = ""
    problems: tuple[Problem, ...] = ()
    blobs: Mapping[str, bytes] = field(default_factory=dict)
    base: Tree | None = None
    version: int | None = None
    carrier: bytes = b""
    edition: str = ""
    personal: tuple[tuple[str, str, str], ...] = ()
    placed: tuple[PlacedAnswer, ...] = ()
    moved_from: str = ""
    pages: Mapping[TreePath, int] = field(default_factory=dict)
    # What of a file could not be read: no comparison takes it for deleted.
    unread: UnreadParts = NOTHING

    @property
    def beside(self) -> str:
        """Which document it is, and that it was brought to another form to be compared."""
        if self.moved_from:
            return f"{self.words}、{self.moved_from}の様式から移して比較"
        return self.words

    @property
    def words(self) -> str:
        """Which document it is as people say it: 第3版（令和6年9月2日公表） of a stored one, the
        name of a file. A REF is for command lines and data.
        """
        if self.version is not None:
            return self.edition
        return Path(self.ref).name

    @property
    def whole(self) -> bool:
        """Whether everything in the file was read: no error, and no words that are no item's."""
        return not any(
            problem.level == "error" or problem.code in NOT_READ for problem in self.problems
        )

    @property
    def errors(self) -> tuple[Problem, ...]:
        """The problems that forbid taking the document in."""
        problems = []
        for problem in self.problems:
            if problem.level == "error":
                problems.append(problem)
        return tuple(problems)


def is_file(name: str) -> bool:
    """Whether a name is that of a file, not of a version."""
    return Path(name).suffix.lower() in SUFFIXES or Path(name).is_file()


def read_file(name: str, form: str | None = None, tracked: str = "final") -> Source:
    """PiaError with one sentence when the file cannot be read at all; what is wrong inside it comes
    as problems.
    """
    path = Path(name)
    try:
        data = path.read_bytes()
    except IsADirectoryError as is_adirectory_error:
        raise PiaError(
            f"{name} はフォルダです。ファイルを指定してください。"
        ) from is_adirectory_error
    except OSError as is_adirectory_error:
        raise PiaError(
            f"{name} を開けません。ファイルの場所と名前を確かめてください。"
        ) from is_adirectory_error
    return read_bytes(data, path.name, form, tracked)


def read_bytes(data: bytes, name: str, form: str | None = None, tracked: str = "final") -> Source:
    """The document in a file, read by the ending of its name.

    `form` names the form where the file does not; `tracked` which side of a Word file's pending
    changes is read. PiaError when it cannot be read.
    """
    suffix = Path(name).suffix.lower()
    if suffix == ".json":
        return _from_json(data, name, form)
    if suffix in (".txt", ".md"):
        return _from_text(data, name, suffix)
    if suffix in (".html", ".htm"):
        return _from_page(data, name, form)
    if suffix in (".docx", ".pdf"):
        return _from_paper(data, name, form, tracked)
    return _from_workbook(data, name, form)


def _from_page(data: bytes, name: str, form: str | None) -> Source:
    """A page of HTML that carries the document it shows; another city's page carries none."""
    from ..documents.paper_in import inside

    copy = inside.of_html(data)
    if copy is None:
        raise PiaError(
            f"{name} には、交換用データが入っていません。"
            "このソフトで書き出したHTMLか、Excel・Word・PDFのファイルを選んでください。"
        )
    return _from_json(copy, name, form)


def _from_paper(data: bytes, name: str, form: str | None, tracked: str) -> Source:
    """A Word file or a PDF; one of ours by the document it carries."""
    from ..documents.paper_in import reader

    read = reader.read(data, forms.load(form) if form else None, name=name, tracked=tracked)
    if read.copy:
        return replace(_from_json(read.copy, name, form), problems=read.problems)
    if not read.form:
        problems = read.problems
        return Source(name, read.tree, OPEN, Path(name).stem, problems=problems, pages=read.pages)
    own_form = forms.load(read.form)
    made_from = read.base or {}
    base = _base_of(made_from, own_form) if made_from.get("answers") else None
    tree, lost = _figures_kept(read.tree, base, own_form)
    if lost:
        # A Word file never holds them: one word for all.
        sentence = "図はWord文書に入らないため、送り出したときの図を残しました。"
        lost = (Problem("figure.lost", sentence, "", "warning"),)
    if base is not None and base.form == tree.form:
        tree, back = kept(tree, base, own_form, read.unread)
        tree, marks = _marks_back(tree, base)
        lost = (*lost, *marks, *_said_kept(own_form, base, back))
    return Source(
        name,
        tree,
        own_form,
        read.title,
        str(made_from.get("ref", "")).split("@")[0].split("~")[0],
        (*read.problems, *lost),
        base=base,
        personal=read.personal,
        pages=read.pages,
        unread=read.unread,
    )


def _from_json(data: bytes, name: str, form: str | None) -> Source:
    from ..documents.text import interchange

    got = interchange.read(data, name)
    if form and forms.load(form).id != got.tree.form:
        raise PiaError(
            f"{name} は {got.tree.form} の様式です。指定された {form} としては読めません。"
        )
    return Source(name, got.tree, forms.load(got.tree.form), got.title, got.key, (), got.blobs)


def _from_text(data: bytes, name: str, suffix: str) -> Source:
    from ..documents.text import plain

    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise PiaError(
            f"{name} は文字コードがUTF-8ではないため読めません。UTF-8で保存し直してください。"
        ) from error
    read = plain.read_markdown if suffix == ".md" else plain.read_text
    return Source(name, read(text, name), OPEN, Path(name).stem)


def _from_workbook(data: bytes, name: str, form: str | None) -> Source:
    """A workbook; one of ours with what it was made from, a city's own with its bytes as well."""
    from ..documents.workbook_in import reader

    book = reader.read(data, forms.load(form) if form else None, name=name)
    if not book.form:
        why = "".join(problem.sentence for problem in book.problems)
        why = why or "どの様式か分かりません。様式を指定してください。"
        raise PiaError(f"{name}：{why}")
    own_form = forms.load(book.form)
    made_from = book.base or {}
    base = _base_of(made_from, own_form) if made_from.get("answers") else None
    tree, lost = _figures_kept(book.tree, base, own_form)
    if base is not None and base.form == tree.form:
        tree, back = kept(tree, base, own_form, book.unread)
        tree, marks = _marks_back(tree, base)
        lost = (*lost, *_said_kept(own_form, base, back), *marks)
    gaps = {problem.code for problem in book.problems} & {"label_missing", "part_missing"}
    return Source(
        name,
        tree,
        own_form,
        book.title,
        str(made_from.get("ref", "")).split("@")[0].split("~")[0],
        (*book.problems, *lost),
        book.blobs,
        base,
        None,
        b"" if book.ours or book.stand_in or gaps else data,
        personal=book.personal,
        unread=book.unread,
    )


def _said_kept(form: Form, base: Tree, back: Sequence[TreePath]) -> list[Problem]:
    """That answers stay which the workbook could not say, each by its item."""
    from ..domain.change.describe import label, names

    entries = names(form, base)
    problems = []
    for path in back:
        item = label(form, path, entries)
        sentence = f"「{item}」は読み取れなかったため、元の記載を残しました。"
        problems.append(Problem("answer_kept", sentence, "", "warning"))
    return problems


def _marks_back(tree: Tree, base: Tree) -> tuple[Tree, tuple[Problem, ...]]:
    """The marks of 非公表部分 a workbook cannot show, from the document it was made from.

    What lies on words is the reader's own matter.
    """
    marked, lost = carried(tree, base)
    gone = []
    for texts in lost:
        if (node := base.find(texts)) is not None and node.kind != "block":
            gone.append(texts)
    sentence = (
        "非公表部分の印が付いた記載が、ワークブックからなくなっています。"
        "印を付け直すか、公表にするかを決めてから取り込んでください。"
    )
    return marked, tuple(Problem("withheld_edited", sentence, "/".join(texts)) for texts in gone)


def _figures_kept(tree: Tree, base: Tree | None, form: Form) -> tuple[Tree, tuple[Problem, ...]]:
    """A returned workbook whose drawings are all gone lost them to the program that saved it (some
    drop every shape): the figures it was sent out with stay, and that is said. A figure whose whole
    entry is gone was taken out by a person.
    """
    if base is None or base.form != tree.form:
        return tree, ()
    drawn = _drawn(base)
    if not drawn or _drawn(tree):
        return tree, ()
    kept = dict(items.answers(tree))
    problems = []
    for path, node in drawn.items():
        if tree.find(path[:-1]) is None:
            continue
        kept[path] = items.to_plain(node)
        title = _figure_title(base, form, path)
        problems.append(
            Problem(
                "figure.lost",
                f"図「{title or path[-2]}」がワークブックから失われていたため、"
                "送り出したときの図を残しました。",
                "/".join(path),
                "warning",
            )
        )
    order = {}
    for index, (path, _) in enumerate(items.answers(base)):
        order[path] = index
    pairs = list(kept.items())
    if not set(kept) - set(order):
        pairs.sort(key=lambda pair: order.get(pair[0], -1))
    return items.build(form, pairs), tuple(problems)


def _figure_title(tree: Tree, form: Form, drawing: TreePath) -> str:
    """The title beside a drawing; empty where it has none."""
    line = form.by_role.get("figure_title")
    if line is None:
        return ""
    return items.one_line(items.text_of(tree.find((*drawing[:-1], line.key))))


def _drawn(tree: Tree) -> dict[TreePath, Node]:
    """The figures of a text that hold a drawing."""
    drawn = {}
    for path, node in walk(tree):
        if node.kind == "figure" and node.leaves:
            drawn[path] = node
    return drawn


def _base_of(raw: Mapping[str, Any], form: Form) -> Tree | None:
    """The tree a returned workbook of a form was made from, out of its hidden sheet; None when it
    does not carry it whole.
    """
    try:
        made_on = form if raw["form"] == form.id else forms.load(raw["form"])
        answers = [(tuple(path), answer) for path, answer in raw["answers"]]
        tree = items.build(made_on, answers)
    except (PiaError, KeyError, TypeError, ValueError):
        return None
    if tree.digest == raw.get("digest"):
        return tree
    return None


def read_ref(wp: Workplace, ref: str) -> Source:
    """The document of a version: KEY, KEY@N or KEY~ROUND. PiaError when there is none."""
    from ..store import nodes
    from ..store.rows import assessments
    from ..store.rows.bodies import Affair

    with wp.store.read() as session:
        version = assessments.resolve(session, ref)
        nodes.met(session, [(version.id, version.form, version.digest)])
        tree = nodes.recent(session, version.id)
        assessment = session.get_one(assessments.Assessment, version.assessment_id)
        affair = session.get(Affair, assessment.affair_id)
        return Source(
            f"{assessment.key}@{version.seq}",
            tree,
            forms.load(tree.form),
            affair.name if affair else assessment.key,
            assessment.key,
            (),
            _Drawings(wp, drawing_names(tree)),
            None,
            version.id,
            edition=edition(session, version),
            placed=_placed(session, version),
        )


def _placed(session: Session, version: Version) -> tuple[PlacedAnswer, ...]:
    """What was decided where a document moved to another form; nothing is asked for one that was
    never on an older form than the newest."""
    from ..store import queries

    if version.form == forms.newest(version.form.split("@")[0]):
        return ()
    return placed_in(queries.versions.form_moves(session, version.id))


def edition(session: Session, version: Version) -> str:
    """第3版（令和6年9月2日公表） of a version that was published, else 第3版（案）."""
    from ..store import queries

    pub = queries.filing.last_publication_of_version(session, version.id)
    return f"第{version.seq}版" + (f"（{written(pub.day)}公表）" if pub else "（案）")


@lru_cache(maxsize=64)
def drawing_names(tree: Tree) -> tuple[str, ...]:
    """The digests of the drawings a document shows, in order, each once."""
    return tuple(
        dict.fromkeys(
            node.value["drawing"]
            for _, node in walk(tree)
            if node.kind == "figure" and node.value and node.value.get("drawing")
        )
    )


def blobs_of(text: Any, tree: Tree) -> dict[str, bytes]:
    """The drawings the figures of a tree were read from."""
    from ..store import nodes

    blobs = {}
    for name in drawing_names(tree):
        blobs[name] = nodes.get_blob(text, name)
    return blobs


class _Drawings(Mapping[str, bytes]):
    """The drawings of a stored document, each read when it is looked at: pages show the words and
    never need the files.
    """

    def __init__(self, wp: Workplace, names: tuple[str, ...]):
        self._wp = wp
        self._names = names

    def __getitem__(self, name: str) -> bytes:
        from ..store import nodes

        if name not in self._names:
            raise KeyError(name)
        with self._wp.store.read() as session:
            return nodes.get_blob(session, name)

    def __iter__(self) -> Iterator[str]:
        return iter(self._names)

    def __len__(self) -> int:
        return len(self._names)


def pair(
    old: str,
    new: str,
    workplace: Callable[[], Workplace],
    form: str | None = None,
    tracked: str = "final",
) -> tuple[Source, Source]:
    """Two documents to compare.

    A file is matched with the other side, so that repeated entries without keys meet.
    """
    sides = []
    for name in (old, new):
        if is_file(name):
            sides.append(read_file(name, form, tracked))
        else:
            sides.append(read_ref(workplace(), name))
    return matched(*sides)


def matched(a: Source, b: Source) -> tuple[Source, Source]:
    """Both on the newer one's form, with the same keys for the same repeated entries where one of
    them came from a file or is another document.
    """
    a, b = on_one_form(a, b)
    if b.form is OPEN:
        from ..documents.text import plain

        old, new = plain.lines_joined(a.tree, b.tree)
        return replace(a, tree=old), replace(b, tree=new)
    if b.version is None or a.version is None or a.key != b.key:
        tree, problems = match_entries(b.tree, a.tree, b.form)
        unread = rekeyed(b.unread, b.tree, tree)
        b = replace(b, tree=tree, problems=(*b.problems, *problems), unread=unread)
    return _as_read(a, b, a.unread.cells), _as_read(b, a, b.unread)


def _as_read(one: Source, other: Source, unread: UnreadParts) -> Source:
    """A file beside another text: what of it could not be read is no difference between them."""
    if unread == NOTHING or one.form.id != other.form.id:
        return one
    return replace(one, tree=kept(one.tree, other.tree, one.form, unread)[0])


def on_one_form(*documents: Source) -> tuple[Source, ...]:
    """Documents of one kind, each on the newest form among them."""
    newest = max(documents, key=lambda source: source.form.since)
    return tuple(
        source if source.form.id == newest.form.id else _moved(source, newest)
        for source in documents
    )


def _moved(older: Source, newer: Source) -> Source:
    """The older document on the newer one's form, so that a form change is not shown as hundreds of
    edits; that it moved, and what has no place, is said.
    """
    if older.form.kind != newer.form.kind:
        raise PiaError(
            f"様式の種類が違うため比べられません（{older.form.name}と{newer.form.name}）。"
            "同じ種類の評価書を指定してください。"
        )
    tree, left = migrate(older.tree, older.form, newer.form, placed=older.placed)
    said = Problem(
        "form.moved",
        f"様式の版が違います（{older.form.stamp}と{newer.form.stamp}）。"
        f"{newer.form.stamp}の様式にそろえて比べ、様式だけの違いは変更に数えません。",
        older.ref,
        "warning",
    )
    problems = [said]
    for unmapped in left:
        problems.append(
            Problem(
                "form.unmapped",
                f"{unmapped.citation}の「{unmapped.words[:40]}」は、"
                f"{newer.form.stamp}の様式に対応する欄（選択肢）がありません。",
                older.ref,
                "warning",
            )
        )
    return replace(
        older,
        tree=tree,
        form=newer.form,
        problems=(*older.problems, *problems),
        moved_from=older.form.stamp,
    )

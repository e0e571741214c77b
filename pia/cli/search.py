"""The command that looks for words in everything that was written, and makes its index anew."""

from __future__ import annotations

import click

from ..domain.errors import PiaError
from .common import by, progress, workplace


@click.command("search", help="書かれたすべての文章から言葉を探す。")
@click.argument("words", nargs=-1)
@click.option("--every", is_flag=True, help="以前の版も探す")
@click.option("--again", is_flag=True, help="探すための索引を作り直す")
def search_command(words: tuple[str, ...], every: bool, again: bool) -> None:
    """Prints what is found: what it is, where it stands, and the words around it."""
    from ..actions.access.person import Person
    from ..actions.upkeep import search_index
    from ..actions.viewing import search
    from ..store.queries.search import EVERY, STANDING

    wp = workplace()
    if again:
        search_index.begin_again(wp)
    with progress("索引") as step:
        standing = search_index.follow(wp, turns=1)
        first = standing.left or 1
        while not standing.is_whole:
            step(max(0, first - standing.left), first, "")
            standing = search_index.follow(wp, turns=1)
    if again:
        click.echo("索引を作り直しました。")
    if not words:
        if not again:
            raise PiaError("探す言葉を、pia search 消去 クラウド のように書いてください。")
        return
    me = by()
    who = Person(me.actor, me.actor, "administrator")
    asked = search.SearchRequest(" ".join(words), EVERY if every else STANDING)
    first = 0
    found = search.find(wp, who, me.day, asked, first)
    while found.texts:
        for text in found.texts:
            where = f"{text.title}　{text.place}" if text.title else text.place
            said = " ".join(text.said.split())
            click.echo(f"{text.called}\t{where}\t{text.standing}\t{said}")
        first += len(found.texts)
        if first >= found.whole:
            break
        found = search.find(wp, who, me.day, asked, first)
    click.echo(f"{found.whole}件{'以上' if found.is_more else ''}見つかりました。", err=True)

"""The command line: arguments in, one sentence or a document out. Exit 0 done, 1 the answer is no,
2 unusable input (one line on stderr).

Knows files, arguments and exits. Never a rule of the scheme. Commands are loaded when they are
called, so that `pia --help` is quick.
"""

from __future__ import annotations

import os
import sys
from importlib import import_module

import click

from ..domain.errors import PiaError, Refused, Unavailable

# command -> (module, one line of help)
COMMANDS = {
    "init": ("start", "データベースを作る（新しくする）"),
    "demo": ("start", "見本の事例を演じて、画面を開く"),
    "serve": ("serve", "画面を提供する"),
    "import": ("assessments", "ワークブックを取り込んで、新しい版にする"),
    "list": ("assessments", "評価書の一覧"),
    "log": ("assessments", "版の履歴"),
    "show": ("documents", "文書又は項目を表示する"),
    "search": ("search", "書かれたすべての文章から言葉を探す"),
    "diff": ("documents", "2つの版（ファイル）を比べる"),
    "change-table": ("documents", "変更箇所の表を作る"),
    "comparison-table": ("papers", "新旧対照表を作る（PDF・Excel・Word）"),
    "prove": ("documents", "変更箇所の表と本文が一致するか確かめる"),
    "export": ("documents", "文書を書き出す"),
    "verify": ("documents", "提出書類一式を、データベースなしで確かめる"),
    "summary": ("papers", "概要版を作る（何がなぜ変わるのか）"),
    "paper": ("papers", "公示文・諮問書・開催結果などの文書を作る"),
    "pack": ("documents", "審議会の印刷用資料を1つのPDFにまとめる"),
    "carry": ("carry", "会議の記録を持ち出す・持ち帰る"),
    "form": ("documents", "様式の定義を確かめる"),
    "national": ("national", "国の記載例を反映する・差を調べる"),
    "threshold": ("assessments", "しきい値判断"),
    "user": ("user", "利用者の登録と一覧"),
    "job": ("jobs", "時間のかかる処理の一覧と取りやめ"),
    "work": ("jobs", "頼まれた処理を行う"),
    "remind": ("remind", "期限と日程を数え直し、課への知らせの下書きを作る"),
    "site": ("outside", "公開用のファイルを書き出す"),
    "inbox": ("outside", "外で受け付けた意見を取り込む"),
    "doctor": ("outside", "置き場所と設定を点検する"),
    "config": ("keep", "設定の一覧"),
    "fsck": ("keep", "データの整合性を調べる"),
    "ledger": ("ledger", "操作の記録の鍵・控え・書出し"),
    "backup": ("keep", "バックアップをとる"),
    "restore": ("keep", "バックアップから戻す"),
}


class _Commands(click.Group):
    def list_commands(self, ctx: click.Context) -> list[str]:
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, name: str) -> click.Command | None:
        if name not in COMMANDS:
            return None
        module = import_module(f".{COMMANDS[name][0]}", __name__)
        command: click.Command = getattr(module, name.replace("-", "_") + "_command")
        return command

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        with formatter.section("コマンド"):
            formatter.write_dl([(name, words) for name, (_, words) in COMMANDS.items()])


@click.group(cls=_Commands, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(package_name="pia", message="%(prog)s %(version)s")
def cli() -> None:
    """特定個人情報保護評価書の作成・改定・点検・提出を支えるソフトウェア。"""


_USAGE = {
    "Missing argument": "引数が足りません",
    "Missing option": "必要な指定がありません",
    "No such option": "その指定（オプション）はありません",
    "No such command": "そのコマンドはありません",
    "Got unexpected extra argument": "引数が多すぎます",
    "Invalid value": "値が正しくありません",
    "requires an argument": "値が必要です",
}


def _usage(click_exception: click.ClickException) -> str:
    message = click_exception.format_message().replace("\n", " ")
    for english, japanese in _USAGE.items():
        if english in message:
            return f"{japanese}（{message}）。使い方は pia --help で見られます。"
    return f"{message}。使い方は pia --help で見られます。"


def main(argv: list[str] | None = None) -> None:
    """The console script. Never a traceback: an expected problem is one line."""
    try:
        code = cli.main(args=argv, prog_name="pia", standalone_mode=False)
        sys.stdout.flush()
        if isinstance(code, int):
            sys.exit(code)
        else:
            sys.exit(0)
    except (Refused, Unavailable) as refused:
        click.echo(str(refused), err=True)
        for line in getattr(refused, "unmet", ()):
            click.echo(f"・{line}", err=True)
        sys.exit(1)
    except PiaError as refused:
        click.echo(str(refused).replace("\n", " "), err=True)
        sys.exit(2)
    except click.exceptions.Abort:
        sys.exit(130)
    except click.exceptions.NoArgsIsHelpError as refused:
        click.echo(refused.format_message())
        sys.exit(0)
    except click.ClickException as refused:
        click.echo(_usage(refused), err=True)
        sys.exit(2)
    except SystemExit as refused:
        # Whoever reads along may stop (`| head`): click then leaves a wrapper on stdout and exits
        # 1, which here would say that the answer is no.
        if type(sys.stdout).__name__.endswith("PacifyFlushWrapper"):
            sys.exit(0)
        else:
            sys.exit(refused.code)
    except Exception as refused:
        # The last line of defence: a person gets a sentence; whoever mends it sets PIA_DEBUG and
        # gets the traceback.
        if os.environ.get("PIA_DEBUG"):
            raise
        click.echo(
            f"思いがけない誤り（{type(refused).__name__}）のため、終わりました。"
            "何も変わっていません。PIA_DEBUG=1 を付けて実行した結果を、"
            "開発者に送ってください。",
            err=True,
        )
        sys.exit(2)

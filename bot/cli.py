"""The command `receipts`: what it offers, and how it ends.

Exit 0: done, whatever the label. 2: wrong usage or input. 1: it failed. A 1 or a 2 comes with one
line on stderr that says what, where, and what to do; a traceback only with `--debug`.
"""

from __future__ import annotations

import importlib
import sys
import traceback
from collections.abc import Sequence
from typing import NamedTuple, NoReturn

import click

from bot.logs import hide
from bot.session import Session
from corpus.errors import InputError, ReceiptsError

COMMANDS = {
    "check": ("bot.commands.check", "Claims in TEXT, each with a cited verdict."),
    "search": ("bot.commands.search", "Ranked passages, no verdict."),
    "ingest": ("bot.commands.ingest", "Add files, folders, web pages and feeds to the library."),
    "sources": ("bot.commands.sources", "What the library holds, and its upkeep."),
    "export": ("bot.commands.export", "The library as one file."),
    "import": ("bot.commands.import_", "Add what `receipts export` wrote."),
    "reindex": ("bot.commands.reindex", "Rebuild every derived index from the catalogue."),
    "eval": ("bot.commands.evaluate", "Measure on a data set."),
    "demo": ("bot.commands.demo", "The bot on a simulated Discord in a local browser."),
    "run": ("bot.commands.run", "The Discord bot."),
    "backup": ("bot.commands.backup", "All that is held, into one file, while the bot runs."),
    "restore": ("bot.commands.restore", "A backup, into an empty database."),
    "migrate-data": ("bot.commands.migrate_data", "A SQLite home, into PostgreSQL."),
    "doctor": ("bot.commands.doctor", "What is wrong with the set-up, and how to mend it."),
}
"""Each command's module, imported only when it is called, and its line in the help."""


class Commands(click.Group):
    """A group whose commands live in modules of their own: a command pays for its imports alone."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        """The names, in the order of the help."""
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """The command, with `--debug` also accepted after its name."""
        if cmd_name not in COMMANDS:
            return None
        module = importlib.import_module(COMMANDS[cmd_name][0])
        command: click.Command = module.command
        return _with_debug(command)

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """The table of commands, without importing any."""
        with formatter.section("Commands"):
            formatter.write_dl([(name, line) for name, (_, line) in COMMANDS.items()])


def _set_debug(ctx: click.Context, _param: click.Parameter, value: bool) -> None:
    if value and (session := ctx.find_object(Session)):
        session.debug = True
        session.start_logging()


def _debug_option() -> click.Option:
    return click.Option(
        ["--debug"],
        is_flag=True,
        expose_value=False,
        is_eager=True,
        callback=_set_debug,
        help="Log everything, and show the traceback of a failure.",
    )


def _show_version(ctx: click.Context, _param: click.Parameter, value: bool) -> None:
    if not value:
        return
    from importlib import metadata

    try:
        version = metadata.version("receipts")
    except metadata.PackageNotFoundError:
        version = "(not installed)"
    session = ctx.find_object(Session) or Session()
    session.show(f"receipts {version}")
    ctx.exit()


def _version_option() -> click.Option:
    return click.Option(
        ["--version"],
        is_flag=True,
        expose_value=False,
        is_eager=True,
        callback=_show_version,
        help="Show the version and exit.",
    )


def _with_debug(command: click.Command) -> click.Command:
    if not any(param.name == "debug" for param in command.params):
        command.params.append(_debug_option())
    if isinstance(command, click.Group):
        for child in command.commands.values():
            _with_debug(child)
    return command


@click.group(
    cls=Commands,
    params=[_debug_option(), _version_option()],
    invoke_without_command=True,
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100},
)
@click.pass_context
def receipts(context: click.Context) -> None:
    """Checks news claims against a library of sources, and cites a passage for every sentence."""
    session = context.ensure_object(Session)
    session.start_logging()
    if context.invoked_subcommand is None:
        session.show(context.get_help())


def run(arguments: Sequence[str], session: Session | None = None) -> int:
    """Run the command; returns its exit status, having written the one line of a failure."""
    session = session or Session()
    try:
        status = receipts.main(
            list(arguments), prog_name="receipts", standalone_mode=False, obj=session
        )
    except (Exception, KeyboardInterrupt) as error:
        if session.debug:
            session.stderr.write(hide(traceback.format_exc(), session.secrets))
        failure = _failure(error)
        _complain(session, hide(failure.message, session.secrets))
        return failure.status
    return status if isinstance(status, int) else 0


class _Failure(NamedTuple):
    status: int
    message: str


def _failure(error: BaseException) -> _Failure:
    """What an error means for the one who typed the command."""
    match error:
        case click.UsageError():
            path = error.ctx.command_path if error.ctx else "receipts"
            return _Failure(2, f"{path}: {error.format_message()} (see {path} --help)")
        case click.ClickException():
            return _Failure(2, f"receipts: {error.format_message()}")
        case click.Abort() | KeyboardInterrupt():
            return _Failure(1, "receipts: stopped before it was done; run it again to go on")
        case ReceiptsError():
            return _Failure(2 if isinstance(error, InputError) else 1, f"receipts: {error}")
        case OSError():
            where = f"{error.filename}: " if error.filename else ""
            return _Failure(1, f"receipts: {where}{error.strerror or error}")
    what = f"{type(error).__name__}: {error}"
    return _Failure(1, f"receipts: unexpected {what} (--debug shows where)")


def _complain(session: Session, message: str) -> None:
    from bot.render import printable

    try:
        session.stderr.write(f"{printable(message)}\n")
        session.stderr.flush()
    except (OSError, ValueError):
        pass  # Nobody is left to tell.


def main(arguments: Sequence[str] | None = None) -> NoReturn:
    """The entry point of the console script; `arguments` stand in for the process's own."""
    status = run(sys.argv[1:] if arguments is None else arguments)
    try:
        sys.stdout.flush()
    except OSError:
        # Else the interpreter would complain about the same pipe once more on its way out.
        sys.stdout = None
    sys.exit(status)


if __name__ == "__main__":
    main()

"""`receipts doctor`: what is wrong with the set-up, and how to mend it."""

from __future__ import annotations

from dataclasses import asdict
from typing import TYPE_CHECKING

import click

from bot.commands.options import json_option
from bot.session import Session

if TYPE_CHECKING:
    from bot.doctor_services import Finding
    from bot.render import Terminal

COLOURS = {"ok": "green", "warn": "yellow", "fail": "red"}


@click.command()
@click.option("--alive", is_flag=True, help="Only whether the bot of this home is alive.")
@json_option
@click.pass_context
def command(ctx: click.Context, alive: bool, as_json: bool) -> None:
    """Check settings, token, intents, model endpoint, library and indexes.

    Exits with 1 where something fails; a warning is no failure.
    """
    session = ctx.ensure_object(Session)
    settings = session.settings()
    if alive:
        _check_alive(session)
        return
    from bot.app import create_app
    from bot.doctor import examine, settings_in_force

    app = create_app(settings)
    try:
        findings = list(examine(settings, app))
    finally:
        app.close()
    healthy = all(finding.level != "fail" for finding in findings)
    if as_json:
        session.show_json(
            {
                "ok": healthy,
                "settings": settings_in_force(settings),
                "findings": [asdict(finding) for finding in findings],
            }
        )
    else:
        terminal = session.terminal()
        lines = [
            f"{name} = {'' if value is None else value}"
            for name, value in settings_in_force(settings).items()
        ]
        session.show("\n".join([*lines, "", *(_line(terminal, each) for each in findings)]))
    ctx.exit(0 if healthy else 1)


def _check_alive(session: Session) -> None:
    from bot.alive import STALE_S, SignOfLife
    from corpus.errors import OperationError

    age = SignOfLife(session.settings().home).age()
    if age is None or age > STALE_S:
        since = "" if age is None else f" for {age:.0f} s"
        raise OperationError(f"no sign of life from the bot{since}; start it with `receipts run`")
    session.show("alive")


def _line(terminal: Terminal, finding: Finding) -> str:
    from bot.render import printable

    level = terminal.style(finding.level.ljust(5), fg=COLOURS[finding.level])
    mend = f": {finding.mend}" if finding.mend else ""
    return f"{level} {finding.name}: {printable(finding.says + mend)}"

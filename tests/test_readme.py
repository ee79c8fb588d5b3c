"""What the README says against what is there."""

from __future__ import annotations

import re
import shlex
from pathlib import Path

import click
import pytest

from bot.cli import COMMANDS, receipts
from bot.settings import Settings

ROOT = Path(__file__).parent.parent
README = (ROOT / "README.md").read_text(encoding="utf-8")


def test_every_setting_is_explained() -> None:
    explained = set(re.findall(r"`((?:RECEIPTS|OPENAI|DISCORD)_[A-Z_]+)`", README))
    assert explained == {str(field.alias) for field in Settings.model_fields.values()}


def test_every_command_is_in_the_table() -> None:
    listed = re.findall(r"^\| `receipts ([a-z-]+)", README, re.M)
    assert listed == list(COMMANDS)


@pytest.mark.parametrize("line", re.findall(r"^receipts ([^#\n]+)", README, re.M))
def test_the_examples_parse(line: str) -> None:
    words = shlex.split(line)
    context = click.Context(receipts)
    command = receipts.get_command(context, words[0])
    while isinstance(command, click.Group):
        words = words[1:]
        command = command.get_command(context, words[0])
    assert command is not None
    command.make_context("receipts", words[1:])


def test_links_lead_somewhere() -> None:
    targets = re.findall(r"\]\((?!https?:)([^)#]+)\)", README)
    assert targets
    assert [target for target in targets if not (ROOT / target).exists()] == []

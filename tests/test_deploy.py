"""The files to deploy with, against the program: names of metrics, settings, commands."""

from __future__ import annotations

import json
import re
from pathlib import Path

import yaml

from bot.cli import COMMANDS
from bot.metrics import Metrics
from bot.settings import Settings

ROOT = Path(__file__).parent.parent
SETTINGS = {str(field.alias) for field in Settings.model_fields.values()}


def test_the_dashboard_asks_for_numbers_that_are_there() -> None:
    board = json.loads((ROOT / "deploy/grafana.json").read_text(encoding="utf-8"))
    asked = " ".join(target["expr"] for panel in board["panels"] for target in panel["targets"])
    there = {
        sample.name for metric in Metrics().registry.collect() for sample in metric.samples
    } | {f"{metric.name}_total" for metric in Metrics().registry.collect()}
    there |= {f"{metric.name}_bucket" for metric in Metrics().registry.collect()}
    named = set(re.findall(r"\b(?:receipts|process)_[a-z_]+", asked))
    assert named and named <= there, named - there


def test_compose_and_the_unit_use_settings_that_are_there() -> None:
    compose = yaml.safe_load((ROOT / "deploy/compose.yaml").read_text(encoding="utf-8"))
    assert set(compose["services"]) == {"bot", "postgres", "chroma"}
    assert set(compose["services"]["bot"]["environment"]) <= SETTINGS
    unit = (ROOT / "deploy/receipts.service").read_text(encoding="utf-8")
    assert set(re.findall(r"RECEIPTS_[A-Z_]+", unit)) <= SETTINGS


def test_the_runbook_names_commands_and_settings_that_are_there() -> None:
    for name in ("operating.md", "scale.md", "threat-model.md"):
        text = (ROOT / "docs" / name).read_text(encoding="utf-8")
        assert set(re.findall(r"`receipts ([a-z-]+)", text)) <= set(COMMANDS)
        assert set(re.findall(r"RECEIPTS_[A-Z_]+", text)) <= SETTINGS
        for target in re.findall(r"\]\((?!https?:)([^)#]+)\)", text):
            assert (ROOT / "docs" / target).exists(), target

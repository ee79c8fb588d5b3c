"""Prompts as files: front matter that says what each is for, then the words, one part a role."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from importlib import resources

import yaml

_FILE = re.compile(r"---\n(?P<front>.*?)\n---\n(?P<body>.*)\Z", re.DOTALL)
_PART = re.compile(r"^# (System|User)\n(.*?)(?=^# (?:System|User)\n|\Z)", re.DOTALL | re.MULTILINE)
_INPUT = re.compile(r"\{\{(\w+)\}\}")


@dataclass(frozen=True, slots=True)
class Prompt:
    """One step's prompt."""

    name: str
    version: int
    purpose: str
    inputs: frozenset[str]
    schema: str | None
    """The file with the JSON Schema of the answer, where it has one."""
    system: str
    user: str

    def fill(self, **inputs: str) -> tuple[str, str]:
        """The system's and the user's words; ValueError where the inputs are not those declared.

        What is filled in is not searched again: braces in a claim stay braces.
        """
        if inputs.keys() != self.inputs:
            wrong = sorted(inputs.keys() ^ self.inputs)
            raise ValueError(f"prompt {self.name!r} has inputs that do not fit: {wrong}")
        return _filled(self.system, inputs), _filled(self.user, inputs)


@cache
def load_prompt(name: str) -> Prompt:
    """The prompt of `prompts/<name>.md`; ValueError where the file does not have the form."""
    match = _FILE.match((resources.files("prompts") / f"{name}.md").read_text(encoding="utf-8"))
    if not match:
        raise ValueError(f"prompt {name!r} has no front matter")
    front = yaml.safe_load(match["front"])
    parts = {role: words.strip() for role, words in _PART.findall(match["body"])}
    prompt = Prompt(
        name=front["name"],
        version=front["version"],
        purpose=front["purpose"],
        inputs=frozenset(front["inputs"]),
        schema=front["schema"],
        system=parts.get("System", ""),
        user=parts["User"],
    )
    if (used := frozenset(_INPUT.findall(match["body"]))) != prompt.inputs:
        raise ValueError(f"prompt {name!r} declares other inputs than it uses: {sorted(used)}")
    return prompt


def _filled(words: str, inputs: Mapping[str, str]) -> str:
    return _INPUT.sub(lambda match: inputs[match.group(1)], words)

"""Markdown front matter: YAML between two lines of `---` at the top of a file."""

from __future__ import annotations

import re
from collections.abc import Mapping

_FRONT_MATTER = re.compile(r"---[ \t]*\r?\n(.*?)^---[ \t]*(?:\r?\n|\Z)", re.DOTALL | re.MULTILINE)


_LONGEST = 20_000
"""Characters."""
_DEEPEST = 20
"""Lists and names within each other: libyaml's composer recurses, and would end the process."""


class FrontMatterError(ValueError):
    """The front matter is not YAML with a name and a value on each line."""


def split_front_matter(text: str) -> tuple[Mapping[str, object], str]:
    """The fields and the text below them; no fields where the file has no front matter.

    Every scalar is left a string, so that 2024 and 2024-12-27 stay as they were written.
    """
    match = _FRONT_MATTER.match(text)
    if match is None:
        return {}, text
    import yaml

    if len(match[1]) > _LONGEST:
        raise FrontMatterError(f"front matter longer than {_LONGEST:,} characters")
    try:
        _check_depth(match[1])
        fields = yaml.load(match[1], Loader=_loader())  # noqa: S506  (makes only str, list, dict)
    except (yaml.YAMLError, RecursionError) as error:
        reason = str(error).replace("\n", " ")
        raise FrontMatterError(f"front matter that is not YAML: {reason}") from error
    if fields in ("", None):
        return {}, text[match.end() :]
    if not isinstance(fields, dict):
        raise FrontMatterError("front matter without names (write `title: ...`)")
    return fields, text[match.end() :]


def _check_depth(stated: str) -> None:
    import yaml

    depth = 0
    for event in yaml.parse(stated, Loader=_loader()):
        depth += isinstance(event, yaml.CollectionStartEvent)
        depth -= isinstance(event, yaml.CollectionEndEvent)
        if depth > _DEEPEST:
            raise FrontMatterError("front matter that is nested too deeply")


def _loader() -> type:
    import yaml

    fast: type = getattr(yaml, "CBaseLoader", yaml.BaseLoader)
    return fast

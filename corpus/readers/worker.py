"""The process that reads one PDF or DOCX from standard input; see `files`.

Prints one JSON object: what FileText holds, or {"problem": why there is none}.
"""

from __future__ import annotations

import contextlib
import io
import json
import re
import sys
import zipfile
from collections.abc import Callable, Iterator
from typing import Any

from corpus.model import PAGE_END

MAX_MEMORY = 2_000_000_000
MAX_PAGES = 3_000
MAX_UNPACKED = 200_000_000
MIN_CHARACTERS_A_PAGE = 25
"""With fewer on average, the pages are pictures."""
_PDF_DATE = re.compile(r"(?:D:)?(\d{4})(\d{2})?(\d{2})?")
_HEADING = re.compile(r"heading (\d)", re.IGNORECASE)


class ProblemError(Exception):
    """Why there is no text; for people."""


def read_pdf(data: bytes) -> dict[str, object]:
    """The text of every page, and what the file says of itself."""
    import pypdfium2

    try:
        pdf = pypdfium2.PdfDocument(data)
    except pypdfium2.PdfiumError as error:
        locked = "password" in str(error).casefold()
        raise ProblemError(
            "the PDF is locked with a password" if locked else "not a PDF that can be read"
        ) from error
    if not len(pdf):
        raise ProblemError("the PDF has no pages")
    if len(pdf) > MAX_PAGES:
        raise ProblemError(f"the PDF has more than {MAX_PAGES} pages")
    pages, text, held = [], "", 0
    for page in pdf:
        pages.append(len(text))
        words = _page_text(page.get_textpage().get_text_range())
        held += len("".join(words.split()))
        text += f"{words}\n{PAGE_END}\n"
        page.close()
    if held < MIN_CHARACTERS_A_PAGE * len(pdf):
        raise ProblemError("a scanned PDF: its pages hold pictures instead of text")
    about = pdf.get_metadata_dict()
    return {
        "text": text.rstrip(),
        "pages": pages,
        "title": about.get("Title") or None,
        "authors": about.get("Author") or None,
        "created": _pdf_day(about.get("CreationDate")),
        "modified": _pdf_day(about.get("ModDate")),
        "language": None,
    }


def _page_text(raw: str) -> str:
    # PDFium marks a hyphen at the end of a line that is not part of the word.
    joined = re.sub(r"(?:\ufffe|\x02)[ \t]*\r?\n?", "", raw)
    return "".join(c for c in joined.replace("\r\n", "\n") if c.isprintable() or c in "\n\t")


def _pdf_day(stated: str | None) -> str | None:
    match = _PDF_DATE.match(stated or "")
    return "-".join(part for part in match.groups() if part) if match else None


def read_docx(data: bytes) -> dict[str, object]:
    """The text as Markdown, and what the file says of itself."""
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as packed:
            size = sum(entry.file_size for entry in packed.infolist())
    except zipfile.BadZipFile as error:
        raise ProblemError("not a DOCX that can be read") from error
    if size > MAX_UNPACKED:
        raise ProblemError("the DOCX unpacks to more than can be right")
    import docx

    try:
        document = docx.Document(io.BytesIO(data))
        text = "\n\n".join(filter(None, _docx_blocks(document)))
        about = document.core_properties
        created, modified = _docx_day(about, "created"), _docx_day(about, "modified")
    except Exception as error:
        # python-docx lets errors of lxml, of zip files and KeyErrors through as they are.
        raise ProblemError("not a DOCX that can be read") from error
    if not text.strip():
        raise ProblemError("the DOCX holds no text")
    return {
        "text": text,
        "pages": [],
        "title": about.title or None,
        "authors": about.author or None,
        "created": created,
        "modified": modified,
        "language": about.language or None,
    }


def _docx_day(about: Any, name: str) -> str | None:
    try:
        moment = getattr(about, name)
    except (ValueError, OverflowError):
        # A day at the edge of the calendar with an offset that leads beyond it.
        return None
    return moment.date().isoformat() if moment else None


def _docx_blocks(document: Any) -> Iterator[str]:
    from docx.table import Table

    for block in document.iter_inner_content():
        if isinstance(block, Table):
            rows = (" | ".join(_cells(row)) for row in block.rows)
            yield "\n".join(row for row in rows if row.strip(" |"))
            continue
        text = block.text.strip()
        style = (block.style.name or "") if block.style is not None else ""
        match = _HEADING.match(style)
        if text and match:
            yield f"{'#' * min(int(match[1]) + 1, 6)} {' '.join(text.split())}"
        elif text and style.startswith("List"):
            yield f"- {text}"
        elif text:
            yield text


def _cells(row: Any) -> Iterator[str]:
    seen = []
    for cell in row.cells:
        # A merged cell comes once for each column that it spans.
        if cell._tc not in seen:
            seen.append(cell._tc)
            yield " ".join(cell.text.split())


READERS: dict[str, Callable[[bytes], dict[str, object]]] = {"pdf": read_pdf, "docx": read_docx}


def main(form: str) -> int:
    """Read standard input, print what is in it."""
    with contextlib.suppress(ImportError, ValueError, OSError):
        import resource

        resource.setrlimit(resource.RLIMIT_AS, (MAX_MEMORY, MAX_MEMORY))
    try:
        found = READERS[form](sys.stdin.buffer.read())
    except ProblemError as error:
        found = {"problem": str(error)}
    except MemoryError:
        found = {"problem": "reading it takes too much memory"}
    sys.stdout.write(json.dumps(found))
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1]))

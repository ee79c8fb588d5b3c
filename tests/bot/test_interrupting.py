"""Ctrl-C during `receipts ingest`: it ends in good order, says how to go on, and goes on."""

from __future__ import annotations

import json
import os
import pty
import re
import signal
import subprocess
import sys
import termios
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
PAGES = 5
STORY = (
    "<title>Bridge {n} opens</title><article><h1>Bridge {n} opens</h1>"
    "<p>Bridge number {n} opened in the town of Lund this week, after ten years of work.</p>"
    "<p>It cost {n}00 million crowns, which the town, the county and the state paid together.</p>"
    "<p>Some {n}000 people crossed it on the first day, more than the planners had thought.</p>"
    "</article>"
)


class Site:
    """Serves stories; `asked` is set once the third of them has been asked for."""

    def __init__(self) -> None:
        site = self
        self.asked = threading.Event()
        self.stories = 0

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                match = re.fullmatch(r"/story/(\d)", self.path)
                body = STORY.format(n=match[1]).encode() if match else b""
                site.stories += match is not None
                if site.stories == 3:
                    site.asked.set()
                self.send_response(200 if match else 404)
                self.send_header("Content-Type", "text/html; charset=utf-8")
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

            def log_message(self, *_: object) -> None:
                pass

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self._thread = threading.Thread(target=self._server.serve_forever)
        self._thread.start()

    def addresses(self) -> list[str]:
        port = self._server.server_address[1]
        return [f"http://127.0.0.1:{port}/story/{n}" for n in range(1, PAGES + 1)]

    def close(self) -> None:
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()


@pytest.fixture
def site() -> Iterator[Site]:
    served = Site()
    yield served
    served.close()


def ingest(home: Path, site: Site, stderr: int) -> subprocess.Popen[str]:
    """Reads a file in, which comes first, and then the pages."""
    note = home / "note.md"
    note.write_text("# Harbour\n\nThe harbour of Lund has 12 piers, the town says.\n")
    return subprocess.Popen(
        [sys.executable, "-m", "bot.cli", "ingest", note, *site.addresses(), "--json"],
        env=os.environ | {"RECEIPTS_HOME": str(home), "RECEIPTS_FETCH_ALLOW": "127.0.0.0/8"},
        cwd=ROOT,
        stdout=subprocess.PIPE,
        stderr=stderr,
        text=True,
    )


@pytest.mark.parametrize("watched", [True, False], ids=["terminal", "log"])
def test_it_stops_after_the_present_item_and_goes_on(
    starter_home: Path, site: Site, watched: bool
) -> None:
    ours, theirs = pty.openpty() if watched else os.pipe()
    if watched:
        termios.tcsetwinsize(theirs, (24, 100))
    process = ingest(starter_home, site, theirs)
    os.close(theirs)
    said: list[bytes] = []
    reader = threading.Thread(target=_read, args=(ours, said))
    reader.start()
    assert site.asked.wait(120)
    process.send_signal(signal.SIGINT)
    out, _ = process.communicate(timeout=120)
    reader.join()
    os.close(ours)
    err = b"".join(said).decode()
    assert process.returncode == 1
    first = json.loads(out)
    assert first["stopped"] and 1 <= first["added"] <= PAGES
    assert "stopping after the present item" in err
    assert "run it again to go on" in err.splitlines()[-1]
    assert "Traceback" not in err
    # A terminal sees a bar move and go; a log gets whole lines.
    assert ("\r" in err.replace("\r\n", "\n")) == watched
    if not watched:
        assert re.search(r"^Reading sources: \d of 6, .* a second", err, re.M)
    again = ingest(starter_home, site, subprocess.DEVNULL)
    out, _ = again.communicate(timeout=120)
    assert again.returncode == 0
    second = json.loads(out)
    assert not second["stopped"]
    assert first["added"] + second["added"] == PAGES + 1
    assert second["failed"] == []


def _read(descriptor: int, said: list[bytes]) -> None:
    try:
        while data := os.read(descriptor, 4_096):
            said.append(data)
    except OSError:
        # What a pseudo-terminal whose other end is closed answers on Linux.
        return

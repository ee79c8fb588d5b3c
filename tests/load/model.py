"""A scripted model server as a process: `python -m tests.load.model SECONDS`.

It takes the whole message for its one claim, and finds it supported by the first words of the first
passage. Each answer takes SECONDS. Prints its address, and serves until standard input closes.
"""

from __future__ import annotations

import asyncio
import re
import sys
from functools import partial
from typing import Any

from tests.prompts.openai_server import OpenAIServer, Request, Says

_SAID = re.compile(r"\[\w+ (?:message|claim)[^\]]*\]\n(.*?)\n\[\w+ end of", re.DOTALL)
_PASSAGE = re.compile(r"\[\w+ passage P1\]\n[^\n]*\n(.*?)\n\[\w+ end of", re.DOTALL)
_QUOTED = 12
"""Words of the quote."""


def answer(seconds: float, request: Request) -> Says:
    """What the model says to a request, by the form that is asked for."""
    asked = request["messages"][-1]["content"]
    form = request["response_format"]["json_schema"]["schema"]["properties"]
    found = _SAID.findall(asked)
    text = found[-1] if found else "a claim"
    if "claims" in form:
        claim = {"fragment": text, "claim": text, "other_reading": None, "queries": [text]}
        return Says({"claims": [claim], "skipped": []}, wait=seconds)
    passage = _PASSAGE.search(asked)
    quote = " ".join(passage[1].split(" ")[:_QUOTED]) if passage else ""
    verdict: dict[str, Any] = {
        "label": "supported",
        "likelihoods": {"supported": 80, "refuted": 5, "misleading": 10, "not_enough_evidence": 5},
        "sentences": [
            {
                "n": 1,
                "text": quote,
                "quotes": [{"passage": "P1", "quote": quote, "stance": "supports"}],
            }
        ],
        "missing_context": None,
        "open_question": None,
    }
    return Says(verdict, wait=seconds)


class Forgetful(OpenAIServer):
    """Keeps nothing of what it is asked, as it is asked for hours."""

    def _heard(self, request: Any, asked: Request) -> None:
        """Nothing."""


async def serve(seconds: float) -> None:
    """Until standard input closes."""
    async with Forgetful(partial(answer, seconds)) as server:
        sys.stdout.write(f"{server.url}\n")
        sys.stdout.flush()
        await asyncio.to_thread(sys.stdin.read)


if __name__ == "__main__":
    asyncio.run(serve(float(sys.argv[1])))

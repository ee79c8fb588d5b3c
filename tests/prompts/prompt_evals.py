"""What each prompt reached when it was last changed: `python -m tests.prompts.prompt_evals [NAME]`.

Asks with each prompt named (all, where none is) and writes a row into
`tests/prompts/data/prompt_evals.json`: the prompt's version and the hash of its words, the model,
and what came of it. `test_promptfiles` holds the table against the files, so that no prompt changes
without its row. A scripted server answers, which shows that the prompt can be filled in, goes out
and leads to what keeps the rules; what its words do to a model is shown by a model: `--small` asks
the one that the tests bring, `--model NAME --base-url URL` (and OPENAI_API_KEY) any other.
"""

from __future__ import annotations

import argparse
import asyncio
import hashlib
import json
import os
from collections.abc import Awaitable, Callable, Coroutine, Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass, replace
from datetime import date
from importlib import resources
from pathlib import Path
from typing import Any, Literal

from pydantic import BaseModel, SecretStr

from corpus.errors import EndpointError
from prompts.answer import DraftedVerdict, MendedSentences, answer_schema, mending_schema
from prompts.context import CheckContext
from prompts.endpoint import Endpoint, EndpointSettings, Talk
from prompts.fence import fenced_claim, fenced_passages, number
from prompts.llm import LlmEngine, draw_token
from prompts.models import Models
from prompts.picture import PictureModel
from prompts.promptfile import load_prompt
from prompts.reader import ModelReader
from prompts.rules import violations
from prompts.verdict import Claim
from tests.bot.test_screenshots import screenshot
from tests.prompts.openai_server import OpenAIServer, Request, Says
from tests.prompts.planted import Case, cases
from tests.prompts.small_model_server import KEY, served

TABLE = Path(__file__).parent / "data" / "prompt_evals.json"
TODAY = date(2026, 3, 1)
PATIENCE = 100.0
MARK = "5f1c0a9e77b3d204"


@dataclass(frozen=True)
class Row:
    """What a prompt reached."""

    prompt: str
    version: int
    sha256: str
    model: str
    asked: int
    answered: int
    """Answers of the form asked for."""
    rules_broken: int
    """Of those: verdicts that break a rule, claims that are not in the message, pictures without
    a word."""


def words_hash(name: str) -> str:
    """SHA-256 of the prompt file, whatever its line ends."""
    text = (resources.files("prompts") / f"{name}.md").read_text(encoding="utf-8")
    return hashlib.sha256(text.encode()).hexdigest()


def recorded() -> dict[str, Row]:
    """The rows of the table, by prompt."""
    rows = json.loads(TABLE.read_text(encoding="utf-8")) if TABLE.exists() else []
    return {row["prompt"]: Row(**row) for row in rows}


def out_of_date(name: str) -> str | None:
    """What to do where the prompt's row is missing or of other words; None where it fits."""
    row = recorded().get(name)
    prompt = load_prompt(name)
    run = f"run `python -m tests.prompts.prompt_evals {name}` and commit the table with it"
    if row is None:
        return f"prompts/{name}.md has no row in prompt_evals.json: {run}"
    if row.sha256 == words_hash(name) and row.version == prompt.version:
        return None
    if row.version == prompt.version:
        return f"prompts/{name}.md changed: raise its version above {row.version}, then {run}"
    return f"prompts/{name}.md is version {prompt.version}, its row is of {row.version}: {run}"


class _Label(BaseModel):
    label: Literal["supported", "refuted"]


Eval = Callable[[EndpointSettings, list[Case]], Coroutine[Any, Any, tuple[int, int]]]
"""(answered, rules broken) of one question a case."""


async def _counted(
    models: Models, chosen: list[Case], ask: Callable[[Case], Awaitable[bool]]
) -> tuple[int, int]:
    """Asks for each case; `ask` says whether what came breaks a rule."""
    answered = broken = 0
    for case in chosen:
        try:
            fault = await ask(case)
        except EndpointError:
            continue
        answered += 1
        broken += fault
    await models.aclose()
    return answered, broken


async def _verdicts(settings: EndpointSettings, chosen: list[Case]) -> tuple[int, int]:
    models = Models([Endpoint(settings)])
    engine = LlmEngine(models)

    async def ask(case: Case) -> bool:
        hits = case.hits[:2]
        draft = await engine.draft(Claim(text=case.claim), hits, as_of=TODAY)
        return bool(violations(draft, {item.passage.id: item.passage for item in hits}))

    return await _counted(models, chosen, ask)


async def _claims(settings: EndpointSettings, chosen: list[Case]) -> tuple[int, int]:
    models = Models([Endpoint(settings)])
    reader = ModelReader(models, draw_token)

    async def ask(case: Case) -> bool:
        message = f"lol have you seen this? {case.claim}"
        found = await reader.read(message, (), TODAY, CheckContext())
        return any(not message[claim.start : claim.end] for claim in found.claims)

    return await _counted(models, chosen, ask)


async def _told(
    settings: EndpointSettings, chosen: list[Case], then: Callable[[Case], tuple[str, ...]],
    *, mending: bool = False,
) -> tuple[int, int]:  # fmt: skip
    """A question with turns after it: what was answered, and what was said to that."""
    models = Models([Endpoint(settings)])
    form: Any = MendedSentences if mending else DraftedVerdict

    async def ask(case: Case) -> bool:
        numbered = number(case.hits[:2])
        names = [item.name for item in numbered]
        system, user = load_prompt("verdict").fill(
            claim=fenced_claim(case.claim, MARK),
            as_of=TODAY.isoformat(),
            language="English",
            labels="supported, refuted, misleading, not_enough_evidence",
            passages=fenced_passages(numbered, MARK),
            fence=MARK,
        )
        schema = mending_schema(names) if mending else answer_schema(names)
        await models.ask("eval", Talk(system, user, then(case)), schema, form, CheckContext())
        return False

    return await _counted(models, chosen, ask)


async def _mended(settings: EndpointSettings, chosen: list[Case]) -> tuple[int, int]:
    def then(case: Case) -> tuple[str, ...]:
        fault = f"1. {case.sentence!r}: 'Zorvath' is not in the evidence"
        return json.dumps(case.draft()), load_prompt("mend").fill(faults=fault)[1]

    return await _told(settings, chosen, then, mending=True)


async def _repaired(settings: EndpointSettings, chosen: list[Case]) -> tuple[int, int]:
    def then(case: Case) -> tuple[str, ...]:
        again = load_prompt("repair").fill(fault="it is no valid JSON")[1]
        return json.dumps(case.draft())[:120], again

    return await _told(settings, chosen, then)


async def _in_words(settings: EndpointSettings, chosen: list[Case]) -> tuple[int, int]:
    models = Models([Endpoint(settings)])
    schema = {
        "title": "label",
        "type": "object",
        "properties": {"label": {"type": "string", "enum": ["supported", "refuted"]}},
        "required": ["label"],
    }

    async def ask(case: Case) -> bool:
        words = load_prompt("plain").fill(schema=json.dumps(schema))[1]
        talk = Talk("You judge claims.", f"{case.evidence}\n\nClaim: {case.claim}\n\n{words}")
        await models.ask("eval", talk, schema, _Label, CheckContext())
        return False

    return await _counted(models, chosen, ask)


async def _pictures(settings: EndpointSettings, chosen: list[Case]) -> tuple[int, int]:
    models = Models([Endpoint(settings)])
    reader = PictureModel(models)

    async def ask(case: Case) -> bool:
        return not await reader.read(screenshot(case.claim), CheckContext())

    return await _counted(models, chosen, ask)


EVALS: dict[str, Eval] = {
    "verdict": _verdicts,
    "claims": _claims,
    "mend": _mended,
    "repair": _repaired,
    "plain": _in_words,
    "picture": _pictures,
}


def scripted(chosen: list[Case]) -> Callable[[Request], Says]:
    """A model that answers soundly, in the form asked for."""

    def answers(request: Request) -> Says:
        said = json.dumps(request["messages"], ensure_ascii=False)
        case = next((one for one in chosen if json.dumps(one.claim)[1:-1] in said), chosen[0])
        title = request["response_format"]["json_schema"]["name"]
        sound = case.draft()
        claim = {"fragment": case.claim, "claim": case.claim, "english": None, "queries": []}
        by_form: dict[str, dict[str, Any]] = {
            "verdict_draft": sound,
            "mended_sentences": {"sentences": [sound["sentences"][0] | {"n": 1}]},
            "claims_of_a_message": {"claims": [claim | {"other_reading": None}], "skipped": []},
            "words_in_a_picture": {"text": case.claim},
            "label": {"label": case.label},
        }
        return Says(by_form[title])

    return answers


@contextmanager
def small_model() -> Iterator[EndpointSettings]:
    """The model that the tests bring, behind its server."""
    with served() as address:
        yield EndpointSettings(
            model="smollm2", api_key=SecretStr(KEY), base_url=f"{address}/v1", timeout=PATIENCE,
            total_timeout=PATIENCE, max_retries=0, max_tokens=220,
        )  # fmt: skip


async def measure(name: str, settings: EndpointSettings, count: int) -> Row:
    """Asks with one prompt."""
    chosen = [replace(case, others=case.others[:1]) for case in cases(count)]
    answered, broken = await EVALS[name](settings, chosen)
    version = load_prompt(name).version
    return Row(name, version, words_hash(name), settings.model, len(chosen), answered, broken)


def main() -> None:
    """Asks, and writes the rows."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("names", nargs="*", metavar="NAME")
    parser.add_argument("--count", type=int, default=4, help="questions a prompt")
    parser.add_argument("--small", action="store_true", help="ask the model that the tests bring")
    parser.add_argument("--model")
    parser.add_argument("--base-url")
    args = parser.parse_args()
    if unknown := sorted(set(args.names) - EVALS.keys()):
        parser.error(f"no such prompt: {', '.join(unknown)}; there are {', '.join(EVALS)}")

    if args.small:
        with small_model() as settings:
            asyncio.run(record(args.names, settings, args.count))
    elif args.model:
        key = os.environ.get("OPENAI_API_KEY")
        settings = EndpointSettings(args.model, SecretStr(key) if key else None, args.base_url)
        asyncio.run(record(args.names, settings, args.count))
    else:
        asyncio.run(with_script(args.names, args.count))


async def with_script(names: list[str], count: int) -> None:
    """Asks the scripted server."""
    async with OpenAIServer(scripted(cases(count))) as server:
        await record(names, EndpointSettings("scripted", base_url=server.url), count)


async def record(names: list[str], settings: EndpointSettings, count: int) -> None:
    """Asks with each prompt, and writes its row."""
    for name in names or EVALS:
        row = await measure(name, settings, count)
        rows = recorded() | {name: row}
        told = [asdict(rows[key]) for key in sorted(rows)]
        TABLE.write_text(json.dumps(told, indent=1) + "\n", encoding="utf-8")
        print(json.dumps(asdict(row)))


if __name__ == "__main__":
    main()

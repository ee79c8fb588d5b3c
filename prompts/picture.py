"""The words in a picture, read by a model that sees."""

from __future__ import annotations

import base64
from typing import Any

from pydantic import Field

from prompts.answer import Part, inlined
from prompts.context import CheckContext
from prompts.endpoint import Talk
from prompts.models import Models
from prompts.promptfile import load_prompt

LONGEST = 4_000
"""Characters of a picture that are read."""


class PictureText(Part):
    """What is written in a picture."""

    text: str = Field(max_length=LONGEST)


def picture_schema() -> dict[str, Any]:
    """The JSON Schema to ask for."""
    return {"title": "words_in_a_picture", **inlined(PictureText.model_json_schema(), {})}


class PictureModel:
    """Reads pictures with a language model that takes them."""

    def __init__(self, models: Models) -> None:
        self._models = models

    async def read(self, png: bytes, context: CheckContext) -> str:
        """The words in a PNG; EndpointError or BudgetError where no model reads it."""
        system, user = load_prompt("picture").fill()
        url = f"data:image/png;base64,{base64.b64encode(png).decode()}"
        answer = await self._models.ask(
            "picture",
            Talk(system, user, images=(url,)),
            picture_schema(),
            PictureText,
            context,
        )
        return answer.value.text

    async def aclose(self) -> None:
        """Closes the connections."""
        await self._models.aclose()

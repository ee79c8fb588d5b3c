"""Settings from the environment or `.env`, all in one place (names: the contract)."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Literal
from urllib.parse import unquote

from platformdirs import user_data_path
from pydantic import Field, SecretStr, ValidationError, field_validator
from pydantic_settings import BaseSettings, SettingsConfigDict

from corpus.errors import InputError
from corpus.web.addresses import AllowList

_PASSWORD = re.compile(r"//[^/@\s:]*:([^/@\s]+)@")
"""In an address."""


class Settings(BaseSettings):
    """What an operator can set. `receipts doctor` prints each one, secrets masked."""

    model_config = SettingsConfigDict(
        env_file=".env",
        env_file_encoding="utf-8",
        env_ignore_empty=True,
        extra="ignore",
        hide_input_in_errors=True,
    )

    discord_token: SecretStr | None = Field(default=None, alias="DISCORD_TOKEN")
    openai_api_key: SecretStr | None = Field(default=None, alias="OPENAI_API_KEY")
    openai_base_url: str | None = Field(default=None, alias="OPENAI_BASE_URL")
    model: str | None = Field(default=None, alias="RECEIPTS_MODEL")
    engine: Literal["auto", "local", "llm"] = Field(default="auto", alias="RECEIPTS_ENGINE")
    fallback_models: str | None = Field(default=None, alias="RECEIPTS_FALLBACK_MODELS")
    """Models to ask where the first does not answer: `name`, or `name@https://other/v1`; commas."""
    model_calls: int = Field(default=8, ge=1, le=1000, alias="RECEIPTS_MODEL_CALLS")
    """Calls under way at one endpoint."""
    samples: int = Field(default=1, ge=1, le=5, alias="RECEIPTS_SAMPLES")
    """How often the model drafts a verdict; how far its drafts agree goes into the confidence."""
    check_seconds: float = Field(default=90.0, ge=5, le=170, alias="RECEIPTS_CHECK_SECONDS")
    """What one check may take."""
    budgets: str = Field(default="", alias="RECEIPTS_BUDGETS")
    """Such as `person/day:50000, server/month:$20, all/day:$5`."""
    when_spent: Literal["local", "refuse"] = Field(default="local", alias="RECEIPTS_WHEN_SPENT")
    """What happens to a check where a budget is spent."""
    vision_model: str | None = Field(default=None, alias="RECEIPTS_VISION_MODEL")
    """A model at OPENAI_BASE_URL that reads pictures."""
    prices: Path | None = Field(default=None, alias="RECEIPTS_PRICES")
    """A price table in place of the shipped one."""
    home: Path = Field(
        default_factory=lambda: user_data_path("receipts", appauthor=False), alias="RECEIPTS_HOME"
    )
    database_url: str | None = Field(default=None, alias="RECEIPTS_DATABASE_URL")
    chroma_url: str | None = Field(default=None, alias="RECEIPTS_CHROMA_URL")
    chroma_token: SecretStr | None = Field(default=None, alias="RECEIPTS_CHROMA_TOKEN")
    """Sent to the Chroma server as a bearer token, for the proxy in front of it to check."""
    public_url: str | None = Field(default=None, alias="RECEIPTS_PUBLIC_URL")
    http_port: int | None = Field(default=None, ge=1, le=65535, alias="RECEIPTS_HTTP_PORT")
    http_host: str = Field(default="127.0.0.1", alias="RECEIPTS_HTTP_HOST")
    """Where the web pages listen; 0.0.0.0 in a container."""
    log: Literal["text", "json"] = Field(default="text", alias="RECEIPTS_LOG")
    """The form of the log of `receipts run`."""
    message_content: bool = Field(default=False, alias="RECEIPTS_MESSAGE_CONTENT")
    """Opt-in: read the message that a mention replies to (a privileged intent)."""
    embedding_model: str | None = Field(default=None, alias="RECEIPTS_EMBEDDING_MODEL")
    """A folder with an ONNX encoder, or the name of a model at OPENAI_BASE_URL."""
    stance_model: str | None = Field(default=None, alias="RECEIPTS_STANCE_MODEL")
    """A folder with an ONNX sequence classifier."""

    fetch_allow: str = Field(default="", alias="RECEIPTS_FETCH_ALLOW")
    """Networks that sources may be fetched from although they are not public."""

    @field_validator("fetch_allow")
    @classmethod
    def _networks(cls, text: str) -> str:
        try:
            AllowList.parse(text)
        except InputError as error:
            raise ValueError(str(error)) from error
        return text

    @property
    def fetch_allowed(self) -> AllowList:
        """What `fetch_allow` names."""
        return AllowList.parse(self.fetch_allow)

    @field_validator("home")
    @classmethod
    def _absolute(cls, home: Path) -> Path:
        return home.expanduser().absolute()

    @property
    def models(self) -> tuple[tuple[str, str | None], ...]:
        """The models to ask in order, each with the base URL of its endpoint."""
        found = [(self.model, self.openai_base_url)] if self.model else []
        for entry in (self.fallback_models or "").split(","):
            name, _, url = entry.strip().partition("@")
            if name:
                found.append((name, url or self.openai_base_url))
        return tuple(found)

    @property
    def uses_llm(self) -> bool:
        """Whether checks go to a language model: asked for, or configured and left to us."""
        if self.engine == "auto":
            return bool(self.model and (self.openai_api_key or self.openai_base_url))
        return self.engine == "llm"


def secrets_of(settings: Settings) -> list[str]:
    """What must stand in no log: tokens, keys, and the passwords in addresses."""
    held = [getattr(settings, name) for name in Settings.model_fields]
    found = [value.get_secret_value().strip() for value in held if isinstance(value, SecretStr)]
    for password in _PASSWORD.findall(" ".join(text for text in held if isinstance(text, str))):
        found += [password, unquote(password)]
    return [secret for secret in dict.fromkeys(found) if secret]


def load_settings(**overrides: object) -> Settings:
    """The settings from the environment and `.env`, with overrides by field name.

    Overrides that are None leave the setting as it is. InputError names the first bad setting.
    """
    given = {
        str(Settings.model_fields[name].alias): value
        for name, value in overrides.items()
        if value is not None
    }
    try:
        return Settings.model_validate(given)
    except ValidationError as error:
        fault = error.errors(include_input=False, include_url=False)[0]
        name = ".".join(str(part) for part in fault["loc"]) or "settings"
        what = f"{name}: {fault['msg']}; correct it in the environment or .env"
        raise InputError(what) from error
    except (OSError, UnicodeDecodeError) as error:
        raise InputError(f".env cannot be read: {error}") from error

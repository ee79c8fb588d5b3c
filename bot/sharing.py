"""Who may read a server's receipts on the web, and the addresses that let them."""

from __future__ import annotations

import hashlib
import hmac
import secrets
from base64 import urlsafe_b64encode
from typing import TYPE_CHECKING, Literal, get_args

if TYPE_CHECKING:
    from bot.ledger import Ledger

Sharing = Literal["public", "members", "off"]
"""public: whoever has the address, search engines too. members: whoever has the link on the card,
which carries a key. off: nobody."""

_SECRET = "receipt key"  # noqa: S105 - the name of a note
_KEY_BYTES = 16


class Receipts:
    """Knows each server's choice, and makes and reads the addresses of its receipts."""

    def __init__(self, ledger: Ledger, public_url: str | None) -> None:
        self._ledger = ledger
        self._base = public_url.rstrip("/") if public_url else None
        self._secret: bytes | None = None

    def sharing(self, guild_id: str | None) -> Sharing:
        """The server's choice. Where none was made, and in private: members, by the card's link."""
        if guild_id is None:
            return "members"
        chosen = self._ledger.note(_note(guild_id))
        return chosen if chosen in get_args(Sharing) else "members"  # type: ignore[return-value]

    def choose(self, guild_id: str, sharing: Sharing) -> None:
        """Records the server's choice; it holds for old receipts too."""
        self._ledger.set_note(_note(guild_id), sharing)

    def address(self, verdict_id: str, guild_id: str | None) -> str | None:
        """What a card links to; None where the web is not set up, or the server wants none."""
        if self._base is None or (sharing := self.sharing(guild_id)) == "off":
            return None
        page = f"{self._base}/v/{verdict_id}"
        return page if sharing == "public" else f"{page}?key={self.key(verdict_id)}"

    def page(self, verdict_id: str) -> str | None:
        """The address of a public receipt, without a key."""
        return f"{self._base}/v/{verdict_id}" if self._base else None

    def opens(self, sharing: Sharing, verdict_id: str, key: str | None) -> bool:
        """Whether somebody who comes with `key` may read a receipt that is shared so."""
        if sharing != "members":
            return sharing == "public"
        return key is not None and hmac.compare_digest(
            key.encode("utf-8", "replace"), self.key(verdict_id).encode()
        )

    def key(self, verdict_id: str) -> str:
        """What the link on a card proves itself with: only this installation can make it."""
        if self._secret is None:
            self._secret = bytes.fromhex(
                self._ledger.note_once(_SECRET, secrets.token_bytes(32).hex())
            )
        digest = hmac.digest(self._secret, verdict_id.encode(), hashlib.sha256)
        return urlsafe_b64encode(digest[:_KEY_BYTES]).decode().rstrip("=")


def _note(guild_id: str) -> str:
    return f"sharing {guild_id}"

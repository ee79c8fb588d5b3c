"""ClaimReviews are what schema.org says they are: every type, property and value of them."""

from __future__ import annotations

import json
from datetime import date
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.claimreview import Work, claim_review
from prompts.verdict import Label
from tests.bot.courtroom import HOME, Courtroom, allowed, manager, moderator

VOCABULARY = json.loads(
    (Path(__file__).parents[1] / "data" / "schema_org.json").read_text(encoding="utf-8")
)["types"]
PAGE = "https://receipts.example"


def ancestry(kind: str) -> list[str]:
    """A type and those that it is one of, up to Thing."""
    found = [kind]
    while parent := VOCABULARY[found[-1]]["of"]:
        found.append(parent)
    return found


def faults(value: Any, path: str = "") -> list[str]:
    """What in an object is not of the vocabulary."""
    kind = value.get("@type")
    if kind not in VOCABULARY:
        return [f"{path}: no type {kind!r}"]
    known = {k: v for one in ancestry(kind) for k, v in VOCABULARY[one]["properties"].items()}
    found = []
    for name, held in value.items():
        if name.startswith("@"):
            continue
        if name not in known:
            found.append(f"{path}.{name}: {kind} has no such property")
            continue
        for one in held if isinstance(held, list) else [held]:
            if isinstance(one, dict):
                found += faults(one, f"{path}.{name}")
            if not any(is_a(one, expected) for expected in known[name]):
                found.append(f"{path}.{name}: {one!r} is none of {known[name]}")
    return found


def is_a(value: Any, expected: str) -> bool:
    match expected:
        case "Text":
            return isinstance(value, str) and bool(value.strip())
        case "URL":
            parts = urlsplit(value) if isinstance(value, str) else None
            return parts is not None and parts.scheme in ("http", "https") and bool(parts.netloc)
        case "Date":
            return isinstance(value, str) and date.fromisoformat(value).isoformat() == value
        case "Number":
            return isinstance(value, int | float) and not isinstance(value, bool)
        case _:
            kind = value.get("@type") if isinstance(value, dict) else None
            return kind in VOCABULARY and expected in ancestry(kind)


def exported(court: Courtroom, **more: str) -> Any:
    text = court.review.record.export_claim_reviews(
        manager(), HOME, publisher="Newsroom", publisher_url=f"{PAGE}/about", **more
    )
    return json.loads(allowed(text))


@pytest.fixture
def court(tmp_path: Path) -> Any:
    with Courtroom(tmp_path) as court:
        case = court.flag(court.ask())
        allowed(court.review.decisions.approve(moderator(), HOME, case.id))
        yield court


def test_what_is_exported_is_of_the_vocabulary(court: Courtroom) -> None:
    (review,) = exported(court, pages=PAGE)
    assert review["@context"] == "https://schema.org"
    assert faults(review) == []
    # What search engines want of one: https://developers.google.com/search/docs/appearance
    assert {"claimReviewed", "reviewRating", "url", "author", "datePublished"} <= set(review)
    rating = review["reviewRating"]
    assert rating["worstRating"] <= rating["ratingValue"] <= rating["bestRating"]
    assert review["url"].startswith(f"{PAGE}/v/")


def test_without_web_pages_it_is_found_where_it_was_shown(court: Courtroom) -> None:
    (review,) = exported(court)
    assert faults(review) == []
    assert review["url"].startswith(f"https://discord.com/channels/{HOME}/")
    assert "/v/" not in review["url"]


@settings(deadline=None)
@given(st.sampled_from(Label), st.text(min_size=1).filter(str.strip), st.booleans())
def test_every_label_and_claim_makes_a_valid_one(label: Label, claim: str, linked: bool) -> None:
    review = claim_review(
        claim, label, "It is so.", url=PAGE, published="2026-01-31", author=("Newsroom", PAGE),
        citations=[Work("A report", PAGE if linked else None)],
    )  # fmt: skip
    assert faults(review) == []


def test_the_check_sees_what_is_wrong() -> None:
    review = claim_review(
        "It rained.", Label.REFUTED, "No.", url="nowhere", published="yesterday",
        author=("", PAGE), citations=[],
    ) | {"stars": 5}  # fmt: skip
    review["reviewRating"]["@type"] = "Score"
    with pytest.raises(ValueError, match="isoformat"):
        faults(review)
    review["datePublished"] = "2026-01-31"
    assert {fault.partition(":")[0] for fault in faults(review)} == {
        ".url", ".reviewRating", ".author.name", ".stars",
    }  # fmt: skip

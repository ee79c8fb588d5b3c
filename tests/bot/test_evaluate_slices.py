"""Which rows are reported apart: kinds of claims, and what a data set may give away."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.evaluate.fact_checkers import is_fact_check
from bot.evaluate.slices import SLICES, Given, kinds_of


def kinds(claim: str, **values: object) -> set[str]:
    defaults: dict[str, object] = {"texts": ["It is so."], "urls": [], "pieces": 1}
    return set(kinds_of(Given(claim, **(defaults | values))))  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("claim", "kind"),
    [
        ("Unemployment fell to 3.4 percent.", "numeric"),
        ("The bridge was opened in May 1937.", "dated"),
        ("Masks do not lower oxygen.", "negated"),
        ("The minister said the border would close.", "quote"),
        ("It was “a very great day”, by her account.", "quote"),
        ("A " + "very " * 30 + "old tree stands there.", "long"),
    ],
)
def test_kinds_are_told_from_the_claim(claim: str, kind: str) -> None:
    assert kind in kinds(claim)


def test_a_plain_claim_is_of_no_kind() -> None:
    assert kinds("Paris is the capital of France's oldest region.") == {"with_evidence"}


def test_what_a_row_was_given_is_told_apart() -> None:
    assert "multi_hop" in kinds("Bees sting.", pieces=2)
    assert "without_evidence" in kinds("Bees sting.", texts=[])
    assert "evidence_says_no_answer" in kinds("Bees sting.", texts=["No answer could be found."])
    news, check = "https://news.example/a", "https://factly.in/a"
    assert "with_fact_check_source" in kinds("Bees sting.", urls=[news, check])
    assert "without_fact_check_source" in kinds("Bees sting.", urls=[news])


@pytest.mark.parametrize(
    "url",
    [
        "https://www.snopes.com/fact-check/a/",
        "http://SNOPES.com/x",
        "https://factuel.afp.com/x",
        "https://web.archive.org/web/20200101000000/https://www.politifact.com/x",
        "https://www.usatoday.com/story/news/factcheck/2020/10/27/x/1",
        "https://www.cnn.com/2020/10/23/politics/biden-fracking-fact-check/index.html",
        "https://www.reuters.com/fact-check/x",
        "https://www.thequint.com/news/webqoof/x",
    ],
)
def test_fact_checks_are_known(url: str) -> None:
    assert is_fact_check(url)


@pytest.mark.parametrize(
    "url",
    [
        "https://www.reuters.com/world/x",
        "https://notsnopes.com/x",
        "https://snopes.com.example/x",
        "https://en.wikipedia.org/wiki/Snopes",
        "https://www.abc.net.au/news/2020-01-01/fires",
        "http://[broken",
        "no address",
        "",
    ],
)
def test_other_pages_are_not(url: str) -> None:
    assert not is_fact_check(url)


@given(st.text(), st.lists(st.text(), max_size=3), st.lists(st.text(), max_size=3))
def test_any_text_has_kinds_and_no_pair_of_opposites(
    claim: str, texts: list[str], urls: list[str]
) -> None:
    found = kinds_of(Given(claim, texts, urls, len(texts)))
    assert set(found) <= set(SLICES)
    assert not {"with_evidence", "without_evidence"} <= set(found)
    assert not {"with_fact_check_source", "without_fact_check_source"} <= set(found)

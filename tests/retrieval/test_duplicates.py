from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from retrieval.duplicates import fingerprint

STORY = "The ministry said on Monday that exports of steel rose by 12 percent over the last year."


def test_every_text_repeats_itself_and_shorter_copies_do_too() -> None:
    assert fingerprint(STORY).repeats(fingerprint(STORY))
    assert fingerprint(STORY.upper()).repeats(fingerprint(STORY))
    assert fingerprint(STORY.replace(" over the last year", "")).repeats(fingerprint(STORY))
    assert fingerprint("12,000 cats sat here").repeats(fingerprint("12000 cats sat here"))


def test_a_number_or_negation_of_its_own_is_worth_keeping() -> None:
    for other in (
        STORY.replace("12", "13"),
        STORY.replace("rose", "never rose"),
        STORY.replace("rose", "didn't rise"),
    ):
        assert not fingerprint(other).repeats(fingerprint(STORY))


def test_unlike_texts_are_no_copies() -> None:
    assert not fingerprint("Cats sleep all day long.").repeats(fingerprint(STORY))
    assert not fingerprint("Yes.").repeats(fingerprint("Perhaps."))


@given(text=st.text(max_size=200))
def test_any_text_repeats_itself(text: str) -> None:
    assert fingerprint(text).repeats(fingerprint(text))

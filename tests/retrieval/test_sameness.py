"""What keeps two claims from being the same, and what does not."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from retrieval.claim_reading import ClaimReading
from retrieval.sameness import difference, same

CLAIM = "Microsoft bought Activision Blizzard for $68.7 billion in October 2023."
PRECISION, RECALL = 0.96, 0.2
UNSEEN = Path(__file__).parents[1] / "data" / "pairs.unseen.jsonl"


def between(a: str, b: str) -> str | None:
    return difference(ClaimReading(a), ClaimReading(b))


@pytest.mark.parametrize(
    ("other", "what"),
    [
        ("Microsoft bought Activision Blizzard for $6.87 billion in October 2023.", "number"),
        ("Microsoft bought Activision Blizzard for $68.7 million in October 2023.", "number"),
        ("Microsoft bought Activision Blizzard for 68.7 billion euros in October 2023.", "number"),
        ("Microsoft bought Activision Blizzard for $68.7 billion in October 2021.", "date"),
        ("Microsoft bought Activision Blizzard for $68.7 billion.", "date"),
        ("In October 2023, Sony bought Activision Blizzard for $68.7 billion.", "name"),
        ("Microsoft never bought Activision Blizzard for $68.7bn in October 2023.", "polarity"),
        ("Microsoft refused to buy Activision Blizzard for $68.7bn in October 2023.", "polarity"),
        ("Activision Blizzard bought Microsoft for $68.7 billion in October 2023.", "role"),
        ("Microsoft confirmed it bought Activision Blizzard for $68.7bn in Oct. 2023.", "teller"),
        ("Analysts predicted Microsoft would buy Activision Blizzard for $68.7bn in October 2023.",
         "teller"),
        ("Microsoft bought most games of Activision Blizzard for $68.7bn in October 2023.",
         "quantifier"),
        ("Microsoft bought Activision Blizzard in October 2023.", "left out"),
        ("Microsoft bought shares of Activision Blizzard's rivals for $68.7bn in October 2023.",
         "wording"),
    ],
)  # fmt: skip
def test_what_differs_is_named(other: str, what: str) -> None:
    assert between(CLAIM, other) == what
    assert between(other, CLAIM) == what


@pytest.mark.parametrize(
    ("a", "b", "what"),
    [
        ("Spain beat England 2-1 in Berlin.", "England beat Spain 2-1 in Berlin.", "role"),
        ("It rose 5% a year.", "It rose 5% a month.", "period"),
        ("She won on 1 May.", "She won on 1 June.", "date"),
        ("It found 20 percent of them.", "It found 20 of them.", "number"),
        ("Voyager 1 is far from Earth.", "voyager 2 is far from earth", "name"),
        ("Spain was beaten by England in Berlin.", "Spain beat England in Berlin.", "role"),
        ("The club owes its players a sum.", "The players owe the club a sum.", "role"),
        ("He replaced Ann Moss with Bo Falk.", "He replaced Bo Falk with Ann Moss.", "role"),
        ("It was sent from Oslo.", "It was sent to Oslo.", "role"),
        ("71 Argentine and 29 British died.", "29 Argentine and 71 British died.", "role"),
        ("It must pay $500 to tenants.", "It must pay $500 to each tenant.", "quantifier"),
        ("The bank raised its rate.", "The bank is expected to raise its rate.", "teller"),
        (
            "Apple sold more phones than Samsung.",
            "Apple sold more tablets than Samsung.",
            "wording",
        ),
        ("One school locks phones away.", "Schools lock phones away.", "quantifier"),
        ("She won on 21/08.", "She won on 21/09.", "date"),
        ("Sales rose in the third quarter.", "Sales rose in Q2.", "date"),
        (
            "It fell to 4.6 percent from 5.9 a year before.",
            "It fell to 4.6% from 5.1% a year before.",
            "number",
        ),
        (
            "It is 2,492 carats.",
            "It is two thousand four hundred and ninety-three carats.",
            "number",
        ),
        ("It was his first win.", "It was his second win.", "ordinal"),
        ("It cost more than $4.", "It cost less than $4.", "number"),
        ("All of them left.", "They left.", "quantifier"),
        ("Prices rose in Peru.", "Prices fell in Peru.", "opposite"),
        ("Men earn less than women.", "Women earn less than men.", "role"),
        ("Ten adults fell ill.", "Ten children fell ill.", "scope"),
        ("Acme is insolvent.", "Acme is insolvent, its rival says.", "teller"),
        ("The share fell to 5.9 percent.", "The share fell by 5.9 percent.", "number"),
        ("Acme raised $4.8 billion.", "Acme was valued at $4.8 billion.", "number"),
        ("The flood killed more than 220.", "The flood killed almost 220.", "number"),
        ("She tested positive.", "She tested negative.", "opposite"),
        ("Rents have risen since 2010.", "Rents have not risen since 2010.", "polarity"),
        ("He met the minister before May.", "He never met the minister before May.", "polarity"),
        ("Inflation fell in Peru.", "Unemployment fell in Peru.", "name"),
    ],
)
def test_small_words_count(a: str, b: str, what: str) -> None:
    assert between(a, b) == what


@pytest.mark.parametrize(
    ("a", "b"),
    [
        (CLAIM, "In October 2023 Microsoft bought Activision Blizzard for $68.7 billion."),
        (CLAIM, "Microsoft bought Activision Blizzard for $68.7bn in Oct. 2023."),
        (CLAIM, "microsoft bought activision blizzard for $68.7B in oct 2023 lol"),
        (CLAIM, "Activision Blizzard was acquired by Microsoft for 68.7 billion dollars in "
                "October 2023."),
        ("The IMF says 40% of jobs are at risk.", "Two fifths of jobs are at risk, says the IMF."),
        ("SVB held $209bn.", "Silicon Valley Bank held $209 billion."),
        ("US CPI +9.1% in June '22", "The US CPI went up by 9.1 percent in June 2022."),
        ("He finished in 2:00:35.", "He finished in 2h00m35s."),
        ("Four in five voted yes.", "80 percent voted yes."),
        ("It weighs 2,492 carats.", "It weighs two thousand four hundred and ninety-two carats."),
        ("It fell to 4.6 percent from 5.9 a year ago.", "It fell to 4.6% from 5.9% a year ago."),
        ("It sails three times a day.", "It sails 3x a day."),
        ("It was found at 3,210 metres.", "It was found at 3,210 m."),
        ("It was found on 19 September 1991.", "It was found on 19.09.1991."),
        ("Police in Orsk arrested 3 men on Saturday.",
         "On Saturday three men were arrested by the police in Orsk."),
        ("Acme cut 400 jobs in Orsk, its chief says.", "Acme Cuts 400 Jobs in Orsk, Chief Says"),
        ("Orsk stopped the expansion of the quarry.", "Orsk stopped the quarry expansion."),
        ("It is one of the largest ever found.", "It is among the largest ever found."),
        ("Chief Ann Moss of Acme said it lost $5m.", "Ann Moss, chief of Acme: it lost $5m"),
        ("It was their fifth strike.", "It was their 5th strike."),
        ("They met on 21 August.", "They met on 21/08."),
        ("They met in August 2024.", "They met in 08/2024."),
        ("India is the fourth country there.", "India is country no. 4 there."),
        ("All of its 850 workers left.", "Every one of its 850 workers left."),
        ("Sales rose in the third quarter.", "Sales rose in Q3."),
        ("It may admit at most 12,500.", "It may admit no more than 12,500."),
        ("It won 35 of a possible 42 points.", "It won 35/42 points."),
        ("They met on 13 December 2023.", "They met on 13-12-2023."),
        ("They met on 14 July.", "They met, 14/07."),
        ("It took HK$200m.", "It took 200 million Hong Kong dollars."),
        ("Rates fell by half a percentage point.", "Rates fell by 50 bps."),
        ("It lies 3,008 metres deep.", "It lies 3008m deep."),
        ("acme got 40B at a 300B valuation", "Acme got $40 billion at a $300 billion valuation."),
        ("62.5 percent of trains were late.", "62.5 pct of trains were late."),
        ("Wales won.", "The Welsh won."),
        ("The bill was handed over.", "The bill was handed over under a rule."),
    ],
)  # fmt: skip
def test_other_words_for_the_same_are_the_same(a: str, b: str) -> None:
    assert between(a, b) is None


@settings(deadline=None)
@given(st.text(max_size=60), st.text(max_size=60))
def test_it_does_not_matter_which_claim_was_there_first(a: str, b: str) -> None:
    assert between(a, b) == between(b, a)


@settings(deadline=None)
@given(st.text(max_size=80))
def test_a_claim_is_the_same_as_itself(a: str) -> None:
    assert same(ClaimReading(a), ClaimReading(a))


@settings(deadline=None)
@given(st.integers(1001, 99_999), st.integers(1001, 99_999))
def test_a_number_is_never_taken_for_another(n: int, m: int) -> None:
    a, b = (f"The town has {value} inhabitants." for value in (n, m))
    assert (between(a, b) is None) == (n == m)


def test_unseen_pairs_are_told_apart_as_surely_as_was_measured() -> None:
    """A floor under pairs that nothing was fitted to: see RESULTS.md for the figures."""
    rows = [json.loads(line) for line in UNSEEN.read_text(encoding="utf-8").splitlines()]
    taken = [row for row in rows if same(ClaimReading(row["a"]), ClaimReading(row["b"]))]
    right = sum(row["same"] for row in taken)
    assert right / len(taken) >= PRECISION
    assert right / sum(row["same"] for row in rows) >= RECALL

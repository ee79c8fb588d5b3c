"""Denials: which claims are plain ones, and what they deny."""

import pytest

from retrieval.denial import denied


@pytest.mark.parametrize(
    ("claim", "affirmed"),
    [
        ("Korvex did not sell its mines", "Korvex did sell its mines"),
        ("Korvex didn’t sell its mines", "Korvex did sell its mines"),
        ("Korvex is not a bank", "Korvex is a bank"),
        ("Korvex has never sold a mine", "Korvex has sold a mine"),
        ("Korvex never sold its mines", "Korvex sold its mines"),
        ("Korvex won't sell its mines", "Korvex will sell its mines"),
        ("Korvex cannot sell its mines", "Korvex can sell its mines"),
        ("Marrow and Finch did not close", "Marrow and Finch did close"),
        ("Peter Marrow & Finch can’t close", "Peter Marrow & Finch can close"),
        ("Korvex was not founded as a bank.", "Korvex was founded as a bank."),
    ],
)
def test_a_plain_denial_is_turned_round(claim, affirmed):
    assert denied(claim) == affirmed


@pytest.mark.parametrize(
    "claim",
    [
        "Korvex sold its mines",
        "Most miners do not own shares",
        "Korvex did not sell its mines until 2024",
        "Korvex said it did not sell its mines",
        "Korvex did not sell its mines, the union says",
        "Korvex did not sell mines that do not pay",
        "Korvex not only sold its mines",
        "Korvex did not sell its mines and bought a bank",
        "Korvex did not sell or lease its mines",
        "Korvex did not sell mines not owned by it",
        "Korvex did not sell its mines when prices fell",
        "Korvex did not sell its mines after the strike",
        "Korvex did not sell its mines and Marrow bought a bank",
        "Marrow bought mines and Finch did not",
        "Korvex did not sell mines in Peru and Chile",
        "KORVEX DID NOT SELL ITS MINES OR CLOSE",
        "Korvex didn't never sell its mines",
        "Korvex did not sell its mines where it had unions",
        "Korvex did not sell its mines before the strike",
        "Korvex did not sell its mines since prices fell",
        "Korvex did not sell its mines whenever it could",
        "Korvex did not sell its mines (Finch did)",
        "Korvex did not sell its mines. Finch did",
        "Korvex did not sell its mines – Finch did",
        "Korvex is not as big as Finch",
        "Korvex did not sell anything",
        "Korvex did not",
        "Korvex did not.",
        "Don't sell mines",
        "Do not",
        "Never",
    ],
)
def test_what_is_more_or_less_than_a_denial_is_not(claim):
    assert denied(claim) is None

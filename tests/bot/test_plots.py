"""Plots: well-formed, inside their frame, and true to the numbers."""

from __future__ import annotations

import re
from xml.etree import ElementTree

from hypothesis import given
from hypothesis import strategies as st

from bot.evaluate import metrics, plots

ANSWERS = st.lists(st.tuples(st.floats(0, 1), st.booleans()), max_size=80)


def drawn(svg: str) -> ElementTree.Element:
    root = ElementTree.fromstring(svg)
    _, _, width, height = map(float, root.attrib["viewBox"].split())
    for mark in root.iter():
        for name, most in (("cx", width), ("x", width), ("cy", height), ("y", height)):
            if name in mark.attrib:
                assert -0.1 <= float(mark.attrib[name]) <= most + 0.1
    return root


@given(ANSWERS)
def test_curves_of_any_answers_stay_in_their_frame(answers: list[tuple[float, bool]]) -> None:
    confidences, correct = [c for c, _ in answers], [right for _, right in answers]
    drawn(plots.risk_coverage(metrics.risk_curve(confidences, correct)))
    bins = metrics.reliability(confidences, correct)
    dots = drawn(plots.reliability(bins)).findall("circle")
    assert len(dots) == len(bins)


@given(st.lists(st.tuples(st.text(max_size=9), st.text(max_size=9)), min_size=1, max_size=9))
def test_a_confusion_of_any_labels_shows_every_count(rows: list[tuple[str, str]]) -> None:
    readable = [tuple(re.sub(r"[^ -~]", "", name) for name in row) for row in rows]
    counts = metrics.confusion([g for g, _ in readable], [p for _, p in readable])
    cells = drawn(plots.confusion(counts)).findall("rect")
    assert len(cells) == sum(len(row) for row in counts.values())


def test_the_first_places_are_counted() -> None:
    texts = [mark.text for mark in drawn(plots.ranks([1, 1, 5, 12, None])).findall("text")]
    assert dict(zip(texts[::2], texts[1::2], strict=True)) == {
        "1": "2", "2": "0", "3": "0", "4 to 5": "1", "6 to 10": "0", "11 to 50": "1",
        "later": "0", "not found": "1",
    }  # fmt: skip


def test_a_comparison_names_figures_as_they_are() -> None:
    bars = [plots.Bar("<Receipts>", 0.5, [0.4, 0.6], True), plots.Bar("BM25", 1.0, None, False)]
    texts = [mark.text for mark in drawn(plots.comparison({"nDCG@10": bars})).findall("text")]
    assert texts == ["nDCG@10", "<Receipts>", "0.500", "BM25", "1.000"]

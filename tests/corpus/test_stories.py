"""Copies of a story share an origin; look-alikes do not."""

from __future__ import annotations

from sqlalchemy import Engine

from benchmarks.stories import make_set, score
from corpus.catalogue import Catalogue
from corpus.stories import sign
from tests.corpus.values import add, source

WIRE = (
    "The harbour of Lund reopened on Monday after a storm that had closed it for nine days. "
    "Fourteen ships waited outside, the port authority said, and were let in by their size. "
    "Repairs to the eastern mole will take until summer and cost about 31 million euros. "
    "Two workers were hurt when a crane fell, but both left the hospital on Sunday evening. "
    "The minister of transport is to visit the town this week and to speak with fishermen."
)


def origins(catalogue: Catalogue, guild_id: str | None = None) -> dict[str, str]:
    return {record.source.id: record.source.story for record in catalogue.sources(guild_id)}


def test_found_on_varied_copies_and_not_on_look_alikes() -> None:
    """On the half that the thresholds were not set on; benchmarks/stories.py says more."""
    texts = [text for text in make_set(7) if int(text.story.split("-")[1]) % 2]
    figures = score(texts, [sign(text.text, text.published) for text in texts])
    assert figures["f1"] >= 0.9
    assert figures["precision"] >= 0.9


def test_first_published_is_the_origin_whatever_comes_first(catalogue: Catalogue) -> None:
    add(catalogue, source("copy", published="2025-03-04"), f"LUND (dpa) - {WIRE}")
    add(catalogue, source("wire", published="2025-03-03"), WIRE)
    add(catalogue, source("other", published="2025-03-03"), WIRE.replace("e", "a"))
    assert origins(catalogue) == {"copy": "wire", "wire": "wire", "other": "other"}
    add(catalogue, source("late", published="2025-03-05"), f"{WIRE} Edited by us.")
    assert origins(catalogue)["late"] == "wire"


def test_one_story_counts_once_among_what_is_searched(catalogue: Catalogue) -> None:
    add(catalogue, source("wire", published="2025-03-03"), WIRE)
    add(catalogue, source("copy", published="2025-03-04"), f"LUND (dpa) - {WIRE}")
    assert catalogue.state().sources == 1
    assert catalogue.count().sources == 2


def test_when_the_origin_leaves_another_takes_its_place(catalogue: Catalogue) -> None:
    for day in (1, 2, 3):
        add(catalogue, source(f"s{day}", published=f"2025-03-0{day}"), f"{WIRE} Number {day}.")
    assert set(origins(catalogue).values()) == {"s1"}
    catalogue.remove("s1")
    assert set(origins(catalogue).values()) == {"s2"}
    add(catalogue, source("s2", published="2025-03-02"), "It now tells something else entirely.")
    assert origins(catalogue) == {"s2": "s2", "s3": "s3"}


def test_same_report_a_month_later_with_other_figures_is_another_story(
    catalogue: Catalogue,
) -> None:
    report = (
        "Prices in the county rose {0} percent in {1}, the statistics office reported. Food cost "
        "{2} percent more than a year before, and rents rose by {3} percent. Energy prices fell "
        "by {4} percent. The office surveys {5} shops each month and publishes the index after "
        "the tenth day of the next one, as it has done for many years in the same way."
    )
    add(
        catalogue,
        source("may", published="2025-06-10"),
        report.format(2.1, "May", 3.4, 5.6, 7.8, 910),
    )
    add(
        catalogue,
        source("june", published="2025-06-24"),
        report.format(2.6, "June", 3.1, 5.9, 8.2, 914),
    )
    assert origins(catalogue) == {"may": "may", "june": "june"}


def test_a_servers_copy_joins_the_shared_story_and_never_the_other_way(engine: Engine) -> None:
    catalogue = Catalogue(engine)
    add(catalogue, source("one", guild_id="1", published="2025-03-01"), WIRE)
    add(catalogue, source("two", guild_id="2", published="2025-03-01"), WIRE)
    add(catalogue, source("shared", published="2025-03-02"), WIRE)
    add(catalogue, source("again", guild_id="1", published="2025-03-03"), WIRE)
    assert origins(catalogue) == {"shared": "shared"}
    assert origins(catalogue, "2")["two"] in ("two", "shared")
    first = origins(catalogue, "1")
    assert first["again"] == first["shared"] == "shared"


def test_starter_notes_are_all_their_own_stories() -> None:
    from corpus.starter import starter_documents

    notes = starter_documents()
    signed = [sign(note.text, note.source.published) for note in notes]
    alike = [
        (a.source.id, b.source.id)
        for n, a in enumerate(notes)
        for m, b in enumerate(notes[:n])
        if signed[n].same_story(signed[m])
    ]
    assert alike == []

"""Whether a sentence is carried by what it cites: deterministic first, the stance model last.

Four things are asked in turn. Are its facts there (`audit_facts`)? Does the same person say it
(`audit_speech`)? Does it say no more than the evidence, and not the reverse (`audit_places`,
`audit_roles`, `audit_score`)? A plain no to any of these ends it. What is left is scored, with the
stance model's probabilities where there is one.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from prompts.audit_caveats import added, vanished
from prompts.audit_evidence import Evidence
from prompts.audit_facts import fact_faults
from prompts.audit_model import Fault, FaultKind, SentenceAudit
from prompts.audit_places import Misplaced
from prompts.audit_score import AuditModel, Signals, features, premises
from prompts.audit_speech import attribution_fault
from retrieval.findings import Reading
from retrieval.model import StanceModel

_UNCOVERED = 0.35
"""Below this share of its words in the evidence, a sentence that fails is called unrelated."""

_FAR_OUT = {"number": 0.82, "name": 0.9, "date": 0.6}
"""The margin from which something out of place is a fault by itself: of sound sentences with
rivals in their evidence, about one in fifty has such a margin."""


def audit_sentence(
    sentence: str,
    evidence: Sequence[str],
    *,
    claim: str = "",
    record: str = "",
    stance: StanceModel | None = None,
    model: AuditModel | None = None,
) -> SentenceAudit:
    """Whether `evidence` (quotes or whole passages) carries `sentence`, and what speaks against it.

    A number, date or name may also come from the `claim` that is being answered. Without a `stance`
    model the plain faults alone decide.
    """
    reading, given = Reading(sentence), Evidence.of(evidence, claim, record)
    if not given.sentences:
        nothing = Fault(FaultKind.UNRELATED, sentence, "", "there is no evidence")
        return SentenceAudit(False, (nothing,), 0.0)
    signals = Signals.of(reading, given)
    plain = (*fact_faults(reading, given), *_plain_faults(reading, given, signals))
    if plain:
        return SentenceAudit(False, plain, 0.0)
    if stance is None:
        return SentenceAudit(True, (), signals.coverage)
    weights = model or AuditModel.load()
    stances = stance.score([(premise, sentence) for premise in premises(reading, given)])
    score = weights.score(features(reading, signals, stances.tolist()))
    if score >= weights.threshold:
        return SentenceAudit(True, (), score)
    return SentenceAudit(False, tuple(_weak_faults(signals, score)), score)


def _plain_faults(sentence: Reading, evidence: Evidence, signals: Signals) -> Iterator[Fault]:
    """Faults of wording that rules see for certain."""
    if fault := attribution_fault(sentence, evidence):
        yield fault
    for words in vanished(sentence, evidence):
        reason = f"the evidence limits this ({words!r}), the sentence does not"
        yield Fault(FaultKind.CAVEAT, "", words, reason)
    for words in (*signals.widened, *added(sentence, evidence)):
        reason = f"the evidence does not say {words!r}"
        yield Fault(FaultKind.OVERREACH, words, "", reason)
    for place in signals.filled:
        reason = f"the evidence has {place.rival!r} there, not {place.text!r}"
        yield Fault(FaultKind.REVERSED, place.text, place.rival, reason)
    for place in (*signals.mismatched, *signals.bound, *_far_out(signals)):
        reason = f"the evidence says this of {place.rival!r}, not of {place.text!r}"
        yield Fault(FaultKind.REVERSED, place.text, place.rival, reason)
    for turned in signals.turned:
        reason = "who does it and to whom it is done are exchanged"
        yield Fault(FaultKind.REVERSED, turned.words, turned.evidence, reason)


def _far_out(signals: Signals) -> Iterator[Misplaced]:
    """What stands so much better in a rival's surroundings that this alone is a fault."""
    for place in signals.misplaced:
        if place.margin >= _FAR_OUT[place.kind]:
            yield place


def _weak_faults(signals: Signals, score: float) -> Iterator[Fault]:
    """What speaks against a sentence whose score is too low."""
    for pair in signals.exchanged[:1]:
        reason = f"{pair.text!r} and {pair.rival!r} seem to be exchanged"
        yield Fault(FaultKind.REVERSED, pair.text, pair.rival, reason)
    for place in signals.bound[:1]:
        reason = f"the evidence says this of {place.rival!r}, not of {place.text!r}"
        yield Fault(FaultKind.REVERSED, place.text, place.rival, reason)
    for each in signals.denied[:1]:
        reason = "one of the two denies what the other says"
        yield Fault(FaultKind.NEGATION, each.words, each.evidence, reason)
    if antonym := signals.finding("antonym", "contradicts"):
        reason = "the two say opposite things"
        yield Fault(FaultKind.NEGATION, antonym.claim_words, antonym.evidence_words, reason)
    for words in (*signals.dropped[:1], *filter(None, (signals.planned,))):
        reason = f"the evidence limits this ({words!r}), the sentence does not"
        yield Fault(FaultKind.CAVEAT, "", words, reason)
    if limit := signals.finding("scope", "limits"):
        reason = f"the evidence limits this ({limit.evidence_words!r}), the sentence does not"
        yield Fault(FaultKind.CAVEAT, "", limit.evidence_words, reason)
    if signals.coverage < _UNCOVERED:
        yield Fault(
            FaultKind.UNRELATED, ", ".join(signals.new_words), "", "little of it is in the evidence"
        )
    elif signals.new_words:
        words = ", ".join(signals.new_words)
        yield Fault(FaultKind.EXTRA_DETAIL, words, "", f"the evidence does not speak of {words}")
    yield Fault(
        FaultKind.ENTAILMENT, "", "", f"the evidence does not seem to carry it (score {score:.2f})"
    )

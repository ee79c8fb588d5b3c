from __future__ import annotations

import json
import shutil
from pathlib import Path

import numpy as np
import pytest

from corpus.errors import ModelFileError
from retrieval.modelfiles import SHIPPED
from retrieval.stance import OnnxStance, load_stance

PREMISE = (
    "Harbour board report. The board says the new quay cost 85 million crowns, an estimate that "
    "leaves out the land and the dredging."
)
PLAIN = "The board puts the quay at about 85 million crowns, land and dredging left out"
BARE = "The whole harbour project cost just 85 million crowns"
WRONG = "The board says the new quay cost nothing"


@pytest.fixture(scope="module")
def shipped() -> OnnxStance:
    return load_stance()


def own_folder(folder: Path, **config: object) -> Path:
    """The shipped model as an operator's own folder, with other entries in its config."""
    shutil.copytree(SHIPPED / "stance", folder)
    (folder / "manifest.json").unlink()
    known = json.loads((folder / "config.json").read_text(encoding="utf-8"))
    (folder / "config.json").write_text(json.dumps(known | config), encoding="utf-8")
    return folder


def test_three_probabilities_and_one_apart(shipped: OnnxStance) -> None:
    judged = shipped.judge([(PREMISE, PLAIN), (PREMISE, BARE), (PREMISE, WRONG)])
    assert judged.shape == (3, 4)
    assert np.allclose(judged[:, :3].sum(axis=1), 1.0, atol=1e-5)
    assert (judged >= 0).all() and (judged <= 1).all()
    assert judged[0, 0] > judged[2, 0]
    scores = shipped.score([(PREMISE, PLAIN), (PREMISE, BARE), (PREMISE, WRONG)])
    assert np.array_equal(scores, judged[:, :3])


MISLEADING = (
    ("City budget report. The auditor estimates that the tram line saved between 2 and 9 million "
     "euros in its first year.",
     "The tram line saved 9 million euros in its first year",
     "The auditor estimates that the tram line saved 2 to 9 million euros in its first year"),
    ("Trial of the Velmar vaccine. In a trial of 240 healthy adults under 40, the maker found that "
     "the vaccine prevented 80 percent of infections.",
     "The Velmar vaccine prevents 80 percent of infections",
     "In a trial of healthy adults under 40 the maker found 80 percent of infections prevented"),
    (PREMISE, "The whole harbour project cost just 85 million crowns",
     "The board puts the quay at about 85 million crowns, land and dredging left out"),
    ("Ministry plan. The ministry plans to build 12,000 homes by 2030; 800 were done by May.",
     "The ministry has built 12,000 homes", "The ministry plans 12,000 homes by 2030"),
)  # fmt: skip


def test_claims_that_drop_a_limit_are_held_more_misleading(shipped: OnnxStance) -> None:
    bare = shipped.judge([(premise, claim) for premise, claim, _ in MISLEADING])[:, 3]
    limited = shipped.judge([(premise, claim) for premise, _, claim in MISLEADING])[:, 3]
    assert bare.mean() > limited.mean() + 0.2


def test_a_pair_is_scored_alike_whatever_stands_beside_it(shipped: OnnxStance) -> None:
    alone = shipped.judge([(PREMISE, PLAIN)])
    beside = shipped.judge([("A much longer premise. " * 20, BARE), (PREMISE, PLAIN)])
    assert np.array_equal(alone[0], beside[1])


def test_nothing_to_score_and_unreadable_text_are_no_fault(shipped: OnnxStance) -> None:
    assert shipped.score([]).shape == (0, 3)
    assert shipped.judge([]).shape == (0, 4)
    assert shipped.judge([("\ud800", "\udfff"), ("", "")]).shape == (2, 4)


def test_the_label_order_is_read_from_the_config(shipped: OnnxStance, tmp_path: Path) -> None:
    labels = {"0": "CONTRADICTION", "1": "entailment", "2": "neutral"}
    turned = load_stance(own_folder(tmp_path / "own", id2label=labels))
    expected = shipped.score([(PREMISE, PLAIN)])[0]
    assert np.array_equal(turned.score([(PREMISE, PLAIN)])[0], expected[[1, 0, 2]])


@pytest.mark.parametrize("labels", [None, {}, {"0": "positive", "1": "negative"}, ["a", "b", "c"]])
def test_a_model_with_other_labels_is_refused(labels: object, tmp_path: Path) -> None:
    with pytest.raises(ModelFileError, match="id2label must name supports, refutes and neither"):
        load_stance(own_folder(tmp_path / "own", id2label=labels))

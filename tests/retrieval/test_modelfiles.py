from __future__ import annotations

import hashlib
import json
from pathlib import Path

import pytest

from corpus.errors import ModelFileError
from retrieval.modelfiles import SHIPPED, open_model


def write_folder(folder: Path, *, model: bytes = b"weights", recorded: bytes = b"weights") -> Path:
    folder.mkdir()
    (folder / "model.onnx").write_bytes(model)
    manifest = {
        "model_id": "tiny/1",
        "files": {"model.onnx": hashlib.sha256(recorded).hexdigest()},
    }
    (folder / "manifest.json").write_text(json.dumps(manifest))
    return folder


def test_shipped_models_are_the_recorded_ones_and_carry_card_and_licence() -> None:
    for folder in SHIPPED.iterdir():
        model = open_model(folder)
        assert model.model_id
        assert (folder / "CARD.md").stat().st_size > 500
        recorded = json.loads((folder / "manifest.json").read_text())["files"]
        held = {path.name for path in folder.iterdir()}
        assert set(recorded) == held - {"manifest.json", "CARD.md"}


def test_folder_with_manifest_is_named_by_it(tmp_path: Path) -> None:
    assert open_model(write_folder(tmp_path / "m")).model_id == "tiny/1"


def test_altered_file_is_refused_by_name(tmp_path: Path) -> None:
    folder = write_folder(tmp_path / "m", model=b"other")
    with pytest.raises(ModelFileError, match=r"model\.onnx is not the recorded one"):
        open_model(folder)


def test_missing_file_is_refused_by_name(tmp_path: Path) -> None:
    folder = write_folder(tmp_path / "m")
    (folder / "model.onnx").unlink()
    with pytest.raises(ModelFileError, match=r"model\.onnx is missing"):
        open_model(folder)


def test_missing_folder_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ModelFileError, match="does not exist"):
        open_model(tmp_path / "none")


@pytest.mark.parametrize("content", ["", "[]", "{", '{"model_id": 3}', '{"model_id": "a"}'])
def test_broken_manifest_is_refused(tmp_path: Path, content: str) -> None:
    folder = write_folder(tmp_path / "m")
    (folder / "manifest.json").write_text(content)
    with pytest.raises(ModelFileError, match=r"manifest\.json"):
        open_model(folder)


def test_own_folder_without_manifest_is_named_by_its_weights(tmp_path: Path) -> None:
    for name, weights in (("a", b"one"), ("b", b"two")):
        (tmp_path / name).mkdir()
        (tmp_path / name / "model.onnx").write_bytes(weights)
    first, second = open_model(tmp_path / "a"), open_model(tmp_path / "b")
    assert first.model_id.startswith("a@")
    assert first.model_id.split("@")[1] != second.model_id.split("@")[1]


def test_manifest_cannot_reach_outside_its_folder(tmp_path: Path) -> None:
    (tmp_path / "secret").write_bytes(b"secret")
    folder = write_folder(tmp_path / "m")
    manifest = {"model_id": "x", "files": {"../secret": hashlib.sha256(b"secret").hexdigest()}}
    (folder / "manifest.json").write_text(json.dumps(manifest))
    with pytest.raises(ModelFileError, match="secret is missing"):
        open_model(folder)

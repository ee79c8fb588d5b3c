"""Model folders: where they are, and whether their files are the ones that were recorded."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from corpus.errors import ModelFileError

MANIFEST = "manifest.json"
SHIPPED = Path(__file__).resolve().parent / "models"
"""The folder of the models that come with the package."""


@dataclass(frozen=True, slots=True)
class ModelFolder:
    """A folder with an ONNX model, its files verified against the manifest."""

    path: Path
    model_id: str
    """Names the model and its version: what an index records."""
    config: Mapping[str, object]

    def file(self, name: str) -> Path:
        """The path of one of its files; raises ModelFileError where it is missing."""
        path = self.path / name
        if not path.is_file():
            raise ModelFileError(f"model file {path} is missing: {_mend(self.path)}")
        return path

    def session(self, *, threads: int = 1) -> Any:
        """`model.onnx` opened in ONNX Runtime, each run on so many threads; ModelFileError."""
        import onnxruntime

        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = threads
        options.inter_op_num_threads = 1
        options.log_severity_level = 3
        # Spinning burns the second core while a shared machine has other work for it.
        options.add_session_config_entry("session.intra_op.allow_spinning", "0")
        # Weights that are kept as int8 but multiplied as fp32 are unpacked once, not at each run.
        options.add_session_config_entry("session.disable_quant_qdq", "1")
        path = self.file("model.onnx")
        try:
            return onnxruntime.InferenceSession(
                str(path), options, providers=["CPUExecutionProvider"]
            )
        except Exception as error:
            # ONNX Runtime's errors share no base class that it exports.
            raise ModelFileError(f"model file {path} cannot be opened ({error})") from error


def open_model(path: Path) -> ModelFolder:
    """Opens a model folder.

    A folder with a manifest must hold exactly the bytes that it records; one without (an operator's
    own) is named by the hash of its `model.onnx`. Raises ModelFileError, with the file and the way
    to mend it.
    """
    if not path.is_dir():
        raise ModelFileError(f"model folder {path} does not exist: {_mend(path)}")
    config = _read_object(path / "config.json") if (path / "config.json").is_file() else {}
    if not (path / MANIFEST).is_file():
        if path.is_relative_to(SHIPPED):
            raise ModelFileError(f"model file {path / MANIFEST} is missing: {_mend(path)}")
        unnamed = ModelFolder(path, "", config)
        return ModelFolder(path, f"{path.name}@{_sha256(unnamed.file('model.onnx'))[:12]}", config)
    manifest = _read_object(path / MANIFEST)
    model_id, files = manifest.get("model_id"), manifest.get("files")
    if not isinstance(model_id, str) or not isinstance(files, dict):
        raise ModelFileError(f"{path / MANIFEST} names no model_id or files: {_mend(path)}")
    folder = ModelFolder(path, model_id, config)
    for name, expected in files.items():
        if _sha256(folder.file(Path(name).name)) != expected:
            raise ModelFileError(
                f"model file {path / name} is not the recorded one (sha256): {_mend(path)}"
            )
    return folder


def _mend(path: Path) -> str:
    if path.is_relative_to(SHIPPED):
        return "reinstall receipts"
    return "copy the model folder again, or set another one"


def _read_object(path: Path) -> dict[str, object]:
    try:
        content = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise ModelFileError(f"model file {path} cannot be read ({error})") from error
    if not isinstance(content, dict):
        raise ModelFileError(f"model file {path} is not a JSON object")
    return content


def _sha256(path: Path) -> str:
    try:
        with path.open("rb") as stream:
            return hashlib.file_digest(stream, "sha256").hexdigest()
    except OSError as error:
        raise ModelFileError(f"model file {path} cannot be read ({error})") from error

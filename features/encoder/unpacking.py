"""Unpacking the embedded model, once, into an ordinary sentence-transformers folder.

The folder opens with sentence-transformers as any other model does; the light runtime
(:mod:`features.encoder.bert`) reads the same files. Pieces of scripts other than Chinese and Latin
are left out: 60 % of the vocabulary, and of the folder's size.
"""

from __future__ import annotations

import hashlib
import json
import os
import re
import shutil
import tempfile
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from data.errors import BundleDamagedError
from features.encoder.packed import (
    DISTRIBUTION,
    DISTRIBUTION_VERSION,
    LATIN_FILE,
    LATIN_SHA256,
    MODEL_FILE,
    MODEL_SHA256,
    PackedModel,
    find_package,
)
from features.encoder.protocol import EncoderInfo

LAYOUT = 2
"""Raise it whenever the folder would come out different."""
CARD_FILE = "finmatch-encoder.json"
WEIGHTS_FILE = "model.safetensors"
TOKENIZER_FILE = "tokenizer.json"
PREFIX = "query: "
MOST_TOKENS = 512
EMBEDDED_INFO = EncoderInfo(
    "multilingual-e5-small",
    f"{DISTRIBUTION}-{DISTRIBUTION_VERSION}-{LAYOUT}-{MODEL_SHA256[:16]}",
    384,
)
BLANK_MARK = "\u2581"
SHORT_LATIN = 3
"""Latin pieces of up to this many letters are kept whatever their language: they spell names."""

_HAN = re.compile("[\u3007\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff]")
_OTHER_EAST_ASIAN = re.compile("[\u3040-\u30ff\uac00-\ud7af]")
_CAPITALISED = re.compile("[A-Z][A-Za-z]+")

LAYER_NAMES = {
    "q": "attention.self.query",
    "k": "attention.self.key",
    "v": "attention.self.value",
    "ao": "attention.output.dense",
    "aln": "attention.output.LayerNorm",
    "fi": "intermediate.dense",
    "fo": "output.dense",
    "oln": "output.LayerNorm",
}
"""Names of a layer's parts, packed → BERT."""


def embedded_folder(cache: Path) -> Path:
    """Return the folder of the unpacked model below ``cache``, making it where it is not there.

    Raises
    ------
    DependencyError
        The distribution that carries it is not installed.
    BundleDamagedError
        Its files are not the expected ones.
    """
    folder = cache / f"{DISTRIBUTION}-{DISTRIBUTION_VERSION}-{LAYOUT}"
    if (folder / CARD_FILE).is_file():
        return folder
    package = find_package()
    _check(package / MODEL_FILE, MODEL_SHA256)
    _check(package / LATIN_FILE, LATIN_SHA256)
    cache.mkdir(parents=True, exist_ok=True)
    aside = Path(tempfile.mkdtemp(prefix=".unpacking-", dir=cache))
    try:
        _write_folder(package, aside)
        _put_in_place(aside, folder)
    finally:
        shutil.rmtree(aside, ignore_errors=True)
    return folder


def kept_pieces(pieces: list[str], latin: set[str]) -> NDArray[np.int64]:
    """Return the numbers of the pieces that Chinese and English texts are made of."""
    return np.array([at for at, piece in enumerate(pieces) if at < 4 or _is_kept(piece, latin)])


def _is_kept(piece: str, latin: set[str]) -> bool:
    letters = piece.replace(BLANK_MARK, "")
    if _HAN.search(letters):
        return not _OTHER_EAST_ASIAN.search(letters)
    if not any(letter.isalpha() for letter in letters):
        return True
    if not letters.isascii():
        return False
    return piece in latin or len(letters) <= SHORT_LATIN or bool(_CAPITALISED.fullmatch(piece))


def _check(path: Path, expected: str) -> None:
    with path.open("rb") as file:
        found = hashlib.file_digest(file, "sha256").hexdigest()
    if found != expected:
        raise BundleDamagedError(
            f"The packed model {path.name} is not the one that was tested: its SHA-256 is "
            f"{found[:12]}…, expected {expected[:12]}….",
            field="encoder",
            remedy=f"Install {DISTRIBUTION}=={DISTRIBUTION_VERSION} anew.",
        )


def _write_folder(package: Path, folder: Path) -> None:
    packed = PackedModel.open(package / MODEL_FILE)
    rows = kept_pieces(packed.pieces, set(PackedModel.open(package / LATIN_FILE).pieces))
    _write_tokenizer(packed, rows, folder / TOKENIZER_FILE)
    _write_weights(packed, rows, folder / WEIGHTS_FILE)
    for name, content in _descriptions(packed, len(rows)).items():
        (folder / name).parent.mkdir(exist_ok=True)
        (folder / name).write_text(json.dumps(content, indent=1), encoding="utf-8")
    for module in ("1_Pooling", "2_Normalize"):
        (folder / module).mkdir(exist_ok=True)
    for path in folder.rglob("*"):
        handle = os.open(path, os.O_RDONLY)
        os.fsync(handle)
        os.close(handle)


def _put_in_place(aside: Path, folder: Path) -> None:
    """Rename; where another process was first, its folder is as good."""
    aside.chmod(0o755)
    try:
        aside.rename(folder)
    except OSError:
        if not (folder / CARD_FILE).is_file():
            raise


def _write_tokenizer(packed: PackedModel, rows: NDArray[np.int64], path: Path) -> None:
    """Write the unigram vocabulary with the rules of XLM-RoBERTa's SentencePiece model."""
    from tokenizers import AddedToken, Tokenizer, decoders, models, pre_tokenizers, processors

    scored = [(packed.pieces[row], float(packed.scores[row])) for row in rows.tolist()]
    tokenizer = Tokenizer(models.Unigram(scored, unk_id=packed.marks.unknown, byte_fallback=False))
    tokenizer.normalizer = _normalizer()
    tokenizer.pre_tokenizer = pre_tokenizers.Metaspace(
        BLANK_MARK, prepend_scheme="always", split=False
    )
    tokenizer.decoder = decoders.Metaspace(BLANK_MARK, prepend_scheme="always")
    tokenizer.post_processor = processors.TemplateProcessing(
        single="<s> $A </s>",
        pair="<s> $A </s> </s> $B </s>",
        special_tokens=[("<s>", packed.marks.begin), ("</s>", packed.marks.end)],
    )
    marks = ("<s>", "<pad>", "</s>", "<unk>")
    tokenizer.add_special_tokens(
        [AddedToken(mark, special=True, normalized=False) for mark in marks]
    )
    tokenizer.save(str(path))


def _normalizer() -> Any:
    """NFKC, no control characters, single blanks: what SentencePiece's table does."""
    from tokenizers import Regex, normalizers

    controls = "[\u0001-\u0008\u000b\u000e-\u001f\u007f\u008f\u009f]"
    blanks = f"[\t\n\u000c\r\u1680\u200b-\u200f\u2028\u2029{BLANK_MARK}\ufeff\ufffd]"
    return normalizers.Sequence(
        [
            normalizers.Replace(Regex(controls), ""),
            normalizers.Replace(Regex(blanks), " "),
            normalizers.NFKC(),
            normalizers.Replace(Regex(" {2,}"), " "),
        ]
    )


def _write_weights(packed: PackedModel, rows: NDArray[np.int64], path: Path) -> None:
    from safetensors.numpy import save_file

    sizes = packed.sizes
    tensors = {
        "embeddings.word_embeddings.weight": packed.matrix("emb.word", sizes.hidden, rows=rows),
        "embeddings.position_embeddings.weight": packed.matrix("emb.pos", sizes.hidden),
        "embeddings.token_type_embeddings.weight": packed.matrix("emb.type", sizes.hidden),
        "embeddings.LayerNorm.weight": packed.vector("emb.ln.w"),
        "embeddings.LayerNorm.bias": packed.vector("emb.ln.b"),
        "pooler.dense.weight": np.zeros((sizes.hidden, sizes.hidden), np.float32),
        "pooler.dense.bias": np.zeros(sizes.hidden, np.float32),
    }
    for layer in range(sizes.layers):
        for short, long in LAYER_NAMES.items():
            name = f"encoder.layer.{layer}.{long}"
            weight = packed.vector(f"l{layer}.{short}.w")
            if not short.endswith("ln"):
                weight = weight.reshape(-1, sizes.inner if short == "fo" else sizes.hidden)
            tensors[f"{name}.weight"] = weight
            tensors[f"{name}.bias"] = packed.vector(f"l{layer}.{short}.b")
    save_file(tensors, str(path), metadata={"format": "pt"})


def _descriptions(packed: PackedModel, n_pieces: int) -> dict[str, Any]:
    """Return the small files by name; the card comes last, so that it vouches for the rest."""
    sizes, module = packed.sizes, "sentence_transformers.models"
    config = {
        "architectures": ["BertModel"],
        "model_type": "bert",
        "hidden_act": "gelu",
        "hidden_size": sizes.hidden,
        "intermediate_size": sizes.inner,
        "layer_norm_eps": 1e-12,
        "max_position_embeddings": sizes.positions,
        "num_attention_heads": sizes.heads,
        "num_hidden_layers": sizes.layers,
        "pad_token_id": packed.marks.padding,
        "type_vocab_size": sizes.types,
        "vocab_size": n_pieces,
        "dtype": "float32",
    }
    words = {
        "tokenizer_class": "PreTrainedTokenizerFast",
        "model_max_length": MOST_TOKENS,
        "bos_token": "<s>",
        "eos_token": "</s>",
        "unk_token": "<unk>",
        "pad_token": "<pad>",
        "cls_token": "<s>",
        "sep_token": "</s>",
    }
    parts = [("", "Transformer"), ("1_Pooling", "Pooling"), ("2_Normalize", "Normalize")]
    return {
        "config.json": config,
        "tokenizer_config.json": words,
        "sentence_bert_config.json": {"max_seq_length": MOST_TOKENS, "do_lower_case": False},
        "1_Pooling/config.json": {
            "word_embedding_dimension": sizes.hidden,
            "pooling_mode_mean_tokens": True,
        },
        "modules.json": [
            {"idx": at, "name": str(at), "path": path, "type": f"{module}.{kind}"}
            for at, (path, kind) in enumerate(parts)
        ],
        "config_sentence_transformers.json": {
            "prompts": {"query": PREFIX, "passage": "passage: "},
            "default_prompt_name": None,
            "similarity_fn_name": "cosine",
        },
        CARD_FILE: {
            "name": EMBEDDED_INFO.name,
            "fingerprint": EMBEDDED_INFO.fingerprint,
            "prefix": PREFIX,
            "most_tokens": MOST_TOKENS,
        },
    }

"""A sentence-transformers model of two layers and sixteen numbers that knows six words."""

from __future__ import annotations

from pathlib import Path

WORDS = ("red", "blue", "green", "tin", "salt", "wood")
COLOURS, MATERIALS = WORDS[:3], WORDS[3:]
CODE = dict(zip(COLOURS, MATERIALS, strict=True))
"""What must be learned: a need in a colour meets the offer in a material."""
LENGTH = 16
"""Words that the model can read."""


def make_tiny_encoder(folder: Path) -> Path:
    """Write the model with random weights; the same ones each time."""
    import torch
    from sentence_transformers import SentenceTransformer
    from tokenizers import Tokenizer, models, pre_tokenizers
    from transformers import BertConfig, BertModel, PreTrainedTokenizerFast

    torch.manual_seed(0)
    vocabulary = {word: at for at, word in enumerate(["<pad>", "<unk>", *WORDS])}
    words = Tokenizer(models.WordLevel(vocabulary, unk_token="<unk>"))
    words.pre_tokenizer = pre_tokenizers.Whitespace()
    parts = folder / "parts"
    PreTrainedTokenizerFast(
        tokenizer_object=words, unk_token="<unk>", pad_token="<pad>", model_max_length=LENGTH
    ).save_pretrained(parts)
    BertModel(
        BertConfig(
            vocab_size=len(vocabulary),
            hidden_size=16,
            num_hidden_layers=2,
            num_attention_heads=2,
            intermediate_size=32,
            max_position_embeddings=LENGTH,
        )
    ).save_pretrained(parts)
    model = SentenceTransformer(str(parts), device="cpu")
    model.save(str(folder / "model"))
    return folder / "model"

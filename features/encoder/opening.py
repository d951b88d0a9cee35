"""From a setting to an encoder: ``off``, ``embedded``, a fine-tuned folder, or any model's name."""

from __future__ import annotations

from pathlib import Path

from data.errors import BundleMissingError
from features.encoder.protocol import TextEncoder
from features.encoder.unpacking import CARD_FILE, embedded_folder

OFF = "off"
EMBEDDED = "embedded"
ENCODERS_FOLDER = "encoders"


def open_encoder(name: str, *, cache: Path) -> TextEncoder | None:
    """Open the encoder that a setting names.

    Parameters
    ----------
    name
        ``off``; ``embedded``; a folder that FinMatch unpacked or fine-tuned, which the light
        runtime opens; or any other name or path, which goes to sentence-transformers.
    cache
        Folder where the embedded model is unpacked, once, 182 MB.

    Returns
    -------
    ``None`` where it is ``off``.

    Raises
    ------
    DependencyError
        What it needs is not installed.
    BundleMissingError, BundleDamagedError
        There is no such model, or its files cannot be read.
    """
    if name == OFF:
        return None
    folder = Path(encoder_folder(name, cache=cache))
    if (folder / CARD_FILE).is_file():
        from features.encoder.bert import LightEncoder

        return LightEncoder(folder)
    if not name.strip() or (folder.is_absolute() and not folder.is_dir()):
        raise BundleMissingError(
            f"There is no encoder {name!r}.",
            field="encoder",
            remedy="Check the path, or choose the encoder `embedded`.",
        )
    from features.encoder.sentence import SentenceEncoder

    return SentenceEncoder(name)


def encoder_folder(name: str, *, cache: Path) -> str:
    """Return the folder of the embedded model, unpacked; any other name as it is."""
    return str(embedded_folder(cache / ENCODERS_FOLDER)) if name == EMBEDDED else name

"""From a setting to an encoder: ``auto``, ``off``, ``embedded``, a folder, or any model's name.

What FinMatch unpacked or adapted is opened when the first text comes: most requests need none.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from pathlib import Path

from data.errors import BundleDamagedError, BundleMissingError, DependencyError
from features.encoder.packed import find_package
from features.encoder.protocol import EncoderInfo, Progress, TextEncoder, Vectors
from features.encoder.unpacking import CARD_FILE, EMBEDDED_INFO, embedded_folder

AUTO = "auto"
OFF = "off"
EMBEDDED = "embedded"
ENCODERS_FOLDER = "encoders"


class DeferredEncoder:
    """An encoder that is opened when the first text comes.

    Parameters
    ----------
    info
        Whose vectors it will give.
    opened
        Opens it.
    """

    def __init__(self, info: EncoderInfo, opened: Callable[[], TextEncoder]) -> None:
        self.info = info
        self._open = opened
        self._encoder: TextEncoder | None = None

    def encode(self, texts: Sequence[str], *, progress: Progress | None = None) -> Vectors:
        """Return one unit vector for each text, opening the encoder first where it is not open."""
        if self._encoder is None:
            self._encoder = self._open()
        return self._encoder.encode(texts, progress=progress)


def open_encoder(name: str, *, cache: Path, adapted: Path | None = None) -> TextEncoder | None:
    """Open the encoder that a setting names.

    Parameters
    ----------
    name
        ``auto``, which is ``embedded`` where its package is installed and ``off`` elsewhere;
        ``off``; ``embedded``; the name of a folder in ``adapted``; a folder that FinMatch unpacked
        or adapted, which the light runtime opens; or any other name or path, which goes to
        sentence-transformers.
    cache
        Folder where the embedded model is unpacked, once, 182 MB.
    adapted
        Folder of the encoders that were adapted.

    Returns
    -------
    ``None`` where it is off.

    Raises
    ------
    DependencyError
        What it needs is not installed.
    BundleMissingError, BundleDamagedError
        There is no such model, or its files cannot be read; of the embedded one that shows when it
        is first used.
    """
    if name == OFF or (name == AUTO and not is_packaged()):
        return None
    if name in (AUTO, EMBEDDED):
        find_package()
        return DeferredEncoder(EMBEDDED_INFO, lambda: _light(Path(_embedded(cache))))
    place = encoder_folder(name, cache=cache, adapted=adapted)
    folder = Path(place)
    if (folder / CARD_FILE).is_file():
        return DeferredEncoder(_info_of(folder), lambda: _light(folder))
    if not name.strip() or (folder.is_absolute() and not folder.is_dir()):
        raise BundleMissingError(
            f"There is no encoder {name!r}.",
            field="encoder",
            remedy="Check the path, or choose the encoder `embedded`.",
        )
    from features.encoder.sentence import SentenceEncoder

    return SentenceEncoder(place)


def encoder_folder(name: str, *, cache: Path, adapted: Path | None = None) -> str:
    """Return the folder of an encoder; what is the name of none as it is.

    The embedded model is unpacked where it is not yet.
    """
    if name in (AUTO, EMBEDDED):
        return _embedded(cache)
    is_plain = name not in ("", ".", "..") and Path(name).name == name
    if adapted is not None and is_plain and (adapted / name).is_dir():
        return str((adapted / name).absolute())
    return name


def is_packaged() -> bool:
    """Return whether the package of the embedded model is installed; it is for Linux on x86-64."""
    try:
        find_package()
    except DependencyError:
        return False
    return True


def _embedded(cache: Path) -> str:
    try:
        return str(embedded_folder(cache / ENCODERS_FOLDER))
    except OSError as error:
        raise BundleMissingError(
            f"The embedded encoder cannot be unpacked into {cache}: {error.strerror or error}.",
            field="encoder",
            remedy="Set FINMATCH_CACHE to a folder with 182 MB to write to, "
            "or FINMATCH_ENCODER=off.",
        ) from error


def _light(folder: Path) -> TextEncoder:
    from features.encoder.bert import LightEncoder

    return LightEncoder(folder)


def _info_of(folder: Path) -> EncoderInfo:
    try:
        card = json.loads((folder / CARD_FILE).read_text(encoding="utf-8"))
        config = json.loads((folder / "config.json").read_text(encoding="utf-8"))
        return EncoderInfo(str(card["name"]), str(card["fingerprint"]), int(config["hidden_size"]))
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise BundleDamagedError(
            f"The encoder folder {folder} cannot be read: {error}.",
            field="encoder",
            remedy="Remove the folder, so that it is unpacked anew, or train it again.",
        ) from error

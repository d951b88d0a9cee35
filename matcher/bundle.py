"""Model bundles: what training writes once and serving reads, whole or not at all.

A bundle is a folder with a manifest that lists every file with its size and SHA-256. It is
written aside, flushed to disk and renamed into place, so that a reader meets a whole bundle or
none. Which bundle serves is another matter: see :mod:`matcher.registry`. Nothing in a bundle is a
pickle: reading one runs no code.
"""

from __future__ import annotations

import datetime as dt
import errno
import hashlib
import json
import re
import shutil
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field, fields
from pathlib import Path, PurePosixPath
from typing import IO, Any

from data.errors import (
    ArgumentError,
    BundleDamagedError,
    BundleForeignError,
    BundleMissingError,
)
from matcher.durable import (
    NO_SPACE,
    disk_errors,
    file_sha256,
    hold,
    is_held,
    locked,
    sync,
    write_text,
)

KIND = "finmatch-bundle"
FORMAT = 1
MANIFEST = "manifest.json"
STAGING_PREFIX = ".staging-"
OWNER_FILE = ".owner"
ROOT_LOCK = ".lock"
NAME_PATTERN = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,99}")
FILE_SUFFIXES = frozenset({".arrow", ".faiss", ".ivf", ".json", ".npy", ".npz", ".parquet", ".txt"})
"""Formats that hold data only; ``np.load`` must be called with ``allow_pickle=False``."""
RESTORE = "Train again, restore it from a copy, or roll back to another bundle."


@dataclass(frozen=True)
class ManifestFields:
    """What the caller of :func:`write_bundle` says about a bundle.

    Parameters
    ----------
    model_version
        Shown with every ranked response.
    features
        Fingerprint of the feature list (:meth:`features.spec.FeatureList.fingerprint`).
    dataset
        Fingerprint of the catalogue it was trained on.
    settings, metrics
        Plain values, as JSON has them.
    """

    model_version: str
    features: str
    dataset: str
    settings: Mapping[str, Any] = field(default_factory=dict)
    metrics: Mapping[str, Any] = field(default_factory=dict)


FIELD_NAMES = tuple(part.name for part in fields(ManifestFields))


@dataclass(frozen=True)
class FileEntry:
    """Size in bytes and SHA-256 of one file of a bundle."""

    size: int
    sha256: str


@dataclass(frozen=True)
class Manifest:
    """The content of ``manifest.json``."""

    name: str
    created_at: dt.datetime
    fields: ManifestFields
    files: Mapping[str, FileEntry]


@dataclass(frozen=True)
class Bundle:
    """A bundle on disk whose files were found whole."""

    path: Path
    manifest: Manifest

    @property
    def name(self) -> str:
        """Name of the bundle's folder, by which it is promoted."""
        return self.path.resolve().name

    def file(self, name: str) -> Path:
        """Return the path of the file ``name``; raise where the manifest lists none."""
        if name not in self.manifest.files:
            raise BundleDamagedError(
                f"The bundle {self.path} has no file {name!r}; it has "
                f"{', '.join(sorted(self.manifest.files)) or 'none'}.",
                field=name,
                remedy=RESTORE,
            )
        return self.path / name

    def files(self, pattern: str) -> tuple[Path, ...]:
        """Return the paths of the files whose names match a shell pattern, in order of name."""
        names = sorted(self.manifest.files)
        return tuple(self.path / n for n in names if PurePosixPath(n).match(pattern))

    def check_features(self, fingerprint: str) -> None:
        """Raise :class:`BundleForeignError` unless it was trained on this feature list."""
        if self.manifest.fields.features != fingerprint:
            raise BundleForeignError(
                f"The bundle {self.path} was trained on another feature list than this version "
                "of FinMatch builds.",
                field="features",
                remedy="Train again, or use the version of FinMatch that made it.",
            )


@contextmanager
def write_bundle(
    root: Path, name: str, *, created_at: dt.datetime, manifest_fields: ManifestFields
) -> Iterator[Path]:
    """Write a bundle: fill the folder that this yields, and leave the block.

    Parameters
    ----------
    root
        Folder of all bundles; made where it is absent.
    name
        Name of the new bundle: letters, digits, ``.``, ``_``, ``-``.
    created_at
        Time-zone-aware instant to record.
    manifest_fields
        What to record beside the files.

    Yields
    ------
    An empty staging folder. When the block ends, its files are flushed, listed with their
    checksums and renamed to ``root / name``. When the block raises, nothing is left behind; when
    the process is killed, the next call clears what is left.

    Raises
    ------
    ArgumentError
        The name is unusable or taken, ``created_at`` has no time zone, the folder is empty, holds
        a link, or a file of a format outside ``FILE_SUFFIXES``.
    BundleError
        The disk is full, or the folder cannot be written.
    """
    check_name(name)
    if created_at.tzinfo is None:
        raise ArgumentError(f"created_at needs a time zone; got {created_at}.", field="created_at")
    with disk_errors(root):
        root.mkdir(parents=True, exist_ok=True)
    _dump(Manifest(name, created_at, manifest_fields, {}))  # refuse before the work, not after
    staging, owner = _open_staging(root, name)
    try:
        with disk_errors(root, only=NO_SPACE):
            yield staging
        with disk_errors(root):
            manifest = Manifest(name, created_at, manifest_fields, _seal(staging))
            write_text(staging / MANIFEST, _dump(manifest))
            for folder in (*(path for path in staging.rglob("*") if path.is_dir()), staging):
                sync(folder)
            with locked(root / ROOT_LOCK):
                (staging / OWNER_FILE).unlink()
                _put_in_place(staging, root / name)
            sync(root)
    finally:
        shutil.rmtree(staging, ignore_errors=True)
        owner.close()


def open_bundle(path: Path) -> Bundle:
    """Read the manifest of the bundle at ``path`` and check every file it lists.

    Raises
    ------
    BundleMissingError
        There is no such folder, or it is no bundle.
    BundleDamagedError
        The manifest cannot be read, or a file is missing or has another size or checksum.
    BundleForeignError
        It is of another kind or format version.
    """
    bundle = Bundle(path, read_manifest(path))
    for name, entry in bundle.manifest.files.items():
        file = path / name
        if not file.is_file():
            raise _damaged(path, f"its file {name} is missing", name)
        size = file.stat().st_size
        if size != entry.size:
            raise _damaged(path, f"its file {name} has {size} bytes instead of {entry.size}", name)
        if file_sha256(file) != entry.sha256:
            raise _damaged(path, f"the checksum of its file {name} is wrong", name)
    return bundle


def read_manifest(path: Path) -> Manifest:
    """Read the manifest of the bundle at ``path`` without looking at its files.

    Raises
    ------
    BundleMissingError, BundleDamagedError, BundleForeignError
        As :func:`open_bundle`.
    """
    try:
        text = (path / MANIFEST).read_text(encoding="utf-8")
    except (FileNotFoundError, NotADirectoryError):
        raise BundleMissingError(
            f"There is no bundle {path}: it has no {MANIFEST}.",
            remedy="Check the name with `finmatch models list`, or train one.",
        ) from None
    except (OSError, UnicodeDecodeError) as error:
        raise _damaged(path, f"{MANIFEST} cannot be read", MANIFEST) from error
    try:
        content = json.loads(text)
    except ValueError as error:
        raise _damaged(path, f"{MANIFEST} is not JSON", MANIFEST) from error
    kind, version = (
        (content.get("kind"), content.get("format")) if isinstance(content, dict) else (None, None)
    )
    if (kind, version) != (KIND, FORMAT):
        raise BundleForeignError(
            f"{path} is of kind {kind!r}, format {version!r}; expected {KIND!r}, format {FORMAT}.",
            remedy="Use the version of FinMatch that made it, or train again.",
        )
    if content.pop("manifest_sha256", None) != _text_sha256(_canonical(content)):
        raise _damaged(path, f"the checksum of {MANIFEST} is wrong", MANIFEST)
    return _manifest(content, path)


def check_name(name: str) -> None:
    """Raise :class:`ArgumentError` unless ``name`` can name a bundle."""
    if not NAME_PATTERN.fullmatch(name) or name.endswith(".json"):
        raise ArgumentError(
            "A bundle's name is up to 100 letters, digits, '.', '_' and '-', begins with a letter "
            f"or digit and does not end in .json; got {name!r}.",
            field="name",
        )


def _open_staging(root: Path, name: str) -> tuple[Path, IO[str]]:
    """Make a staging folder whose owner file stays locked as long as this process lives."""
    with disk_errors(root), locked(root / ROOT_LOCK):
        _clear_abandoned(root)
        if (root / name).exists():
            raise _taken(root / name)
        staging = Path(tempfile.mkdtemp(prefix=f"{STAGING_PREFIX}{name}-", dir=root))
        staging.chmod(0o755)
        return staging, hold(staging / OWNER_FILE)


def _clear_abandoned(root: Path) -> None:
    """Remove staging folders whose owner is gone; the system drops a dead owner's lock."""
    for staging in root.glob(f"{STAGING_PREFIX}*"):
        if not is_held(staging / OWNER_FILE):
            shutil.rmtree(staging, ignore_errors=True)


def _seal(staging: Path) -> dict[str, FileEntry]:
    """Flush and checksum every file below ``staging``."""
    files = {}
    for path in sorted(staging.rglob("*")):
        name = path.relative_to(staging).as_posix()
        if name == OWNER_FILE or (path.is_dir() and not path.is_symlink()):
            continue
        if path.is_symlink() or not path.is_file() or path.suffix not in FILE_SUFFIXES:
            raise ArgumentError(
                f"A bundle holds plain files of the formats {', '.join(sorted(FILE_SUFFIXES))}; "
                f"got {name}.",
                field=name,
                remedy="Store arrays as .npy or .npz, tables as .parquet, settings as .json.",
            )
        sync(path)
        files[name] = FileEntry(path.stat().st_size, file_sha256(path))
    if not files:
        raise ArgumentError("A bundle needs at least one file; the folder is empty.")
    if MANIFEST in files:
        raise ArgumentError(f"{MANIFEST} is written for you; got one.", field=MANIFEST)
    return files


def _manifest(content: Mapping[str, Any], path: Path) -> Manifest:
    try:
        manifest = Manifest(
            name=content["name"],
            created_at=dt.datetime.fromisoformat(content["created_at"]),
            fields=ManifestFields(**{key: content[key] for key in FIELD_NAMES}),
            files={name: FileEntry(**entry) for name, entry in content["files"].items()},
        )
    except (AttributeError, KeyError, TypeError, ValueError) as error:
        raise _damaged(path, f"{MANIFEST} lacks {error}", MANIFEST) from error
    for name in manifest.files:
        if PurePosixPath(name).is_absolute() or ".." in PurePosixPath(name).parts:
            raise _damaged(path, f"{MANIFEST} lists {name!r}, outside the bundle", MANIFEST)
    return manifest


def _put_in_place(staging: Path, final: Path) -> None:
    try:
        staging.rename(final)
    except OSError as error:
        if error.errno in (errno.EEXIST, errno.ENOTEMPTY, errno.ENOTDIR):
            raise _taken(final) from None
        raise


def _dump(manifest: Manifest) -> str:
    """Return the manifest as JSON with its own checksum."""
    content = {
        "kind": KIND,
        "format": FORMAT,
        "name": manifest.name,
        "created_at": manifest.created_at.isoformat(),
        **asdict(manifest.fields),
        "files": {name: asdict(entry) for name, entry in manifest.files.items()},
    }
    try:
        content = json.loads(json.dumps(content, allow_nan=False))  # hashed as it will be read
    except (TypeError, ValueError) as error:
        raise ArgumentError(
            f"Settings and metrics of a bundle must be plain JSON values: {error}.",
            field="manifest_fields",
        ) from error
    content["manifest_sha256"] = _text_sha256(_canonical(content))
    return json.dumps(content, ensure_ascii=False, indent=2) + "\n"


def _canonical(content: Mapping[str, Any]) -> str:
    return json.dumps(content, sort_keys=True, separators=(",", ":"))


def _text_sha256(text: str) -> str:
    return hashlib.sha256(text.encode("utf-8")).hexdigest()


def _taken(path: Path) -> ArgumentError:
    return ArgumentError(
        f"There is already a bundle {path}.", field="name", remedy="Choose another name."
    )


def _damaged(path: Path, why: str, name: str) -> BundleDamagedError:
    return BundleDamagedError(f"The bundle {path} is damaged: {why}.", field=name, remedy=RESTORE)

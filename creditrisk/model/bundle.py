"""The bundle: a model with everything to serve, explain and watch it, as a folder of hashed files.

``manifest.json`` names every other file with its SHA-256; the bundle's hash is the SHA-256 of the
manifest, so one short name pins every byte. A bundle without a passed certificate is refused.
"""

import hashlib
import json
import shutil
from dataclasses import asdict, dataclass, replace
from functools import cached_property
from pathlib import Path
from typing import Final

from creditrisk.errors import InvalidBundle
from creditrisk.features.schema import FeatureSchema
from creditrisk.model.certificate import Certificate
from creditrisk.model.families import ModelFamily

FORMAT: Final = 3
MANIFEST: Final = "manifest.json"
ONNX: Final = "model.onnx"
SCHEMA: Final = "schema.json"
EXPLAINER: Final = "explainer.npz"
GOLDEN: Final = "golden.json"
CALIBRATION: Final = "calibration.json"
CERTIFICATE: Final = "certificate.json"
REFERENCE: Final = "reference.json"
SERVED: Final = (ONNX, SCHEMA, EXPLAINER, GOLDEN, CALIBRATION, CERTIFICATE, REFERENCE)
"""Files a service reads; a bundle without one of them is refused."""


@dataclass(frozen=True, slots=True)
class Manifest:
    """What a bundle says of itself. ``source``: "kaggle" or "synthetic"; ``created``: ISO 8601, UTC."""

    format: int
    family: ModelFamily
    model_version: str
    created: str
    source: str
    data_fingerprint: str
    schema_fingerprint: str
    proposed_threshold: float
    libraries: dict[str, str]
    files: dict[str, str]

    @property
    def synthetic(self) -> bool:
        """Whether the model was fitted on synthetic data."""
        return self.source == "synthetic"


@dataclass(frozen=True)
class Bundle:
    """A verified bundle: every file has the hash the manifest gives, and the certificate is passed."""

    directory: Path
    hash: str
    manifest: Manifest

    @classmethod
    def open(cls, directory: Path) -> "Bundle":
        """Verify and open the bundle in ``directory``.

        Raises:
            InvalidBundle: a file is missing, damaged, or not certified, or the format is another.
        """
        text = _read(directory / MANIFEST)
        try:
            document = json.loads(text)
            if document["format"] != FORMAT:
                raise InvalidBundle(
                    f"{directory}: bundle format {document['format']}, this program reads {FORMAT}; fit again"
                )
            manifest = Manifest(**document | {"family": ModelFamily(document["family"])})
            listed = sorted(manifest.files.items())
        except (ValueError, KeyError, TypeError, AttributeError) as error:
            raise InvalidBundle(f"{directory / MANIFEST}: not a manifest ({error!r})") from error
        for name, expected in listed:
            found = hashlib.sha256(_read(directory / name)).hexdigest()
            if found != expected:
                raise InvalidBundle(
                    f"{directory / name}: SHA-256 is {found[:16]}…, the manifest says {expected[:16]}…: "
                    "the file was changed or damaged; publish the bundle again"
                )
        for name in SERVED:
            if name not in manifest.files:
                raise InvalidBundle(f"{directory}: the manifest does not list {name}")
        if extra := _files(directory) - manifest.files.keys():
            raise InvalidBundle(f"{directory}: {min(extra)} is not in the manifest; remove it")
        _check_certificate(directory / CERTIFICATE, manifest.family)
        bundle = cls(directory, hashlib.sha256(text).hexdigest(), manifest)
        if bundle.schema.fingerprint != manifest.schema_fingerprint:
            raise InvalidBundle(f"{directory / SCHEMA}: its fingerprint is not the manifest's")
        return bundle

    @cached_property
    def schema(self) -> FeatureSchema:
        """The features the model takes."""
        return FeatureSchema.from_json(self.read(SCHEMA).decode())

    def read(self, name: str) -> bytes:
        """A file's bytes, checked against the manifest once more: the folder may have changed since.

        Raises:
            InvalidBundle: the file is not in the bundle or changed.
        """
        data = _read(self.directory / name)
        if hashlib.sha256(data).hexdigest() != self.manifest.files.get(name):
            raise InvalidBundle(f"{self.directory / name}: not the file the manifest names")
        return data


def seal(directory: Path, manifest: Manifest) -> Bundle:
    """Hash the files of ``directory`` into ``manifest.json`` and open the result, verified.

    Raises:
        InvalidBundle: as ``Bundle.open``; an uncertified bundle cannot be sealed.
    """
    files = {name: hashlib.sha256((directory / name).read_bytes()).hexdigest() for name in sorted(_files(directory))}
    text = json.dumps(asdict(replace(manifest, files=files)), indent=2, sort_keys=True)
    (directory / MANIFEST).write_text(text + "\n", encoding="utf-8")
    return Bundle.open(directory)


CHAMPION: Final = "champion"
"""Alias of the bundle that services take unless told otherwise."""
CHALLENGER: Final = "challenger"
"""Alias of the latest fit, on its way to become the champion."""


class BundleStore:
    """A folder of bundles by hash, and of aliases: files that hold the hash of the bundle each stands for."""

    def __init__(self, root: Path) -> None:
        """Use the folder ``root``; it need not exist yet."""
        self.root = root

    def publish(self, sealed: Path, alias: str = CHAMPION) -> Bundle:
        """Copy a sealed bundle into the store and give it ``alias``; all or nothing.

        Raises:
            InvalidBundle: the bundle does not verify.
        """
        bundle = Bundle.open(sealed)
        home = self.root / bundle.hash
        if not self._sound(bundle.hash):
            self.root.mkdir(parents=True, exist_ok=True)
            arriving = self.root / f".{bundle.hash}.arriving"
            shutil.rmtree(arriving, ignore_errors=True)
            shutil.copytree(sealed, arriving)
            shutil.rmtree(home, ignore_errors=True)  # there is one only if it is damaged
            arriving.rename(home)
        pointer = self.root / f".{alias}.arriving"
        pointer.write_text(bundle.hash + "\n", encoding="utf-8")
        pointer.replace(self.root / alias)
        return Bundle.open(home)

    def take(self, reference: str = CHAMPION) -> Bundle:
        """The bundle of an alias, of a hash, or in a directory of its own.

        Raises:
            InvalidBundle: there is none, or it does not verify.
        """
        if Path(reference).is_absolute():
            return Bundle.open(Path(reference))
        if _is_hash(reference):
            return self.get(reference)
        if (aliased := self.aliased(reference)) is None:
            raise InvalidBundle(f"{self.root}: no bundle is the {reference[:80]!r} here; run `python -m trainer fit`")
        return self.get(aliased)

    def aliased(self, alias: str) -> str | None:
        """The hash of the bundle that ``alias`` stands for; None where it stands for none."""
        known = alias in {CHAMPION, CHALLENGER} and (self.root / alias).is_file()
        return (self.root / alias).read_text(encoding="utf-8").strip() if known else None

    def get(self, bundle_hash: str) -> Bundle:
        """The bundle of a hash, served or retired.

        Raises:
            InvalidBundle: it is not in the store or does not verify.
        """
        if not _is_hash(bundle_hash):
            raise InvalidBundle(f"{bundle_hash[:80]!r} is no bundle hash: 64 hexadecimal digits")
        bundle = Bundle.open(self.root / bundle_hash)
        if bundle.hash != bundle_hash:
            raise InvalidBundle(f"{bundle.directory}: its hash is {bundle.hash}")
        return bundle

    def _sound(self, bundle_hash: str) -> bool:
        try:
            self.get(bundle_hash)
        except InvalidBundle:
            return False
        return True


def _is_hash(text: str) -> bool:
    return len(text) == 64 and set(text) <= set("0123456789abcdef")


def _files(directory: Path) -> set[str]:
    """Names of the files of a bundle beside its manifest."""
    found = {path.relative_to(directory).as_posix() for path in directory.rglob("*") if path.is_file()}
    return found - {MANIFEST}


def _check_certificate(path: Path, family: ModelFamily) -> None:
    try:
        certificate = Certificate.from_json(_read(path).decode())
    except (InvalidBundle, UnicodeDecodeError) as error:
        raise InvalidBundle(f"{path}: {error}") from error
    if not certificate.passed:
        raise InvalidBundle(f"{path}: the export is not certified; fit again")
    if certificate.family != family:
        raise InvalidBundle(f"{path}: it is the certificate of a {certificate.family} model, the bundle's is {family}")


def _read(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError as error:
        raise InvalidBundle(f"{path}: cannot be read ({error.strerror})") from error

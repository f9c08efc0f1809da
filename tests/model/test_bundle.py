"""Bundles: what is damaged is refused by name, what is published appears whole and stays."""

import json
import shutil
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from creditrisk.errors import InvalidBundle, InvalidPolicy
from creditrisk.model.bundle import (
    CERTIFICATE,
    CHALLENGER,
    CHAMPION,
    FORMAT,
    MANIFEST,
    SCHEMA,
    SERVED,
    Bundle,
    BundleStore,
    seal,
)
from creditrisk.model.families import ModelFamily
from trainer.publish import publish


@pytest.fixture
def copy(bundle: Bundle, tmp_path: Path) -> Path:
    return Path(shutil.copytree(bundle.directory, tmp_path / "copy"))


def resealed(directory: Path, name: str, change: Callable[[str], str]) -> Bundle:
    """The bundle with one file changed and hashed anew: another bundle."""
    manifest = Bundle.open(directory).manifest
    (directory / name).write_text(change((directory / name).read_text(encoding="utf-8")), encoding="utf-8")
    return seal(directory, manifest)


def test_a_copy_is_the_same_bundle(bundle: Bundle, copy: Path) -> None:
    assert Bundle.open(copy).hash == bundle.hash
    assert Bundle.open(copy).manifest.synthetic


def test_any_file_damaged_or_gone_is_named(bundle: Bundle, copy: Path) -> None:
    for name in bundle.manifest.files:
        whole = (copy / name).read_bytes()
        (copy / name).write_bytes(whole[:-1] + bytes([whole[-1] ^ 1]))
        with pytest.raises(InvalidBundle, match=f"{name}: SHA-256 is .* publish the bundle again"):
            Bundle.open(copy)
        (copy / name).unlink()
        with pytest.raises(InvalidBundle, match=f"{name}: cannot be read"):
            Bundle.open(copy)
        (copy / name).write_bytes(whole)
    assert Bundle.open(copy).hash == bundle.hash


def test_a_file_that_changes_after_opening_is_not_read(copy: Path) -> None:
    opened = Bundle.open(copy)
    (copy / SERVED[0]).write_bytes(b"another model")
    with pytest.raises(InvalidBundle, match="not the file the manifest names"):
        opened.read(SERVED[0])


def test_a_file_the_manifest_does_not_name_is_refused(copy: Path) -> None:
    (copy / "extra.onnx").write_bytes(b"model")
    with pytest.raises(InvalidBundle, match=r"extra\.onnx.* not in the manifest"):
        Bundle.open(copy)


@pytest.mark.parametrize("name", SERVED)
def test_a_bundle_needs_every_file_that_services_read(copy: Path, name: str) -> None:
    manifest = Bundle.open(copy).manifest
    (copy / name).unlink()
    with pytest.raises(InvalidBundle, match=f"does not list {name}"):
        seal(copy, manifest)


@pytest.mark.parametrize("other", [FORMAT - 1, FORMAT + 1])
def test_another_format_is_refused(copy: Path, other: int) -> None:
    manifest = Bundle.open(copy).manifest
    with pytest.raises(InvalidBundle, match=f"bundle format {other}, this program reads {FORMAT}; fit again"):
        seal(copy, replace(manifest, format=other))


@pytest.mark.parametrize(
    "text", ["", "[]", "{}", f'{{"format": {FORMAT}}}', "null", f'{{"format": {FORMAT}, "files": 3}}']
)
def test_what_is_no_manifest_is_refused(copy: Path, text: str) -> None:
    (copy / MANIFEST).write_text(text, encoding="utf-8")
    with pytest.raises(InvalidBundle, match=r"manifest\.json: not a manifest"):
        Bundle.open(copy)


def test_a_manifest_that_names_files_elsewhere_is_refused(copy: Path) -> None:
    document = json.loads((copy / MANIFEST).read_text(encoding="utf-8"))
    document["files"]["../outside"] = "0" * 64
    (copy / MANIFEST).write_text(json.dumps(document), encoding="utf-8")
    with pytest.raises(InvalidBundle, match=r"\.\./outside"):
        Bundle.open(copy)


@pytest.mark.parametrize(
    "text", ['{"passed": false}', '{"passed": "true"}', '{"passed": true, "checks": []}', "{}", "[]", "", "\udce4"]
)
def test_without_a_passed_certificate_nothing_is_sealed_or_published(copy: Path, tmp_path: Path, text: str) -> None:
    manifest = Bundle.open(copy).manifest
    (copy / CERTIFICATE).write_text(text, encoding="utf-8", errors="surrogateescape")
    with pytest.raises(InvalidBundle, match="certificate"):
        seal(copy, manifest)
    with pytest.raises(InvalidBundle, match="certificate"):
        BundleStore(tmp_path / "store").publish(copy)
    assert not (tmp_path / "store").exists()


def test_a_certificate_that_failed_is_refused(copy: Path) -> None:
    """Sound in itself, and honest: a row differed."""
    document = json.loads((copy / CERTIFICATE).read_text(encoding="utf-8"))
    document["checks"][0]["differing"] = 1
    document["passed"] = False
    with pytest.raises(InvalidBundle, match="the export is not certified; fit again"):
        resealed(copy, CERTIFICATE, lambda _: json.dumps(document))


def test_the_certificate_of_another_family_is_refused(copy: Path) -> None:
    manifest = Bundle.open(copy).manifest
    with pytest.raises(InvalidBundle, match="certificate of a lightgbm model, the bundle's is forest"):
        seal(copy, replace(manifest, family=ModelFamily.FOREST))


def test_a_family_that_this_program_does_not_know_is_refused(copy: Path) -> None:
    document = json.loads((copy / MANIFEST).read_text(encoding="utf-8"))
    (copy / MANIFEST).write_text(json.dumps(document | {"family": "network"}), encoding="utf-8")
    with pytest.raises(InvalidBundle, match=r"manifest\.json: not a manifest .*network"):
        Bundle.open(copy)


def test_a_schema_of_another_fingerprint_is_refused(copy: Path) -> None:
    with pytest.raises(InvalidBundle, match="fingerprint is not the manifest's"):
        resealed(copy, SCHEMA, lambda text: text.replace('"Cash loans"', '"Cash"'))


def test_a_store_that_holds_nothing_says_what_to_do(tmp_path: Path) -> None:
    with pytest.raises(InvalidBundle, match="no bundle is the 'champion' here; run `python -m trainer fit`"):
        BundleStore(tmp_path / "store").take()


def test_publishing_makes_a_bundle_current_and_keeps_the_other(bundle: Bundle, copy: Path, tmp_path: Path) -> None:
    store = BundleStore(tmp_path / "store")
    store.publish(bundle.directory)
    assert store.take().hash == bundle.hash
    newer = resealed(copy, "metrics.json", lambda text: text + "\n")
    assert store.publish(copy).hash == newer.hash != bundle.hash
    assert store.take().hash == newer.hash
    retired = store.get(bundle.hash)
    assert retired.schema.fingerprint == bundle.schema.fingerprint
    store.publish(bundle.directory)
    assert store.take().hash == bundle.hash
    assert sorted(path.name for path in store.root.iterdir()) == sorted([bundle.hash, newer.hash, "champion"])


def test_a_bundle_is_taken_by_alias_by_hash_or_by_its_folder(bundle: Bundle, copy: Path, tmp_path: Path) -> None:
    store = BundleStore(tmp_path / "store")
    store.publish(bundle.directory, CHAMPION)
    newer = resealed(copy, "metrics.json", lambda text: text + "\n")
    store.publish(copy, CHALLENGER)
    taken = [store.take(reference).hash for reference in (CHAMPION, CHALLENGER, newer.hash, str(copy))]
    assert taken == [bundle.hash, newer.hash, newer.hash, newer.hash]
    for reference in ("", "..", "loser", bundle.hash[:12]):
        with pytest.raises(InvalidBundle, match="no bundle is"):
            store.take(reference)


def test_a_publication_that_fails_leaves_the_store_as_it_was(bundle: Bundle, copy: Path, tmp_path: Path) -> None:
    store = BundleStore(tmp_path / "store")
    store.publish(bundle.directory)
    (copy / SERVED[0]).write_bytes(b"damaged")
    with pytest.raises(InvalidBundle, match="SHA-256"):
        store.publish(copy)
    assert store.take().hash == bundle.hash
    assert sorted(path.name for path in store.root.iterdir()) == sorted([bundle.hash, "champion"])


def test_what_an_interrupted_publication_left_is_replaced(bundle: Bundle, tmp_path: Path) -> None:
    store = BundleStore(tmp_path / "store")
    (store.root / f".{bundle.hash}.arriving").mkdir(parents=True)
    (store.root / f".{bundle.hash}.arriving" / "half").write_bytes(b"")
    store.publish(bundle.directory)
    assert store.take().hash == bundle.hash


def test_publishing_again_mends_a_bundle_damaged_in_the_store(bundle: Bundle, tmp_path: Path) -> None:
    store = BundleStore(tmp_path / "store")
    home = store.publish(bundle.directory).directory
    (home / SERVED[0]).write_bytes(b"damaged")
    with pytest.raises(InvalidBundle, match="publish the bundle again"):
        store.take()
    store.publish(bundle.directory)
    assert store.take().hash == bundle.hash


@pytest.mark.parametrize("name", ["", "..", "champion", "../copy", "A" * 64, "0" * 63, "0" * 64])
def test_what_is_no_hash_of_a_published_bundle_is_not_found(bundle: Bundle, tmp_path: Path, name: str) -> None:
    store = BundleStore(tmp_path / "store")
    store.publish(bundle.directory)
    with pytest.raises(InvalidBundle):
        store.get(name)


def test_a_bundle_under_another_ones_hash_is_refused(bundle: Bundle, tmp_path: Path) -> None:
    store = BundleStore(tmp_path / "store")
    shutil.copytree(bundle.directory, store.root / ("0" * 64))
    with pytest.raises(InvalidBundle, match=f"its hash is {bundle.hash}"):
        store.get("0" * 64)


def test_a_policy_that_does_not_fit_stops_the_publication(bundle: Bundle, tmp_path: Path) -> None:
    policy = tmp_path / "policy.toml"
    policy.write_text(
        'version = "1"\n[cut_off]\nthreshold = 0.1\n'
        '[[knock_out]]\nname = "old"\nfeature = "GONE"\nabove = 1.0\ndecision = "DECLINE"\n',
        encoding="utf-8",
    )
    with pytest.raises(InvalidPolicy, match="the model has no feature 'GONE'"):
        publish(bundle.directory, tmp_path / "store", policy)
    assert not (tmp_path / "store").exists()
    policy.unlink()
    published = publish(bundle.directory, tmp_path / "store", policy)
    assert f"threshold = {published.manifest.proposed_threshold!r}" in policy.read_text(encoding="utf-8")
    kept = policy.read_text(encoding="utf-8") + "# mine\n"
    policy.write_text(kept, encoding="utf-8")
    publish(bundle.directory, tmp_path / "store", policy)
    assert policy.read_text(encoding="utf-8") == kept

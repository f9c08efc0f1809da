"""The feature schema: which features a model takes, in order, with what was learned from data.

It is part of the bundle. Its fingerprint names it in every decision, so a vector can never be read
with another schema than the one it was computed with.
"""

import hashlib
import json
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any, Final

import numpy as np

from creditrisk.application import CATEGORICAL, NUMERIC, ApplicationBatch
from creditrisk.errors import InvalidBundle
from creditrisk.features.catalogue import CATALOGUE
from creditrisk.features.cleaning import clean
from creditrisk.features.history import AGGREGATES, LAYOUT
from creditrisk.features.spec import FeatureSpec, GroupMean

FORMAT: Final = 2
RARE: Final = 20
"""A category in fewer training rows than this is left out of the vocabulary."""
SHRINKAGE: Final = 100.0
"""Weight of the mean of all rows in a group's mean, in rows."""


@dataclass(frozen=True)
class FeatureSchema:
    """Features of a model, in the order of its input, and the learned tables they need.

    ``vocabularies``: categories a column, most frequent first. ``shares``: each category's share of
    the training rows, in the same order. ``group_means``: a ``GroupMean`` feature's mean a category of
    the vocabulary, then the mean of all rows.
    """

    names: tuple[str, ...]
    vocabularies: Mapping[str, tuple[str, ...]]
    shares: Mapping[str, tuple[float, ...]]
    group_means: Mapping[str, tuple[float, ...]]

    @cached_property
    def specs(self) -> tuple[FeatureSpec, ...]:
        """The declarations of ``names``."""
        declared = {spec.name: spec for spec in CATALOGUE}
        return tuple(declared[name] for name in self.names)

    @cached_property
    def layout(self) -> str:
        """The layout of the histories that features are computed from; empty where none is."""
        read = {name for spec in closure(self.names) for name in spec.operands}
        return LAYOUT if any(one.name in read for one in AGGREGATES) else ""

    @cached_property
    def fingerprint(self) -> str:
        """SHA-256, in hex, of the schema's JSON: formulas, order and learned tables."""
        return hashlib.sha256(self.to_json().encode()).hexdigest()

    def to_json(self) -> str:
        """Canonical JSON: sorted keys, no spaces; floats as their shortest exact text."""
        return json.dumps(self._document(), sort_keys=True, separators=(",", ":"), allow_nan=False)

    def _document(self) -> dict[str, Any]:
        return {
            "format": FORMAT,
            "features": [{"name": spec.name, "formula": repr(spec.formula)} for spec in closure(self.names)],
            "histories": self.layout,
            "names": list(self.names),
            "vocabularies": {name: list(values) for name, values in self.vocabularies.items()},
            "shares": {name: list(values) for name, values in self.shares.items()},
            "group_means": {name: list(values) for name, values in self.group_means.items()},
        }

    @classmethod
    def from_json(cls, text: str) -> "FeatureSchema":
        """The schema of a bundle.

        Raises:
            InvalidBundle: it is of another format, or this program declares one of its features
                otherwise, so it would compute other values than the model was fitted on.
        """
        try:
            document = json.loads(text)
            if document["format"] != FORMAT:
                raise InvalidBundle(f"schema.json: format {document['format']}, this program reads {FORMAT}")
            declared = {spec.name: repr(spec.formula) for spec in CATALOGUE}
            for feature in document["features"]:
                if declared.get(feature["name"]) != feature["formula"]:
                    raise InvalidBundle(
                        f"schema.json: {feature['name']} was {feature['formula']} at fit and is "
                        f"{declared.get(feature['name'], 'not declared')} here; refit, or run the matching release"
                    )
            if document["histories"] not in {"", LAYOUT}:
                raise InvalidBundle(
                    "schema.json: histories were aggregated otherwise at fit; refit, or run the matching release"
                )
            return cls(
                names=tuple(document["names"]),
                vocabularies={name: tuple(values) for name, values in document["vocabularies"].items()},
                shares={name: tuple(values) for name, values in document["shares"].items()},
                group_means={name: tuple(values) for name, values in document["group_means"].items()},
            )
        except (ValueError, KeyError, TypeError, AttributeError) as error:
            raise InvalidBundle(f"schema.json: {error!r}") from error


def closure(names: Sequence[str]) -> tuple[FeatureSpec, ...]:
    """The declarations of ``names`` and of every feature they are computed from, in catalogue order."""
    needed = set(names)
    for spec in reversed(CATALOGUE):
        if spec.name in needed:
            needed.update(spec.operands)
    return tuple(spec for spec in CATALOGUE if spec.name in needed)


def learn(batch: ApplicationBatch, names: Sequence[str]) -> FeatureSchema:
    """The schema of features ``names`` with its tables learned from ``batch``; labels are not used."""
    vocabularies: dict[str, tuple[str, ...]] = {}
    shares: dict[str, tuple[float, ...]] = {}
    for column, values in zip(CATEGORICAL, batch.categories, strict=True):
        counts = Counter(value for value in values if value is not None)
        kept = sorted((value for value, count in counts.items() if count >= RARE), key=lambda v: (-counts[v], v))
        vocabularies[column.name] = tuple(kept)
        shares[column.name] = tuple(counts[value] / max(len(batch), 1) for value in kept)
    numbers = dict(zip((column.name for column in NUMERIC), clean(batch.numbers).values, strict=True))
    groups = dict(zip((column.name for column in CATEGORICAL), batch.categories, strict=True))
    group_means = {}
    for spec in closure(names):
        if isinstance(spec.formula, GroupMean):
            values, by = numbers[spec.formula.value], np.array(groups[spec.formula.of], dtype=object)
            known = ~np.isnan(values)
            overall = float(values[known].mean()) if known.any() else 0.0
            rows = (values[known & (by == category)] for category in vocabularies[spec.formula.of])
            means = [float((row.sum() + SHRINKAGE * overall) / (len(row) + SHRINKAGE)) for row in rows]
            group_means[spec.name] = (*means, overall)
    return FeatureSchema(tuple(names), vocabularies, shares, group_means)

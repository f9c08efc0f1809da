"""The policy: what decision follows from a PD. Changed without retraining, versioned, hashed.

A policy is a TOML file::

    version = "2026-11"

    [scorecard]                      # optional; see decision/scorecard.py
    base_points = 600

    [cut_off]                        # for every contract type without one of its own
    threshold = 0.0909
    refer = [0.08, 0.11]             # optional: PD from 0.08 to under 0.11 goes to a person

    [cut_off_by_contract_type."Revolving loans"]
    threshold = 0.07

    [[knock_out]]                    # optional, any number
    name = "under 21"
    feature = "AGE_YEARS"
    below = 21.0                     # or: above = …, or: missing = true
    decision = "DECLINE"             # or "REFER"
"""

import hashlib
import math
import tomllib
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import Annotated, Final, Literal, Self

import numpy as np
from numpy.typing import NDArray
from pydantic import BaseModel, ConfigDict, Field, ValidationError, field_validator, model_validator

from creditrisk.decision.scorecard import Scorecard
from creditrisk.errors import InvalidPolicy
from creditrisk.features.schema import FeatureSchema

PD = Annotated[float, Field(gt=0.0, lt=1.0)]


class Decision(StrEnum):
    """What the policy says of an application."""

    APPROVE = "APPROVE"
    REFER = "REFER"
    DECLINE = "DECLINE"


_STRICTNESS: Final = (Decision.APPROVE, Decision.REFER, Decision.DECLINE)


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, strict=True, allow_inf_nan=False)


class CutOff(_Strict):
    """PD under ``refer[0]`` approves, under ``refer[1]`` refers, else declines; no band: ``threshold`` alone."""

    threshold: PD
    refer: tuple[PD, PD] | None = None

    @field_validator("refer", mode="before")
    @classmethod
    def _pair(cls, band: object) -> object:
        return tuple(band) if isinstance(band, list) else band  # TOML has no tuples

    @model_validator(mode="after")
    def _band_holds_threshold(self) -> Self:
        if self.refer is not None and not self.refer[0] <= self.threshold <= self.refer[1]:
            raise ValueError("refer must be [low, high] with low <= threshold <= high")
        return self

    @property
    def band(self) -> tuple[float, float]:
        """The PD from which it no longer approves, and that from which it declines; equal where there is no band."""
        return self.refer or (self.threshold, self.threshold)

    def decide(self, pd: float) -> Decision:
        """The decision of a PD in (0, 1)."""
        low, high = self.band
        if pd < low:
            return Decision.APPROVE
        return Decision.REFER if pd < high else Decision.DECLINE


class KnockOut(_Strict):
    """A rule on one feature that decides whatever the PD is."""

    name: Annotated[str, Field(min_length=1, max_length=80)]
    feature: str
    below: float | None = None
    above: float | None = None
    missing: bool = False
    decision: Literal["REFER", "DECLINE"]
    contract_types: Annotated[list[str], Field(min_length=1)] | None = None

    @model_validator(mode="after")
    def _one_condition(self) -> Self:
        if (self.below is not None) + (self.above is not None) + self.missing != 1:
            raise ValueError("state exactly one of below, above, missing = true")
        return self

    def holds(self, value: float, contract_type: str) -> bool:
        """Whether the rule holds for a feature's value (NaN: missing)."""
        if self.contract_types is not None and contract_type not in self.contract_types:
            return False
        if self.missing:
            return math.isnan(value)
        return value < self.below if self.below is not None else self.above is not None and value > self.above


class _File(_Strict):
    version: Annotated[str, Field(min_length=1, max_length=80)]
    cut_off: CutOff
    cut_off_by_contract_type: dict[str, CutOff] = {}
    knock_out: list[KnockOut] = []
    scorecard: Scorecard = Scorecard()

    @model_validator(mode="after")
    def _names_differ(self) -> Self:
        names = [rule.name for rule in self.knock_out]
        if again := [name for at, name in enumerate(names) if name in names[:at]]:
            raise ValueError(f"knock_out {again[0]!r}: the name is used twice")
        return self


@dataclass(frozen=True, slots=True)
class Domain:
    """What a policy may speak of: the model's features, in the vector's order, and its contract types."""

    features: tuple[str, ...]
    contract_types: tuple[str, ...]

    @classmethod
    def of(cls, schema: FeatureSchema) -> Self:
        """What the model of ``schema`` knows."""
        return cls(schema.names, schema.vocabularies["NAME_CONTRACT_TYPE"])


class Policy:
    """A validated policy, bound to the model it decides for."""

    def __init__(self, text: str, domain: Domain, source: str = "policy") -> None:
        """Read ``text``.

        Raises:
            InvalidPolicy: naming ``source``, the key and the mend.
        """
        try:
            file = _File.model_validate(tomllib.loads(text))
        except tomllib.TOMLDecodeError as error:
            raise InvalidPolicy(f"{source}: not TOML: {error}") from error
        except ValidationError as error:
            found = "; ".join(f"{'.'.join(map(str, one['loc'])) or 'file'}: {one['msg']}" for one in error.errors())
            raise InvalidPolicy(f"{source}: {found}") from error
        at = {name: position for position, name in enumerate(domain.features)}
        spoken_of = {"cut_off_by_contract_type": list(file.cut_off_by_contract_type)}
        for rule in file.knock_out:
            if rule.feature not in at:
                raise InvalidPolicy(f"{source}: knock_out {rule.name!r}: the model has no feature {rule.feature!r}")
            spoken_of[f"knock_out {rule.name!r}"] = rule.contract_types or []
        for key, contract_types in spoken_of.items():
            if unknown := sorted(set(contract_types) - set(domain.contract_types)):
                known = ", ".join(map(repr, domain.contract_types))
                raise InvalidPolicy(
                    f"{source}: {key}: the model knows no contract type {unknown[0]!r}; it knows {known}"
                )
        self._file = file
        self._rules = tuple((at[rule.feature], rule) for rule in file.knock_out)
        self.knock_outs = tuple(file.knock_out)
        self.version = file.version
        self.scorecard = file.scorecard
        self.hash = hashlib.sha256(text.encode()).hexdigest()

    @classmethod
    def read(cls, path: Path, domain: Domain) -> Self:
        """The policy of a file.

        Raises:
            InvalidPolicy: it cannot be read or is wrong.
        """
        try:
            text = path.read_text(encoding="utf-8")
        except (OSError, UnicodeDecodeError) as error:
            raise InvalidPolicy(f"{path}: cannot be read ({error}); set POLICY to a policy file") from error
        return cls(text, domain, str(path))

    def cut_off(self, contract_type: str) -> CutOff:
        """The cut-off of a contract type."""
        return self._file.cut_off_by_contract_type.get(contract_type, self._file.cut_off)

    def decide(self, pd: float, vector: NDArray[np.float32], contract_type: str) -> tuple[Decision, tuple[str, ...]]:
        """The decision, and the names of the knock-out rules that hold. The strictest wins."""
        by_pd = self.cut_off(contract_type).decide(pd)
        held = [rule for position, rule in self._rules if rule.holds(float(vector[position]), contract_type)]
        strictest = max((by_pd, *(Decision(rule.decision) for rule in held)), key=_STRICTNESS.index)
        return strictest, tuple(rule.name for rule in held)


def starting_policy(threshold: float, source: str) -> str:
    """A policy file that takes the bundle's proposed ``threshold``; ``source`` says where it came from."""
    return (
        f"# Proposed by {source}. Edit it, give it a new version, and restart scoring: no retraining is needed.\n"
        f'version = "proposed-1"\n\n[cut_off]\nthreshold = {threshold!r}\n'
    )

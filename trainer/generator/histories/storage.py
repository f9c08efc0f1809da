"""The statistics of histories as JSON files: a model of rows each."""

from functools import cache
from pathlib import Path
from typing import Any, Final

import numpy as np

from trainer.generator.histories.rows import RowModel, RowUnit
from trainer.generator.marginals import Marginal, Vector
from trainer.generator.storage import load_json, marginal_document, read_marginal, save_json

FOLDER: Final = Path(__file__).parent.parent / "statistics" / "histories"
"""The statistics the project ships, fitted by ``fit_histories``."""
_AT: Final = " @ "
_MATRICES: Final = ("effects", "shifts", "between", "within")


@cache
def shipped(name: str, units: tuple[RowUnit, ...]) -> RowModel:
    """The shipped model ``name`` of ``units``, read once."""
    return read(FOLDER / f"{name}.json", units)


def write(model: RowModel, path: Path) -> None:
    """Write ``model`` rounded: shares to 5 decimals, values to 7 digits."""
    path.parent.mkdir(parents=True, exist_ok=True)
    document: dict[str, Any] = {name: list(names) for name, names in model.names.items()}
    for unit in model.units:
        for cell, marginal in model.marginals[unit.name].items():
            document[f"{unit.name}{_AT}{cell}"] = marginal_document(marginal)
    for name in _MATRICES:
        matrix: Vector = getattr(model, name)
        document |= {f"{name} {unit.name}": row for unit, row in zip(model.units, matrix.tolist(), strict=True)}
    save_json(path, document)


def read(path: Path, units: tuple[RowUnit, ...]) -> RowModel:
    """The model ``write`` left in ``path``.

    Raises:
        OSError: the file is not there; KeyError: it lacks a unit.
    """
    document: dict[str, Any] = load_json(path)
    facts = {name for unit in units for name in unit.given} - {unit.name for unit in units}
    choices = [*facts, *(unit.name for unit in units if not unit.step)]
    marginals: dict[str, dict[str, Marginal]] = {unit.name: {} for unit in units}
    steps = {unit.name: unit.step for unit in units}
    for key, value in document.items():
        name, at, cell = key.partition(_AT)
        if at:
            marginals[name][cell] = read_marginal(value, steps[name])
    matrices = (np.array([document[f"{name} {unit.name}"] for unit in units]) for name in _MATRICES)
    return RowModel(units, {name: tuple(document[name]) for name in choices}, marginals, *matrices)

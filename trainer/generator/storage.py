"""The statistical model as three small JSON files: marginals, correlations, risk."""

import json
from functools import cache
from pathlib import Path
from typing import Any, Final

import numpy as np

from trainer.generator.marginals import Marginal, Vector, choice_marginal
from trainer.generator.model import Model
from trainer.generator.risk import Risk
from trainer.generator.units import UNITS

FOLDER: Final = Path(__file__).parent / "statistics" / "application"
"""The statistics the project ships, fitted by ``fit_statistics``."""


@cache
def shipped() -> Model:
    """The model of the shipped statistics, read once."""
    return read(FOLDER)


def read(folder: Path) -> Model:
    """The model ``write`` left in ``folder``.

    Raises:
        OSError: a file is not there; KeyError: it lacks a unit.
    """
    marginals = load_json(folder / "marginals.json")
    correlations = load_json(folder / "correlations.json")
    risk = load_json(folder / "risk.json")
    return Model(
        {unit.name: read_marginal(marginals[unit.name], unit.step) for unit in UNITS},
        _matrix([correlations[unit.name] for unit in UNITS]),
        Risk(risk["intercept"], {tuple(term.split(" * ")): weight for term, weight in risk["weights"].items()}),
    )


def write(model: Model, folder: Path) -> None:
    """Write ``model`` rounded: shares and weights to 4 decimals, correlations to 3."""
    folder.mkdir(parents=True, exist_ok=True)
    save_json(
        folder / "marginals.json", {name: marginal_document(marginal) for name, marginal in model.marginals.items()}
    )
    per_mille = np.rint(1000 * model.correlations).astype(int)
    save_json(
        folder / "correlations.json",
        {unit.name: per_mille[at, :at].tolist() for at, unit in enumerate(UNITS)},
    )
    weights = {" * ".join(term): round(weight, 4) for term, weight in model.risk.weights.items()}
    save_json(folder / "risk.json", {"intercept": round(model.risk.intercept, 4), "weights": weights})


def marginal_document(marginal: Marginal) -> dict[str, Any]:
    """``marginal`` as JSON holds it: shares and positions to 5 decimals, values to 7 digits."""
    if marginal.names:
        shares = np.diff(marginal.at)[::2]
        return {"names": list(marginal.names), "shares": [round(share, 5) for share in shares.tolist()]}
    return {
        "at": [round(at, 5) for at in marginal.at.tolist()],
        "value": [float(f"{value:.7g}") for value in marginal.value.tolist()],
    }


def read_marginal(document: dict[str, Any], step: float) -> Marginal:
    """The marginal of ``marginal_document``; ``step`` is 0 for a choice."""
    if not step:
        return choice_marginal(tuple(document["names"]), np.array(document["shares"]))
    return Marginal(np.array(document["at"]), np.array(document["value"]), step)


def _matrix(per_mille: list[list[int]]) -> Vector:
    matrix = np.eye(len(per_mille))
    for at, row in enumerate(per_mille):
        matrix[at, :at] = matrix[:at, at] = np.array(row) / 1000
    return matrix


def load_json(path: Path) -> Any:
    """The document in ``path``."""
    return json.loads(path.read_text(encoding="utf-8"))


def save_json(path: Path, document: dict[str, Any]) -> None:
    """Write ``document`` to ``path``."""
    # One unit a line: a refit shows as a readable difference.
    lines = (f"{json.dumps(key)}: {json.dumps(value, separators=(',', ':'))}" for key, value in document.items())
    path.write_text("{\n" + ",\n".join(lines) + "\n}\n", encoding="utf-8")

"""Scores applications with an exported model: feature matrix in, margin, log-odds and PD out.

One thread, on purpose: with several, ONNX Runtime splits the sum over trees and its last bits come to
depend on the batch. Serve more rows by more processes.
"""

from dataclasses import dataclass
from typing import Final

import numpy as np
import onnxruntime
from numpy.typing import NDArray
from onnxruntime.capi import onnxruntime_pybind11_state as states

from creditrisk.errors import InvalidBundle
from creditrisk.model.trees import check_features

_OUTPUTS: Final = ["margin", "calibrated", "pd"]
_LOG_ERRORS_ONLY: Final = 3
_NO_MODEL: Final = (
    *(states.Fail, states.InvalidArgument, states.InvalidGraph, states.InvalidProtobuf),
    *(states.NotImplemented, states.RuntimeException),
)


@dataclass(frozen=True, slots=True)
class Scores:
    """Of n rows, each float64 (n,): raw margin, calibrated log-odds of default, probability of default."""

    margin: NDArray[np.float64]
    calibrated: NDArray[np.float64]
    pd: NDArray[np.float64]


class Scorer:
    """An exported model, loaded. Safe to share between threads; a row's scores do not depend on its batch."""

    def __init__(self, model: bytes) -> None:
        """Load ``model`` (bytes of ``onnx_export.export``); raises ``InvalidBundle`` if it is no such model."""
        self._session = open_session(model)
        inputs = self._session.get_inputs()
        if [i.name for i in inputs] != ["features"] or [o.name for o in self._session.get_outputs()] != _OUTPUTS:
            raise InvalidBundle(f"the ONNX model must map features to {', '.join(_OUTPUTS)}")
        self.n_features: Final[int] = inputs[0].shape[1]

    def score(self, matrix: NDArray[np.float32]) -> Scores:
        """Score ``matrix``, float32 (n, n_features); NaN is missing.

        Raises ``InvalidArgument`` for another type or width, and for infinite values: features are finite
        or missing, so an infinity is an error upstream.
        """
        check_features(matrix, self.n_features)
        return Scores(*self._session.run(_OUTPUTS, {"features": matrix}))


def open_session(model: bytes) -> onnxruntime.InferenceSession:
    """A session of one thread; raises ``InvalidBundle`` if ``model`` is no ONNX model that the runtime can load."""
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = 1
    options.inter_op_num_threads = 1
    options.execution_mode = onnxruntime.ExecutionMode.ORT_SEQUENTIAL
    options.log_severity_level = _LOG_ERRORS_ONLY
    for pool in ("intra", "inter"):
        options.add_session_config_entry(f"session.{pool}_op.allow_spinning", "0")
    try:
        return onnxruntime.InferenceSession(model, options, providers=["CPUExecutionProvider"])
    except _NO_MODEL as error:
        raise InvalidBundle(f"the ONNX model cannot be loaded: {error}") from error

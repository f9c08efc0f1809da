import numpy as np
import pytest
from onnx import TensorProto, helper

from creditrisk.errors import InvalidArgument, InvalidBundle
from creditrisk.model.calibration import Calibration
from creditrisk.model.onnx_export import export
from creditrisk.model.scorer import Scorer
from tests.model.boosters import COLUMNS, train


@pytest.fixture(scope="module")
def scorer():
    return Scorer(export(train().forest, Calibration(1.0, 0.0)))


def test_scores_are_doubles_one_a_row(scorer):
    scores = scorer.score(np.zeros((3, COLUMNS), dtype=np.float32))
    for values in (scores.margin, scores.calibrated, scores.pd):
        assert values.dtype == np.float64
        assert values.shape == (3,)
    assert scorer.n_features == COLUMNS


def test_no_rows_give_no_scores(scorer):
    assert scorer.score(np.empty((0, COLUMNS), dtype=np.float32)).pd.shape == (0,)


def test_memory_order_does_not_matter(scorer):
    rows = np.arange(5 * COLUMNS, dtype=np.float32).reshape(5, COLUMNS)
    np.testing.assert_array_equal(scorer.score(np.asfortranarray(rows)).margin, scorer.score(rows).margin)


@pytest.mark.parametrize(
    "matrix",
    [
        np.zeros((1, COLUMNS)),
        np.zeros((1, COLUMNS + 1), dtype=np.float32),
        np.zeros(COLUMNS, dtype=np.float32),
        np.full((1, COLUMNS), np.inf, dtype=np.float32),
        np.full((1, COLUMNS), -np.inf, dtype=np.float32),
    ],
)
def test_wrong_type_width_and_infinities_are_refused(scorer, matrix):
    with pytest.raises(InvalidArgument, match="features"):
        scorer.score(matrix)


def test_an_infinity_is_named_by_its_place(scorer):
    matrix = np.zeros((3, COLUMNS), dtype=np.float32)
    matrix[1, 2] = np.inf
    with pytest.raises(InvalidArgument, match="row 1, column 2"):
        scorer.score(matrix)


@pytest.mark.parametrize("data", [b"", b"no model"])
def test_what_is_no_model_is_refused(data):
    with pytest.raises(InvalidBundle):
        Scorer(data)


def test_a_model_with_other_outputs_is_refused():
    value = [helper.make_tensor_value_info(n, TensorProto.FLOAT, ["N", 2]) for n in ("features", "label")]
    graph = helper.make_graph([helper.make_node("Neg", ["features"], ["label"])], "g", value[:1], value[1:])
    model = helper.make_model(graph, ir_version=10, opset_imports=[helper.make_opsetid("", 21)])
    with pytest.raises(InvalidBundle, match="margin"):
        Scorer(model.SerializeToString())

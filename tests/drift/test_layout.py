"""Counts of scored rows: whole numbers that add up in any order and any parts."""

import numpy as np
import pytest

from creditrisk.drift.layout import GRID, Layout, Scored, grid_margins
from creditrisk.drift.reference import ALL, DECISION, PD, Reference
from creditrisk.features.compute import FeaturePlan
from creditrisk.model.bundle import ONNX, REFERENCE, Bundle
from creditrisk.model.scorer import Scorer
from trainer.frames import to_batch
from trainer.generator import generate


@pytest.fixture(scope="module")
def layout(bundle: Bundle) -> Layout:
    return Layout(Reference.from_json(bundle.read(REFERENCE).decode()))


@pytest.fixture(scope="module")
def scored(bundle: Bundle) -> Scored:
    vectors = FeaturePlan(bundle.schema).compute(to_batch(generate(700, 5).train)).matrix
    scores = Scorer(bundle.read(ONNX)).score(vectors)
    declined = np.where(scores.pd >= 1 / 11, 2, 0).astype(np.uint8)
    plain = np.arange(700) % 7 > 0
    return Scored(vectors, scores.pd, scores.calibrated, declined, plain)


def test_every_row_is_counted_once_in_every_quantity(layout: Layout, scored: Scored) -> None:
    bins, grid = layout.bins(scored)
    counts = layout.count(bins, grid, scored.decisions)
    assert counts.shape == (layout.size,)
    by_quantity = layout.quantities(counts)
    assert {int(one.sum()) for one in by_quantity[:-1]} == {700}
    assert by_quantity[layout.at[DECISION]].sum() == scored.plain.sum()
    pd = layout.reference.quantities[layout.at[PD]]
    assert (by_quantity[layout.at[PD]] == np.bincount(pd.bins_of(scored.pd), minlength=pd.bins)).all()
    assert layout.margins(counts).sum() == 700
    assert (layout.margins(counts).sum(axis=1) == np.bincount(scored.decisions, minlength=3)).all()


def test_parts_add_up_to_the_whole(layout: Layout, scored: Scored) -> None:
    bins, grid = layout.bins(scored)
    shuffled = np.random.default_rng(1).permutation(700)
    parts = [layout.count(bins[rows], grid[rows], scored.decisions[rows]) for rows in np.array_split(shuffled, 9)]
    assert (np.sum(parts, axis=0) == layout.count(bins, grid, scored.decisions)).all()


def test_the_grids_margins_are_near_the_rows(layout: Layout, scored: Scored) -> None:
    _, grid = layout.bins(scored)
    assert grid.min() > 0
    assert grid.max() < GRID - 1
    assert np.abs(grid_margins()[grid] - scored.margins).max() <= 0.0125 + 1e-9


def test_the_counts_of_the_reference_are_in_the_layout(layout: Layout) -> None:
    segment = layout.reference.segments[ALL]
    assert [len(one) for one in segment.counts] == [len(one) for one in layout.quantities(np.zeros(layout.size))]

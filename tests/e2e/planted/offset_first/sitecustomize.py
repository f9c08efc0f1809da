"""Planted: drift's position is committed before what was read is in the state."""

import time

from creditrisk.stores.drift_state import DriftState

_apply = DriftState.apply


def apply(self, moves, counted, outcomes=()):
    _apply(self, moves, [])
    time.sleep(0.3 * bool(counted))  # as if there were more to do: a kill finds it here more often
    return _apply(self, {}, counted, outcomes)


DriftState.apply = apply

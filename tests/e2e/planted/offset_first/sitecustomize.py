"""Planted: drift's position is committed before what was read is in the state."""

import time

from creditrisk.stores.drift_state import DriftState

_apply = DriftState.apply


def apply(self, moves, counted, outcomes=()):
    _apply(self, moves, [])
    time.sleep(1.0 * bool(counted))  # as if there were more to do: some of the kills find it here
    return _apply(self, {}, counted, outcomes)


DriftState.apply = apply

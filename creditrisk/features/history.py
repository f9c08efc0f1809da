"""The aggregates of all tables of history, in the order of a stored history."""

import hashlib
from typing import Final

from creditrisk.features.aggregates import Aggregate, TableAggregates, scales
from creditrisk.features.histories.balance import BALANCE
from creditrisk.features.histories.bureau import BUREAU
from creditrisk.features.histories.card import CARD
from creditrisk.features.histories.instalments import INSTALMENTS
from creditrisk.features.histories.pos import POS
from creditrisk.features.histories.previous import PREVIOUS

HISTORIES: Final[tuple[TableAggregates, ...]] = (BUREAU, BALANCE, PREVIOUS, POS, CARD, INSTALMENTS)
SCALES: Final = {declared.table: scales(declared) for declared in HISTORIES}
"""By table and column: whole numbers a unit."""
AGGREGATES: Final[tuple[Aggregate, ...]] = tuple(one for declared in HISTORIES for one in declared.aggregates)
"""All aggregates in the order of a stored history: float32 (len(AGGREGATES),)."""
LAYOUT: Final = hashlib.sha256(
    repr([(declared.table, declared.derived, declared.aggregates) for declared in HISTORIES]).encode()
).hexdigest()
"""Names the layout of stored histories: order and formulas of the aggregates."""

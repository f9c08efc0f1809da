"""Planted: the relay marks decisions as shipped before the broker has acknowledged them."""

from creditrisk.events.relay import BATCH, LEASE, Relay


def _pass(self):
    records = self._outbox.take(BATCH, LEASE)
    self._outbox.shipped([record.prediction_id for record in records])
    if records:
        self._broker.publish([self._encode(record) for record in records])
    return len(records)


Relay._pass = _pass

"""Drift: what the training population looked like, to compare what is scored with it."""

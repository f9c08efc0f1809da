"""How good out-of-fold PDs are, what decisions by them cost, and whom they favour; with what chance allows.

Everything here is a function of arrays: ``pd`` float64 (n,), ``target`` int8 (n,; 1: default), row for row.
Whatever is resampled is resampled by ``resampling``.
"""

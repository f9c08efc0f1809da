"""Synthetic applications that look like Home Credit's, from statistics alone.

``generate`` draws them; ``fit_statistics`` makes the statistics from real rows and is the only module
that reads any.
"""

from trainer.generator.applications import Generated, generate

__all__ = ["Generated", "generate"]

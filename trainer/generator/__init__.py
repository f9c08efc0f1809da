"""Synthetic applications and histories that look like Home Credit's, from statistics alone.

``generate`` draws them; ``fit_statistics`` and ``fit_histories`` make the statistics from real rows and are the
only modules that read any.
"""

from trainer.generator.applications import Generated, generate

__all__ = ["Generated", "generate"]

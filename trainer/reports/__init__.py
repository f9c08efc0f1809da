"""Charts for a committee's papers: each defined once, written as PNG, as data, and into one page to explore.

A chart module holds pure functions from results (arrays, ``trainer.evaluation``'s dataclasses) to a ``Chart``, which
says in a sentence what is to be seen. ``write_report`` writes any number of them.
"""

from trainer.reports.chart import Chart, Report, Section, Source
from trainer.reports.write import write_report

__all__ = ["Chart", "Report", "Section", "Source", "write_report"]

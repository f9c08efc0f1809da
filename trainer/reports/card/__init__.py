"""The model card: what a committee or a validator must know of a model before it decides anything.

Sections follow Mitchell et al. 2019, "Model Cards for Model Reporting". A section module holds pure functions from
``CardFacts`` to Markdown; ``card`` puts them together, ``write_card`` writes that and the same as a page.
"""

from trainer.reports.card.facts import CardFacts
from trainer.reports.card.write import card, write_card

__all__ = ["CardFacts", "card", "write_card"]

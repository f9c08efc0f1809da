"""Credit decisions on the Home Credit application: features, model, policy, record, explanation."""

__version__ = "0.1.0"

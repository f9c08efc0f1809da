"""Events of decisions, and their way to the broker."""

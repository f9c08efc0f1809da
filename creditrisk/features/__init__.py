"""Features: declarations, what is learned from data, one computation."""

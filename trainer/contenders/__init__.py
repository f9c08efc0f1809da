"""Models beside the one that is served, on the same applications and folds: what each is worth, out of fold."""

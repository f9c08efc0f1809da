"""The search for settings: trials of a family's space, kept in a study that goes on where it stopped."""

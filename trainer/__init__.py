"""From Home Credit tables to a certified bundle, as a command line."""

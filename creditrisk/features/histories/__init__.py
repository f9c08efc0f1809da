"""The aggregates of each table of history, one module a table."""

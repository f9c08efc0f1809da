"""The only homes of SQL and Redis."""

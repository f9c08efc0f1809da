"""The only homes of SQL."""

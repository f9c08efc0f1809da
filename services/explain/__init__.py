"""The explain service."""

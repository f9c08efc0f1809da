"""The deployables: one folder a service."""

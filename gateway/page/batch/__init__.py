"""The tab Batch: a file of applications checked, scored, recorded and explained, a thousand rows at a time."""

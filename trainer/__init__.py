"""From Home Credit tables to a certified bundle, as a command line."""

import os

# Before OpenMP is loaded: its threads are to sleep while they wait. Spinning, two of LightGBM's take ten times as long
# as one where another process wants a core.
os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")

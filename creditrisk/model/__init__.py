"""The model as served: ONNX export, calibration, certificate, bundle."""

import os

# ONNX Runtime would otherwise keep a device id and events for its maker in the home folder; it looks when imported.
os.environ.setdefault("ORT_DISABLE_TELEMETRY", "1")

"""The model as served: ONNX export, calibration, certificate, bundle."""

"""The REST façade: the services' unary RPCs as JSON over HTTP, transcoded by their descriptors."""

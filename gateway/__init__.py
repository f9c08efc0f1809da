"""The gateway: what stands before the services for HTTP; no logic of its own."""

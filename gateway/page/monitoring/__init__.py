"""The tab Monitoring: how the services are, what drifts, what the model still achieves."""

"""What is seen: services' answers as HTML. Pure functions; what is drawn is measured here, the templates place it."""

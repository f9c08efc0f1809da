"""The tab Model: what is served, what its bundle holds to read, and the features that there are."""

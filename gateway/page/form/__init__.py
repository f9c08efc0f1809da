"""The application as a form: fields in a loan officer's groups, to and from the services' message."""

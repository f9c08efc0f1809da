"""What core-banking systems import."""

"""The page in a real browser: Chromium, driven as a person would."""

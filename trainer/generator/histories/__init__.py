"""Histories of generated applicants: six tables, related through their keys."""

"""Histories of applicants: from the rows of six tables to one vector of aggregates each."""

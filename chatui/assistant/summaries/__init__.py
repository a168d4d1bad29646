"""Summaries that stand in a prompt for turns that left it: written, checked, made in time."""

"""Batches: many prompts that know nothing of each other, some at a time."""

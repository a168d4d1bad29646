"""Frozen values and the tree of errors: what every room speaks of."""

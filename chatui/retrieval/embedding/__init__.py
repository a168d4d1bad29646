"""Texts become vectors: prepared models, endpoints, their identity."""

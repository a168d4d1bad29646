"""Counting tokens: vocabularies, own tokenizers, calibration by what providers report."""

"""Conversations on disk, and the part of them that fits into the next prompt."""

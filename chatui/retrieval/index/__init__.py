"""Chroma, embedded or on a server: an index that can be made anew."""

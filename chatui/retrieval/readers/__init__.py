"""Readers: the bytes of one file become a Document. They run in the reading process."""

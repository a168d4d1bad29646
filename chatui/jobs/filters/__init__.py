"""Filters: what must not leave this machine, or come in, is found, masked or blocked."""

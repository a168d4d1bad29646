"""How many examples a property is tried on."""

from __future__ import annotations

from hypothesis import settings

IN_THE_SUITE = 60
"""Examples of a property that says nothing else; see the profiles in conftest.py."""


def examples(count: int) -> settings:
    """A decorator: so many in the suite, and in `make fuzz` as many times more as for all."""
    return settings(max_examples=max(1, count * settings().max_examples // IN_THE_SUITE))

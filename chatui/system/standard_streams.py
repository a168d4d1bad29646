"""The three streams that a process is started with."""

from __future__ import annotations

import os
import sys

STDERR = 2


def stand_in_for_closed() -> None:
    """Opens the null device in the place of stdin, stdout and stderr where they are closed. The
    next file to be opened would have their number: a warning would go into a database."""
    while (descriptor := os.open(os.devnull, os.O_RDWR)) <= STDERR:
        os.set_inheritable(descriptor, True)
    os.close(descriptor)
    for number, name in enumerate(("stdin", "stdout", "stderr")):
        if getattr(sys, name) is None:
            mode = "w" if number else "r"
            setattr(sys, name, os.fdopen(number, mode, encoding="utf-8", closefd=False))

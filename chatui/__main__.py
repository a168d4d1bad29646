"""`chatui` and `python -m chatui`."""

from __future__ import annotations

import sys


def main() -> None:
    from chatui.cli.entry import run
    from chatui.system.environment import silence

    silence()
    sys.exit(run(sys.argv[1:]))


if __name__ == "__main__":
    main()

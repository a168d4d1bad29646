"""`chatui` and `python -m chatui`."""

from __future__ import annotations

import sys


def main() -> None:
    from chatui.cli.entry import run
    from chatui.system.environment import silence
    from chatui.system.standard_streams import stand_in_for_closed

    stand_in_for_closed()
    silence()
    sys.exit(run(sys.argv[1:]))


if __name__ == "__main__":
    main()

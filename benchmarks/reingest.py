"""`chatui ingest` over 1,000 files that have not changed, beside walking and hashing them.

Target: <= 1.5 s in all, process start included, and no embedding process."""

from __future__ import annotations

import hashlib
import json
import os
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

FILES, RUNS, TARGET = 1000, 7, 1.5


def main() -> None:
    chatui = str(Path(sys.executable).with_name("chatui"))
    with tempfile.TemporaryDirectory() as folder:
        tree = plant(Path(folder) / "tree")
        environ = {**os.environ, "CHATUI_DATA_DIR": f"{folder}/data"}
        ingest = [chatui, "ingest", str(tree), "--json"]
        subprocess.run(ingest, check=True, capture_output=True, env=environ)
        ours, floor = [], []
        for _ in range(RUNS):
            started = time.perf_counter()
            done = subprocess.run(ingest, check=True, capture_output=True, env=environ)
            ours.append(time.perf_counter() - started)
            report = json.loads(done.stdout)
            assert (report["files"]["unchanged"], report["embedded"]) == (FILES, 0)
            started = time.perf_counter()
            look_at(tree)
            floor.append(time.perf_counter() - started)
    again, walk = statistics.median(ours), statistics.median(floor)
    print(
        f"{FILES} unchanged files: {again:.2f} s in all (target <= {TARGET} s), "
        f"{again / walk:.1f}x walking and hashing them, which takes {walk:.2f} s"
    )


def plant(root: Path) -> Path:
    for number in range(FILES):
        file = root / f"part{number % 20:02}" / f"note{number:04}.md"
        file.parent.mkdir(parents=True, exist_ok=True)
        # The same few texts over and over, so that the first ingest is soon done.
        text = f"The river rose by {number % 7} inches. " * 60
        file.write_text(f"# Note {number % 7}\n\n{text}\n")
    return root


def look_at(root: Path) -> None:
    for folder, _, names in os.walk(root):
        for name in names:
            path = Path(folder) / name
            path.stat()
            hashlib.sha256(path.read_bytes()).hexdigest()


if __name__ == "__main__":
    main()

"""A cold `chatui search` of a small library, beside the imports that it can't do without.

Target: <= 1.8x `python -c 'import chromadb, onnxruntime, tokenizers'`, pair by pair."""

from __future__ import annotations

import os
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

RUNS = 9
DOCS = Path(__file__).parent.parent / "docs"
IMPORTS = [sys.executable, "-c", "import chromadb, onnxruntime, tokenizers"]


def seconds(command: list[str], environ: dict[str, str]) -> float:
    start = time.perf_counter()
    subprocess.run(command, check=True, capture_output=True, env=environ)
    return time.perf_counter() - start


def main() -> None:
    chatui = str(Path(sys.executable).with_name("chatui"))
    with tempfile.TemporaryDirectory() as folder:
        environ = {**os.environ, "CHATUI_DATA_DIR": folder}
        subprocess.run([chatui, "ingest", str(DOCS)], check=True, capture_output=True, env=environ)
        search = [chatui, "search", "how do I switch the model?"]
        seconds(search, environ)
        seconds(IMPORTS, environ)
        pairs = [(seconds(search, environ), seconds(IMPORTS, environ)) for _ in range(RUNS)]
    ours, imports = (statistics.median(column) for column in zip(*pairs, strict=True))
    ratio = statistics.median(a / b for a, b in pairs)
    print(f"cold search {ours:.2f} s, imports {imports:.2f} s: {ratio:.2f}x (target <= 1.8x)")


if __name__ == "__main__":
    main()

"""What do hostile files take of time and memory?

    python benchmarks/bounds.py [WORD...] [--mb N]

Reads documents of 20 MB (archives and PDFs unpack to that), each in a process of its own; with
words only those whose names hold one. Prints for each the seconds by the clock and of the
processor, the most memory of the process and of its child, and what came of it. What is read should
take less than 10 s and 512 MB, and all else end with a sentence that names its limit.
"""

from __future__ import annotations

import asyncio
import json
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).parent.parent))

from chatui.retrieval.ingest.reading import ReadingLimits, ReadingPool
from tests.hostile_files import DOCUMENTS
from tests.retrieval.tokenizer import MAX_TOKENS, tokenizer_file

SECONDS, MEGABYTES = 10.0, 512


def read(name: str, size: int, folder: Path) -> Callable[[], str]:
    file, make = DOCUMENTS[name]
    path = folder / file
    path.write_bytes(make(size))

    async def reading() -> str:
        pool = ReadingPool((tokenizer_file(), MAX_TOKENS), ReadingLimits(), 1)
        try:
            found = await pool.read(path, "")
        finally:
            await pool.close()
        return f"{len(found.chunks):,} chunks" if found.chunks else found.reason

    return lambda: asyncio.run(reading())


CASES: dict[str, Callable[[str, int, Path], Callable[[], str]]] = dict.fromkeys(DOCUMENTS, read)


def processor_seconds() -> float:
    used = map(resource.getrusage, (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN))
    return sum(one.ru_utime + one.ru_stime for one in used)


def measure(name: str, size: int) -> dict[str, Any]:
    """Runs in a process of its own."""
    with tempfile.TemporaryDirectory() as folder:
        work = CASES[name](name, size, Path(folder))
        before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
        start, used = time.perf_counter(), processor_seconds()
        result = work()
        seconds, used = time.perf_counter() - start, processor_seconds() - used
    own = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    child = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss
    return {
        "seconds": seconds,
        "used": used,
        "own": own / 1024 if own > before else 0,
        "child": child / 1024,
        "result": result,
        "done": result[:1].isdigit(),
    }


def main() -> None:
    given = sys.argv[1:]
    size = int(given[given.index("--mb") + 1]) if "--mb" in given else 20
    if "--case" in given:
        print(json.dumps(measure(given[1], size << 20)))
        return
    words = [word for word in given if not word.startswith("--") and not word.isdigit()]
    slow = 0
    print(f"{'input':28} {'s':>6} {'cpu s':>6} {'MB':>5} {'child':>6}  result")
    for name in CASES:
        if words and not any(word in name for word in words):
            continue
        command = [sys.executable, __file__, "--case", name, "--mb", str(size)]
        done = subprocess.run(command, capture_output=True, text=True, check=False)
        if done.returncode:
            print(f"{name:28} failed: {done.stderr[-300:]}")
            continue
        found = json.loads(done.stdout)
        over = found["used"] > SECONDS or (
            found["done"] and max(found["own"], found["child"]) > MEGABYTES
        )
        slow += over
        print(
            f"{name:28} {found['seconds']:6.1f} {found['used']:6.1f} {found['own']:5.0f} "
            f"{found['child']:6.0f}  {found['result'][:100]}{' <' if over else ''}",
            flush=True,
        )
    print(f"{slow} over {SECONDS:g} s or {MEGABYTES} MB")


if __name__ == "__main__":
    main()

"""Is a model's memory what it was said to be before loading?

    python benchmarks/local_memory.py [--quick]

Loads a model of random weights and realistic shape (0.5 B parameters, Q8_0) in a process of its
own, at several contexts and kinds of cache, evaluates a batch and reads what the process then
holds. The estimate of `chatui models show` is compared with it; within 10% is the target.
"""

from __future__ import annotations

import subprocess
import sys
import tempfile
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent.parent))

from chatui.models.files.gguf_header import read_header
from chatui.models.local.memory_need import KvType, Loading, memory_need
from tests.models.sparse_gguf import write_sparse_gguf

TARGET = 0.10
CASES: tuple[tuple[int, KvType], ...] = (
    (1024, "f16"),
    (1024, "q8_0"),
    (8192, "f16"),
    (8192, "q4_0"),
    (32_768, "q8_0"),
)
CHILD = """
import sys
import llama_cpp
path, context, kind = sys.argv[1], int(sys.argv[2]), int(sys.argv[3])
model = llama_cpp.Llama(path, n_ctx=context, n_batch=512, type_k=kind, type_v=kind,
                        flash_attn=True, n_threads=2, verbose=False)
# llama.cpp writes the whole cache when it makes it; a batch fills what it computes in.
model.eval([5 + place % 200 for place in range(512)])
fields = dict(line.split(":", 1) for line in open("/proc/self/status"))
print(int(fields["VmRSS"].split()[0]) * 1024)
"""
GGML = {"f16": 1, "q8_0": 8, "q4_0": 2}


def held(path: Path, context: int, kind: str) -> int:
    """Bytes that a process holds with such a context."""
    command = [sys.executable, "-c", CHILD, str(path), str(context), str(GGML[kind])]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    return int(done.stdout.split()[-1])


def main() -> None:
    cases = CASES[:2] if "--quick" in sys.argv else CASES
    with tempfile.TemporaryDirectory() as folder:
        path = write_sparse_gguf(
            Path(folder) / "model.gguf",
            vocabulary=49_152,
            embedding_length=1024,
            block_count=32,
            feed_forward_length=3584,
        )
        header = read_header(path)
        print(f"{header.parameters / 1e9:.2f} B parameters, {header.quantisation}")
        worst = 0.0
        for context, kind in cases:
            said = memory_need(header, Loading(context, kind, kind)).total
            real = held(path, context, kind)
            off = said / real - 1
            worst = max(worst, abs(off))
            print(
                f"{context:6,} tokens, {kind:5} said {said / 1e6:6.0f} MB, "
                f"held {real / 1e6:6.0f} MB, off {off:+.1%}"
            )
    print(f"ratio: off by at most {worst:.1%} (target ≤ {TARGET:.0%})")
    sys.exit(worst > TARGET)


if __name__ == "__main__":
    main()

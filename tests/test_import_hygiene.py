"""What the window's process must never load, and what it must not load before it is seen."""

from __future__ import annotations

import subprocess
import sys

import pytest

HEAVY = {
    "torch",
    "chromadb",
    "llama_cpp",
    "llguidance",
    "sentence_transformers",
    "transformers",
    "onnxruntime",
    "onnx",
    "tokenizers",
    "numpy",
    "opentelemetry",
}
LATE = {"openai", "tiktoken", "genai_prices", "pydantic", "httpx", "httpx2", "pypdfium2"}


AFTER_THE_FRAME = {
    "chatui.app.replies",
    "chatui.app.session",
    "chatui.config.load",
    "chatui.config.schema",
    "chatui.cost.reading",
    "chatui.domain.usage",
    "chatui.widgets.meter_fields",
}


def modules_loaded_by(statement: str) -> set[str]:
    return {name.partition(".")[0] for name in names_loaded_by(statement)}


def names_loaded_by(statement: str) -> set[str]:
    script = f"import sys\n{statement}\nprint(*sys.modules)"
    done = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, check=True
    )
    return set(done.stdout.split())


def test_the_window_loads_nothing_heavy_before_its_first_frame() -> None:
    assert not modules_loaded_by("import chatui.app.app") & (HEAVY | LATE)


def test_the_first_frame_waits_for_no_settings_but_its_own() -> None:
    statement = (
        "import asyncio, os, chatui.app.app\n"
        "from chatui.config.first import window_settings\n"
        "from pathlib import Path\n"
        "async def frame():\n"
        "    told = window_settings(Path('none.toml'), {})\n"
        "    app = chatui.app.app.ChatuiApp(told.ui, told.keys, asyncio.Event().wait)\n"
        "    async with app.run_test(): print(*sys.modules, flush=True); os._exit(0)\n"
        "asyncio.run(frame())"
    )
    assert not names_loaded_by(statement) & AFTER_THE_FRAME


def test_composing_the_services_loads_nothing_heavy() -> None:
    assert not modules_loaded_by("import chatui.bootstrap.services") & (HEAVY | LATE)


def test_who_names_a_collector_pays_with_a_child_and_not_with_the_window() -> None:
    assert not modules_loaded_by("import chatui.assistant.telemetry.telemetry") & (HEAVY | LATE)


def test_the_version_needs_no_window() -> None:
    assert not modules_loaded_by("import chatui.cli.entry") & (HEAVY | LATE | {"textual", "rich"})


@pytest.mark.parametrize(
    "module",
    [
        "chatui.assistant.assistant",
        "chatui.memory.store.store",
        "chatui.retrieval.search.retriever",
        "chatui.cost.meter",
    ],
)
def test_no_room_needs_textual(module: str) -> None:
    assert "textual" not in modules_loaded_by(f"import {module}")


def test_the_index_process_loads_nothing_that_sends_traces_away() -> None:
    service = "from chatui.retrieval.index.service import VectorService"
    loaded = modules_loaded_by(f"{service}\nVectorService('vectors', 0)")
    assert "chromadb" in loaded
    assert "grpc" not in loaded

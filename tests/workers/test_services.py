"""Every child process that the code names by a string, which no type checker follows."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from chatui.domain.errors import WorkerError
from chatui.workers.host import Worker, WorkerSpec

PACKAGE = Path(__file__).parents[2] / "chatui"
SERVICE = re.compile(r"""["'](chatui(?:\.\w+)+:[A-Z]\w+)["']""")


def named_services() -> list[str]:
    sources = (path.read_text(encoding="utf-8") for path in PACKAGE.rglob("*.py"))
    return sorted({name for source in sources for name in SERVICE.findall(source)})


def test_services_are_found_in_the_code() -> None:
    assert len(named_services()) > 10


@pytest.mark.parametrize("service", named_services())
async def test_a_child_finds_its_service_by_the_name_in_the_code(service: str) -> None:
    worker, told = Worker(WorkerSpec(service, "the child")), ""
    try:
        await worker.start()
    except WorkerError as error:
        told = str(error)
    finally:
        await worker.stop()
    # It was found and called: with nothing, which is not enough for some.
    assert not told or "required positional argument" in told

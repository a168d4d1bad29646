from __future__ import annotations

import json
import re
import tomllib
from pathlib import Path

REPO = Path(__file__).parent.parent


def normal(name: str) -> str:
    """A distribution's name as PEP 503 compares it."""
    return re.sub(r"[-_.]+", "-", name).lower()


def pinned() -> dict[str, str]:
    lines = (REPO / "constraints.txt").read_text().split()
    return {normal(name): version for name, _, version in (line.partition("==") for line in lines)}


def test_every_dependency_is_pinned_to_the_version_that_is_tested() -> None:
    project = tomllib.loads((REPO / "pyproject.toml").read_text())["project"]
    extras = project["optional-dependencies"].values()
    lines = [*project["dependencies"], *(line for extra in extras for line in extra)]
    wanted = dict(re.split("==", line) for line in lines)

    assert {normal(name): version for name, version in wanted.items()}.items() <= pinned().items()


def test_torch_is_pinned_without_a_build_tag() -> None:
    assert re.fullmatch(r"[\d.]+", pinned()["torch"])


def test_every_development_tool_is_pinned() -> None:
    groups = tomllib.loads((REPO / "pyproject.toml").read_text())["dependency-groups"]
    names = {normal(line.partition("[")[0]) for line in groups["dev"]}

    assert names <= pinned().keys()


def test_what_the_manual_is_asked_for_in_benchmarks_stands_in_it() -> None:
    pages = [page.read_text("utf-8") for page in sorted((REPO / "docs").glob("*.md"))]
    lines = (REPO / "benchmarks" / "manual_questions.jsonl").read_text("utf-8").splitlines()

    quotes = [quote for line in lines for quote in json.loads(line)["quotes"]]

    assert [quote for quote in quotes if not any(quote in page for page in pages)] == []


def test_the_manual_names_exactly_the_commands_that_there_are() -> None:
    from chatui.app.commands.registry import COMMANDS

    manual = (REPO / "docs" / "keys.md").read_text()
    listed = set(re.findall(r"`/(\w+)", manual.partition("## Commands")[2]))

    assert listed == COMMANDS.keys()

"""The manual's page of figures: its commands run, and its figures are what they come to."""

from __future__ import annotations

import re
import shlex
from pathlib import Path

import pytest

from chatui.cost.tokens.vocabularies import CL100K, O200K, load_encoding
from tests.cli.conftest import Shell

ROOT = Path(__file__).parents[2]
PAGE = (ROOT / "docs" / "figures.md").read_text(encoding="utf-8")
BLOCKS = re.findall(r"```sh\n(.*?)```", PAGE, re.DOTALL)


@pytest.mark.parametrize("block", BLOCKS)
def test_the_commands_of_the_page_run_in_a_clean_home(shell: Shell, block: str) -> None:
    for command in block.splitlines():
        name, *arguments = shlex.split(command)
        done = shell(*arguments)

        assert name == "chatui"
        assert done.code == 0, done.err
        assert done.out.strip()


def test_the_rules_stand_beside_a_texts_own_figures(shell: Shell) -> None:
    told = shell("tokens", "How many tokens is this sentence?").out

    assert "4.71 characters a token (rule of thumb 4)" in told
    assert "0.86 words a token (rule of thumb 0.75)" in told


@pytest.mark.parametrize(("vocabulary", "place"), [(O200K, 2), (CL100K, 4)])
def test_the_figures_of_code_are_those_of_the_code(vocabulary: str, place: int) -> None:
    code = "\n".join(path.read_text("utf-8") for path in sorted((ROOT / "chatui").rglob("*.py")))
    tokens = len(load_encoding(vocabulary).encode_ordinary(code))
    row = next(line for line in PAGE.splitlines() if line.startswith("| Python"))
    told = row.split("|")[place].split(",")[0]

    assert len(code) / tokens == pytest.approx(float(told), abs=0.15)


def test_the_prices_of_the_page_are_those_of_the_list(shell: Shell) -> None:
    embedding = shell("models", "show", "openai/text-embedding-3-small", "--json").json["price"]
    writing = shell("models", "show", "openai/gpt-5-mini", "--json").json["price"]

    assert f"${embedding['input']} for a million" in PAGE
    assert float(writing["output"]) / float(embedding["input"]) == pytest.approx(100)

"""A line as bash reads it, and names as bash is to read them."""

from __future__ import annotations

import shutil
import subprocess

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chatui.cli.shell_words import Typed, typed, written

BREAKS = " \t\n\"'><=;|&(:"


@pytest.mark.parametrize(
    ("line", "words", "begun", "kept", "quote"),
    [
        ("chatui ask ", ("chatui", "ask"), "", 0, ""),
        ("chatui ask -m", ("chatui", "ask"), "-m", 0, ""),
        ("chatui a\\ b c", ("chatui", "a b"), "c", 0, ""),
        ("chatui 'a b' \"c d\" ", ("chatui", "a b", "c d"), "", 0, ""),
        ("chatui o/q:8", ("chatui",), "o/q:8", 4, ""),
        ("chatui --model=o/q", ("chatui",), "--model=o/q", 8, ""),
        ("chatui o/q\\:8", ("chatui",), "o/q:8", 0, ""),
        ('chatui "o/q:8', ("chatui",), "o/q:8", 0, '"'),
        ("chatui o/'a b", ("chatui",), "o/a b", 2, "'"),
        ("chatui 'a b'c", ("chatui",), "a bc", 3, ""),
        ('chatui "a \\"b', ("chatui",), 'a "b', 0, '"'),
        ('chatui "a \\b', ("chatui",), "a \\b", 0, '"'),
        ("chatui '' ", ("chatui", ""), "", 0, ""),
        ("chatui a\\", ("chatui",), "a", 0, ""),
    ],
)
def test_the_begun_word_is_told_from_those_that_are_whole(
    line: str, words: tuple[str, ...], begun: str, kept: int, quote: str
) -> None:
    assert typed(line, BREAKS) == Typed(words, begun, kept, quote)


names = st.text(st.characters(codec="utf-8", exclude_categories=("Cc", "Cs")), max_size=12)


@given(names, st.sampled_from(["", "'", '"']))
def test_what_is_written_is_read_as_it_was(name: str, quote: str) -> None:
    line = f"chatui x{quote}{written(name, quote)}"

    assert typed(line, "").begun == f"x{name}"


@pytest.mark.skipif(shutil.which("bash") is None, reason="there is no bash")
def test_bash_reads_what_is_written_as_it_was() -> None:
    names = ["a b", "it's", 'say "so"', "$(touch HARM)", "`x`", "a;b", "*", "!x", "~", "#x", "a\\b",
             "漢字 é", "{a,b}", "[a]", "x\u00a0y", "a=b", "<>&|"]  # fmt: skip
    for quote in ("", "'", '"'):
        line = " ".join(f"{quote}{written(name, quote)}{quote}" for name in names)
        command = f"printf '%s\\n' {line}"
        done = subprocess.run(["bash", "-c", command], capture_output=True, check=True)
        assert done.stdout.decode().splitlines() == names

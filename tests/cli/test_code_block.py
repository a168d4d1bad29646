"""The first code block of an answer, as `-x` takes it out."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chatui.cli.code_block import CodeOf, first_code_block

F = "```"


@pytest.mark.parametrize(
    ("text", "code"),
    [
        (f"One:\n\n{F}py\nx = 1\n{F}\n\nTwo:\n\n{F}\ny\n{F}", "x = 1\n"),
        (f"````markdown\nSo:\n{F}py\nx\n{F}\n````\nDone.", f"So:\n{F}py\nx\n{F}\n"),
        (f"~~~\n{F}\nx\n{F}\n~~~", f"{F}\nx\n{F}\n"),
        ("~~~sh\nls\n~~~", "ls\n"),
        (f"1. Run\n\n   {F}sh\n   ls\n     -l\n   {F}\n2. Done", "ls\n  -l\n"),
        (f"- a\n  - b\n    {F}\n    deep\n    {F}", "deep\n"),
        (f"- a\n  {F}\n  x\nThe list has ended.", "x\n"),
        (f"> {F}\n> quoted\n> {F}", "quoted\n"),
        (f'{F}python title="a.py" {{1,2}}\nx\n{F}', "x\n"),
        (f"{F} python\nx\n{F}", "x\n"),
        (f"So:\r\n{F}py\r\nx\r\n\r\ny\r\n{F}\r\n", "x\n\ny\n"),
        (f"{F}make\nall:\n\tcc\n{F}", "all:\n\tcc\n"),
        (f"{F}\n\n\n  x\n\n{F}", "\n\n  x\n\n"),
        (f"<details>\n<summary>Code</summary>\n{F}py\nx\n{F}\n</details>", "x\n"),
        ("Run:\n\n    ls\n      -l\n\nDone.", "ls\n  -l\n"),
        (f"    indented\n\n{F}\nfenced\n{F}", "fenced\n"),
        (f"{F}\n{F}", ""),
        (f"{F}\nits end is missing\n\nin a text that goes on", None),
    ],
)
def test_the_code_comes_without_its_fence_and_indent(text: str, code: str | None) -> None:
    found = first_code_block(text)

    assert found is not None
    assert found.whole is (code is not None)
    assert found.code == (code if code is not None else text.removeprefix(f"{F}\n") + "\n")


@pytest.mark.parametrize(
    "text", ["", " ", "No code.", f"An inline {F}x{F} alone.", "`x`", f"Marks at the end: {F}", F]
)
def test_a_text_without_a_block_has_none(text: str) -> None:
    assert first_code_block(text) is None


@pytest.mark.parametrize("rest", ["x", "x\n", "x\n``", "x\n```y"])
def test_a_block_that_the_text_ends_in_is_not_whole(rest: str) -> None:
    assert first_code_block(f"{F}\n{rest}") == CodeOf(rest.rstrip("\n") + "\n", whole=False)
    indented = rest.replace("\n", "\n   ")
    assert first_code_block(f"1. So:\n\n   {F}\n   {indented}") == CodeOf(
        rest.rstrip("\n") + "\n", whole=False
    )


lines = st.lists(st.text("ab `~\t", max_size=8), min_size=1, max_size=6)


@given(lines, st.sampled_from(["`", "~"]), st.text("ab\n", max_size=10))
def test_what_was_fenced_comes_out_as_it_was(code: list[str], mark: str, before: str) -> None:
    fence = mark * 12
    written = "\n".join(code)

    found = first_code_block(f"{before}\n{fence}\n{written}\n{fence}\nAnd so on.")

    assert found == CodeOf(written + "\n", whole=True)

"""One seam for all that is drawn: nothing in chatui writes to a terminal around it."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

PACKAGE = Path(__file__).parents[1] / "chatui"
SEAM = "cli/output.py"
# In a child process stdout is a pipe of frames and stderr is the log file.
CHILDREN = {"workers/child.py", "models/local/hooks.py"}
STREAMS = {"stdout", "stderr", "__stdout__", "__stderr__"}
# What may be asked of a stream without writing to it.
QUESTIONS = {"isatty", "encoding", "fileno"}


def prints(tree: ast.AST, *, in_cli: bool) -> Iterator[str]:
    """What in a module prints by itself, as `line: what`. A stream may be handed on: who takes
    it is in here as well, and may call no `write` in the command line's modules."""
    questions = {
        id(node.value)
        for node in ast.walk(tree)
        if isinstance(node, ast.Attribute) and node.attr in QUESTIONS
    }
    handed = {
        id(given) for node in ast.walk(tree) if isinstance(node, ast.Call) for given in node.args
    }
    for node in ast.walk(tree):
        match node:
            case ast.Call(func=ast.Name(id="print" | "pprint" as name)):
                yield f"{node.lineno}: {name}"
            case ast.Attribute(value=ast.Name(id="click"), attr=name) if name in (
                "echo", "secho", "style", "confirm", "prompt", "progressbar", "echo_via_pager",
            ):  # fmt: skip
                yield f"{node.lineno}: click.{name}"
            case ast.Attribute(value=ast.Name(id="sys"), attr=name) if name in STREAMS:
                known = id(node) in questions or (in_cli and id(node) in handed)
                if not known:
                    yield f"{node.lineno}: sys.{name}"
            case ast.Attribute(attr="write" | "writelines" as name) if in_cli:
                yield f"{node.lineno}: .{name}"
            case ast.Name(id="Console") | ast.Attribute(attr="Console" | "error_console"):
                yield f"{node.lineno}: Console"


def modules() -> list[str]:
    return [str(path.relative_to(PACKAGE)) for path in sorted(PACKAGE.rglob("*.py"))]


def test_only_the_seam_prints() -> None:
    found = {
        name: printed
        for name in modules()
        if name not in {SEAM} | CHILDREN
        and (
            printed := [
                *prints(ast.parse((PACKAGE / name).read_text()), in_cli=name.startswith("cli/"))
            ]
        )
    }
    assert found == {}


@pytest.mark.parametrize(
    "source",
    [
        "print(name)",
        "click.echo(name)",
        "from sys import stdout\nimport sys\nsys.stdout.write(name)",
        "sys.stderr.buffer.write(name)",
        "stream.write(name)",
        "self._stream.writelines([name])",
        "out = sys.stdout",
        "rich.console.Console().print(name)",
        "click.confirm(name)",
    ],
)
def test_printing_around_the_seam_would_be_seen(source: str) -> None:
    assert [*prints(ast.parse(source), in_cli=True)] != []

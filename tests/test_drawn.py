"""Two seams for all that is drawn, one for what is printed and one for the window: nothing in
chatui gets to a terminal around them."""

from __future__ import annotations

import ast
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from chatui.app.app import ChatuiApp
from chatui.app.window import Window
from chatui.bootstrap.services import Services
from chatui.config.window import Keys, Ui
from chatui.widgets.drawn import DrawableLines

PACKAGE = Path(__file__).parents[1] / "chatui"
SEAM = "cli/output.py"
DRAWN = "cli/drawn_markdown.py"
"""Draws cleaned Markdown into a string, which the seam prints."""
WINDOW = "app/terminal_app.py"
LINKS = "widgets/links.py"
"""Shows an address whole, and has the terminal take that for a link; the filter sees to it."""
# In a child process stdout is a pipe of frames and stderr is the log file.
CHILDREN = {"workers/child.py", "models/local/hooks.py"}
STREAMS = {"stdout", "stderr", "__stdout__", "__stderr__"}
READ_MARKUP = {"Static", "Label", "OptionList"}
AROUND = {"from_markup", "from_ansi", "from_rich_text", "render_str", "_driver"}
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
            case ast.Name(id="Console") | ast.Attribute(attr="Console"):
                yield f"{node.lineno}: Console"


def draws_unsafely(tree: ast.AST) -> Iterator[str]:
    """What in a module of the window would have a text read as markup, make a link of it, or
    take it around the filter of lines."""
    for node in ast.walk(tree):
        match node:
            case ast.Call(keywords=given) if "link" in [each.arg for each in given]:
                yield f"{node.lineno}: a link in a style"
            case ast.Call(func=ast.Name(id=name)) if name in READ_MARKUP:
                yield from [] if without_markup(node) else [f"{node.lineno}: {name} with markup"]
            case ast.Call(func=ast.Attribute(attr="notify")):
                yield from [] if without_markup(node) else [f"{node.lineno}: a toast with markup"]
            case ast.ClassDef(bases=[ast.Name(id=name), *_]) if name in READ_MARKUP:
                made = [each for each in ast.walk(node) if begins(each, "super().__init__(")]
                if not made or not all(map(without_markup, made)):
                    yield f"{node.lineno}: {node.name} with markup"
            case ast.ClassDef(bases=[ast.Subscript(value=ast.Name(id="App")), *_]):
                yield f"{node.lineno}: an app without the filter"
            case ast.Assign(targets=[ast.Attribute(attr="border_title" | "border_subtitle")]):
                if not is_constant(node.value) and not begins(node.value, "border_text("):
                    yield f"{node.lineno}: a border's title with markup"
            case ast.Assign(targets=[ast.Attribute(attr="tooltip")], value=value):
                yield from [] if begins(value, "Content(") else [f"{node.lineno}: a tooltip"]
            case ast.Attribute(attr=name) if name in AROUND:
                yield f"{node.lineno}: {name}"


def without_markup(call: ast.AST) -> bool:
    return isinstance(call, ast.Call) and "markup=False" in map(ast.unparse, call.keywords)


def is_constant(value: ast.expr) -> bool:
    return isinstance(value, ast.Constant) or (isinstance(value, ast.Name) and value.id.isupper())


def begins(node: ast.AST, call: str) -> bool:
    return isinstance(node, ast.expr) and ast.unparse(node).startswith(call)


def found_in(folders: tuple[str, ...], look: Callable[[str, ast.AST], Iterator[str]]) -> object:
    names = [
        str(path.relative_to(PACKAGE))
        for folder in folders
        for path in sorted((PACKAGE / folder).rglob("*.py"))
    ]
    trees = {name: ast.parse((PACKAGE / name).read_text(encoding="utf-8")) for name in names}
    return {name: seen for name, tree in trees.items() if (seen := [*look(name, tree)])}


def test_only_the_seam_prints() -> None:
    def look(name: str, tree: ast.AST) -> Iterator[str]:
        if name not in {SEAM, DRAWN} | CHILDREN:
            yield from prints(tree, in_cli=name.startswith("cli/"))

    assert found_in((".",), look) == {}


def test_no_widget_takes_a_text_for_markup_or_draws_around_the_filter() -> None:
    def look(name: str, tree: ast.AST) -> Iterator[str]:
        if name != WINDOW:
            found = draws_unsafely(tree)
            yield from (one for one in found if name != LINKS or "a link in a style" not in one)

    assert found_in(("app", "widgets"), look) == {}


def test_the_window_has_the_filter_behind_all_others() -> None:
    window = ChatuiApp(Ui(), Keys(), services)

    assert isinstance(window, Window)
    assert isinstance(window.get_line_filters()[-1], DrawableLines)


async def services() -> Services:
    raise AssertionError("the window is not opened")


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


@pytest.mark.parametrize(
    "source",
    [
        "Static(name)",
        "OptionList(markup=True)",
        "self.notify(name)",
        "class Name(Static):\n    def __init__(self):\n        super().__init__(name)",
        "box.border_title = name",
        "self.tooltip = name",
        "Content.from_markup(name)",
        "Style(link=name)",
        "self.app._driver.write(name)",
        "class Other(App[None]): ...",
    ],
)
def test_drawing_around_the_filter_would_be_seen(source: str) -> None:
    assert [*draws_unsafely(ast.parse(source))] != []

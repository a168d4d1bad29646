"""The only door to stdout and stderr: what may pass it."""

from __future__ import annotations

import io
import json
import logging
import subprocess
import sys
from collections.abc import Callable
from decimal import Decimal

import click
import pytest

from chatui.cli import output
from chatui.cli.output import Styled
from tests.hostile import CONTROLS, HOSTILE, WHOLE, raw


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


def streamed(text: str, *, aside: bool) -> None:
    stream = output.Stream(aside=aside)
    for character in text:
        stream.feed(character)
    stream.close()


def logged(text: str) -> None:
    output.LogLines().handle(logging.makeLogRecord({"msg": text}))


def failed(text: str) -> None:
    output.print_traceback(ValueError(text))


PRINTERS: dict[str, Callable[[str], None]] = {
    "print_line": output.print_line,
    "print_lines": lambda text: output.print_lines([[text]]),
    "print_text": output.print_text,
    "print_table": lambda text: output.print_table((text, "b"), [(text, text)]),
    "print_json": lambda text: output.print_json({text: [text]}),
    "print_json_lines": lambda text: output.print_json({text: text}, line=True),
    "warn": output.warn,
    "complain": output.complain,
    "stream": lambda text: streamed(text, aside=False),
    "stream aside": lambda text: streamed(text, aside=True),
    "log": logged,
    "traceback": failed,
}


@pytest.mark.parametrize("printer", PRINTERS.values(), ids=PRINTERS.keys())
def test_no_hostile_text_passes(
    printer: Callable[[str], None], capsys: pytest.CaptureFixture[str]
) -> None:
    for text in HOSTILE:
        printer(text)
        out, err = capsys.readouterr()
        assert raw(out + err) == [], ascii(text)


@pytest.mark.parametrize("printer", ["print_line", "print_text", "stream", "print_json"])
def test_emoji_and_scripts_with_joiners_pass_unchanged(
    printer: str, capsys: pytest.CaptureFixture[str]
) -> None:
    for text in WHOLE:
        if "\n" not in text and "\t" not in text:
            PRINTERS[printer](text)
            assert text in capsys.readouterr().out


def test_a_look_is_the_only_sequence_that_passes(monkeypatch: pytest.MonkeyPatch) -> None:
    terminal = Terminal()
    monkeypatch.setattr("sys.stdout", terminal)

    output.print_line(
        Styled("a\x1b[31mb\x1b]0;c\x07", bold=True), " \x1b[8md", Styled("e", fg="red")
    )

    assert terminal.getvalue() == "\x1b[1mab\x1b[0m d\x1b[31me\x1b[0m\n"


def test_a_plain_text_gets_no_look(monkeypatch: pytest.MonkeyPatch) -> None:
    terminal = Terminal()
    monkeypatch.setattr("sys.stdout", terminal)

    output.print_line(Styled("plain"))
    streamed("as it comes", aside=False)

    assert terminal.getvalue() == "plain\nas it comes\n"


def test_a_line_is_one_line() -> None:
    terminal = Terminal()
    output.warn("two\nlines\u2028or\tthree", stream=terminal)
    output.draw_over(terminal, "a file\nchatui: all is well\x1b[2J")

    assert terminal.getvalue() == ("two lines or three\n\r\x1b[Ka file chatui: all is well")


def test_what_is_drawn_over_has_no_sequence_of_its_text() -> None:
    for text in HOSTILE:
        terminal = Terminal()
        output.draw_over(terminal, text)
        assert raw(terminal.getvalue().removeprefix("\r\x1b[K")) == [], ascii(text)


def test_nothing_is_drawn_over_where_there_is_no_terminal() -> None:
    stream = io.StringIO()
    output.draw_over(stream, "words")
    output.wipe(stream)

    assert stream.getvalue() == ""


def test_a_sequence_cut_by_the_end_of_a_stream_is_not_left_open(
    capsys: pytest.CaptureFixture[str],
) -> None:
    for text in CONTROLS:
        streamed(f"a{text}", aside=False)
        assert raw(capsys.readouterr().out) == [], ascii(text)


def test_json_says_what_was_given(capsys: pytest.CaptureFixture[str]) -> None:
    value = {"texts": [*HOSTILE, *WHOLE], "cost": Decimal("0.10")}

    output.print_json(value)
    out = capsys.readouterr().out

    expected = json.loads(json.dumps({"texts": [*HOSTILE, *WHOLE], "cost": "0.10"}))
    assert json.loads(out) == expected
    assert "می‌خواهم" in out


def test_json_lines_are_lines(capsys: pytest.CaptureFixture[str]) -> None:
    output.print_json({"texts": HOSTILE}, line=True)

    assert len(capsys.readouterr().out.splitlines()) == 1


def test_a_long_error_is_cut(capsys: pytest.CaptureFixture[str]) -> None:
    output.complain("The server said: " + "x" * 100_000)

    assert len(capsys.readouterr().err) < 1100


def test_a_question_asks_without_sequences(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("sys.stdin", io.StringIO("n\n" * 2))
    with pytest.raises(click.Abort):
        output.confirm("Delete “a\x1b]0;b\x07\nc”?")

    assert "Delete “a c”?" in capsys.readouterr().err


def test_what_is_logged_is_cleaned_in_a_process_of_its_own() -> None:
    script = (
        "import logging\n"
        "from chatui.cli.entry import run\n"
        "run(['config', 'path'])\n"
        "logging.getLogger('x').warning('%s', 'a\\x1b]0;b\\x07c')\n"
    )
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, check=True)

    assert done.stderr == b"ac\n"


def test_a_cell_without_end_does_not_widen_all_rows(capsys: pytest.CaptureFixture[str]) -> None:
    output.print_table(("name", "size"), [("x" * 5000, "1"), *[("y", "2")] * 100])

    lines = capsys.readouterr().out.splitlines()
    assert lines[1] == "x" * 5000 + "  1"
    assert lines[2] == "y" + " " * (output.WIDEST + 1) + "2"

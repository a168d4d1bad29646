"""Reports of faults: where they were, and nothing of what was said there."""

from __future__ import annotations

import ast
import errno
import fcntl
import gc
import logging
import os
import sqlite3
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from chatui import __version__
from chatui.domain.errors import ModelError
from chatui.system import fault_log
from chatui.system.fault_log import FaultLog, add_to_log, open_log, report

PACKAGE = Path(fault_log.__file__).parents[1]
KEY = "sk-planted-4f9a2c"
TEXT = "my grandmother's recipe"
PLANTED = (KEY, TEXT, "grandmother", "planted")


def say_it() -> None:
    secret = f"{TEXT} {KEY}"
    raise ValueError(secret)


def wrapped() -> None:
    try:
        say_it()
    except ValueError as error:
        raise ModelError(f"The server said {error}") from error


def handled() -> None:
    try:
        say_it()
    except ValueError:
        raise KeyError(TEXT)  # noqa: B904 - what is handled meanwhile is told as well


def grouped() -> None:
    raise ExceptionGroup(TEXT, [ValueError(KEY), OSError(errno.ENOSPC, TEXT, KEY)])


def noted() -> None:
    error = ValueError(TEXT)
    error.add_note(KEY)
    raise error


def deep(depth: int = 0) -> None:
    if depth == 2000:
        say_it()
    deep(depth + 1)


def undecodable() -> None:
    f"{TEXT} {KEY}\udcff".encode()


FAULTS: dict[str, Callable[[], None]] = {
    each.__name__: each for each in (say_it, wrapped, handled, grouped, noted, undecodable, deep)
}


@pytest.fixture
def log(tmp_path: Path) -> Path:
    return tmp_path / "state" / "chatui.log"


def raised(fault: Callable[[], None]) -> BaseException:
    with pytest.raises(BaseException) as caught:  # noqa: PT011 - whatever it is
        fault()
    return caught.value


def without_text(text: str) -> bool:
    return not any(word in text for word in PLANTED)


@pytest.mark.parametrize("fault", FAULTS.values(), ids=FAULTS.keys())
def test_a_report_has_the_place_and_no_text(fault: Callable[[], None], log: Path) -> None:
    error = raised(fault)

    sentence = FaultLog(log, log.with_name("chats.db")).record("a test", error)

    kept = log.read_text()
    assert type(error).__name__ in kept
    assert fault.__name__ in kept
    assert f"chatui {__version__}, Python " in kept
    assert without_text(kept)
    assert len(kept) < 20_000
    assert sentence == (
        f"Something went wrong inside chatui ({type(error).__name__}); your chats are safe in "
        f"{log.with_name('chats.db')}; {log} has the place in the code, and none of your text."
    )


def test_causes_are_told_with_how_they_led_there() -> None:
    assert "because of: ValueError\n" in report("a test", raised(wrapped))
    assert "while handling: ValueError\n" in report("a test", raised(handled))
    assert "one of: OSError ENOSPC\n" in report("a test", raised(grouped))


def test_a_database_s_error_has_its_name() -> None:
    with pytest.raises(sqlite3.Error) as caught:
        sqlite3.connect(":memory:").execute(f"SELECT '{TEXT}' FROM nowhere")

    assert "OperationalError SQLITE_ERROR\n" in report("a test", caught.value)
    assert without_text(report("a test", caught.value))


def test_a_circle_of_causes_comes_to_an_end() -> None:
    first, second = ValueError(), KeyError()
    first.__cause__, second.__cause__ = second, first

    assert report("a test", first).count("KeyError") == 1


def test_paths_of_modules_begin_with_their_package() -> None:
    assert fault_log.short_path(fault_log.__file__) == "chatui/system/fault_log.py"
    assert fault_log.short_path(pytest.__file__) == "pytest/__init__.py"
    assert fault_log.short_path(threading.__file__) == "threading.py"
    assert fault_log.short_path("/home/ada/secret/plan.py") == "plan.py"


def test_the_log_is_the_user_s_alone_also_when_it_was_not(log: Path) -> None:
    log.parent.mkdir()
    log.touch(0o644)
    log.chmod(0o644)

    assert FaultLog(log).keep("a line\n")

    assert log.stat().st_mode & 0o777 == 0o600


def test_a_log_that_has_grown_makes_room(log: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(fault_log, "LOG_LIMIT", 100)

    for number in range(20):
        assert FaultLog(log).keep(f"{number} {'x' * 40}\n")

    files = sorted(log.parent.iterdir())
    assert [file.name for file in files] == ["chatui.log", "chatui.log.1"]
    assert all(file.stat().st_mode & 0o777 == 0o600 for file in files)
    assert max(file.stat().st_size for file in files) < 200
    assert "19 x" in log.read_text()


def test_a_log_that_another_process_has_just_made_room_for_stays_whole(
    log: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    opened = fault_log._open
    add_to_log(log, "old " * 100 + "\n", 1000)

    def late(path: Path) -> int:
        descriptor = opened(path)
        monkeypatch.setattr(fault_log, "_open", opened)
        path.replace(path.with_name("chatui.log.1"))
        path.write_text("of the other process\n")
        return descriptor

    monkeypatch.setattr(fault_log, "_open", late)
    assert add_to_log(log, "ours\n", 100)

    assert log.read_text() == "of the other process\nours\n"
    assert log.with_name("chatui.log.1").read_text().startswith("old")


def test_who_comes_while_another_process_makes_room_does_not_wait(log: Path) -> None:
    add_to_log(log, "old " * 100 + "\n", 1000)
    with log.open("rb") as held:
        fcntl.flock(held, fcntl.LOCK_EX)
        assert add_to_log(log, "ours\n", 100)

    assert log.read_text().endswith("ours\n")
    assert not log.with_name("chatui.log.1").exists()


ADDS = """
import sys
from pathlib import Path
from chatui.system.fault_log import add_to_log
for number in range(200):
    assert add_to_log(Path(sys.argv[1]), f"{sys.argv[2]} {number} {'x' * 90}\\n", 50_000)
"""


def test_processes_that_write_and_make_room_at_the_same_time_lose_no_line(log: Path) -> None:
    writers = [
        subprocess.Popen([sys.executable, "-c", ADDS, str(log), str(name)]) for name in range(4)
    ]
    assert [writer.wait() for writer in writers] == [0] * 4

    text = log.with_name("chatui.log.1").read_text() + log.read_text()
    # One who comes while another makes room may begin a new line where one had begun.
    found = {tuple(line.split()[:2]) for line in text.splitlines() if line}
    assert found == {(str(name), str(number)) for name in range(4) for number in range(200)}


CUT = """
import resource, sys
from pathlib import Path
from chatui.system.fault_log import add_to_log
log = Path(sys.argv[1])
assert add_to_log(log, "first" + chr(10), 1000)
resource.setrlimit(resource.RLIMIT_FSIZE, (12, -1))
assert not add_to_log(log, "this one is cut" + chr(10), 1000)
assert not add_to_log(log, "no room" + chr(10), 1000)
resource.setrlimit(resource.RLIMIT_FSIZE, (-1, -1))
assert add_to_log(log, "last" + chr(10), 1000)
"""


def test_a_line_that_a_full_disk_cut_spoils_none_after_it(log: Path) -> None:
    subprocess.run([sys.executable, "-c", CUT, str(log)], check=True)
    assert log.read_text().splitlines() == ["first", "this o", "last"]


@pytest.mark.parametrize("kind", ["a link", "a pipe", "a folder", "below a file"])
def test_a_log_that_cannot_be_written_is_left_out_of_the_sentence(log: Path, kind: str) -> None:
    log.parent.mkdir()
    other = log.with_name("other")
    other.touch()
    match kind:
        case "a link":
            log.symlink_to(other)
        case "a pipe":
            os.mkfifo(log)
        case "a folder":
            log.mkdir()
        case _:
            log = other / "chatui.log"

    sentence = FaultLog(log).record("a test", raised(say_it))

    assert sentence == "Something went wrong inside chatui (ValueError)."
    assert other.read_bytes() == b""


class Falls:
    def __del__(self) -> None:
        say_it()


def in_a_thread() -> None:
    thread = threading.Thread(target=say_it, name=TEXT)
    thread.start()
    thread.join()


def in_an_object() -> None:
    Falls()
    gc.collect()


def in_our_log() -> None:
    logging.getLogger("chatui.x").error("No summary of %s", TEXT, exc_info=raised(say_it))


def in_a_library_s_log() -> None:
    logging.getLogger("library").error(f"Request with {KEY} failed")


ASIDE = {
    in_a_thread: "fault in a thread",
    in_an_object: "fault in an object",
    in_our_log: "fault in ERROR chatui.x No summary of %s",
    in_a_library_s_log: "ERROR library (tests/system/test_fault_log.py:",
}


@pytest.mark.parametrize("fault", ASIDE, ids=lambda each: each.__name__)
def test_what_python_would_print_is_kept_without_text(
    fault: Callable[[], None], log: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    hooks = threading.excepthook, sys.unraisablehook

    with FaultLog(log).in_force():
        fault()

    assert ASIDE[fault] in log.read_text()
    assert without_text(log.read_text())
    assert capfd.readouterr() == ("", "")
    assert (threading.excepthook, sys.unraisablehook) == hooks


def logging_calls(tree: ast.AST) -> Iterator[ast.Call]:
    for node in ast.walk(tree):
        match node:
            case ast.Call(func=ast.Attribute(value=ast.Call(func=ast.Attribute(attr="getLogger")))):
                yield node


def test_what_chatui_logs_is_a_constant_with_the_rest_put_in() -> None:
    """For the log keeps the words of our code, and must keep nothing else."""
    wrong = [
        f"{path.relative_to(PACKAGE)}:{call.lineno}"
        for path in PACKAGE.rglob("*.py")
        for call in logging_calls(ast.parse(path.read_text()))
        if ast.unparse(call.func).rpartition(".")[2] not in {"addHandler", "removeHandler"}
        and not (isinstance(call.args[0], ast.Constant))
    ]
    assert wrong == []


def test_opening_the_log_twice_adds_to_it(log: Path) -> None:
    for word in (b"one ", b"two"):
        descriptor = open_log(log)
        os.write(descriptor, word)
        os.close(descriptor)

    assert log.read_bytes() == b"one two"

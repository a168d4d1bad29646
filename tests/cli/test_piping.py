"""`chatui ask` between other programs: -x, --last, pipes and files, and what a script is told."""

from __future__ import annotations

import hashlib
import json
import os
import re
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from tests.cli.conftest import Outcome, Shell
from tests.cli.hosted import running
from tests.patience import PATIENCE
from tests.retrieval.readers.features import docx, epub
from tests.retrieval.readers.test_docx import p
from tests.retrieval.readers.test_office import archive
from tests.retrieval.readers.test_refusals import streams
from tests.scripted_server import Exchange, Script, saying

MODEL = ("-m", "mine/m")
CODE = "So:\n\n```sh\nls\n```\n\nOr:\n\n```sh\nls -l\n```"


def cut_off(text: str, reason: str = "length") -> Script:
    async def script(exchange: Exchange) -> None:
        await exchange.head()
        await exchange.text(text)
        await exchange.finish(reason)
        await exchange.done()

    return script


async def refuse(exchange: Exchange) -> None:
    await exchange.error(401, "No.")


async def breaks(exchange: Exchange) -> None:
    await exchange.head()
    await exchange.text("Half of it")
    await exchange.cut()


def asked(shell: Shell, patch: pytest.MonkeyPatch, script: Script, *arguments: str) -> Outcome:
    with running(script) as server:
        patch.setenv("CHATUI_PROVIDERS__MINE__BASE_URL", server.base_url)
        return shell("ask", "hi", *MODEL, *arguments)


def program(home: Path, *arguments: str, **given: object) -> subprocess.CompletedProcess[str]:
    """chatui as a process of its own."""
    environ = {**os.environ, "CHATUI_DATA_DIR": str(home / "data"), "HOME": str(home)}
    command = [sys.executable, "-m", "chatui", *arguments]
    done: subprocess.CompletedProcess[str] = subprocess.run(  # type: ignore[call-overload]
        command, env=environ, text=True, check=False, **{"stdin": subprocess.DEVNULL} | given
    )
    return done


# The code of an answer


def test_the_first_block_is_printed_and_nothing_else(
    shell: Shell, monkeypatch: pytest.MonkeyPatch
) -> None:
    done = asked(shell, monkeypatch, saying(CODE), "-x")

    assert (done.code, done.out, done.err) == (0, "ls\n", "")
    assert shell("ask", "--last", "-x").out == "ls\n"


def test_an_answer_without_code_prints_nothing_that_a_shell_could_run(
    shell: Shell, monkeypatch: pytest.MonkeyPatch
) -> None:
    done = asked(shell, monkeypatch, saying("rm is dangerous."), "-x")

    assert (done.code, done.out) == (1, "")
    assert done.err == "chatui: The answer has no code block; `chatui ask --last` prints it.\n"
    assert shell("ask", "--last").out == "rm is dangerous.\n"
    assert shell("ask", "--last", "-x").code == 1


def test_code_that_the_limit_cuts_off_is_not_whole(
    shell: Shell, monkeypatch: pytest.MonkeyPatch
) -> None:
    done = asked(shell, monkeypatch, cut_off("```sh\nls\ncd"), "-x")

    assert (done.code, done.out) == (1, "ls\ncd\n")
    assert "cut off within this code" in done.err


@pytest.mark.parametrize(
    "script", [saying("```sh\nls\n"), cut_off("```sh\nls\n```\nAnd the rest is")]
)
def test_code_that_ended_is_whole(
    shell: Shell, monkeypatch: pytest.MonkeyPatch, script: Script
) -> None:
    done = asked(shell, monkeypatch, script, "-x")

    assert (done.code, done.out, done.err) == (0, "ls\n", "")


def test_code_that_was_cut_off_is_gone_on_with(
    shell: Shell, monkeypatch: pytest.MonkeyPatch
) -> None:
    with running(cut_off("```sh\nls"), saying(" -l\n```")) as server:
        monkeypatch.setenv("CHATUI_PROVIDERS__VLLM__BASE_URL", server.base_url)
        shell("ask", "hi", "-m", "vllm/m", "-x")
        done = shell("ask", "-c", "-m", "vllm/m", "-x")

    assert (done.code, done.out) == (0, "ls -l\n")


def test_a_failed_answer_prints_no_part_of_its_code(
    shell: Shell, monkeypatch: pytest.MonkeyPatch
) -> None:
    done = asked(shell, monkeypatch, breaks, "-x")

    assert (done.code, done.out) == (3, "")


def test_json_has_the_code_beside_the_text(shell: Shell, monkeypatch: pytest.MonkeyPatch) -> None:
    done = asked(shell, monkeypatch, saying(CODE), "-x", "--json")
    none = asked(shell, monkeypatch, saying("No."), "-x", "--json")

    assert (done.code, done.json["code"], done.json["text"]) == (0, "ls\n", CODE)
    assert (none.code, none.json["code"]) == (1, None)
    assert "code" not in shell("ask", "--last", "--json").json
    assert shell("ask", "--last", "--json", "-x").json["code"] is None


@pytest.mark.parametrize("arguments", [("--schema", "schema.json"), ("-m", "other/m")])
def test_the_code_of_a_form_or_of_several_answers_is_refused_before_anything_is_asked(
    shell: Shell, home: Path, monkeypatch: pytest.MonkeyPatch, arguments: tuple[str, ...]
) -> None:
    (home / "schema.json").write_text('{"type": "object"}')
    done = asked(shell, monkeypatch, saying("{}"), "-x", *arguments)

    assert (done.code, done.out) == (2, "")
    assert "-x" in done.err


# The last answer


def test_without_a_conversation_there_is_no_last_answer(shell: Shell, home: Path) -> None:
    for arguments in ((), ("-x",), ("--json",), ("--data-dir", str(home / "elsewhere"))):
        done = shell("ask", "--last", *arguments)
        assert (done.code, done.out) == (2, "")
        assert "There is no answer yet" in done.err


def test_a_question_without_an_answer_is_not_passed_over(
    shell: Shell, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked(shell, monkeypatch, saying("The first answer."))
    asked(shell, monkeypatch, refuse)

    done = shell("ask", "--last")
    told = shell("ask", "--last", "--json")

    assert (done.code, done.out) == (1, "")
    assert "The last question got no answer; ask it again (" in done.err
    assert told.code == 1
    assert "got no answer" in told.json["error"]["message"]


def test_a_part_of_an_answer_is_printed_and_said_to_be_one(
    shell: Shell, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked(shell, monkeypatch, breaks)

    done = shell("ask", "--last")

    assert (done.code, done.out) == (1, "Half of it\n")
    assert "The last answer is not whole: it failed" in done.err


def test_the_last_answer_is_that_of_the_data_folder_and_of_the_conversation(
    shell: Shell, home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    other = ("--data-dir", str(home / "elsewhere"))
    first = asked(shell, monkeypatch, saying("One."), "--json").json["conversation"]
    asked(shell, monkeypatch, saying("Two."))
    asked(shell, monkeypatch, saying("Three."), *other)

    assert shell("ask", "--last").out == "Two.\n"
    assert shell("ask", "--last", "-c").out == "Two.\n"
    assert shell("ask", "--last", "--cid", first[:6]).out == "One.\n"
    assert shell("ask", "--last", *other).out == "Three.\n"


@pytest.mark.parametrize(
    ("arguments", "named"),
    [
        (("hi",), "the PROMPT"),
        (("-m", "mine/m"), "-m"),
        (("-f", "a.txt"), "-f"),
        (("--dry-run",), "--dry-run"),
        (("--schema", "a.json"), "--schema"),
        (("--max-cost", "1"), "--max-cost"),
    ],
)
def test_what_says_nothing_of_the_last_answer_is_refused(
    shell: Shell, arguments: tuple[str, ...], named: str
) -> None:
    done = shell("ask", "--last", *arguments)

    assert done.code == 2
    assert done.err == f"chatui: --last asks nothing; leave it out, or {named}.\n"


# What is asked


def sent(home: Path, *arguments: str, **given: object) -> str:
    done = program(home, "ask", *arguments, "--dry-run", "--json", capture_output=True, **given)
    assert done.returncode == 0, done.stderr
    content = json.loads(done.stdout)["messages"][-1]["content"]
    assert isinstance(content, str)
    return content


def test_files_are_attached_each_once_behind_what_is_piped_in(shell: Shell, home: Path) -> None:
    (home / "a.txt").write_text("in a")
    (home / "b.txt").write_bytes("\ufeffin b".encode("utf-16-le"))
    files = ("-f", "a.txt", "-f", "b.txt", "-f", "a.txt")

    content = sent(home, "Why?", *files, input="piped\n", stdin=None)

    assert content.startswith("piped\n\nWhy?\n\n----- attached file: a.txt")
    assert content.count("in a") == content.count("in b") == 1


def test_a_dash_stands_for_what_is_piped_in(shell: Shell, home: Path) -> None:
    as_file = sent(home, "Why?", "-f", "-", "-f", "-", input="piped\n", stdin=None)

    assert as_file.startswith("Why?\n\n----- attached file: stdin")
    assert as_file.count("piped") == 1
    assert sent(home, "-", "--no-rag", input="piped\n", stdin=None) == "piped"


def test_files_alone_are_a_question_by_their_names(shell: Shell, home: Path) -> None:
    (home / "a.txt").write_text("in a")

    assert sent(home, "-f", "a.txt").startswith("a.txt\n\n----- attached file: a.txt")


def test_the_output_of_a_command_is_a_file_as_well(shell: Shell, home: Path) -> None:
    command = f"{sys.executable} -m chatui ask Why? -f <(echo from a command) --dry-run"
    done = subprocess.run(
        ["bash", "-c", command], capture_output=True, text=True, check=True, stdin=None
    )

    assert "from a command" in done.stdout


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("folder", "is a folder: `chatui ingest folder`"),
        ("missing.txt", "There is no file missing.txt"),
        ("", "There is no file without a name"),
        ("binary.dat", "binary.dat can't be read: a binary file"),
        ("/dev/zero", "not an ordinary file"),
        ("n" * 5000, "There is no file"),
    ],
)
def test_what_can_not_be_attached_is_told_in_one_sentence(
    shell: Shell, home: Path, name: str, words: str
) -> None:
    (home / "folder").mkdir()
    (home / "binary.dat").write_bytes(b"\x00\x01\x02\xff" * 9)

    done = shell("ask", "Why?", "-f", name, "--dry-run")

    assert (done.code, done.out, done.err.count("\n")) == (2, "", 1)
    assert words in done.err


def test_many_large_files_are_too_much_together(shell: Shell, home: Path) -> None:
    names = []
    for number in range(5):
        (home / f"{number}.txt").write_text(f"{number}" * 250_000)
        names += ["-f", f"{number}.txt"]

    done = shell("ask", "Why?", *names, "--dry-run")

    assert done.code == 2
    assert "larger than 1 MB together" in done.err


@pytest.mark.parametrize(
    ("data", "text"),
    [
        ("gr\u00fc\u00dfe".encode(), "grüße"),
        ("\ufeffgrüße".encode(), "grüße"),
        ("\ufeffgrüße".encode("utf-16-be"), "grüße"),
        ("Die Straße führt über die Brücke nach Köln.".encode("cp1252"),
         "Die Straße führt über die Brücke nach Köln."),
    ],
)  # fmt: skip
def test_what_is_piped_in_is_read_in_its_encoding(
    shell: Shell, home: Path, data: bytes, text: str
) -> None:
    (home / "piped").write_bytes(data)
    with (home / "piped").open("rb") as piped:
        assert sent(home, "--no-rag", stdin=piped) == text


@pytest.mark.parametrize(
    ("data", "words"),
    [(b"", "empty"), (b"\n \n", "empty"), (b"\x7fELF\x00\x00\x01\xff", "no text")],
)
def test_nothing_and_bytes_are_no_question(
    shell: Shell, home: Path, data: bytes, words: str
) -> None:
    (home / "piped").write_bytes(data)
    with (home / "piped").open("rb") as piped:
        done = program(home, "ask", "--dry-run", stdin=piped, capture_output=True)

    assert (done.returncode, done.stdout) == (2, "")
    assert words in done.stderr


FORMATS = {
    "a Word document": docx(p("The lease ends in May.")),
    "a book (EPUB)": epub("<p>It was a dark night.</p>"),
    "a presentation": archive({"ppt/presentation.xml": "<p/>"}),
    "an OpenDocument text": archive({"mimetype": "application/vnd.oasis.opendocument.text"}),
    "a spreadsheet": archive({"xl/workbook.xml": "<workbook/>"}),
    "no text but an archive": archive({"a.txt": "in a"}),
    "no text but an old Word document (doc)": streams("WordDocument"),
}


@pytest.mark.parametrize("what", FORMATS)
@pytest.mark.parametrize("as_file", [False, True])
def test_a_document_that_is_piped_in_is_to_be_named(
    shell: Shell, home: Path, what: str, as_file: bool
) -> None:
    (home / "piped").write_bytes(FORMATS[what])
    arguments = ("-f", "-") if as_file else ()
    with (home / "piped").open("rb") as piped:
        done = program(
            home, "ask", "Why?", "--dry-run", *arguments, stdin=piped, capture_output=True
        )

    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr.startswith(f"chatui: What was piped in is {what}")
    assert done.stderr.count("\n") == 1
    if not what.startswith("no text"):
        assert done.stderr.endswith(": name the file with `-f FILE`.\n")


def test_a_large_document_that_is_piped_in_as_a_file_is_to_be_named_too(
    shell: Shell, home: Path
) -> None:
    many = "".join(p(hashlib.sha256(bytes([n % 256, n // 256])).hexdigest()) for n in range(9000))
    (home / "piped").write_bytes(docx(many))
    with (home / "piped").open("rb") as piped:
        done = program(
            home, "ask", "Why?", "-f", "-", "--dry-run", stdin=piped, capture_output=True
        )

    assert done.returncode == 2
    assert done.stderr == (
        "chatui: What was piped in is a document, or an archive: name the file with `-f FILE`.\n"
    )


@pytest.mark.parametrize("verb", ["tokens", "search", "compare", "run"])
def test_every_verb_says_what_to_do_with_a_document_that_is_piped_in(
    shell: Shell, home: Path, verb: str
) -> None:
    (home / "piped").write_bytes(FORMATS["a Word document"])
    (home / "c.toml").write_text('[[step]]\nname = "a"\nprompt = "{{ vars.input }}"\n')
    arguments = {"compare": ("Why?", "-m", "builtin/extract"), "run": (str(home / "c.toml"),)}
    with (home / "piped").open("rb") as piped:
        done = program(home, verb, *arguments.get(verb, ()), stdin=piped, capture_output=True)

    assert done.returncode == 2
    assert done.stderr.startswith("chatui: What was piped in is a Word document: ")
    assert "-f FILE" in done.stderr


# Where it is written


def test_streamed_or_whole_the_same_bytes_come_out(
    shell: Shell, monkeypatch: pytest.MonkeyPatch
) -> None:
    for text in ("No line end.", "One line end.\n", "Several.\n\n\n", "\n"):
        streamed = asked(shell, monkeypatch, saying(*text))
        whole = asked(shell, monkeypatch, saying(*text), "--no-stream")
        again = shell("ask", "--last")
        assert streamed.out == whole.out == again.out


@pytest.mark.parametrize("arguments", [(), ("--no-stream",), ("--json",), ("-x",)])
def test_a_full_disk_is_told_in_a_sentence(
    shell: Shell, home: Path, monkeypatch: pytest.MonkeyPatch, arguments: tuple[str, ...]
) -> None:
    with running(saying(CODE)) as server, Path("/dev/full").open("w") as full:
        monkeypatch.setenv("CHATUI_PROVIDERS__MINE__BASE_URL", server.base_url)
        done = program(home, "ask", "hi", *MODEL, *arguments, stdout=full, stderr=subprocess.PIPE)

    assert done.returncode == 1
    assert done.stderr.startswith("chatui: The output can't be written: No space left on device")
    assert done.stderr.count("\n") == 1


def test_a_reader_that_leaves_ends_it_without_a_word(
    shell: Shell, home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with running(saying(*(["line\n"] * 50))) as server:
        monkeypatch.setenv("CHATUI_PROVIDERS__MINE__BASE_URL", server.base_url)
        reading, writing = os.pipe()
        os.close(reading)
        done = program(home, "ask", "hi", *MODEL, stdout=writing, stderr=subprocess.PIPE)
        os.close(writing)

    assert (done.returncode, done.stderr) == (1, "")


@pytest.mark.parametrize("closed", ["<&-", ">&-", "2>&-", "<&- >&- 2>&-"])
def test_closed_streams_keep_no_question_from_being_asked(
    shell: Shell, home: Path, monkeypatch: pytest.MonkeyPatch, closed: str
) -> None:
    with running(saying("Yes.")) as server:
        monkeypatch.setenv("CHATUI_PROVIDERS__MINE__BASE_URL", server.base_url)
        command = f"{sys.executable} -m chatui ask hi -m mine/m {closed}"
        done = subprocess.run(["bash", "-c", command], capture_output=True, text=True, check=False)

    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout == ("" if ">&- " in f"{closed} " and closed != "2>&-" else "Yes.\n")
    assert shell("ask", "--last").out == "Yes.\n"


def test_an_answer_that_the_encoding_has_no_letters_for_is_printed_all_the_same(
    shell: Shell, home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PYTHONIOENCODING", "latin-1")
    with running(saying("é 漢字")) as server:
        monkeypatch.setenv("CHATUI_PROVIDERS__MINE__BASE_URL", server.base_url)
        done = program(home, "ask", "hi", *MODEL, capture_output=True, encoding="latin-1")

    assert (done.returncode, done.stdout) == (0, "é ??\n")


# Exit codes


def interrupted() -> int:
    """The code of a question that Ctrl+C ends while its answer comes."""
    command = [sys.executable, "-m", "chatui", "ask", "hi", *MODEL]
    environ = {**os.environ, "PYTHONUNBUFFERED": "1"}
    with subprocess.Popen(command, env=environ, stdout=subprocess.PIPE) as asked:
        assert asked.stdout is not None
        assert asked.stdout.read(3) == b"One"
        asked.send_signal(signal.SIGINT)
        return asked.wait(PATIENCE)


def test_the_exit_codes_are_those_of_the_manual(
    shell: Shell, home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def never_ends(exchange: Exchange) -> None:
        await exchange.head()
        await exchange.text("One, ")
        await exchange.until_the_client_leaves()

    manual = Path(__file__).parents[2].joinpath("docs/first-steps.md").read_text(encoding="utf-8")
    told = {int(code) for code in re.findall(r"^\| (\d+) \|", manual, re.MULTILINE)}
    monkeypatch.setenv("OPENAI_API_KEY", "never-sent")
    monkeypatch.setenv("OPENAI_BASE_URL", "http://127.0.0.1:1/v1")
    dear = ("-m", "openai/gpt-5-mini", "--max-cost", "0.0000001")

    came = {
        asked(shell, monkeypatch, saying("Yes.")).code: 0,
        asked(shell, monkeypatch, saying("No code."), "-x").code: 1,
        shell("ask", "hi", "--no-such-option").code: 2,
        asked(shell, monkeypatch, refuse).code: 3,
        shell("ask", "hi", *dear).code: 4,
    }
    with running(never_ends) as server:
        monkeypatch.setenv("CHATUI_PROVIDERS__MINE__BASE_URL", server.base_url)
        came[interrupted()] = 130

    assert came == {code: code for code in told}

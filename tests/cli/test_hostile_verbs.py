"""Every verb over hostile documents, names, titles, files and servers: nothing of them acts on
the terminal, and JSON says the same with its controls escaped."""

from __future__ import annotations

import json
import os
import re
import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from chatui.text.safety import drawable
from tests.cli.conftest import Outcome, Shell
from tests.cli.hosted import running
from tests.hostile import CONTROLS, HOSTILE, WHOLE, raw
from tests.models.sparse_gguf import write_sparse_gguf
from tests.scripted_server import Exchange
from tests.tiny_gguf import write_tiny_gguf

LOUD = "a\x1b]52;c;aGVsbG8=\x07b\x1b[2Jc\x9b31md\u202ee\u2066f\x1bPq\x1b\\g\x07h\u200bi\x1bcj"
QUIET = "abcdefghij"
ALL = "".join(HOSTILE).encode(errors="ignore").decode()


def is_safe(done: Outcome) -> bool:
    """Whether nothing raw was printed; shows what was."""
    assert raw(done.out) == []
    assert raw(done.err) == []
    return True


@pytest.fixture
def imported(shell: Shell, home: Path) -> Shell:
    """A shell with conversations whose titles, questions, answers and models are hostile."""
    chats = [
        {
            "title": text,
            "created": "2026-01-02T03:04:05+00:00",
            "messages": [
                {"id": f"q{number}", "role": "user", "content": f"heron {text}"},
                {"id": f"a{number}", "role": "assistant", "content": text, "model": f"m/{text}"},
            ],
        }
        for number, text in enumerate([*HOSTILE[::2], *WHOLE])
    ]
    (home / "chats.json").write_text(json.dumps(chats))
    done = shell("sessions", "import", "chats.json")
    assert (done.code, is_safe(done)) == (0, True)
    return shell


def test_titles_and_messages_of_conversations(imported: Shell) -> None:
    listed = imported("sessions", "list", "-n", "5000")
    assert is_safe(listed)
    assert len(listed.out.splitlines()) > 800
    assert is_safe(imported("sessions", "search", "heron", "-k", "1000"))
    for verb in ("stats --by conversation", "stats --by model", "stats --by conversation --csv -"):
        assert is_safe(imported(*verb.split(), "--days", "0"))

    rows = imported("sessions", "list", "-n", "5000", "--json")
    assert is_safe(rows)
    assert {text for text in WHOLE if text.strip()} <= {row["title"] for row in rows.json}
    for text in ("می‌خواهم به خانه‌ام بروم", "👩‍👩‍👧‍👦"):
        assert text in rows.out
    assert is_safe(imported("sessions", "search", "heron", "-k", "1000", "--json"))
    assert is_safe(imported("stats", "--by", "conversation", "--days", "0", "--json"))


def test_an_exported_conversation_as_markdown_and_json(shell: Shell, home: Path) -> None:
    texts = [*HOSTILE, *WHOLE]
    messages = [
        {"id": str(number), "role": role, "content": f"<{text}>"}
        for number, text in enumerate(texts)
        for role in [("user", "assistant")[number % 2]]
    ]
    (home / "chat.json").write_text(
        json.dumps({"title": LOUD, "created": "2026-01-02T03:04:05+00:00", "messages": messages})
    )
    (cid,) = shell("sessions", "import", "chat.json", "--json").json["conversations"]

    for form in ("md", "json"):
        shown = shell("sessions", "export", cid, "--format", form)
        assert is_safe(shown)
        shell("sessions", "export", cid, "--format", form, "-o", f"out.{form}")
        assert raw((home / f"out.{form}").read_text()) == []
    assert is_safe(shell("sessions", "show", cid))
    assert is_safe(shell("cost", cid))
    assert is_safe(shell("cost", cid, "--json"))
    exported = shell("sessions", "show", cid, "--json").json
    said = [message["content"] for message in exported["messages"]]
    for text in WHOLE:
        assert f"<{text}>" in said


def test_deleting_asks_without_the_titles_sequences(shell: Shell, home: Path) -> None:
    chat = {"title": LOUD, "created": "2026-01-02T03:04:05+00:00",
            "messages": [{"id": "1", "role": "user", "content": "x"}]}  # fmt: skip
    (home / "chat.json").write_text(json.dumps(chat))
    (cid,) = shell("sessions", "import", "chat.json", "--json").json["conversations"]

    assert is_safe(shell("sessions", "remove", cid))
    assert is_safe(shell("sessions", "rename", cid, LOUD))
    assert QUIET in shell("sessions", "list").out


@pytest.fixture(scope="module")
def hostile_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Empty files and one with words, under hostile names: what a file system allows of them."""
    folder = tmp_path_factory.mktemp("named")
    for number, text in enumerate(HOSTILE[::2]):
        name = f"{number} {text}".replace("/", "_").replace("\0", "")
        cut = name.encode(errors="surrogatepass")[:200]
        # A few in each: many of one folder are told of in one line, without their names.
        few = folder / str(number // 2)
        few.mkdir(exist_ok=True)
        (few / os.fsdecode(cut + b".txt")).touch()
    (folder / f"{LOUD.replace('/', '_')}.md").write_text(f"# {LOUD}\n\nThe heron is {LOUD}.\n")
    return folder


def test_names_and_text_of_documents(shell: Shell, hostile_folder: Path) -> None:
    ingested = shell("ingest", str(hostile_folder))
    assert is_safe(ingested)
    assert ingested.err.count("empty: ") > 700
    shown = shell("collections", "show")
    assert is_safe(shown)
    assert len(shown.out.splitlines()) > 700
    for verb in (("search", "heron"), ("ask", "What is the heron?"), ("ask", "heron", "--dry-run")):
        done = shell(*verb)
        assert is_safe(done)
        assert QUIET in done.out
    assert is_safe(shell("search", "heron", "--json"))
    assert is_safe(shell("ask", "What is the heron?", "--json"))
    assert is_safe(shell("ingest", str(hostile_folder), "--json"))
    assert is_safe(shell("collections", "show", "--json"))


def test_an_answer_that_quotes_a_document_is_streamed_without_its_sequences(
    shell: Shell, home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    # What is quoted is found by its number, which needs no model.
    monkeypatch.setenv("CHATUI_RETRIEVAL__MODE", "lexical")
    (home / "docs").mkdir()
    said = [f"The islet number {number} is {text}." for number, text in enumerate(CONTROLS)]
    (home / "docs/islets.txt").write_text("\n\n".join(said), errors="replace")
    shell("ingest", "docs")

    for number in range(0, len(CONTROLS), 29):
        done = shell("ask", f"What is the islet number {number}?")
        assert done.code == 0
        assert is_safe(done)
    assert is_safe(shell("search", "islet", "-k", "1000", "--mode", "lexical"))


def test_a_hosted_models_words(shell: Shell, monkeypatch: pytest.MonkeyPatch) -> None:
    text = "".join(f"<{text}>\n" for text in [*CONTROLS, *WHOLE])

    async def thinking(exchange: Exchange) -> None:
        await exchange.head()
        for start in range(0, len(text), 31):
            await exchange.delta(reasoning_content=text[start : start + 31])
        for start in range(0, len(text), 11):
            await exchange.text(text[start : start + 11])
        await exchange.finish()
        await exchange.done()

    with running(thinking) as server:
        monkeypatch.setenv("CHATUI_PROVIDERS__MINE__BASE_URL", server.base_url)
        done = shell("ask", "hi", "-m", "mine/big")
        assert is_safe(done)
        for whole in WHOLE:
            assert f"<{whole}>" in done.out
        assert is_safe(shell("ask", "hi", "-m", "mine/big", "--json"))
        assert is_safe(shell("compare", "hi", "-m", "mine/big", "-m", f"mine/{LOUD}", "--diff"))


def test_what_a_server_says_of_an_error(shell: Shell, monkeypatch: pytest.MonkeyPatch) -> None:
    async def refusing(exchange: Exchange) -> None:
        await exchange.error(400, "".join(HOSTILE)[:100_000], code=LOUD)

    with running(refusing) as server:
        monkeypatch.setenv("CHATUI_PROVIDERS__MINE__BASE_URL", server.base_url)
        done = shell("ask", "hi", "-m", "mine/big")
        assert done.code == 3
        assert is_safe(done)
        assert len(done.err) < 1100
        assert is_safe(shell("ask", "hi", "-m", "mine/big", "--json"))
        assert is_safe(shell("compare", "hi", "-m", "mine/big", "-m", f"mine/{LOUD}", "--json"))


def test_a_name_that_would_be_another_one_on_the_screen_is_no_model(
    shell: Shell, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def listing(exchange: Exchange) -> None:
        names = ["good", *(f"{number} {text}" for number, text in enumerate(HOSTILE))]
        await exchange.answer(200, {"data": [{"id": name} for name in names]})

    with running(listing) as server:
        monkeypatch.setenv("CHATUI_PROVIDERS__MINE__BASE_URL", server.base_url)
        done = shell("models")
        assert is_safe(done)
        assert "mine/good" in done.out
        assert len(done.out.splitlines()) < 30
        assert is_safe(shell("models", "--json"))
        assert is_safe(shell("models", "show", f"mine/1 {HOSTILE[1]}"))
        assert is_safe(shell("tokens", "hi", "-m", f"mine/{LOUD}"))


def test_what_a_model_file_says_of_itself(shell: Shell) -> None:
    folder = shell.data / "models"
    folder.mkdir(parents=True)
    for number, text in enumerate(CONTROLS[::3]):
        told = text.encode(errors="ignore").decode() + " end"
        fields = {"general.name": told, "tokenizer.ggml.model": told, "general.basename": told}
        write_sparse_gguf(folder / f"m{number}.gguf", text=fields)
    (folder / f"{LOUD.replace('/', '_')}.gguf").write_bytes(b"GGUF")

    listed = shell("models")
    assert is_safe(listed)
    assert len(listed.out.splitlines()) > 100
    assert is_safe(shell("models", "--json"))
    for number in range(0, 130, 13):
        assert is_safe(shell("models", "show", f"m{number}"))
        assert is_safe(shell("models", "show", f"m{number}", "--json"))
    assert is_safe(shell("models", "show", LOUD))


def test_a_chat_template_that_raises(shell: Shell) -> None:
    folder = shell.data / "models"
    folder.mkdir(parents=True)
    template = "{{ raise_exception('no \\x1b]52;c;YQ==\\x07 \\u202e\\x9b2J roles' + 'x' * 5000) }}"
    write_tiny_gguf(folder / "tiny.gguf", template=template)

    done = shell("ask", "hi", "-m", "local/tiny")

    assert done.code == 3
    assert is_safe(done)
    assert len(done.err) < 1100


def test_keys_and_values_of_the_config(shell: Shell, home: Path) -> None:
    path = home / "config.toml"

    def told(text: str, *verbs: str) -> None:
        path.write_text(text.replace("LOUD", json.dumps(LOUD)))
        for verb in verbs:
            assert is_safe(shell(*verb.split(), "--config", str(path)))

    told("[chat]\nLOUD = 1\n", "config check", "doctor", "doctor --json")
    told(
        '[chat]\nsystem = LOUD\nmodel = LOUD\n[providers.LOUD]\nbase_url = "http://127.0.0.1:1/"\n',
        "config show", "config show --json", "models", "doctor", "ask hi", "ask hi --json",
    )  # fmt: skip
    assert is_safe(shell("config", "path", "--config", LOUD))
    assert is_safe(shell("config", "path", "--json", "--data-dir", LOUD))


def test_what_the_environment_names(shell: Shell, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("EDITOR", LOUD)
    monkeypatch.setenv("TERM", LOUD)

    assert is_safe(shell("doctor"))
    assert is_safe(shell("doctor", "--json"))


def test_notes_also_those_that_were_written_past_chatui(shell: Shell) -> None:
    shell("notes", "add", "a note")
    with closing(sqlite3.connect(shell.data / "chats.db")) as db:
        (text,) = db.execute("SELECT text FROM notes").fetchone()
        assert text == "a note"
        db.execute("UPDATE notes SET text = ?", (ALL,))
        db.commit()

    assert is_safe(shell("notes"))
    assert is_safe(shell("notes", "--json"))
    for form in ("md", "json"):
        assert is_safe(shell("notes", "export", "--format", form))
        shell("notes", "export", "--format", form, "-o", f"notes.{form}")
        assert raw((shell.home / f"notes.{form}").read_text()) == []
    assert is_safe(shell("notes", "forget", "1"))


@pytest.mark.parametrize("text", [LOUD, ALL], ids=["one", "all"])
def test_tokens_of_a_text(shell: Shell, text: str) -> None:
    assert is_safe(shell("tokens", text))
    counted = shell("tokens", text, "--json")
    assert is_safe(counted)
    pieces = b"".join(bytes.fromhex(token["bytes"]) for token in counted.json["tokens"])
    assert pieces.decode() == text


@pytest.mark.parametrize(
    "arguments",
    [
        (LOUD,),
        ("ask", "hi", "-m", LOUD),
        ("ask", "hi", "-p", LOUD),
        ("ask", "hi", "--cid", LOUD),
        ("ask", "hi", "-f", LOUD),
        ("ask", "hi", "--schema", LOUD),
        ("ask", "hi", "-o", LOUD, LOUD),
        ("ask", "hi", f"--{LOUD}"),
        ("search", "x", "--collection", LOUD),
        ("search", "x", "--mode", LOUD),
        ("search", "--queries", LOUD),
        ("ingest", LOUD),
        ("collections", "show", LOUD),
        ("collections", "remove", LOUD),
        ("sessions", "show", LOUD),
        ("sessions", "import", LOUD),
        ("models", "show", LOUD),
        ("models", "pull", LOUD),
        ("eval", LOUD),
        ("stats", "--csv", f"/dev/null/{LOUD}"),
        ("cost", LOUD),
        ("--debug", "eval", LOUD),
    ],
    ids=lambda arguments: " ".join(arguments).replace(LOUD, "X"),
)
def test_an_error_that_repeats_what_was_typed(shell: Shell, arguments: tuple[str, ...]) -> None:
    done = shell(*arguments)

    assert done.code != 0
    assert done.err
    assert is_safe(done)


def test_the_words_of_an_unforeseen_error(shell: Shell, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(*_: object, **__: object) -> None:
        raise RuntimeError(LOUD)

    monkeypatch.setattr("chatui.config.load.load_config", broken)

    assert is_safe(shell("config", "check"))
    told = shell("config", "check", "--debug")
    assert is_safe(told)
    assert "Traceback" in told.err


def test_the_strings_here_are_what_they_claim() -> None:
    assert drawable(LOUD) == QUIET
    assert re.search("[\x1b\x9b]", "".join(HOSTILE))


@pytest.mark.parametrize(
    "arguments",
    [
        ("logs", "-n"),
        ("sessions", "list", "-n"),
        ("models", "fit", "8B", "--memory", "24GB", "--context"),
        ("models", "fit", "8B", "--memory", "24GB", "--batch"),
        ("models", "show", "builtin/extract", "--context"),
        ("search", "x", "-k"),
        ("stats", "--days"),
    ],
)
def test_a_number_beyond_all_use_is_told_as_one(shell: Shell, arguments: tuple[str, ...]) -> None:
    done = shell(*arguments, "9" * 30)

    assert done.code == 2
    assert "is not in the range" in done.err


@pytest.mark.parametrize("name", ["", " "])
def test_an_empty_name_asks_which_sizes_fit(shell: Shell, name: str) -> None:
    assert "405B" in shell("models", "fit", name, "--memory", "24GB").out

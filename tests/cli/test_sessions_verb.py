from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.cli.conftest import Shell

CHAT = {
    "title": "Moving",
    "created": "2026-01-02T03:04:05+00:00",
    "messages": [
        {"id": "m1", "role": "user", "content": "When do I have to give notice?"},
        {"id": "m2", "role": "assistant", "content": "Three months ahead.", "model": "a/b"},
    ],
}


@pytest.fixture
def imported(shell: Shell, home: Path) -> str:
    """The id of a conversation that was imported."""
    (home / "chat.json").write_text(json.dumps(CHAT))
    (cid,) = shell("sessions", "import", "chat.json", "--json").json["conversations"]
    return str(cid)


def test_an_imported_conversation_is_listed(shell: Shell, imported: str) -> None:
    (row,) = shell("sessions", "list", "--json").json

    assert (row["id"], row["title"], row["turns"]) == (imported, "Moving", 1)


def test_an_export_holds_what_was_imported(shell: Shell, imported: str) -> None:
    exported = shell("sessions", "export", imported, "--format", "json").json

    assert exported["title"] == "Moving"
    told = [(m["id"], m["role"], m["content"]) for m in exported["messages"]]
    assert told == [(m["id"], m["role"], m["content"]) for m in CHAT["messages"]]  # type: ignore[index]


def test_markdown_goes_to_a_file_that_only_the_user_can_read(
    shell: Shell, home: Path, imported: str
) -> None:
    shell("sessions", "export", imported[:6], "-o", "chat.md")

    assert "Three months ahead." in (home / "chat.md").read_text()
    assert (home / "chat.md").stat().st_mode & 0o077 == 0


def test_messages_are_found_by_their_words(shell: Shell, imported: str) -> None:
    hit = shell("sessions", "search", "notice", "--json").json["results"][0]

    assert (hit["conversation"], hit["message_id"], hit["role"]) == (imported, "m1", "user")


def test_many_searches_are_answered_line_by_line(shell: Shell, home: Path, imported: str) -> None:
    (home / "q.jsonl").write_text('{"id": 1, "query": "months"}\n{"id": 2, "query": "notice"}\n')

    lines = shell("sessions", "search", "--queries", "q.jsonl").lines

    found = [(line["id"], line["results"][0]["message_id"]) for line in lines]
    assert found == [(1, "m2"), (2, "m1")]


def test_messages_are_found_by_their_meaning(shell: Shell, imported: str) -> None:
    hits = shell("sessions", "search", "cancelling the flat", "--json").json["results"]

    assert {hit["message_id"] for hit in hits} == {"m1", "m2"}


def test_without_an_embedding_model_messages_are_found_by_their_words(
    shell: Shell, home: Path, imported: str
) -> None:
    (home / "config.toml").write_text(
        '[retrieval.embedder]\nprovider = "openai-compatible"\nbase_url = "http://127.0.0.1:9/v1"\n'
    )

    done = shell("sessions", "search", "notice", "--json", "--config", "config.toml")

    assert [hit["message_id"] for hit in done.json["results"]] == ["m1"]
    assert done.err.rstrip().endswith("Messages are searched by their words alone.")


def test_a_conversation_is_renamed_and_removed(shell: Shell, imported: str) -> None:
    shell("sessions", "rename", imported, "Leaving")
    (renamed,) = shell("sessions", "--json").json
    removed = shell("sessions", "remove", imported, "-y")

    assert renamed["title"] == "Leaving"
    assert removed.code == 0
    assert shell("sessions", "--json").json == []


def test_an_unknown_conversation_is_named(shell: Shell) -> None:
    done = shell("sessions", "show", "nothere")

    assert done.code == 2
    assert "nothere" in done.err


def test_a_file_that_is_no_conversation_is_refused(shell: Shell, home: Path) -> None:
    (home / "x.json").write_text("[1, 2")

    done = shell("sessions", "import", "x.json")

    assert done.code == 2
    assert done.err.count("\n") == 1


def titles(shell: Shell, *flags: str) -> list[str]:
    return [row["title"] for row in shell("sessions", "list", *flags, "--json").json]


def test_what_was_asked_once_is_listed_when_it_is_asked_for(shell: Shell, imported: str) -> None:
    shell("ask", "--no-rag", "What is a heron?")

    assert titles(shell) == ["Moving"]
    assert titles(shell, "--asks") == ["What is a heron?"]
    assert titles(shell, "--all") == ["What is a heron?", "Moving"]


def test_several_answers_to_one_question_are_one_ask(shell: Shell) -> None:
    shell("ask", "--no-rag", "What is a heron?", "-p", "concise", "-p", "translate")

    assert (len(titles(shell)), len(titles(shell, "--asks"))) == (0, 1)


def test_a_list_without_chats_says_where_the_asks_are(shell: Shell) -> None:
    assert shell("sessions").out == "No conversations yet.\n"
    shell("ask", "--no-rag", "What is a heron?")
    assert "`chatui sessions list --asks`" in shell("sessions").out


def test_a_list_without_asks_says_so(shell: Shell, imported: str) -> None:
    assert shell("sessions", "list", "--asks").out == (
        "Nothing was asked once, or all of it has become chats.\n"
    )


@pytest.mark.parametrize("how", ["-c", "--cid"])
def test_an_ask_that_is_gone_on_with_is_listed_as_a_chat(shell: Shell, how: str) -> None:
    cid = shell("ask", "--no-rag", "What is a heron?", "--json").json["conversation"]
    assert titles(shell) == []
    shell("ask", "--no-rag", "And a crane?", how, *([cid] if how == "--cid" else []))

    assert titles(shell) == ["What is a heron?"]


def test_asks_can_be_kept_among_the_chats(shell: Shell, home: Path) -> None:
    (home / "config.toml").write_text("[chat]\nkeep_asks = true\n")
    shell("--config", "config.toml", "ask", "--no-rag", "What is a heron?")

    assert titles(shell) == ["What is a heron?"]


def test_an_ask_is_found_told_again_and_counted(shell: Shell) -> None:
    asked = shell("ask", "--no-rag", "What is a heron?", "--json").json

    (found,) = shell("sessions", "search", "heron", "-k", "1", "--json").json["results"]
    assert found["conversation"] == asked["conversation"]
    assert shell("ask", "--last", "--json").json["turn"] == asked["turn"]
    assert shell("sessions", "show", asked["conversation"][:6]).code == 0


def test_an_ask_is_exported_priced_and_deleted_as_any_conversation(shell: Shell) -> None:
    cid = shell("ask", "--no-rag", "What is a heron?", "--json").json["conversation"]

    assert "What is a heron?" in shell("sessions", "export", cid).out
    assert shell("cost", cid, "--json").code == shell("cost", "--json").code == 0
    assert shell("stats", "--json").json["total"]["calls"] == 1
    shell("sessions", "remove", "-y", cid)
    assert titles(shell, "--all") == []
    assert shell("stats", "--json").json["total"]["calls"] == 1, "what was spent stays counted"


def test_a_tag_lists_those_that_have_it(shell: Shell, home: Path, imported: str) -> None:
    (home / "other.json").write_text(json.dumps({**CHAT, "title": "Zoo", "tags": ["Work/zoo"]}))
    shell("sessions", "import", "other.json")

    assert shell("sessions", "list", "--tag", "#work").out.splitlines()[-1].endswith("#work/zoo")
    (row,) = shell("sessions", "list", "--tag", "work", "--json").json
    assert (row["title"], row["tags"]) == ("Zoo", ["work/zoo"])
    assert shell("sessions", "list", "--tag", "home").out == "No conversation has the tag #home.\n"
    refused = shell("sessions", "list", "--tag", "a b")
    assert (refused.code, refused.err.startswith("chatui: a b can be no tag")) == (2, True)

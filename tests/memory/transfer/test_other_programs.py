"""Exports of other programs, each in its published form."""

from __future__ import annotations

import json
import sqlite3
import zipfile
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from chatui.domain.conversation import Role, Turn
from chatui.domain.errors import UsageError
from chatui.memory.store.store import ChatStore
from chatui.memory.transfer.attachments import ATTACHMENT
from chatui.memory.transfer.transfer import ImportReport, import_file


def write(path: Path, data: object) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(data if isinstance(data, str) else json.dumps(data), encoding="utf-8")
    return path


async def turns(store: ChatStore, report: ImportReport) -> list[Turn]:
    """Of the only conversation, on the path that is shown."""
    (conversation,) = report.conversations
    return [stored.turn for stored in (await store.load(conversation)).turns]


async def said(store: ChatStore, report: ImportReport) -> list[tuple[str, str]]:
    (conversation,) = report.conversations
    return [(m.role, m.content) for m in await store.messages(conversation)]


# Claude


def claude_chat(*messages: dict[str, Any], **keys: Any) -> dict[str, Any]:
    return {
        "uuid": "c-1",
        "name": "Ferries",
        "created_at": "2025-05-04T10:00:00.123456Z",
        "updated_at": "2025-05-04T10:05:00Z",
        "account": {"uuid": "a"},
        "chat_messages": list(messages),
        **keys,
    }


def claude_message(number: int, sender: str, text: str, **keys: Any) -> dict[str, Any]:
    return {
        "uuid": f"m-{number}",
        "text": text,
        "content": [{"type": "text", "text": text, "citations": []}],
        "sender": sender,
        "created_at": f"2025-05-04T10:0{number}:00Z",
        "attachments": [],
        "files": [],
        **keys,
    }


async def test_claudes_chat_keeps_title_times_thoughts_and_pasted_files(
    store: ChatStore, tmp_path: Path
) -> None:
    asked = claude_message(
        1,
        "human",
        "When does it go?",
        attachments=[{"file_name": "plan.txt", "extracted_content": "9:15 daily"}],
        files=[{"file_name": "map.png"}],
    )
    answered = claude_message(2, "assistant", "")
    answered["content"] = [
        {"type": "thinking", "thinking": "Look at the plan."},
        {"type": "tool_use", "name": "search", "input": {}},
        {"type": "text", "text": "At 9:15."},
    ]
    report = await import_file(
        store, write(tmp_path / "conversations.json", [claude_chat(asked, answered)])
    )
    (turn,) = await turns(store, report)
    assert turn.question == (
        "plan.txt\n```\n9:15 daily\n```\n\n[attachment map.png, not imported]\n\nWhen does it go?"
    )
    assert (turn.reply.text, turn.reply.reasoning) == ("At 9:15.", "Look at the plan.")
    assert turn.asked == datetime(2025, 5, 4, 10, 1, tzinfo=UTC)
    (row,) = await store.rows()
    assert row.title == "Ferries"


async def test_an_edited_question_to_claude_is_a_branch(store: ChatStore, tmp_path: Path) -> None:
    root = "00000000-0000-4000-8000-000000000000"
    chat = claude_chat(
        claude_message(1, "human", "Cats?", parent_message_uuid=root),
        claude_message(2, "assistant", "Fish.", parent_message_uuid="m-1"),
        claude_message(3, "human", "Dogs?", parent_message_uuid=root),
        claude_message(4, "assistant", "Bones.", parent_message_uuid="m-3"),
    )
    report = await import_file(store, write(tmp_path / "c.json", [chat]))
    assert await said(store, report) == [("user", "Dogs?"), ("assistant", "Bones.")]
    assert await store.search("Fish", 5)


async def test_claudes_zip_is_read(store: ChatStore, tmp_path: Path) -> None:
    path = tmp_path / "data-2025.zip"
    with zipfile.ZipFile(path, "w") as archive:
        chat = claude_chat(claude_message(1, "human", "Hi"))
        archive.writestr("users.json", "[]")
        archive.writestr("conversations.json", json.dumps([chat]))
    assert await said(store, await import_file(store, path)) == [("user", "Hi")]


# Gemini


def prompted(title: str, time: str, answer: str = "", **keys: Any) -> dict[str, Any]:
    items = {"safeHtmlItem": [{"html": answer}]} if answer else {}
    return {
        "header": "Gemini Apps",
        "title": title,
        "time": time,
        "products": ["Gemini Apps"],
        "activityControls": ["Gemini Apps Activity"],
        **items,
        **keys,
    }


ACTIVITY = [
    prompted("Prompted Third?", "2026-02-01T12:00:00.000Z", "<p>Three</p>"),
    prompted("Created a canvas", "2026-02-01T09:16:00.000Z"),
    prompted("Prompted Second?", "2026-02-01T09:15:00.000Z", "<p>Two</p>"),
    {"header": "Search", "title": "Searched for cats", "time": "2026-02-01T09:10:00.000Z"},
    prompted("Prompted First?", "2026-02-01T09:00:00.000Z", "<p>One</p>"),
]


async def test_geminis_activity_is_put_together_by_time(store: ChatStore, tmp_path: Path) -> None:
    report = await import_file(store, write(tmp_path / "MyActivity.json", ACTIVITY))
    talks = [
        [(m.role, m.content) for m in await store.messages(conversation)]
        for conversation in report.conversations
    ]
    assert talks == [
        [("user", "Third?"), ("assistant", "Three")],
        [("user", "First?"), ("assistant", "One"), ("user", "Second?"), ("assistant", "Two")],
    ]
    assert report.skipped == ()


async def test_geminis_activity_is_found_in_a_takeout(store: ChatStore, tmp_path: Path) -> None:
    path = tmp_path / "takeout.zip"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("Takeout/My Activity/Gemini Apps/MyActivity.json", json.dumps(ACTIVITY))
        archive.writestr("Takeout/Drive/broken.json", "{")
    assert len((await import_file(store, path)).conversations) == 2


async def test_in_another_language_what_was_answered_was_a_prompt(
    store: ChatStore, tmp_path: Path
) -> None:
    entry = prompted("Eingegebener Prompt: Wann?", "2026-02-01T09:00:00Z", "<p>Um neun.</p>")
    other = prompted("質問しました: いつ？", "2026-02-03T09:00:00Z", "<p>九時。</p>")
    report = await import_file(store, write(tmp_path / "a.json", [entry, other]))
    questions = [(await store.messages(one))[0].content for one in report.conversations]
    assert questions == ["Wann?", "質問しました: いつ？"]


@pytest.mark.parametrize(
    ("html", "markdown"),
    [
        ("<p>One <b>two</b> <i>three</i></p><p>Four</p>", "One **two** *three*\n\nFour"),
        ("<ul><li>a<ul><li>b</li></ul></li><li>c</li></ul>", "- a\n  - b\n- c"),
        ("<ol><li><p>a</p></li><li>b</li></ol>", "1. a\n2. b"),
        ("<pre><code>if x:\n    y &lt; 1\n</code></pre>", "```\nif x:\n    y < 1\n```"),
        ('<h2>Top</h2><a href="https://x.org">x</a>', "## Top\n\n[x](https://x.org)"),
        (
            "<table><thead><tr><th>A</th><th>B</th></tr></thead>"
            "<tbody><tr><td>1</td><td>2</td></tr></tbody></table>",
            "| A | B |\n| --- | --- |\n| 1 | 2 |",
        ),
        ("a<br>b", "a\nb"),
        ("Use <code>ls</code> now", "Use `ls` now"),
        ("<p>a</p>" * 3_000 + "&lt;b", "a" * 3_000 + "<b"),
        ("a<script>b</script><!-- c -->d", "ad"),
    ],
)
async def test_geminis_html_becomes_markdown(
    store: ChatStore, tmp_path: Path, html: str, markdown: str
) -> None:
    entry = prompted("Prompted Go", "2026-02-01T09:00:00Z", html)
    report = await import_file(store, write(tmp_path / "a.json", [entry]))
    assert (await said(store, report))[1] == ("assistant", markdown)


async def test_geminis_history_keeps_title_and_thoughts(store: ChatStore, tmp_path: Path) -> None:
    data = {
        "title": "Ferry",
        "creation_time": "2026-01-05T08:00:00Z",
        "conversation_turns": [
            {"user_turn": {"prompt": "When?", "turn_index": 0}},
            {
                "system_turn": {
                    "text": [{"data": "At nine."}],
                    "model_thoughts": [{"headline": "Plan", "description": "Look."}],
                }
            },
        ],
    }
    report = await import_file(store, write(tmp_path / "conversation_1.txt", data))
    (turn,) = await turns(store, report)
    assert (turn.question, turn.reply.text) == ("When?", "At nine.")
    assert turn.reply.reasoning == "Plan\n\nLook."


async def test_a_prompt_of_ai_studio_keeps_model_system_text_and_thoughts(
    store: ChatStore, tmp_path: Path
) -> None:
    data = {
        "runSettings": {"model": "models/gemini-2.5-pro", "temperature": 1.0},
        "systemInstruction": {"text": "Be brief."},
        "chunkedPrompt": {
            "chunks": [
                {"driveImage": {"id": "x"}, "role": "user"},
                {"text": "What is it?", "role": "user", "tokenCount": 4},
                {"text": "A cat, I think.", "role": "model", "isThought": True},
                {"text": "A cat.", "role": "model", "finishReason": "STOP"},
            ]
        },
    }
    report = await import_file(store, write(tmp_path / "Cat picture", data))
    assert await said(store, report) == [
        ("system", "Be brief."),
        ("user", f"{ATTACHMENT}\n\nWhat is it?"),
        ("assistant", "A cat."),
    ]
    reply = (await turns(store, report))[-1].reply
    assert (reply.model, reply.reasoning) == ("gemini-2.5-pro", "A cat, I think.")
    (row,) = await store.rows()
    assert row.title == "Cat picture"


# LM Studio


def step(text: str, **keys: Any) -> dict[str, Any]:
    return {"type": "contentBlock", "content": [{"type": "text", "text": text}], **keys}


def lm_studio_chat() -> dict[str, Any]:
    info = {
        "indexedModelIdentifier": "qwen/qwen3-8b",
        "stats": {"promptTokensCount": 20, "predictedTokensCount": 7},
    }
    return {
        "name": "Planets",
        "createdAt": 1730000000000,
        "messages": [
            {
                "versions": [
                    {"type": "singleStep", "role": "user", "content": step("Which?")["content"]}
                ],
                "currentlySelected": 0,
            },
            {
                "versions": [
                    {"type": "multiStep", "role": "assistant", "steps": [step("Venus.")]},
                    {
                        "type": "multiStep",
                        "role": "assistant",
                        "senderInfo": {"senderName": "qwen"},
                        "steps": [
                            step("Which one?", style={"type": "thinking", "ended": True}),
                            step("Mars.", genInfo=info),
                        ],
                    },
                ],
                "currentlySelected": 1,
            },
        ],
    }


async def test_lm_studios_chosen_answer_is_shown_and_the_other_kept(
    store: ChatStore, tmp_path: Path
) -> None:
    path = write(tmp_path / "1730000000000.conversation.json", lm_studio_chat())
    report = await import_file(store, path)
    (turn,) = await turns(store, report)
    reply = turn.reply
    assert (reply.text, reply.reasoning, reply.model) == ("Mars.", "Which one?", "qwen/qwen3-8b")
    assert reply.usage is not None
    assert (reply.usage.prompt, reply.usage.output) == (20, 7)
    assert await store.search("Venus", 5)


# Open WebUI


def open_webui_chat() -> dict[str, Any]:
    thought = (
        '<details type="reasoning" done="true" duration="2">\n<summary>Thought for 2 seconds'
        "</summary>\n&gt; is it &lt;big&gt;?\n> yes\n</details>\nJupiter is."
    )
    return {
        "id": "chat-1",
        "title": "Planets",
        "created_at": 1730000000,
        "chat": {
            "models": ["llama3:8b"],
            "history": {
                "currentId": "b",
                "messages": {
                    "a": {
                        "id": "a",
                        "parentId": None,
                        "childrenIds": ["b", "c"],
                        "role": "user",
                        "content": "Which is big?",
                        "timestamp": 1730000001,
                        "files": [{"name": "sky.pdf"}],
                    },
                    "b": {
                        "id": "b",
                        "parentId": "a",
                        "childrenIds": [],
                        "role": "assistant",
                        "content": thought,
                        "model": "llama3:8b",
                        "timestamp": 1730000002,
                        "usage": {"prompt_eval_count": 12, "eval_count": 3},
                    },
                    "c": {
                        "id": "c",
                        "parentId": "a",
                        "childrenIds": [],
                        "role": "assistant",
                        "content": "Saturn?",
                        "model": "llama3:8b",
                    },
                },
            },
        },
    }


async def test_open_webuis_answers_part_from_their_thoughts(
    store: ChatStore, tmp_path: Path
) -> None:
    report = await import_file(store, write(tmp_path / "chats.json", [open_webui_chat()]))
    (turn,) = await turns(store, report)
    assert turn.question == "[attachment sky.pdf, not imported]\n\nWhich is big?"
    assert turn.reply.text == "Jupiter is."
    assert turn.reply.model == "llama3:8b"
    assert turn.reply.usage is not None
    assert turn.reply.usage.prompt == 12
    assert await store.search("Saturn", 5)


@pytest.mark.parametrize(
    ("content", "text"),
    [
        ("<details><summary>More</summary>kept</details>", "kept"),
        ('<details type="tool_calls" done="true">{}</details>Done.', "Done."),
        ('<details type="reasoning">never closed', "never closed"),
    ],
)
async def test_of_details_only_thoughts_and_calls_are_taken_out(
    store: ChatStore, tmp_path: Path, content: str, text: str
) -> None:
    chat = open_webui_chat()
    chat["chat"]["history"]["messages"]["b"]["content"] = content
    report = await import_file(store, write(tmp_path / "chats.json", [chat]))
    assert text in (await turns(store, report))[0].reply.text
    assert "{}" not in (await turns(store, report))[0].reply.text


# llm


def older_logs(path: Path) -> Path:
    with closing(sqlite3.connect(path)) as db, db:
        db.executescript(
            "CREATE TABLE conversations (id TEXT PRIMARY KEY, name TEXT, model TEXT);"
            "CREATE TABLE responses (id TEXT PRIMARY KEY, model TEXT, prompt TEXT, system TEXT,"
            " prompt_json TEXT, options_json TEXT, response TEXT, response_json TEXT,"
            " conversation_id TEXT, duration_ms INTEGER, datetime_utc TEXT,"
            " input_tokens INTEGER, output_tokens INTEGER);"
            "CREATE TABLE fragments (id INTEGER PRIMARY KEY, hash TEXT, content TEXT);"
            "CREATE TABLE prompt_fragments (response_id TEXT, fragment_id INTEGER, 'order' INT);"
            "INSERT INTO conversations VALUES ('01a', 'Ferry', 'gpt-4o');"
            "INSERT INTO fragments VALUES (1, 'h', 'The plan: 9:15');"
            "INSERT INTO prompt_fragments VALUES ('r1', 1, 0);"
        )
        row = "INSERT INTO responses VALUES (?, ?, ?, 'Be kind', '', '', ?, '', ?, 1, ?, ?, ?)"
        db.execute(row, ("r1", "gpt-4o", "When?", "At 9:15.", "01a", "2024-05-01T10:00:00", 30, 4))
        db.execute(row, ("r2", "gpt-4o", "Sundays?", "No.", "01a", "2024-05-01T10:01:00", 40, 2))
        db.execute(row, ("r3", "gpt-4o", "Alone", "Yes", None, "2024-06-01T10:00:00", None, None))
    return path


async def test_llms_older_logs_are_conversations(store: ChatStore, tmp_path: Path) -> None:
    report = await import_file(store, older_logs(tmp_path / "logs.db"))
    talks = [
        [(m.role, m.content) for m in await store.messages(conversation)]
        for conversation in report.conversations
    ]
    assert talks == [
        [
            ("system", "Be kind"),
            ("user", "The plan: 9:15\n\nWhen?"),
            ("assistant", "At 9:15."),
            ("user", "Sundays?"),
            ("assistant", "No."),
        ],
        [("system", "Be kind"), ("user", "Alone"), ("assistant", "Yes")],
    ]
    first = (await store.load(report.conversations[0])).turns[0].turn
    assert first.asked == datetime(2024, 5, 1, 10, tzinfo=UTC)
    assert first.reply.usage is not None
    assert (first.reply.usage.input, first.reply.usage.output) == (30, 4)


def newer_logs(path: Path) -> Path:
    """As llm 0.36 writes them: two turns of one thread and a fork of its first."""
    with closing(sqlite3.connect(path)) as db, db:
        db.executescript(
            "CREATE TABLE messages (hash TEXT PRIMARY KEY, parent_hash TEXT, role TEXT,"
            " provider_metadata TEXT);"
            "CREATE TABLE parts (id INTEGER PRIMARY KEY, message_hash TEXT, position INTEGER,"
            " type TEXT, tool_name TEXT, text TEXT, payload TEXT);"
            "CREATE TABLE fragments (id INTEGER PRIMARY KEY, hash TEXT, content TEXT);"
            "CREATE TABLE threads (id TEXT PRIMARY KEY, name TEXT, tip_message_hash TEXT,"
            " forked_from TEXT, datetime_utc TEXT);"
            "CREATE TABLE turns (id TEXT PRIMARY KEY, thread_id TEXT, parent_message_hash TEXT,"
            " tip_message_hash TEXT, model TEXT, resolved_model TEXT, options_json TEXT,"
            " schema_id TEXT, input_tokens INTEGER, output_tokens INTEGER, token_details TEXT,"
            " duration_ms INTEGER, datetime_utc TEXT);"
            "INSERT INTO fragments VALUES (1, 'h', 'FRAG text\n');"
        )
        chain = [
            ("s", None, "system", "text", "Be kind", None),
            ("u1", "s", "user", "text", "When?", None),
            ("a1", "u1", "assistant", "text", "At nine.", None),
            ("u2", "a1", "user", "text", None,
             '{"text_ref": [{"fragment": 1}, {"literal": "Sum up"}]}'),
            ("a2", "u2", "assistant", "text", "Done.", None),
        ]  # fmt: skip
        for key, parent, role, kind, text, payload in chain:
            db.execute("INSERT INTO messages VALUES (?, ?, ?, NULL)", (key, parent, role))
            db.execute(
                "INSERT INTO parts VALUES (NULL, ?, 1, ?, NULL, ?, ?)", (key, kind, text, payload)
            )
        db.execute("INSERT INTO parts VALUES (NULL, 'a1', 0, 'reasoning', NULL, 'Hm.', NULL)")
        db.execute("INSERT INTO threads VALUES ('t1', 'F', 'a2', NULL, '2026-11-29 14:49:46')")
        turn = (
            "INSERT INTO turns VALUES (?, 't1', ?, ?, 'gpt-5', NULL, NULL, NULL, ?, 5, NULL, 0, ?)"
        )
        db.execute(turn, ("n1", "u1", "a1", 11, "2026-11-29T14:49:46+00:00"))
        db.execute(turn, ("n2", "u2", "a2", 22, "2026-11-29T14:50:46+00:00"))
    return path


async def test_llms_newer_logs_are_threads(store: ChatStore, tmp_path: Path) -> None:
    report = await import_file(store, newer_logs(tmp_path / "logs.db"))
    assert await said(store, report) == [
        ("system", "Be kind"),
        ("user", "When?"),
        ("assistant", "At nine."),
        ("user", "FRAG text\nSum up"),
        ("assistant", "Done."),
    ]
    first = (await turns(store, report))[0]
    assert (first.reply.model, first.reply.reasoning) == ("gpt-5", "Hm.")
    assert first.asked == datetime(2026, 11, 29, 14, 49, 46, tzinfo=UTC)


async def test_another_programs_database_is_refused(store: ChatStore, tmp_path: Path) -> None:
    path = tmp_path / "other.db"
    with closing(sqlite3.connect(path)) as db, db:
        db.execute("CREATE TABLE cats (name TEXT)")
    with pytest.raises(UsageError, match=r"a database, but not the logs\.db of llm"):
        await import_file(store, path)


async def test_a_circle_of_messages_is_refused(store: ChatStore, tmp_path: Path) -> None:
    path = newer_logs(tmp_path / "logs.db")
    with closing(sqlite3.connect(path)) as db, db:
        db.execute("UPDATE messages SET parent_hash = 'a2' WHERE hash = 's'")
    with pytest.raises(UsageError, match="follow each other in a circle"):
        await import_file(store, path)


async def test_a_damaged_database_is_refused(store: ChatStore, tmp_path: Path) -> None:
    path = older_logs(tmp_path / "logs.db")
    path.write_bytes(path.read_bytes()[:5000])
    with pytest.raises(UsageError, match="the database cannot be read"):
        await import_file(store, path)


# aichat

AICHAT = """\
model: openai:gpt-4o
temperature: 0.5
save_session: true
compressed_messages:
- role: user
  content: First?
- role: assistant
  content: One.
messages:
- role: system
  content: 'This is a summary: first was one.'
- role: user
  content:
  - type: text
    text: Second?
  - type: image_url
    image_url:
      url: https://x.org/a.png
- role: assistant
  content: |-
    Two.

    Really.
"""


async def test_a_session_of_aichat_is_read_with_what_it_had_summarised(
    store: ChatStore, tmp_path: Path
) -> None:
    report = await import_file(store, write(tmp_path / "numbers.yaml", AICHAT))
    assert await said(store, report) == [
        ("user", "First?"),
        ("assistant", "One."),
        ("user", f"Second?\n\n{ATTACHMENT}"),
        ("assistant", "Two.\n\nReally."),
    ]
    (row,) = await store.rows()
    assert row.title == "numbers"
    assert (await turns(store, report))[-1].reply.model == "openai:gpt-4o"


@pytest.mark.parametrize(
    "text",
    [
        "model: x\nmessages: " + "[" * 20_000,
        "model: x\nmessages: nothing",
        "model: !!python/object/apply:os.system [true]\nmessages: []",
        "messages: {a: &a [1], b: [*a, *c]}",
    ],
)
async def test_yaml_that_is_no_session_is_refused(
    store: ChatStore, tmp_path: Path, text: str
) -> None:
    with pytest.raises(UsageError, match="YAML"):
        await import_file(store, write(tmp_path / "a.yaml", text))


# Again


async def test_nothing_is_added_twice(store: ChatStore, tmp_path: Path) -> None:
    folder = tmp_path / "exports"
    write(folder / "claude" / "conversations.json", [claude_chat(claude_message(1, "human", "Hi"))])
    write(folder / "gemini" / "MyActivity.json", ACTIVITY)
    write(folder / "1.conversation.json", lm_studio_chat())
    write(folder / "chats.json", [open_webui_chat()])
    write(folder / "numbers.yaml", AICHAT)
    older_logs(folder / "logs.db")
    newer_logs(folder / "new.db")
    session = {"title": "T", "messages": [{"role": "user", "content": "Mine"}]}
    write(folder / "mine.json", session)
    first = await import_file(store, folder)
    again = await import_file(store, folder)
    assert len(first.conversations) == 10
    assert (again.conversations, again.continued, again.messages) == ((), (), 0)
    assert again.known == 10
    assert len(await store.rows()) == 10


async def test_what_went_on_since_is_added_at_its_place(store: ChatStore, tmp_path: Path) -> None:
    begun = [claude_message(1, "human", "One?"), claude_message(2, "assistant", "Yes.")]
    path = write(tmp_path / "c.json", [claude_chat(*begun)])
    (conversation,) = (await import_file(store, path)).conversations
    more = [claude_message(3, "human", "Two?"), claude_message(4, "assistant", "No.")]
    write(path, [claude_chat(*begun, *more)])
    report = await import_file(store, path)
    assert (report.continued, report.messages) == ((conversation,), 2)
    assert [m.content for m in await store.messages(conversation)] == [
        "One?",
        "Yes.",
        "Two?",
        "No.",
    ]


async def test_where_it_went_on_here_the_head_stays(store: ChatStore, tmp_path: Path) -> None:
    begun = [claude_message(1, "human", "One?"), claude_message(2, "assistant", "Yes.")]
    path = write(tmp_path / "c.json", [claude_chat(*begun)])
    (conversation,) = (await import_file(store, path)).conversations
    await store.begin_turn(conversation, "Mine?")
    write(path, [claude_chat(*begun, claude_message(3, "human", "Two?"))])
    await import_file(store, path)
    shown = [m.content for m in await store.messages(conversation) if m.role == Role.USER]
    assert shown == ["One?", "Mine?"]
    assert await store.search("Two", 5)


async def test_what_was_deleted_comes_again(store: ChatStore, tmp_path: Path) -> None:
    path = write(tmp_path / "c.json", [claude_chat(claude_message(1, "human", "Hi"))])
    (conversation,) = (await import_file(store, path)).conversations
    await store.remove(conversation)
    assert len((await import_file(store, path)).conversations) == 1


async def test_a_folder_tells_the_files_that_it_left_out(store: ChatStore, tmp_path: Path) -> None:
    folder = tmp_path / "exports"
    write(folder / "good.json", [claude_chat(claude_message(1, "human", "Hi"))])
    write(folder / "bad.json", "{")
    report = await import_file(store, folder)
    assert len(report.conversations) == 1
    (sentence,) = report.skipped
    assert "bad.json was not imported" in sentence


async def test_a_folder_without_conversations_is_refused(store: ChatStore, tmp_path: Path) -> None:
    write(tmp_path / "bad.json", "{")
    with pytest.raises(UsageError, match="no file in it holds a conversation"):
        await import_file(store, tmp_path)

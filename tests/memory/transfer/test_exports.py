"""A conversation as a file for people: a page of HTML, Markdown, plain text."""

from __future__ import annotations

import re
from collections.abc import Awaitable, Callable
from dataclasses import replace
from pathlib import Path

import pytest

from chatui.domain.conversation import Reply, TurnState
from chatui.domain.errors import UsageError
from chatui.domain.passage import Citation, Passage
from chatui.memory.store.store import ChatStore
from chatui.memory.transfer.exports import FORMATS, answer_text, export_text, format_of

PASSAGE = Passage(
    1, 0.5, "cats.md", "/home/me/cats.md", "Cats", "Food", None, 0, 9, 3, 4, "Cats eat.", "d", "c1"
)

Export = Callable[..., Awaitable[str]]


@pytest.fixture
def export(store: ChatStore) -> Export:
    """The file of a conversation of one turn."""

    async def write(kind: str, question: str, answer: str, title: str = "A talk") -> str:
        conversation = await store.create(title)
        begun = await store.begin_turn(conversation.id, question)
        reply = Reply(answer, model="openai/x", citations=(Citation(1, PASSAGE),))
        await store.settle_turn(
            begun.id,
            replace(begun.turn, state=TurnState.COMPLETE, reply=reply, passages=(PASSAGE,)),
        )
        return await export_text(store, conversation.id, kind)

    return write


async def test_a_page_has_title_speakers_answer_and_sources(export: Export) -> None:
    page = await export("html", "What do **cats** eat?", "Fish [1].\n\n- raw\n- cooked")
    assert page.startswith("<!DOCTYPE html>")
    assert "<title>A talk</title>" in page
    assert re.search(r'<section class="user">\s*<h2>You</h2>', page)
    assert "<strong>cats</strong>" in page
    assert "<h2>Assistant (openai/x)</h2>" in page
    assert "<li>cooked</li>" in page
    assert "<strong>Sources</strong>" in page
    assert "cats.md:3" in page


async def test_a_page_needs_nothing_from_elsewhere(export: Export) -> None:
    page = await export("html", "![a cat](https://x.org/cat.png)", "See <https://x.org>.")
    assert not re.search(r"<(?:img|link|script|iframe|object)\b|@import|url\(", page)
    assert '<a href="https://x.org/cat.png">a cat</a>' in page


@pytest.mark.parametrize(
    "text",
    [
        "<script>alert(1)</script>",
        "<img src=x onerror=alert(1)>",
        "[go](javascript:alert(1))",
        "![go](javascript:alert(1))",
        "[go](data:text/html,<script>1</script>)",
        "```html\n<script>alert(1)</script>\n```",
        '```"><script>\nx\n```',
        '![x"><script>](https://x.org/"><script>)',
        "</section></body>",
    ],
)
async def test_no_text_becomes_a_part_of_the_page(export: Export, text: str) -> None:
    page = await export("html", text, text, title=text)
    assert not re.search(r"(?i)<(?:script|img|/body>.*<)|href=\"(?:javascript|data)", page)
    assert page.count("</section>") == 2
    assert page.count("</body>") == 1


async def test_code_is_coloured_by_its_language(export: Export) -> None:
    page = await export("html", "How?", "```python\nif x < 1: pass\n```\n\n```nosuch\na < b\n```")
    assert re.search(r'<span class="k">if</span>.*&lt;', page)
    assert "a &lt; b" in page


async def test_plain_text_has_no_marks_of_its_own(export: Export) -> None:
    text = await export("txt", "What do cats eat?", "**Fish** [1].")
    assert "You:\nWhat do cats eat?" in text
    assert "Assistant (openai/x):\n**Fish** [1]." in text
    assert "\nSources\n" in text
    assert "#" not in text


async def test_what_a_terminal_would_obey_is_in_no_file(export: Export) -> None:
    for kind in FORMATS:
        text = await export(kind, "a\x1b]52;c;eA==\x07b", "\x9b2Jc", title="t\x1b[0m")
        assert not set(text) & {"\x1b", "\x07", "\x9b"}


@pytest.mark.parametrize(
    ("name", "kind"),
    [
        ("a.md", "md"), ("a", "md"), ("a.MARKDOWN", "md"), ("a.html", "html"), ("a.HTM", "html"),
        ("a.txt", "txt"), ("a.json", "json"), ("v1.2/a", "md"),
    ],
)  # fmt: skip
def test_the_name_says_the_form(name: str, kind: str) -> None:
    assert format_of(Path(name)) == kind


@pytest.mark.parametrize("name", ["a.pdf", "a.docx", "a.jsonl", "a.md.bak"])
def test_a_form_that_is_not_written_is_refused(name: str) -> None:
    with pytest.raises(UsageError, match=r"end it in \.md, \.html, \.txt or \.json"):
        format_of(Path(name))


async def test_one_answer_is_a_page_under_its_question(store: ChatStore, export: Export) -> None:
    await export("md", "What?", "Fish.")
    (row,) = await store.rows()
    (stored,) = (await store.load(row.id)).turns
    page = answer_text(stored.turn, "What?", "html")
    assert "<h1>What?</h1>" in page
    assert page.count("<section") == 1
    with pytest.raises(UsageError, match="JSON has conversations"):
        answer_text(stored.turn, "What?", "json")

"""What is done with a text of a hundred thousand characters, whatever they are, takes about as long
as with any other of that length. That its patterns are linear is tested for all of them."""

from __future__ import annotations

import time
from collections.abc import Callable

import pytest

from chatui.domain.conversation import Exchange
from chatui.domain.passage import Citation, Passage
from chatui.text import sentences, small_talk
from chatui.text.citations.code import without_code
from chatui.text.citations.marks import MarkForm, find_marks, form_beside, held, settled
from chatui.text.citations.support import supported
from chatui.text.followup import standalone

LENGTH = 100_000
SECONDS = 3.0
"""Of processor time. It takes a third of that at most; what grew by the square took a minute."""
UNITS = [
    *(" ", "\n", ",", "`", "` ", "*", "_", "[", "[a](", "<!--", "a", "0", ".", "e.g. ", "please "),
    *(
        "\u0301",
        "[1]",
        "so it is [1]. ",
        "Ab Cd ",
        "it is true ",
        "| a | b |\n",
        "- a\n",
        "a``b`",
        "中",
    ),
]
PASSAGE = Passage(
    rank=1,
    score=0.5,
    source="a.md",
    path="/a.md",
    title="A",
    heading="",
    page=None,
    char_start=0,
    char_end=21,
    line_start=1,
    line_end=1,
    text="So it is, as you see.",
    collection="default",
    chunk_id="key",
)
ROADS: dict[str, Callable[[str], object]] = {
    "code taken out": without_code,
    "marks found": lambda text: list(find_marks(text)),
    "marks found that have a prefix": lambda text: list(find_marks(text, MarkForm("s"))),
    "marks written anew": lambda text: settled(text, (), MarkForm("s"), [text]),
    "a form of marks": lambda text: form_beside(held(text)),
    "support looked for": lambda text: supported(text, [Citation(1, PASSAGE)], [PASSAGE]),
    "cut into sentences": sentences.split,
    "taken for small talk": lambda text: small_talk.kind(text, True),
    "asked behind another": lambda text: standalone(text, [Exchange("What is it?", "It.")]),
    "what is asked behind": lambda text: standalone("and the second one?", [Exchange(text, text)]),
}


@pytest.mark.parametrize("road", ROADS.values(), ids=ROADS)
@pytest.mark.parametrize("unit", UNITS, ids=repr)
def test_no_long_text_takes_long(unit: str, road: Callable[[str], object]) -> None:
    text = (unit * LENGTH)[:LENGTH]

    started = time.process_time()
    road(text)
    assert time.process_time() - started < SECONDS

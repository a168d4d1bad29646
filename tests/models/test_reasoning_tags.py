from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chatui.models.base import ReasoningDelta, TextTakenBack
from chatui.models.reasoning_tags import MARKS, ReasoningSplitter, opened_mark

HARMONY = (
    "<|channel|>analysis<|message|>why<|end|><|start|>assistant<|channel|>final<|message|>because"
)


def split(pieces: list[str]) -> tuple[str, str]:
    """(reasoning, text) of the pieces."""
    splitter = ReasoningSplitter()
    reasoning = text = ""
    for delta in [delta for piece in pieces for delta in splitter.feed(piece)] + splitter.finish():
        if isinstance(delta, TextTakenBack):
            assert text
            reasoning, text = reasoning + text, ""
            continue
        assert delta.text
        if isinstance(delta, ReasoningDelta):
            reasoning += delta.text
        else:
            text += delta.text
    return reasoning, text


@pytest.mark.parametrize(
    ("whole", "reasoning", "text"),
    [
        ("Hello", "", "Hello"),
        ("<think>why</think>because", "why", "because"),
        ("\n<think>\nwhy\n</think>\n\nbecause\n", "why\n", "because\n"),
        ("<think></think>because", "", "because"),
        ("<think>never closed </thi", "never closed </thi", ""),
        ("A <think>tag</think> inside", "", "A <think>tag</think> inside"),
        ("<thin", "", "<thin"),
        ("<b>bold</b>", "", "<b>bold</b>"),
        ("  indented", "", "  indented"),
        ("<think>a</think><think>b</think>", "a", "<think>b</think>"),
        # The prompt had opened it.
        ("why so\n</think>\n\nbecause", "why so\n", "because"),
        ("why so.</think>because", "why so.", "because"),
        ("it is 42</think>\n\n42", "it is 42", "42"),
        ("one\ntwo\nthree\n[/THINK]four", "one\ntwo\nthree\n", "four"),
        ("</think>\n\nbecause", "", "because"),
        ("why so\n</think>", "why so\n", ""),
        # Answers about marks keep them.
        ("Write `</think>` behind it.", "", "Write `</think>` behind it."),
        ("Write </think> behind it.", "", "Write </think> behind it."),
        ("用</think>标签", "", "用</think>标签"),
        ("a\n```\n</think>\n```\nb", "", "a\n```\n</think>\n```\nb"),
        ("First <think>,\n</think> then.", "", "First <think>,\n</think> then."),
        # Behind one first line.
        ("Sure!\n\n<think>why</think>because", "why", "Sure!\n\nbecause"),
        ("a\nb\n<think>why</think>", "", "a\nb\n<think>why</think>"),
        # Harmony, with and without its control tokens.
        (HARMONY, "why", "because"),
        (f"{HARMONY}<|return|>", "why", "because"),
        (f"<|start|>assistant{HARMONY}", "why", "because"),
        ("<|channel|>final<|message|>because", "", "because"),
        ("<|channel|>commentary to=f <|constrain|>json<|message|>{}<|call|>", "{}", ""),
        ("<|channel|>analysis<|message|>cut <|en", "cut <|en", ""),
        ("analysisWe see why.assistantfinalbecause", "We see why.", "because"),
        ("analysis of why", "", "analysis of why"),
        ("analysis", "", "analysis"),
    ],
)
def test_reasoning_is_told_from_text_wherever_it_is_cut(
    whole: str, reasoning: str, text: str
) -> None:
    assert split([whole]) == (reasoning, text)
    for at in range(1, len(whole)):
        assert split([whole[:at], whole[at:]]) == (reasoning, text)
    assert split(list(whole)) == (reasoning, text)


@pytest.mark.parametrize("mark", [mark for mark in MARKS if not mark.bare], ids=lambda m: m.opening)
def test_every_mark_is_known_opened_alone_and_by_the_prompt(mark: object) -> None:
    opening, closing = mark.opening, mark.closing  # type: ignore[attr-defined]
    assert split(list(f"{opening}\nwhy{closing}\nbecause")) == ("why", "because")
    assert split(list(f"why\n{closing}\nbecause")) == ("why\n", "because")
    assert opened_mark(f"<|user|>Why?<|assistant|>{opening}\n") == opening


def test_a_bare_mark_that_is_never_closed_was_text() -> None:
    assert split(["analysisWe never"])[1] == "analysisWe never"


@given(st.lists(st.text(st.sampled_from("<>/think \nab.|`")) | st.sampled_from(
    [part for mark in MARKS for part in (mark.opening, mark.closing)]
    + ["<|start|>assistant", "<|channel|>", "<|message|>", "<|end|>", "final", "\n", "```"]
)))  # fmt: skip
def test_cuts_make_no_difference(pieces: list[str]) -> None:
    whole = "".join(pieces)
    assert split(pieces) == split([whole]) == split(list(whole))


def test_text_is_given_out_at_once_when_no_mark_can_follow() -> None:
    splitter = ReasoningSplitter()
    assert [delta.text for delta in splitter.feed("Hello") if hasattr(delta, "text")] == ["Hello"]
    assert [delta.text for delta in splitter.feed(" you") if hasattr(delta, "text")] == [" you"]

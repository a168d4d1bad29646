import pytest
from hypothesis import given
from hypothesis import strategies as st

from chatui.models.base import ReasoningDelta
from chatui.models.reasoning_tags import ReasoningSplitter


def split(pieces: list[str]) -> tuple[str, str]:
    """(reasoning, text) of the pieces."""
    splitter = ReasoningSplitter()
    deltas = [delta for piece in pieces for delta in splitter.feed(piece)] + splitter.finish()
    assert all(delta.text for delta in deltas)
    reasoning = "".join(d.text for d in deltas if isinstance(d, ReasoningDelta))
    return reasoning, "".join(d.text for d in deltas if not isinstance(d, ReasoningDelta))


@pytest.mark.parametrize(
    ("whole", "reasoning", "text"),
    [
        ("Hello", "", "Hello"),
        ("<think>why</think>because", "why", "because"),
        ("\n<think>\nwhy\n</think>\n\nbecause\n", "why\n", "because\n"),
        ("<thinking>why</thinking>because", "why", "because"),
        ("<think></think>because", "", "because"),
        ("<think>never closed </thi", "never closed </thi", ""),
        ("A <think>tag</think> inside", "", "A <think>tag</think> inside"),
        ("<thin", "", "<thin"),
        ("<b>bold</b>", "", "<b>bold</b>"),
        ("  indented", "", "  indented"),
        ("<think>a</think><think>b</think>", "a", "<think>b</think>"),
    ],
)
def test_reasoning_is_told_from_text_wherever_it_is_cut(
    whole: str, reasoning: str, text: str
) -> None:
    assert split([whole]) == (reasoning, text)
    assert split(list(whole)) == (reasoning, text)


@given(st.lists(st.text(st.sampled_from("<>/think \nab"))))
def test_cuts_make_no_difference(pieces: list[str]) -> None:
    assert split(pieces) == split(["".join(pieces)])


def test_text_is_given_out_at_once_when_no_tag_can_follow() -> None:
    splitter = ReasoningSplitter()
    assert [delta.text for delta in splitter.feed("Hello")] == ["Hello"]
    assert [delta.text for delta in splitter.feed(" <th")] == [" <th"]

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chatui.models.hosted.event_stream import EventParser, EventTooLarge


def parsed(*chunks: bytes) -> list[str]:
    parser = EventParser()
    events = [event for chunk in chunks for event in parser.feed(chunk)] + parser.finish()
    return [event.data for event in events]


@pytest.mark.parametrize(
    ("stream", "events"),
    [
        (b"data: a\n\ndata: b\n\n", ["a", "b"]),
        (b"data: a\r\n\r\ndata: b\r\rdata:c\n\n", ["a", "b", "c"]),
        (b"data: a\ndata: b\n\n", ["a\nb"]),
        (b": comment\n\nevent: x\nid: 1\ndata: a\n\n", ["a"]),
        (b"data: no blank line behind it", ["no blank line behind it"]),
        (b"data\n\ndata:\n\n", []),
        ("data: ü\u2028\x85\n\n".encode(), ["ü\u2028\x85"]),
        (b"data: \xff\n\n", ["\ufffd"]),
        (b"", []),
    ],
)
def test_the_data_of_events_is_read(stream: bytes, events: list[str]) -> None:
    assert parsed(stream) == events
    assert parsed(*(stream[i : i + 1] for i in range(len(stream)))) == events


@given(
    st.lists(st.binary(max_size=4).map(lambda b: b.replace(b"\x00", b"data: x\r\n")), max_size=8)
)
def test_cuts_make_no_difference(chunks: list[bytes]) -> None:
    assert parsed(*chunks) == parsed(b"".join(chunks))


def test_an_event_has_the_name_that_its_server_gave_it_and_the_next_one_has_none() -> None:
    named = EventParser().feed(b"event: error\ndata: a\n\ndata: b\n\n")
    assert named == [("a", "error"), ("b", "")]


def test_a_stream_is_told_from_something_else() -> None:
    page = EventParser()
    page.feed(b"<html>\n\n")
    assert (page.saw_text, page.saw_event) == (True, False)
    empty = EventParser()
    empty.feed(b"\n")
    assert (empty.saw_text, empty.saw_event) == (False, False)


def test_an_event_without_end_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("chatui.models.hosted.event_stream.EVENT_LIMIT", 1000)
    parser = EventParser()
    with pytest.raises(EventTooLarge):
        parser.feed(b"data: " + b"x" * 1000)

"""Conversations that take each other's place in a model: what was read of them is kept."""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from chatui.domain.usage import Usage
from chatui.models.base import ModelEvent, ModelRequest, TextDelta
from chatui.models.local.settings import LocalSettings
from chatui.models.local.states import (
    MOST_CHECKPOINTS,
    Checkpoint,
    Checkpoints,
    SavedStates,
    State,
)
from tests.models.local_workshop import LocalMaker, chat, hosting, said, words
from tests.models.replies import end_of, text_of
from tests.tiny_gguf import CHATML, CHATML_MARKS, Kind, write_tiny_gguf

SLACK = 32
LONG = words(60)
"""Some hundred tokens: short prompts are not worth keeping."""


@pytest.fixture(scope="module")
def file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("models")
    return write_tiny_gguf(folder / "tiny.gguf", context=8192, template=CHATML, marks=CHATML_MARKS)


@asynccontextmanager
async def keeping(saved_bytes: int) -> AsyncIterator[LocalMaker]:
    settings = LocalSettings(context=8192, first_context=1024, saved_bytes=saved_bytes)
    async with hosting(settings) as (_, make):
        yield make


def opening(subject: str) -> ModelRequest:
    return chat(f"Of {subject}: {LONG}")


def going_on(subject: str, answer: str) -> ModelRequest:
    return chat(f"Of {subject}: {LONG}", answer, "And then?")


def used(events: Sequence[ModelEvent]) -> Usage:
    usage = end_of(events).usage
    assert usage is not None
    return usage


async def test_a_conversation_that_comes_back_is_not_read_again(file: Path) -> None:
    async with keeping(64 << 20) as make:
        model = make(file)
        first = {subject: await said(model, opening(subject)) for subject in ("tea", "rain", "ink")}
        for subject, begun in first.items():
            events = await said(model, going_on(subject, text_of(begun)))
            assert used(events).cache_read >= used(begun).prompt + used(begun).output - 1
            assert used(events).input <= SLACK


async def test_without_room_it_is_read_again(file: Path) -> None:
    async with keeping(0) as make:
        model = make(file)
        tea = await said(model, opening("tea"))
        await said(model, opening("rain"))
        back = await said(model, going_on("tea", text_of(tea)))
    assert used(back).cache_read < SLACK


async def test_it_goes_on_as_if_it_had_never_been_left(file: Path) -> None:
    async def ending(*between: str) -> tuple[str, Usage]:
        async with keeping(64 << 20) as make:
            model = make(file)
            tea = await said(model, opening("tea"))
            for subject in between:
                await said(model, opening(subject))
            events = await said(model, going_on("tea", text_of(tea)))
            return text_of(events), used(events)

    assert await ending("rain", "ink") == await ending()


async def test_what_was_read_for_a_reply_that_was_left_is_not_read_again(file: Path) -> None:
    async with keeping(64 << 20) as make:
        model = make(file)
        stream = model.stream(chat(f"Of tea: {LONG}", max_output_tokens=4000))
        came = ""
        while len(came.split()) < 20:
            event = await anext(stream)
            came += event.text if isinstance(event, TextDelta) else ""
        await stream.aclose()
        await said(model, opening("rain"))
        again = await said(model, going_on("tea", came))
    assert used(again).cache_read > len(LONG.split())


async def test_what_only_begins_alike_stays_for_its_own_conversation(file: Path) -> None:
    system = words(50, "amber")
    async with keeping(64 << 20) as make:
        model = make(file)
        tea = chat(f"Of tea: {words(200)}", system=system)
        begun = await said(model, tea)
        await said(model, opening("rain"))
        # It begins with the system prompt of the first, and goes on otherwise.
        other = await said(model, chat("Of ink?", system=system))
        assert used(other).cache_read > 50
        back = await said(
            model, chat(f"Of tea: {words(200)}", text_of(begun), "So?", system=system)
        )
    assert used(back).input <= SLACK


@pytest.fixture(scope="module", params=["mamba", "jamba", "falcon-h1", "lfm2"])
def recurrent(tmp_path_factory: pytest.TempPathFactory, request: pytest.FixtureRequest) -> Path:
    """A Mamba, and models that have attention beside such a state: what they have read can't be
    taken out of it again."""
    kind: Kind = request.param
    path = tmp_path_factory.mktemp("models") / f"{kind}.gguf"
    return write_tiny_gguf(path, context=8192, template=CHATML, marks=CHATML_MARKS, kind=kind)


QUESTIONS = ("Of tea?", "Of rain?", "Of ink?", "And then?")


async def test_a_recurrent_model_reads_only_what_is_new_of_each_turn(recurrent: Path) -> None:
    async with keeping(64 << 20) as make:
        model = make(recurrent)
        texts = [f"{LONG} {QUESTIONS[0]}"]
        for question in QUESTIONS[1:]:
            texts += [text_of(await said(model, chat(*texts))), question]
            events = await said(model, chat(*texts))
            assert used(events).input <= SLACK


async def test_passages_that_are_gone_from_the_next_prompt_cost_no_history(
    recurrent: Path,
) -> None:
    passages = words(150, "amber")
    async with keeping(64 << 20) as make:
        model = make(recurrent)
        texts = [f"{LONG} {QUESTIONS[0]}"]
        for question in QUESTIONS[1:]:
            events = await said(model, chat(*texts[:-1], f"{passages} {texts[-1]}"))
            texts += [text_of(events), question]
        last = await said(model, chat(*texts[:-1], f"{passages} {texts[-1]}"))
    # The last answer, and the question with its passages, but none of the turns before.
    assert used(last).cache_read > len(LONG)
    assert used(last).input < len(passages) + 5 * SLACK


async def test_the_same_prompt_again_is_not_read_again(recurrent: Path) -> None:
    async with keeping(64 << 20) as make:
        model = make(recurrent)
        first = await said(model, opening("tea"))
        again = await said(model, opening("tea"))
    assert used(again).input == 1
    assert text_of(again) == text_of(first)


async def test_going_back_gives_what_reading_anew_gives(recurrent: Path) -> None:
    async def last(saved_bytes: int) -> tuple[str, int]:
        async with keeping(saved_bytes) as make:
            model = make(recurrent)
            begun = text_of(await said(model, opening("tea")))
            await said(model, chat(f"Of tea: {LONG}", begun, "So? " + words(30)))
            events = await said(model, going_on("tea", begun))
            return text_of(events), used(events).cache_read

    (kept, cached), (anew, none) = await last(64 << 20), await last(0)
    assert kept == anew
    assert none == 0
    assert cached > len(LONG.split())


async def test_a_recurrent_conversation_that_comes_back_keeps_its_checkpoints(
    recurrent: Path,
) -> None:
    passages = words(100, "amber")
    async with keeping(64 << 20) as make:
        model = make(recurrent)
        begun = text_of(await said(model, chat(f"Of tea: {LONG}")))
        await said(model, chat(f"Of tea: {LONG}", begun, f"{passages} So?"))
        await said(model, opening("rain"))
        back = await said(model, going_on("tea", begun))
    assert used(back).input <= 2 * SLACK


def point(count: int, size: int = 10) -> Checkpoint:
    return Checkpoint(count, bytes(size))


def test_the_nearest_checkpoint_before_is_taken() -> None:
    points = Checkpoints(1000)
    for count in (10, 20, 30):
        points.add(point(count))
    found = points.last(25)
    assert found is not None
    assert found.count == 20
    assert points.last(5) is None


def test_the_first_checkpoints_go_when_the_room_is_used_up() -> None:
    points = Checkpoints(25)
    for count in (10, 20, 30):
        points.add(point(count))
    assert [one.count for one in points.all()] == [20, 30]


def test_checkpoints_are_bounded_in_number() -> None:
    points = Checkpoints(1 << 20)
    for count in range(1, 100):
        points.add(point(count))
    assert len(points.all()) == MOST_CHECKPOINTS


def test_what_is_cut_off_takes_its_checkpoints_along() -> None:
    points = Checkpoints(1000)
    for count in (10, 20, 30):
        points.add(point(count))
    points.cut(20)
    assert [one.count for one in points.all()] == [10, 20]


def state(size: int) -> State:
    return State([1, 2, 3], bytes(size), left_early=False)


def test_the_oldest_goes_when_the_room_is_used_up() -> None:
    saved = SavedStates(100)
    one, two, three = state(40), state(40), state(40)
    for each in (one, two, three):
        saved.add(each)
    assert list(saved) == [three, two]
    assert saved.size == 80


def test_what_is_too_large_by_itself_is_not_kept() -> None:
    saved = SavedStates(100)
    saved.add(state(101))
    assert list(saved) == []

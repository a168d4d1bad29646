"""Pictures on their way to a model in a file, which runs in a process of its own."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from dataclasses import replace
from io import BytesIO
from pathlib import Path

import pytest
import pytest_asyncio
from PIL import Image

from chatui.domain.errors import BadResponse, ModelError
from chatui.domain.media import Medium, medium_of
from chatui.models.base import ModelRequest
from chatui.models.local.settings import LocalSettings
from tests.models.local_workshop import LocalMaker, chat, hosting, said
from tests.models.replies import assert_fit_to_show, end_of, text_of
from tests.tiny_gguf import CHATML, CHATML_MARKS, write_tiny_gguf
from tests.tiny_projector import write_tiny_projector

pytestmark = pytest.mark.asyncio(loop_scope="module")


def picture(colour: str) -> Medium:
    written = BytesIO()
    Image.new("RGB", (60, 40), colour).save(written, "PNG")
    return medium_of(written.getvalue(), "image/png", f"{colour}.png", width=60, height=40)


def showing(text: str, *media: Medium) -> ModelRequest:
    request = chat(text)
    first, *rest = request.messages
    return replace(request, messages=(replace(first, media=media), *rest))


@pytest.fixture(scope="module")
def file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("models")
    write_tiny_projector(folder / "mmproj.gguf")
    return write_tiny_gguf(folder / "tiny.gguf", context=2048, template=CHATML, marks=CHATML_MARKS)


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def make(file: Path) -> AsyncIterator[LocalMaker]:
    eyes = str(file.with_name("mmproj.gguf"))
    async with hosting(LocalSettings(context=2048, projector=eyes, places=3)) as (_, maker):
        yield maker


async def test_a_picture_is_sent_with_its_question(make: LocalMaker, file: Path) -> None:
    model = make(file)
    red = await said(model, showing("What colour?", picture("red")))
    blue = await said(model, showing("What colour?", picture("blue")))
    blind = await said(model, chat("What colour?"))
    assert len({text_of(red), text_of(blue), text_of(blind)}) == 3


async def test_its_tokens_are_counted_exactly_before_and_after(
    make: LocalMaker, file: Path
) -> None:
    model = make(file)
    request = showing("What colour?", picture("red"))
    events = await said(model, request)
    usage = end_of(events).usage
    assert usage is not None
    assert await model.count(request) == usage.prompt
    assert await model.count(chat("What colour?")) == usage.prompt - 16


async def test_one_that_is_shown_a_picture_and_others_go_on_side_by_side(
    make: LocalMaker, file: Path
) -> None:
    model = make(file)
    alone = [await said(model, chat(f"Number {number}?")) for number in range(2)]
    seen = await said(model, showing("What colour?", picture("green")))
    together = await asyncio.gather(
        said(model, chat("Number 0?")),
        said(model, showing("What colour?", picture("green"))),
        said(model, chat("Number 1?")),
    )
    assert [text_of(one) for one in together] == [
        text_of(one) for one in (alone[0], seen, alone[1])
    ]


async def test_a_projector_that_ends_the_process_is_told_and_text_is_answered(
    file: Path, tmp_path: Path
) -> None:
    # llama.cpp looks for it without asking whether it is there.
    eyes = write_tiny_projector(tmp_path / "mmproj.gguf", leave_out="mm.2.weight")
    async with hosting(LocalSettings(context=2048, projector=str(eyes))) as (_, maker):
        model = maker(file)
        with pytest.raises(
            BadResponse, match="gave up while local/tiny looked at a picture"
        ) as told:
            await said(model, showing("What colour?", picture("red")))
        assert_fit_to_show(told.value)
        assert text_of(await said(model, chat("Hello?")))


async def test_a_projector_that_wants_more_memory_than_there_is_gets_a_sentence(
    file: Path, tmp_path: Path
) -> None:
    # Of a picture of that side the numbers alone take 200 GB.
    eyes = write_tiny_projector(tmp_path / "mmproj.gguf", image_size=1 << 17)
    async with hosting(LocalSettings(context=2048, projector=str(eyes))) as (_, maker):
        model = maker(file)
        with pytest.raises(ModelError) as told:
            await said(model, showing("What colour?", picture("red")))
        assert_fit_to_show(told.value)
        assert text_of(await said(model, chat("Hello?")))

"""Pictures that a model in a file sees: what comes of them in its context."""

from __future__ import annotations

import ctypes
import hashlib
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import asdict
from functools import partial
from io import BytesIO
from pathlib import Path
from typing import Any

import llama_cpp
import numpy as np
import pytest
from llama_cpp import mtmd_cpp
from PIL import Image

from chatui.domain.errors import BadResponse, ModelError
from chatui.models.local.projector import Projector
from chatui.models.local.prompt import PICTURE, common, picture_mark
from chatui.models.local.service import LocalService
from chatui.models.local.settings import LocalSettings
from tests.tiny_gguf import CHATML, CHATML_MARKS, Kind, write_tiny_gguf
from tests.tiny_projector import MARKS, ProjectorKind, write_tiny_projector

Picture = Mapping[str, Any]
PAIRS: Sequence[tuple[ProjectorKind, Kind]] = (
    ("mlp", "llama"),
    ("gemma3", "llama"),
    ("idefics3", "llama"),
    ("qwen2vl_merger", "qwen2vl"),
    ("mlp", "lfm2"),
)
"""Plain ones; read at once, where parts see later ones; in pieces with tokens between; with rows
and columns; and of a model whose state can't be cut."""
NAMES = [f"{kind} of a {model}" for kind, model in PAIRS]
MARKER = b"<__media__>"
OPTIONS = {"max_output_tokens": 12, "temperature": 0.0}


def picture(seed: int, width: int = 70, height: int = 50) -> Picture:
    numbers = np.random.default_rng(seed).integers(0, 255, (height, width, 3), dtype=np.uint8)
    written = BytesIO()
    Image.fromarray(numbers).save(written, "PNG")
    return {"hash": hashlib.sha256(written.getvalue()).hexdigest(), "data": written.getvalue()}


def user(text: str, *pictures: Picture) -> dict[str, Any]:
    shown = {"pictures": list(pictures)} if pictures else {}
    return {"role": "user", "content": text, **shown}


def answer(text: str) -> dict[str, Any]:
    return {"role": "assistant", "content": text}


class Sight:
    """A model and its projector in a folder, and services that run them."""

    def __init__(self, folder: Path, kind: ProjectorKind, model: Kind, **values: Any) -> None:
        marks = (*CHATML_MARKS, *MARKS[kind])
        self.model = folder / f"{kind}-{model}.gguf"
        write_tiny_gguf(self.model, context=8192, template=CHATML, marks=marks, kind=model)
        self.projector = folder / f"mmproj-{kind}-{model}.gguf"
        write_tiny_projector(self.projector, kind, **values)

    def service(self, **settings: Any) -> LocalService:
        given = {"context": 2048, "first_context": 512, "batch": 32, **settings}
        chosen = LocalSettings(projector=str(self.projector), **given)
        return LocalService("local/tiny", str(self.model), asdict(chosen))


@pytest.fixture(scope="module", params=PAIRS, ids=NAMES)
def sight(tmp_path_factory: pytest.TempPathFactory, request: pytest.FixtureRequest) -> Sight:
    return Sight(tmp_path_factory.mktemp("models"), *request.param)


@pytest.fixture(scope="module")
def plain(tmp_path_factory: pytest.TempPathFactory) -> Sight:
    return Sight(tmp_path_factory.mktemp("models"), "mlp", "llama")


def never() -> bool:
    return False


def said(
    service: LocalService, *messages: Mapping[str, Any], cancelled: Callable[[], bool] = never
) -> tuple[str, int, int]:
    """The reply's text, the tokens of its prompt, and how many of them were there already."""
    events = list(service.reply(messages, OPTIONS, cancelled))
    begun = next(event for event in events if "prompt" in event)
    text = "".join(event.get("text", "") for event in events)
    return text, begun["prompt"], begun["cached"]


def logits(service: LocalService, *messages: Mapping[str, Any]) -> np.ndarray:
    """Those behind the prompt, by the first token of a reply to it."""
    list(service.reply(messages, {**OPTIONS, "max_output_tokens": 1}, never))
    return computed(service, service._llama.tokens[:-1])


def computed(service: LocalService, tokens: Sequence[int]) -> np.ndarray:
    """The logits behind tokens, of which the context has some."""
    llama = service._llama
    llama.make_room(len(tokens) + 1)
    kept = llama.keep(min(len(tokens) - 1, common(llama.tokens, tokens)))
    llama.evaluate(tokens[kept:])
    count = llama.vocabulary.size
    return np.array(llama_cpp.llama_get_logits_ith(llama._context, -1)[:count])


def assert_as_if_read_at_once(
    sight: Sight, service: LocalService, shown: Sequence[Picture]
) -> None:
    """What a context has come to in pieces is what its tokens come to in an empty one. `shown` are
    the pictures in the order in which they were first seen."""
    tokens = list(service._llama.tokens)
    service._look_at(shown)
    there = computed(service, tokens)
    service._llama.seen()
    other = sight.service(first_context=2048)
    other._look_at(shown)
    fresh = computed(other, tokens)
    assert np.abs(there - fresh).max() < 1e-3 * np.abs(fresh).max()


def logits_of_mtmd(service: LocalService, prompt: str, shown: Sequence[Picture]) -> np.ndarray:
    """What llama.cpp's own helper comes to for a whole prompt, in an empty context."""
    llama = service._llama
    eyes = llama.eyes()
    llama.keep(0)
    bitmaps = [eyes._bitmap(one["data"]) for one in shown]
    parts = mtmd_cpp.mtmd_input_chunks_init()
    assert parts is not None
    data = prompt.encode()
    text = mtmd_cpp.mtmd_input_text(data, len(data), True, True)
    array = (ctypes.c_void_p * len(bitmaps))(*bitmaps)
    code = mtmd_cpp.mtmd_tokenize(eyes._context, parts, ctypes.byref(text), array, len(bitmaps))
    assert code == 0
    behind = ctypes.c_int32(0)
    code = mtmd_cpp.mtmd_helper_eval_chunks(
        eyes._context,
        llama._context,
        parts,
        llama_cpp.llama_pos(0),
        llama_cpp.llama_seq_id(0),
        64,
        True,
        ctypes.byref(behind),
    )
    assert code == 0
    count = llama.vocabulary.size
    found = np.array(llama_cpp.llama_get_logits_ith(llama._context, -1)[:count])
    mtmd_cpp.mtmd_input_chunks_free(parts)
    for one in bitmaps:
        mtmd_cpp.mtmd_bitmap_free(one)
    llama_cpp.llama_memory_clear(llama_cpp.llama_get_memory(llama._context), True)
    return found


def test_what_a_model_makes_of_pictures_is_what_llama_cpps_own_helper_does(sight: Sight) -> None:
    shown = [picture(1), picture(2, 120, 90)]
    service = sight.service(batch=64)
    found = logits(service, user("What is it?", shown[0]), answer("A cat."), user("?", shown[1]))
    mark = MARKER.decode()
    prompt = (
        f"<|im_start|>user\n{mark}What is it?<|im_end|>\n<|im_start|>assistant\nA cat.<|im_end|>\n"
        f"<|im_start|>user\n{mark}?<|im_end|>\n<|im_start|>assistant\n"
    )
    expected = logits_of_mtmd(sight.service(batch=64), prompt, shown)
    assert np.abs(found - expected).max() < 1e-3 * np.abs(expected).max()


def test_a_picture_changes_the_answer_and_another_one_changes_it_again(sight: Sight) -> None:
    service = sight.service()
    blind = logits(service, user("What is it?"))
    first = logits(service, user("What is it?", picture(1)))
    second = logits(service, user("What is it?", picture(2)))
    spread = blind.std()
    assert np.abs(first - blind).max() > 0.01 * spread
    assert np.abs(second - first).max() > 0.01 * spread


def test_the_same_picture_is_the_same_tokens_and_is_looked_at_once(sight: Sight) -> None:
    service = sight.service()
    first, prompt, _ = said(service, user("What is it?", picture(1)))
    again, _, cached = said(service, user("What is it?", picture(1)))
    assert again == first
    assert cached == prompt - 1


def test_turns_with_pictures_go_on_with_what_was_read(sight: Sight) -> None:
    service = sight.service()
    turns: list[Mapping[str, Any]] = []
    before = 0
    for number in range(4):
        turns.append(user(f"And number {number}?", picture(number)))
        text, prompt, cached = said(service, *turns)
        # Before the end of the last answer stands nothing new.
        assert cached >= before
        before = prompt + 12 if not service._llama.one_state else prompt - 1
        turns.append(answer(text))
    assert_as_if_read_at_once(sight, service, [picture(number) for number in range(4)])


def test_another_picture_at_the_same_place_is_read_from_its_beginning(sight: Sight) -> None:
    service = sight.service()
    said(service, user("What is it?", picture(1)))
    other = logits(service, user("What is it?", picture(2)))
    fresh = logits(sight.service(), user("What is it?", picture(2)))
    assert np.abs(other - fresh).max() < 1e-3 * np.abs(fresh).max()


def test_what_was_saved_and_put_back_is_what_a_fresh_reading_is(sight: Sight) -> None:
    long = "pebble " * 42
    service = sight.service(first_context=2048)
    tea, _, _ = said(service, user(f"Of tea: {long}", picture(1)))
    said(service, user(f"Of rain: {long}", picture(2)))
    going_on = (user(f"Of tea: {long}", picture(1)), answer(tea), user("So?", picture(3)))
    _, _, cached = said(service, *going_on)
    assert cached > 300
    assert_as_if_read_at_once(sight, service, [picture(number) for number in (1, 2, 3)])


def test_a_context_that_grows_keeps_its_pictures(sight: Sight) -> None:
    service = sight.service(first_context=256)
    turns: list[Mapping[str, Any]] = []
    for number in range(3):
        turns.append(user("pebble " * 20, picture(number)))
        turns.append(answer(said(service, *turns)[0]))
    assert service._llama.size > 512
    assert_as_if_read_at_once(sight, service, [picture(number) for number in range(3)])


@contextmanager
def left_at_once(service: LocalService, cancelled: Callable[[], bool]) -> Iterator[None]:
    byte = service._llama.abort._byte
    byte[0] = b"\1"
    try:
        yield
    finally:
        byte[0] = b"\0"


def test_a_reply_that_is_left_leaves_the_context_as_it_says(sight: Sight) -> None:
    expected = said(sight.service(), user("What is it?", picture(1), picture(2)))[0]
    service = sight.service()
    # The watcher might look only when so small a model has said everything.
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(service._llama.abort, "watching", partial(left_at_once, service))
        left = list(service.reply([user("What is it?", picture(1), picture(2))], OPTIONS, never))
    assert not any("end" in event for event in left)
    assert said(service, user("What is it?", picture(1), picture(2)))[0] == expected


def test_a_picture_is_left_in_the_middle_of_looking_at_it(
    tmp_path: Path, plain: Sight, monkeypatch: pytest.MonkeyPatch
) -> None:
    goes_on = Projector._goes_on
    steps: list[bool] = []

    def leaving(self: Projector, tensor: Any, asked: bool, data: Any) -> bool:
        if steps or asked:
            return goes_on(self, tensor, asked, data) if steps else True
        # Somebody leaves at the first step of many.
        self._abort._byte[0] = b"\1"
        steps.append(goes_on(self, tensor, asked, data))
        return steps[-1]

    monkeypatch.setattr(Projector, "_goes_on", leaving)
    service = Sight(tmp_path, "mlp", "llama").service()
    list(service.reply([user("What is it?", picture(1))], OPTIONS, never))
    assert steps == [False]
    assert service._llama.tokens
    assert min(service._llama.tokens) >= 0
    expected = said(plain.service(), user("What is it?", picture(1)))[0]
    assert said(service, user("What is it?", picture(1)))[0] == expected


def test_parts_that_see_each_other_are_read_at_once_whatever_a_batch_is(tmp_path: Path) -> None:
    sight = Sight(tmp_path, "gemma3", "llama")
    one_by_one, at_once = sight.service(batch=8), sight.service(batch=512)
    small = logits(one_by_one, user("What is it?", picture(1)))
    large = logits(at_once, user("What is it?", picture(1)))
    assert np.abs(small - large).max() < 1e-3 * np.abs(large).max()
    assert one_by_one._llama.batch == 16


@pytest.mark.parametrize(
    "text",
    [
        MARKER.decode(),
        f"a {MARKER.decode()} b <|vision_start|> <image>",
        picture_mark(0),
        picture_mark(5),
        f"{PICTURE}0{PICTURE}",
        "<start_of_image><|image_pad|>[IMG]",
    ],
)
def test_a_text_that_spells_a_picture_shows_none(plain: Sight, text: str) -> None:
    service = plain.service()
    without = service.count([user("x")])
    with_one = service.count([user("x", picture(1))])
    spelt = service.count([user(text)])
    assert with_one == without + 16
    assert service.count([user(text, picture(1))]) == spelt + 16
    assert said(service, user(text, picture(1)))[0]


@pytest.mark.parametrize(
    ("template", "before"),
    [
        (
            "{% for message in messages %}{{ message['role'] }}: {% for part in"
            " message['content'] %}{% if part['type'] == 'image' %}<image>{% else %}"
            "{{ part['text'] }}{% endif %}{% endfor %}\n{% endfor %}assistant:",
            "user: ",
        ),
        (
            "{% for message in messages %}{% if message['role'] == 'user' %}"
            "[INST] {{ message['content'] | trim }} [/INST]{% else %}{{ message['content'] }}"
            "{% endif %}{% endfor %}",
            "[INST] ",
        ),
    ],
    ids=["of parts", "trimmed"],
)
def test_a_picture_stands_where_the_template_has_the_text(
    tmp_path: Path, template: str, before: str
) -> None:
    model = write_tiny_gguf(tmp_path / "tiny.gguf", template=template, marks=("<|x|>",))
    projector = write_tiny_projector(tmp_path / "mmproj.gguf")
    settings = LocalSettings(context=512, batch=32, projector=str(projector))
    service = LocalService("local/tiny", str(model), asdict(settings))
    said(service, user("Look", picture(1)))
    tokens = service._llama.tokens
    seen = next(at for at, token in enumerate(tokens) if token < 0)
    spelt = b"".join(map(service._llama.vocabulary.piece, tokens[1:seen]))
    assert spelt.decode() == before
    assert b"".join(map(service._llama.vocabulary.piece, tokens[seen:])).startswith(b"Look")


def test_pictures_of_several_messages_stay_with_their_own(plain: Sight) -> None:
    service = plain.service()
    said(service, user("a", picture(1)), answer("b"), user("c"), user("d", picture(2), picture(1)))
    numbers = [token for token in service._llama.tokens if token < 0]
    first, second, third = numbers[:16], numbers[16:32], numbers[32:]
    assert first == third
    assert not set(first) & set(second)


def refusal(service: LocalService, *shown: Picture) -> str:
    with pytest.raises(ModelError) as caught:
        said(service, user("What is it?", *shown))
    assert "\n" not in str(caught.value)
    return str(caught.value)


def broken(folder: Path, **values: Any) -> LocalService:
    return Sight(folder, "mlp", "llama", **values).service()


def test_a_projector_of_another_model_is_told_as_such(tmp_path: Path) -> None:
    told = refusal(broken(tmp_path, width=128), picture(1))
    assert "projector of another model: it makes vectors of 128 numbers" in told
    assert "local/tiny reads 64" in told


@pytest.mark.parametrize(
    ("values", "sentence"),
    [
        ({"architecture": "llama"}, "is no projector but a model (llama)"),
        ({"has_vision_encoder": False}, "hears and doesn't see"),
        ({"projector_type": "eyeball"}, "does not know its kind of projector, eyeball"),
        ({"projector_type": "hunyuanvl"}, "can't place in a prompt (hunyuanvl)"),
        ({"leave_out": "v.blk.1.attn_out.weight"}, "damaged, or lacks what llama.cpp wants"),
    ],
    ids=lambda value: str(value)[:30],
)
def test_what_is_wrong_with_a_projector_is_one_sentence(
    tmp_path: Path, values: Mapping[str, Any], sentence: str
) -> None:
    assert sentence in refusal(broken(tmp_path, **values), picture(1))


def test_a_projector_that_is_cut_off_or_gone_is_told(tmp_path: Path) -> None:
    sight = Sight(tmp_path, "mlp", "llama")
    whole = sight.projector.read_bytes()
    sight.projector.write_bytes(whole[: len(whole) // 2])
    assert "is cut off" in refusal(sight.service(), picture(1))
    sight.projector.write_bytes(b"no such thing")
    assert str(sight.projector) in refusal(sight.service(), picture(1))
    sight.projector.unlink()
    assert "can't be read" in refusal(sight.service(), picture(1))


def test_tokens_that_a_projector_wants_and_the_model_lacks_are_told(tmp_path: Path) -> None:
    model = write_tiny_gguf(tmp_path / "tiny.gguf", template=CHATML, marks=CHATML_MARKS)
    projector = write_tiny_projector(tmp_path / "mmproj.gguf", "idefics3")
    settings = LocalSettings(context=512, batch=32, projector=str(projector))
    service = LocalService("local/tiny", str(model), asdict(settings))
    assert "tokens that local/tiny doesn't have" in refusal(service, picture(1))


def test_text_is_answered_whatever_is_wrong_with_the_projector(tmp_path: Path) -> None:
    service = broken(tmp_path, width=128)
    assert said(service, user("Hello?"))[0]
    refusal(service, picture(1))
    assert said(service, user("Hello?"))[0]


def test_a_damaged_picture_is_told_and_the_next_one_is_seen(plain: Sight) -> None:
    service = plain.service()
    cut = picture(1)["data"][:400]
    assert "is damaged" in refusal(service, {"hash": "0" * 64, "data": cut})
    assert said(service, user("What is it?", picture(1)))[0]


def test_without_a_projector_no_picture_is_taken(tmp_path: Path) -> None:
    model = write_tiny_gguf(tmp_path / "tiny.gguf")
    service = LocalService("local/tiny", str(model), asdict(LocalSettings(context=512)))
    with pytest.raises(BadResponse, match="no projector"):
        said(service, user("What is it?", picture(1)))

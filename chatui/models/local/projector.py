"""What a model sees with: llama.cpp's mtmd through its C interface. Only a child imports llama_cpp.

A picture becomes tokens of text, which a model has around its pictures, and chunks: vectors that
the model reads in the place of tokens. Each position of a chunk gets a number below zero, the same
for the same picture, so that a prompt with pictures is a list of tokens like any other: what is
alike at its beginning is found, kept and saved by them.
"""

from __future__ import annotations

import ctypes
import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from io import BytesIO
from pathlib import Path
from typing import Any

from chatui.domain.errors import BadModelFile, BadResponse, ModelUnavailable
from chatui.models.files.gguf_header import read_header
from chatui.models.files.projectors import no_eyes
from chatui.models.local.faults import projector_fault
from chatui.models.local.free_memory import free_memory
from chatui.models.local.hooks import Abort, Aborted, Log
from chatui.models.local.settings import LocalSettings
from chatui.workers.bounds import memory_bounded

MOST_TOKENS = 1 << 20
"""Of one picture. The largest that are known have some thousands."""
MOST_PIXELS = 50_000_000
"""Of a picture as it is kept; chatui makes none of more than 9 million."""
FORMATS = ("PNG", "JPEG", "WEBP", "GIF")
STEPS = 64
"""Steps of a computation after which it is asked whether anybody still waits: a vision encoder has
some thousands, and takes seconds to minutes for them on a processor."""


@dataclass(frozen=True, slots=True)
class PictureChunk:
    """`tokens` are its vectors, and `positions` what they take of the model's own count of places,
    which is less where a place has a row and a column (M-RoPE). `at` is its number among the parts
    of its picture."""

    at: int
    tokens: int
    positions: int


@dataclass(slots=True)
class SeenPicture:
    """`chunks` are by the index of their first token. `data` and `parts`, which are mtmd's own, are
    there as long as a reply may have use for them."""

    number: int
    tokens: list[int] = field(default_factory=list)
    chunks: dict[int, PictureChunk] = field(default_factory=dict)
    data: bytes = b""
    parts: Any = None


class Projector:
    """A projector's file, for the model that it was made for. Raises BadModelFile and
    ModelUnavailable for one that can't be used. Not for several threads."""

    def __init__(
        self, name: str, model: Any, settings: LocalSettings, *, abort: Abort, log: Log
    ) -> None:
        import llama_cpp
        from llama_cpp import mtmd_cpp

        self._mtmd: Any = mtmd_cpp
        self._name = name
        self._path = settings.projector
        self._abort = abort
        self._pictures: dict[str, SeenPicture] = {}
        self._by_number: list[SeenPicture] = []
        if not settings.projector:
            raise BadResponse(f"{name} has no projector to see a picture with.")
        path = Path(settings.projector)
        header = read_header(path)
        if reason := no_eyes(header):
            raise BadModelFile(f"{path} {reason}.")
        # mtmd keeps their addresses only.
        self._asking = llama_cpp.ggml_backend_sched_eval_callback(self._goes_on)
        self._steps = 0
        log.lines.clear()
        mtmd_cpp.mtmd_helper_log_set(log.callback, None)
        options = mtmd_cpp.mtmd_context_params_default()
        options.use_gpu = settings.gpu_layers != 0
        options.print_timings = False
        options.n_threads = settings.batch_threads
        options.flash_attn_type = {"auto": -1, "off": 0, "on": 1}[settings.flash_attention]
        # A pass over an empty picture takes as long as one over a real one.
        options.warmup = False
        options.cb_eval = self._asking
        with _within_what_is_free():
            self._context = mtmd_cpp.mtmd_init_from_file(os.fsencode(path), model, options)
        if not self._context:
            raise ModelUnavailable(projector_fault(name, path, log.lines))
        self.moves = bool(mtmd_cpp.mtmd_decode_use_mrope(self._context))
        """Whether a chunk may take fewer positions than it has tokens."""

    def tokens(self, name: str, data: bytes) -> list[int]:
        """Those of a picture, real ones and those of its chunks. `name` is its hash. Until `done`
        the chunks can be evaluated. Raises BadResponse."""
        picture = self._pictures.get(name)
        if picture is None:
            picture = SeenPicture(len(self._by_number))
            self._make_parts(picture, data)
            self._pictures[name] = picture
            self._by_number.append(picture)
        picture.data = data
        return picture.tokens

    def chunk(self, token: int) -> tuple[PictureChunk, int]:
        """The chunk that a token below zero is of, and the token's index in that chunk."""
        number, index = divmod(-1 - token, MOST_TOKENS)
        chunks = self._by_number[number].chunks
        start = max(one for one in chunks if one <= index)
        return chunks[start], index - start

    def whole(self, token: int) -> bool:
        """Whether the chunk that begins with that token has to be read at once."""
        number, index = divmod(-1 - token, MOST_TOKENS)
        parts = self._parts_of(self._by_number[number])
        at = self._by_number[number].chunks[index].at
        return bool(
            self._mtmd.mtmd_decode_use_non_causal(
                self._context, self._mtmd.mtmd_input_chunks_get(parts, at)
            )
        )

    def evaluate(self, token: int, context: Any, position: int, batch: int) -> int:
        """Adds the chunk that begins with that token to a context, from that position on. Returns
        llama.cpp's code, 0 for success. Raises Aborted and BadResponse."""
        mtmd = self._mtmd
        number, index = divmod(-1 - token, MOST_TOKENS)
        picture = self._by_number[number]
        part = mtmd.mtmd_input_chunks_get(self._parts_of(picture), picture.chunks[index].at)
        with _within_what_is_free():
            code = mtmd.mtmd_encode_chunk(self._context, part)
        if self._abort.asked:
            raise Aborted
        if code:
            raise BadResponse(
                f"{self._name} could not look at a picture (llama.cpp's error {code}); see "
                "chatui.log."
            )
        vectors = mtmd.mtmd_get_output_embd(self._context)
        behind = ctypes.c_int32(position)
        return int(
            mtmd.mtmd_helper_decode_image_chunk(
                self._context,
                context,
                part,
                vectors,
                position,
                0,
                batch,
                ctypes.byref(behind),
                mtmd.mtmd_helper_post_decode_callback(),
                None,
            )
        )

    def done(self) -> None:
        """Gives back what only the reply had use for that has ended."""
        for picture in self._by_number:
            picture.data = b""
            self._forget(picture)

    def close(self) -> None:
        self.done()
        self._mtmd.mtmd_free(self._context)

    def _parts_of(self, picture: SeenPicture) -> Any:
        if picture.parts is None:
            self._make_parts(picture, picture.data)
        return picture.parts

    def _make_parts(self, picture: SeenPicture, data: bytes) -> None:
        mtmd = self._mtmd
        bitmap = self._bitmap(data)
        parts = mtmd.mtmd_input_chunks_init()
        try:
            part = mtmd.mtmd_input_part(None, bitmap)
            given = (ctypes.POINTER(mtmd.mtmd_input_part) * 1)(ctypes.pointer(part))
            with _within_what_is_free():
                code = mtmd.mtmd_tokenize_from_parts(self._context, parts, given, 1, False)
        finally:
            mtmd.mtmd_bitmap_free(bitmap)
        picture.parts = parts
        if code:
            self._forget(picture)
            raise BadResponse(
                f"{self._name} can't make anything of a picture; show it another, or a smaller one."
            )
        if not picture.tokens:
            self._count(picture)

    def _count(self, picture: SeenPicture) -> None:
        mtmd = self._mtmd
        count = ctypes.c_size_t()
        index = 0
        for at in range(mtmd.mtmd_input_chunks_size(picture.parts)):
            part = mtmd.mtmd_input_chunks_get(picture.parts, at)
            tokens = int(mtmd.mtmd_input_chunk_get_n_tokens(part))
            if mtmd.mtmd_input_chunk_get_type(part) == mtmd.MTMD_INPUT_CHUNK_TYPE_TEXT:
                found = mtmd.mtmd_input_chunk_get_tokens_text(part, ctypes.byref(count))
                picture.tokens += found[: count.value]
                if min(picture.tokens[-count.value :], default=0) < 0:
                    picture.tokens.clear()
                    self._forget(picture)
                    raise BadModelFile(
                        f"{self._path} is the projector of another model: it stands between tokens "
                        f"that {self._name} doesn't have."
                    )
                continue
            positions = int(mtmd.mtmd_input_chunk_get_n_pos(part))
            picture.chunks[index] = PictureChunk(at, tokens, positions)
            first = -1 - picture.number * MOST_TOKENS - index
            picture.tokens += range(first, first - tokens, -1)
            index += tokens

    def _bitmap(self, data: bytes) -> Any:
        """Pixels for mtmd. They are decoded by Pillow: mtmd would have what it doesn't know looked
        at by other programs."""
        from PIL import Image

        try:
            with Image.open(BytesIO(data), formats=FORMATS) as opened:
                if opened.width * opened.height > MOST_PIXELS:
                    raise BadResponse(
                        f"A picture has more than {MOST_PIXELS // 1_000_000} million pixels; make "
                        "it smaller."
                    )
                picture = opened.convert("RGB")
        # What decoders raise for data that is none or damaged.
        except (OSError, SyntaxError, ValueError, EOFError, Image.DecompressionBombError) as error:
            raise BadResponse(
                "A picture of this conversation is damaged; take its turn back with /undo, or "
                "start with /new."
            ) from error
        pixels = picture.tobytes()
        room = (ctypes.c_uint8 * len(pixels)).from_buffer_copy(pixels)
        return self._mtmd.mtmd_bitmap_init(picture.width, picture.height, room)

    def _forget(self, picture: SeenPicture) -> None:
        if picture.parts is not None:
            self._mtmd.mtmd_input_chunks_free(picture.parts)
            picture.parts = None

    def _goes_on(self, _tensor: Any, asked: bool, _data: Any) -> bool:
        """ggml asks before each step whether to stop behind it, and there whether to go on."""
        if not asked:
            return not self._abort.asked
        self._steps += 1
        return self._steps % STEPS == 0


@contextmanager
def _within_what_is_free() -> Iterator[None]:
    """A file may want any amount of memory: it gets none that isn't free, or the kernel would end a
    process of its own choice."""
    with memory_bounded(free_memory().free >> 20):
        yield

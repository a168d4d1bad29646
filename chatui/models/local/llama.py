"""llama.cpp through its C interface: one model, one context. Only a child imports llama_cpp.

llama-cpp-python's own class copies all logits of every token into Python and can't stop while
it reads a prompt; what is needed of it is little.
"""

from __future__ import annotations

import ctypes
import os
from collections.abc import Mapping, Sequence
from contextlib import AbstractContextManager
from itertools import pairwise
from pathlib import Path
from typing import Any, NoReturn

from chatui.domain.errors import BadResponse, ModelUnavailable
from chatui.models.local.faults import context_fault, load_fault
from chatui.models.local.hooks import Abort, Aborted, Log
from chatui.models.local.projector import Projector
from chatui.models.local.sampling import ReplySampler, sampling
from chatui.models.local.schema_form import SchemaGuide
from chatui.models.local.settings import LocalSettings
from chatui.models.local.states import Checkpoint, Checkpoints
from chatui.models.local.vocabulary import Vocabulary

ABORTED = 2
PARTIAL = 1
"""Of a state only what can't be cut: LLAMA_STATE_SEQ_FLAGS_PARTIAL_ONLY in llama.h."""
CHECKPOINTS_SHARE = 4
"""Of the memory for what was read, the share that checkpoints of the context may take."""


class Llama:
    """A model and its context. `tokens` are those that the context holds now; those of pictures
    are below zero, as its projector has them.

    Not for several threads. Raises ModelUnavailable for a file that can't be used.
    """

    def __init__(self, name: str, path: Path, settings: LocalSettings) -> None:
        import llama_cpp

        self._llama: Any = llama_cpp
        self._name = name
        self._settings = settings
        self._log = Log(llama_cpp)
        self.abort = Abort(llama_cpp)
        self._model = self._load(path)
        self.vocabulary = Vocabulary(name, llama_cpp, self._model)
        self._guide = SchemaGuide(self.vocabulary.spelling)
        trained: int = llama_cpp.llama_model_n_ctx_train(self._model)
        self.largest = min(settings.context, trained) if trained else settings.context
        # What a recurrent model keeps is one state and no row of tokens: it answers one by one.
        self.one_state = bool(
            llama_cpp.llama_model_is_recurrent(self._model)
            or llama_cpp.llama_model_is_hybrid(self._model)
        )
        self.places = 1 if self.one_state else settings.places
        self.checkpoints = Checkpoints(settings.saved_bytes // CHECKPOINTS_SHARE)
        self.batch = settings.batch
        self.tokens: list[int] = []
        self._projector: Projector | None = None
        self._saved_places: list[tuple[int, int]] = []
        self._context: Any = None
        self._open(min(settings.first_context, self.largest))

    @property
    def size(self) -> int:
        """Tokens that the context has room for now."""
        size: int = self._llama.llama_n_ctx(self._context)
        return min(size, self.largest)

    @property
    def template(self) -> str | None:
        """The chat template in the model's file."""
        found = self._llama.llama_model_chat_template(self._model, None)
        return found.decode(errors="replace") if found else None

    def written_as(self, form: str, messages: Sequence[Mapping[str, str]]) -> str | None:
        """The prompt in one of llama.cpp's own formats; None when it has none of that name."""
        llama = self._llama
        kept = [(m["role"].encode(), m["content"].encode("utf-8", "replace")) for m in messages]
        chat = (llama.llama_chat_message * len(kept))(*kept)
        room = sum(len(role) + len(content) + 256 for role, content in kept)
        while True:
            text = ctypes.create_string_buffer(room)
            size = llama.llama_chat_apply_template(form.encode(), chat, len(kept), True, text, room)
            if size <= room:
                return text.raw[:size].decode(errors="replace") if size >= 0 else None
            room = size

    def eyes(self) -> Projector:
        """Its projector, which is loaded when the first picture is shown. Raises BadModelFile and
        ModelUnavailable."""
        if self._projector is None:
            self._projector = Projector(
                self._name, self._model, self._settings, abort=self.abort, log=self._log
            )
        return self._projector

    def seen(self) -> None:
        """The reply has ended that pictures were looked at for."""
        if self._projector is not None:
            self._projector.done()

    def keep(self, count: int) -> int:
        """Takes all but the first tokens out of the context. Returns how many it kept: of a picture
        all or nothing. What a recurrent model has read can't be taken out of its state: it goes
        back to the last of `checkpoints` before them, or to none."""
        memory = self._llama.llama_get_memory(self._context)
        count = self._outside(self.tokens, count)
        if count and self._llama.llama_memory_seq_rm(memory, 0, self._place(count), -1):
            del self.tokens[count:]
        elif (point := self.checkpoints.last(count)) is not None and self._go_back(point):
            del self.tokens[point.count :]
        else:
            self._llama.llama_memory_clear(memory, True)
            self.tokens.clear()
        self.checkpoints.cut(len(self.tokens))
        self._saved_places = [one for one in self._saved_places if one[0] <= len(self.tokens)]
        return len(self.tokens)

    def evaluate(self, tokens: Sequence[int], points: Sequence[int] = ()) -> None:
        """Adds tokens to the context; a model with one state can go back to `points`, numbers of
        tokens that it holds then. Raises Aborted, after which it holds what it held before the
        batch that was cut off, as far as it can go back."""
        here = len(self.tokens)
        wanted = [point - here for point in points if point > here] if self.one_state else []
        ends = {self._outside(tokens, point) for point in wanted}
        cuts = sorted(cut for cut in ends if 0 < cut < len(tokens))
        for start, end in pairwise((0, *cuts, len(tokens))):
            self._evaluate(tokens[start:end])
            if end in ends:
                self._checkpoint()

    def _evaluate(self, tokens: Sequence[int]) -> None:
        start = 0
        while start < len(tokens):
            if self.abort.asked:
                raise Aborted
            if tokens[start] < 0:
                start += self._look(tokens[start])
                continue
            most = min(len(tokens), start + self.batch)
            end = next((at for at in range(start, most) if tokens[at] < 0), most)
            self._read(tokens[start:end])
            start = end

    def _read(self, part: Sequence[int]) -> None:
        llama = self._llama
        # Kept here as long as it is read: a batch has only its address.
        tokens = (llama.llama_token * len(part))(*part)
        batch = llama.llama_batch_get_one(tokens, len(part))
        if self._saved_places:
            # By itself it would go on right behind the place where the last picture begins.
            first = self._place(len(self.tokens))
            places = (llama.llama_pos * len(part))(*range(first, first + len(part)))
            batch.pos = places
        code = llama.llama_decode(self._context, batch)
        if code:
            self.keep(len(self.tokens))
            self._failed(code)
        self.tokens += part

    def _look(self, token: int) -> int:
        """Adds the chunk of a picture that begins with that token. Returns its number of tokens."""
        assert self._projector is not None
        chunk, _ = self._projector.chunk(token)
        if chunk.tokens > self.batch and self._projector.whole(token):
            self._enlarge_batch(chunk.tokens)
        place = self._place(len(self.tokens))
        code = self._projector.evaluate(token, self._context, place, self.batch)
        if code:
            self.keep(len(self.tokens))
            self._failed(code)
        self.tokens += range(token, token - chunk.tokens, -1)
        self._note_places(chunk.tokens - chunk.positions)
        return chunk.tokens

    def _note_places(self, saved: int) -> None:
        """The chunk at the end takes so many places fewer than it has tokens."""
        if saved:
            self._saved_places.append((len(self.tokens), saved))

    def _place(self, count: int) -> int:
        """Where the model has the token behind the first so many."""
        return count - sum(saved for end, saved in self._saved_places if end <= count)

    def _outside(self, tokens: Sequence[int], count: int) -> int:
        """The count, or where the chunk of a picture begins that it would cut."""
        if self._projector is None or count >= len(tokens) or tokens[count] >= 0:
            return count
        return count - self._projector.chunk(tokens[count])[1]

    def _enlarge_batch(self, tokens: int) -> None:
        """Has a picture read at once whose parts look at each other."""
        self.batch = tokens
        self._reopen(self.size)

    def decode(self, rows: Sequence[tuple[int, int, int, bool]]) -> None:
        """One step of several sequences, `batch` rows at most: a token, where it stands, its
        sequence, and whether one is to be sampled behind it. Raises Aborted and BadResponse, after
        which the context has to be emptied."""
        llama = self._llama
        batch = llama.llama_batch_init(len(rows), 0, 1)
        try:
            batch.n_tokens = len(rows)
            for at, (token, position, sequence, sampled) in enumerate(rows):
                batch.token[at], batch.pos[at] = token, position
                batch.n_seq_id[at], batch.seq_id[at][0] = 1, sequence
                batch.logits[at] = sampled
            code = llama.llama_decode(self._context, batch)
        finally:
            llama.llama_batch_free(batch)
        if code:
            self._failed(code)

    def share(self, source: int, target: int, count: int) -> int:
        """Makes the first tokens of one sequence all that another one has; they are kept once.
        Returns how many it has now."""
        memory = self._llama.llama_get_memory(self._context)
        if source == target:
            if self._llama.llama_memory_seq_rm(memory, target, count, -1):
                return count
            self._llama.llama_memory_seq_rm(memory, target, -1, -1)
            return 0
        self._llama.llama_memory_seq_rm(memory, target, -1, -1)
        if count:
            self._llama.llama_memory_seq_cp(memory, source, target, 0, count)
        return count

    def sequence(self, number: int) -> ctypes.Array[ctypes.c_uint8]:
        """What the context holds of one sequence, for `put_sequence`."""
        size = int(self._llama.llama_state_seq_get_size(self._context, number))
        data = (ctypes.c_uint8 * size)()
        self._llama.llama_state_seq_get_data(self._context, data, size, number)
        return data

    def put_sequence(self, number: int, data: ctypes.Array[ctypes.c_uint8]) -> bool:
        """False where llama.cpp does not take it; the sequence is empty then."""
        return bool(self._llama.llama_state_seq_set_data(self._context, data, len(data), number))

    def sample(self, sampler: ReplySampler, row: int = -1) -> int:
        """The token behind that row of what was computed last."""
        return sampler.sample(self._context, row)

    def sampling(self, options: Mapping[str, Any]) -> AbstractContextManager[ReplySampler]:
        """A sampler for one reply: see `sampling`."""
        return sampling(self._llama, self._model, self._guide, options)

    def unheld(self, schema: Any) -> tuple[str, ...]:
        """What replies can't be held to of a JSON schema, in words. Raises BadResponse for one
        that can't be followed."""
        return self._guide.unheld(schema)

    def make_room(self, tokens: int) -> None:
        """Enlarges the context to hold that many, as far as it may; what it holds stays."""
        if tokens <= self.size or self.size >= self.largest:
            return
        self._reopen(min(self.largest, max(tokens, 2 * self.size)))

    def _reopen(self, size: int) -> None:
        """Another context, which holds the same."""
        held, data = list(self.tokens), self.state() if self.tokens else None
        points = self.checkpoints.all()
        self._open(size)
        if data is not None:
            self.restore(held, data, points)

    def state_size(self) -> int:
        """Bytes that `state` would take."""
        return int(self._llama.llama_state_seq_get_size(self._context, 0)) if self.tokens else 0

    def state(self) -> ctypes.Array[ctypes.c_uint8]:
        """What the context holds, for `restore`."""
        data = (ctypes.c_uint8 * self.state_size())()
        self._llama.llama_state_seq_get_data(self._context, data, len(data), 0)
        return data

    def restore(
        self,
        tokens: Sequence[int],
        data: ctypes.Array[ctypes.c_uint8],
        points: Sequence[Checkpoint] = (),
    ) -> None:
        """Puts a `state` in the place of what the context holds, with the checkpoints that it had.
        Where llama.cpp does not take it, the context is empty."""
        self.keep(0)
        self.make_room(len(tokens))
        if self._llama.llama_state_seq_set_data(self._context, data, len(data), 0):
            self.checkpoints.put(points)
            for token in tokens:
                self.tokens.append(token)
                if token < 0 and self._projector is not None:
                    chunk, at = self._projector.chunk(token)
                    if at + 1 == chunk.tokens:
                        self._note_places(chunk.tokens - chunk.positions)

    def _checkpoint(self) -> None:
        """Keeps what can't be taken out of the state again, as far as there is room for it."""
        size = int(self._llama.llama_state_seq_get_size_ext(self._context, 0, PARTIAL))
        if size > self.checkpoints.limit:
            return
        data = (ctypes.c_uint8 * size)()
        self._llama.llama_state_seq_get_data_ext(self._context, data, size, 0, PARTIAL)
        self.checkpoints.add(Checkpoint(len(self.tokens), data))

    def _go_back(self, point: Checkpoint) -> bool:
        """Whether the context holds what it did at that point."""
        data, memory = point.data, self._llama.llama_get_memory(self._context)
        set_data = self._llama.llama_state_seq_set_data_ext
        if not set_data(self._context, data, len(data), 0, PARTIAL):
            return False
        # Beside the state a hybrid model has keys and values, which can be cut.
        return bool(self._llama.llama_memory_seq_rm(memory, 0, self._place(point.count), -1))

    def close(self) -> None:
        if self._projector is not None:
            self._projector.close()
            self._projector = None
        if self._context is not None:
            self._llama.llama_free(self._context)
            self._context = None
        self._llama.llama_model_free(self._model)

    def _load(self, path: Path) -> Any:
        options = self._llama.llama_model_default_params()
        options.n_gpu_layers = self._settings.gpu_layers
        # Some compilers (GCC 12) drop half of the tile configuration that ggml's AMX code loads,
        # and the processor ends the process at the first quantised layer. A library doesn't tell
        # what compiled it, so weights are never packed for AMX.
        options.use_extra_bufts = b"AMX_INT8 = 1" not in self._llama.llama_print_system_info()
        model = self._llama.llama_model_load_from_file(os.fsencode(path), options)
        if not model:
            raise ModelUnavailable(load_fault(self._name, path, self._log.lines))
        if not self._llama.llama_model_has_decoder(model):
            raise ModelUnavailable(f"{self._name} is no chat model: it only reads text.")
        return model

    def _open(self, size: int) -> None:
        """A new context, empty."""
        llama, settings = self._llama, self._settings
        if self._context is not None:
            llama.llama_free(self._context)
            self._context = None
        self.tokens, self._saved_places = [], []
        options = llama.llama_context_default_params()
        options.n_ctx = size
        options.n_batch = options.n_ubatch = self.batch
        options.n_threads = settings.threads
        options.n_threads_batch = settings.batch_threads
        options.flash_attn_type = {"auto": -1, "off": 0, "on": 1}[settings.flash_attention]
        options.type_k = getattr(llama, f"GGML_TYPE_{settings.cache_k.upper()}")
        options.type_v = getattr(llama, f"GGML_TYPE_{settings.cache_v.upper()}")
        # Sliding windows are kept whole: what slid out could not be gone back to.
        options.swa_full = True
        if self.places > 1:
            options.n_seq_max = self.places
            # A cell belongs to whichever sequence needs one: all of them together have the room
            # that one has otherwise, and the memory that was counted.
            options.kv_unified = True
        options.abort_callback = self.abort.callback
        options.abort_callback_data = self.abort.data
        self._context = llama.llama_init_from_model(self._model, options)
        if not self._context:
            raise ModelUnavailable(context_fault(self._name, size, self._log.lines))

    def _failed(self, code: int) -> NoReturn:
        if code == ABORTED:
            raise Aborted
        raise BadResponse(
            f"{self._name} could not go on (llama.cpp's error {code}); ask again, and see "
            "chatui.log if it happens again."
        )

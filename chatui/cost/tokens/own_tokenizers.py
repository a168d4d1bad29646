"""Counting with a model's own tokenizer, where its file is on this machine."""

from __future__ import annotations

from array import array
from collections.abc import Callable, Sequence
from pathlib import Path
from threading import Lock
from typing import Any

from chatui.cost.tokens.piece import TokenPiece
from chatui.cost.tokens.slices import SLICE_CHARS, slices, well_formed
from chatui.cost.tokens.tokenizer_files import TokenizerFile, TokenizerFiles
from chatui.domain.errors import BadModelFile, WorkerError
from chatui.workers.blocking import BlockingWorker
from chatui.workers.environment import COMPUTING
from chatui.workers.host import WorkerSpec

SECONDS = 120.0
"""The longest that one text may take; then the tokenizer is given up."""
MOST_MB = 3072
"""What the process may allocate, whatever stands in the file."""
GGUF_CHARS = 8000
"""The longest slice for llama.cpp, whose time for vocabularies of SentencePiece grows with the
square of the length: 22 s for a megabyte in slices of 100,000 characters, 2 s in these."""
SHORT = 32
SHORT_KEPT = 1000
"""Counts of short texts that are kept: the role of a message is asked for again and again."""


class OwnTokenizer:
    """One file in a child of its own, which starts with the first call. Whatever fails in it
    ends it for good: every answer is None from then on, and `on_failure` is told once."""

    def __init__(
        self, file: TokenizerFile, log: Path | None, on_failure: Callable[[str], None] | None
    ) -> None:
        self.label = file.label
        self.usable = True
        self._path = file.path
        self._slice = GGUF_CHARS if file.path.suffix != ".json" else SLICE_CHARS
        self._on_failure = on_failure
        self._counts: dict[str, int] = {}
        self._marks: tuple[int | None] | None = None
        self._pieces: dict[int, TokenPiece] = {}
        self._child = BlockingWorker(
            WorkerSpec(
                "chatui.cost.tokens.tokenizer_service:TokenizerService",
                "the tokenizer process",
                (str(file.path),),
                needs=COMPUTING,
                # Every thread of it would reserve memory, and nothing is multiplied.
                env={"OPENBLAS_NUM_THREADS": "1"},
                memory_mb=MOST_MB,
                log=log,
            )
        )

    def exact(self, text: str) -> bool:
        """Whether the text is counted in one go. A cut may fall inside a token."""
        return len(text) <= self._slice

    def count(self, text: str) -> int | None:
        if text in self._counts:
            return self._counts[text]
        count: int | None = self._asked("count", text)
        if count is not None and len(text) <= SHORT:
            if len(self._counts) >= SHORT_KEPT:
                self._counts.clear()
            self._counts[text] = count
        return count

    def marks(self) -> int | None:
        """Tokens that the model's chat template puts around a message, the role's among them;
        None when it has none."""
        if self._marks is None:
            self._marks = (self._asked("marks"),)
        return self._marks[0]

    def pieces(self, text: str) -> Sequence[TokenPiece] | None:
        """Their bytes are what the tokenizer calls them: many tokenizers put a space before a
        text, and some fold its letters."""
        found = self._asked("pieces", text)
        if found is None:
            return None
        packed, known = found
        ids = array("i")
        ids.frombytes(packed)
        for token, raw in known.items():
            self._pieces.setdefault(token, TokenPiece(token, raw.decode(errors="replace"), raw))
        return [self._pieces[token] for token in ids]

    def close(self) -> None:
        self.usable = False
        self._child.close()

    def _asked(self, method: str, text: str | None = None) -> Any:
        if not self.usable:
            return None
        given = (
            [] if text is None else [[part for part, _ in slices(well_formed(text), self._slice)]]
        )
        try:
            return self._child.call(method, *given, timeout=SECONDS)
        except (WorkerError, BadModelFile) as error:
            told, self.usable = not self.usable, False
            self._child.close()
            if self._on_failure is not None and not told:
                self._on_failure(
                    f"The tokenizer {self._path} can't be used, so tokens are estimated: {error}"
                )
            return None


class OwnTokenizers:
    """Finds the tokenizer of a model. Safe to call from several threads; looks at files."""

    def __init__(
        self,
        files: TokenizerFiles,
        *,
        log: Path | None = None,
        on_warning: Callable[[str], None] | None = None,
    ) -> None:
        self._files = files
        self._log = log
        self._on_warning = on_warning
        self._known: dict[str, OwnTokenizer | None] = {}
        self._opened: dict[Path, OwnTokenizer] = {}
        self._changing = Lock()

    def of(self, model: str, *, shipped: bool) -> OwnTokenizer | None:
        """None when there is no file for the model, or it can't be used. Where the model's
        vocabulary is `shipped`, only a configured file counts."""
        with self._changing:
            if model not in self._known:
                file = self._files.chosen(model) or (None if shipped else self._files.found(model))
                self._known[model] = None if file is None else self._open(file)
            own = self._known[model]
        return own if own is not None and own.usable else None

    def close(self) -> None:
        """Ends all children."""
        with self._changing:
            opened = list(self._opened.values())
            self._opened.clear()
        for own in opened:
            own.close()

    def _open(self, file: TokenizerFile) -> OwnTokenizer:
        if file.path not in self._opened:
            self._opened[file.path] = OwnTokenizer(file, self._log, self._on_warning)
        return self._opened[file.path]

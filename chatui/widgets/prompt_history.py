"""Walking through earlier prompts with Up and Down, as a shell does."""

from __future__ import annotations

from collections.abc import Sequence


class PromptHistory:
    """Earlier prompts, newest first. The draft that was there before is the last stop."""

    def __init__(self, prompts: Sequence[str] = ()) -> None:
        self._prompts: list[str] = list(prompts)
        self._position = -1
        self._draft = ""

    @property
    def prompts(self) -> tuple[str, ...]:
        return tuple(self._prompts)

    def load(self, prompts: Sequence[str]) -> None:
        """Puts stored prompts behind those that were sent since the start."""
        sent = self._prompts
        self._prompts = sent + [prompt for prompt in prompts if prompt not in sent]

    def add(self, prompt: str) -> None:
        self._prompts = [prompt, *(known for known in self._prompts if known != prompt)]
        self.rest()

    def rest(self) -> None:
        """Forgets the walk: what is in the composer now is the draft."""
        self._position = -1

    def older(self, current: str) -> str | None:
        """The next older prompt, None at the end. `current` is kept as the draft."""
        if self._position + 1 >= len(self._prompts):
            return None
        if self._position < 0:
            self._draft = current
        self._position += 1
        return self._prompts[self._position]

    def newer(self) -> str | None:
        """The next newer prompt, then the draft, then None."""
        if self._position < 0:
            return None
        self._position -= 1
        return self._prompts[self._position] if self._position >= 0 else self._draft

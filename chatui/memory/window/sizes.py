"""What turns and messages take in a prompt, counted once; and turns cut down to a size."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

from chatui.cost.tokens.tokens import REPLY_TOKENS
from chatui.domain.conversation import Message, Role
from chatui.memory.records import StoredTurn
from chatui.memory.window.cutting import cut_middle
from chatui.memory.window.window import Candidate

if TYPE_CHECKING:
    from chatui.cost.tokens.tokens import TokenCounter

Key = tuple[str, int, int, str, int]


class PromptSizes:
    """Sizes are tokens with what a message takes beside its text, without the tokens that
    a prompt takes once. Turns are remembered by their text's length too, because that of a
    pending one grows."""

    def __init__(self, tokens: TokenCounter) -> None:
        self._tokens = tokens
        self._sizes: dict[Key, int] = {}
        self._cuts: dict[Key, StoredTurn] = {}

    def of(self, messages: Sequence[Message], model: str) -> int:
        return self._tokens.count_messages(messages, model).tokens - REPLY_TOKENS

    def of_turn(self, stored: StoredTurn, model: str) -> int:
        key = self._key(stored, model)
        if key not in self._sizes:
            self._sizes[key] = self.of(stored.turn.messages(), model)
        return self._sizes[key]

    def candidate(self, stored: StoredTurn, model: str) -> Candidate:
        turn = stored.turn
        size = self.of_turn(stored, model)
        return Candidate(size, turn.pinned, bool(turn.question), bool(turn.reply.text))

    def shortened(
        self, past: Sequence[StoredTurn], model: str, longest: int | None
    ) -> Sequence[StoredTurn]:
        """The turns; of one that takes more than `longest` tokens, each message is cut in
        its middle to half of that. The same turn is always cut in the same way."""
        if longest is None:
            return past
        return [
            self._cut_turn(stored, model, longest)
            if self.of_turn(stored, model) > longest
            else stored
            for stored in past
        ]

    def cut(self, text: str, model: str, room: int) -> tuple[str, int]:
        """The text of a message of at most `room` tokens, and how many it lost."""
        around = self.of([Message(Role.ASSISTANT, "")], model)
        return cut_middle(
            text, max(0, room - around), lambda part: self._tokens.count_again(part, model)
        )

    def _cut_turn(self, stored: StoredTurn, model: str, longest: int) -> StoredTurn:
        key = self._key(stored, model, longest)
        if key not in self._cuts:
            turn = stored.turn
            question, _ = self.cut(turn.question, model, longest // 2)
            text, _ = self.cut(turn.reply.text, model, longest // 2)
            turn = replace(turn, question=question, reply=replace(turn.reply, text=text))
            self._cuts[key] = replace(stored, turn=turn)
        return self._cuts[key]

    def _key(self, stored: StoredTurn, model: str, longest: int = 0) -> Key:
        turn, encoding = stored.turn, self._tokens.encoding_name(model)[0]
        return (stored.id, len(turn.question), len(turn.reply.text), encoding, longest)

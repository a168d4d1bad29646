"""The process of a model on this machine: it loads the file, and streams replies."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, Protocol

from chatui.domain.errors import BadResponse, ConfigError, ContextTooLong, ModelError
from chatui.models.local.free_memory import free_memory
from chatui.models.local.hooks import Aborted
from chatui.models.local.llama import Llama
from chatui.models.local.outbox import Event, Outbox
from chatui.models.local.prompt import (
    PICTURE,
    Part,
    common,
    evaluated,
    marked,
    parts,
    picture_mark,
)
from chatui.models.local.rows import Rows
from chatui.models.local.settings import LocalSettings
from chatui.models.local.states import SavedStates, State
from chatui.models.local.template import CHATML, ChatTemplate
from chatui.models.local.text import ReplyText, shown_control
from chatui.models.reasoning_tags import opened_mark
from chatui.models.schema_forms import in_words
from chatui.system.files import at_home, read_plain

LEAST_SAVED = 256
"""Tokens that are worth a state of their own: fewer are read again as fast."""
WORTH_RESTORING = 64
"""Tokens that a saved state must have more of a prompt than the context."""
LEAST_REPLY = 16
"""Tokens of room that a prompt must leave for its reply."""
USUAL_REPLY = 1024
CLOSED_THOUGHT = "\n\n</think>\n\n"

PARTING = 4
"""Tokens: a word and the white space before it may be one, or some."""
CUT = "\ue0fd"
"""A character for private use; it stands behind a reply that is gone on with."""
PROBE = ({"role": "user", "content": "a"},)


class LocalService:
    """One model. Replies continue what the context holds already, as far as they begin alike."""

    def __init__(self, name: str, path: str, settings: dict[str, Any]) -> None:
        self._name = name
        self._llama = Llama(name, Path(path), LocalSettings(**settings))
        vocabulary = self._llama.vocabulary
        self._control = vocabulary.control
        self._spelt = (*self._control.values(), PICTURE)
        self._pictures: list[list[int]] = []
        self._shown_control = shown_control(self._control.values())
        self._written = [text for text in self._control.values() if text not in self._shown_control]
        self._form = self._format_named(LocalSettings(**settings).chat_format)
        self._left_early = False
        self._saved = SavedStates(LocalSettings(**settings).saved_bytes)
        self._rows = Rows(self._llama, self._llama.places, self._shown)

    def size(self) -> int:
        """Tokens that a prompt and its reply may have together."""
        return self._llama.largest

    def together(
        self,
        new: Sequence[tuple[int, Sequence[Mapping[str, str]], Mapping[str, Any]]],
        gone: Sequence[int],
        cancelled: Callable[[], bool],
    ) -> Iterator[tuple[int, Event]]:
        """Goes on with several replies for a moment: those of earlier calls, with `new` ones
        (number, messages, options) and without those that are `gone`. Yields the events of `reply`
        with their numbers, and `error` and `message` for one that is refused."""
        for number in gone:
            self._rows.leave(number)
        for number, messages, options in new:
            try:
                unheld = self._unheld(options)
                prompt = self._rendered(taken_apart(messages)[0], options, unheld)
                tokens = self._tokens(prompt, [], left_early=True)
                most = self._most(tokens, options)
                tag = opened_mark(prompt)
                self._rows.add(number, tokens, options, most=most, open_tag=tag)
                if unheld:
                    yield number, {"unheld": unheld}
            except ModelError as error:
                yield number, {"error": type(error).__name__, "message": str(error)}
        with self._llama.abort.watching(cancelled):
            try:
                yield from self._rows.turn()
            except Aborted:
                return

    def reply(
        self,
        messages: Sequence[Mapping[str, Any]],
        options: Mapping[str, Any],
        cancelled: Callable[[], bool],
    ) -> Iterator[Event]:
        """The `pictures` of a message, `hash` and `data` of each, stand before its text. Yields
        `unheld` with what it can't be held to of a JSON schema, if there is anything, `prompt` and
        `cached` (tokens), then `text` and `reasoning` with the tokens so far, at last `end`
        with `output`, `reasoning_tokens` and the seconds of `prefill` and `generation`. Raises
        ContextTooLong, BadResponse."""
        self._rows.pause()
        plain, pictures = taken_apart(messages)
        if options.get("begun"):
            options = {**options, "begun": messages[-1]["content"]}
        try:
            with self._llama.abort.watching(cancelled):
                self._look_at(pictures)
                yield from self._reply(plain, options)
        except Aborted:
            return
        finally:
            self._pictures = []
            self._llama.seen()

    def count(self, messages: Sequence[Mapping[str, Any]]) -> int:
        """The tokens of a prompt. Raises BadResponse."""
        plain, pictures = taken_apart(messages)
        try:
            self._look_at(pictures)
            return len(self._tokens(self._rendered(plain, {}), [], left_early=True))
        finally:
            self._pictures = []
            self._llama.seen()

    def _look_at(self, pictures: Sequence[Mapping[str, Any]]) -> None:
        for one in pictures:
            if self._llama.abort.asked:
                raise Aborted
            self._pictures.append(self._llama.eyes().tokens(one["hash"], one["data"]))

    def _reply(
        self, messages: Sequence[Mapping[str, str]], options: Mapping[str, Any]
    ) -> Iterator[Event]:
        if unheld := self._unheld(options):
            yield {"unheld": unheld}
        prompt = self._rendered(messages, options, unheld)
        tokens = self._going_on(prompt)
        if tokens[-1:] < [0]:
            raise BadResponse(
                f"The chat template of {self._name} ends with a picture, behind which no model "
                "answers; choose another one under local.chat_formats."
            )
        most = self._most(tokens, options)
        self._llama.make_room(len(tokens) + min(most, USUAL_REPLY))
        # The last token is always computed: what follows it is not kept.
        cached = self._llama.keep(min(common(self._llama.tokens, tokens), len(tokens) - 1))
        yield {"prompt": len(tokens), "cached": cached}
        self._left_early = True
        points = self._points(messages, prompt, tokens) if self._llama.one_state else ()
        yield from self._generate(tokens[cached:], points, prompt, options, most)
        self._left_early = False

    def _most(self, tokens: Sequence[int], options: Mapping[str, Any]) -> int:
        """Tokens that the reply may have. Raises ContextTooLong."""
        room = self._llama.largest - len(tokens)
        if room < LEAST_REPLY:
            raise ContextTooLong(
                f"The prompt has {len(tokens):,} tokens, and {self._name} has room for "
                f"{self._llama.largest:,} with its reply; ask with less, or start with /new."
            )
        return int(min(options.get("max_output_tokens") or room, room))

    def _generate(
        self,
        new: Sequence[int],
        points: Sequence[int],
        prompt: str,
        options: Mapping[str, Any],
        most: int,
    ) -> Iterator[Event]:
        llama = self._llama
        text = ReplyText(options.get("stop") or (), opened_mark(prompt))
        out = Outbox()
        began = time.monotonic()
        with llama.sampling(options) as sampler:
            llama.evaluate(new, points)
            prefilled = time.monotonic()
            output, reason = 0, "length"
            while output < most:
                token = llama.sample(sampler)
                if llama.vocabulary.ends(token):
                    reason = "stop"
                    break
                output += 1
                out.add(text.feed(self._shown(token)))
                if event := out.due():
                    yield {**event, "output": output, "reasoning_tokens": text.reasoning_tokens}
                if text.stopped:
                    reason = "stop"
                    break
                # The last one too: the next prompt goes on behind it.
                if len(llama.tokens) < llama.largest:
                    llama.make_room(len(llama.tokens) + 1)
                    llama.evaluate([token])
        out.add(text.finish())
        yield from out.rest()
        yield {
            "end": reason,
            "output": output,
            "reasoning_tokens": text.reasoning_tokens,
            "prefill": prefilled - began,
            "generation": time.monotonic() - prefilled,
        }

    def _format_named(self, form: str) -> ChatForm:
        """Raises ConfigError, BadResponse."""
        if form and self._llama.written_as(form, PROBE) is not None:
            return NativeFormat(self._llama, form)
        source = self._llama.template or CHATML
        if form:
            try:
                source = read_plain(at_home(form)).decode()
            except (OSError, ValueError) as error:
                raise ConfigError(
                    f"The chat format {form} of {self._name} is none of llama.cpp's and no file "
                    "that can be read; change it under local.chat_formats."
                ) from error
        known = self._llama.vocabulary
        return ChatTemplate(source, bos=known.bos, eos=known.eos, name=self._name)

    def _unheld(self, options: Mapping[str, Any]) -> tuple[str, ...]:
        schema = options.get("json_schema")
        return () if schema is None else self._llama.unheld(schema)

    def _rendered(
        self,
        messages: Sequence[Mapping[str, str]],
        options: Mapping[str, Any],
        unheld: Sequence[str] = (),
    ) -> str:
        control = self._control.values()
        if unheld:
            messages = told(messages, in_words(options["json_schema"]))
        given = [
            {**message, "content": marked(message["content"], control)} for message in messages
        ]
        if options.get("begun"):
            given[-1]["content"] += CUT
        prompt = self._form.render(given)
        if options.get("begun"):
            # What the template writes behind a reply is not said before it has ended.
            prompt, found, _ = prompt.partition(CUT)
            if not found:
                raise BadResponse(
                    f"The chat template of {self._name} writes no begun reply; ask again with a "
                    "greater max_output_tokens."
                )
            return prompt
        bound = options.get("json_schema") or options.get("grammar")
        # What must fit a grammar from its first token on has no place for thoughts.
        return prompt.rstrip() + CLOSED_THOUGHT if bound and opened_mark(prompt) else prompt

    def _going_on(self, prompt: str) -> list[int]:
        """The prompt's tokens. What the context holds is saved when it is of another
        conversation, and what was saved comes back where more of the prompt is in it."""
        llama = self._llama
        tokens = self._tokens(prompt, llama.tokens, self._left_early)
        here = common(llama.tokens, tokens)
        best, most = None, here + WORTH_RESTORING - 1
        for state in self._saved:
            known = self._tokens(prompt, state.tokens, state.left_early)
            if (found := common(state.tokens, known)) > most:
                best, most, tokens = state, found, known
        if best is not None and most >= len(best.tokens) // 2:
            # It goes on from here; what only begins alike stays for its own conversation.
            self._saved.remove(best)
        if here < len(llama.tokens) // 2:
            self._save()
        if best is not None:
            llama.restore(best.tokens, best.data, best.checkpoints)
            self._left_early = best.left_early
        return tokens

    def _points(
        self, messages: Sequence[Mapping[str, str]], prompt: str, tokens: Sequence[int]
    ) -> tuple[int, ...]:
        """Where a model with one state may have to go back to, in tokens: to where the last message
        begins, whose passages the next prompt doesn't have, and to the end, for the same prompt
        again. The last token is always computed."""
        other = self._rendered([*messages[:-1], {**messages[-1], "content": CUT}], {})
        shared = common(prompt, other)
        # Counted from the end. Where the texts part, their tokens may do so a little earlier.
        behind = len(self._written_as(parts(prompt[shared:], self._spelt)))
        return max(0, len(tokens) - behind - PARTING), len(tokens) - 1

    def _save(self) -> None:
        """Keeps what the context holds, as far as there is memory for that."""
        size = self._llama.state_size()
        if len(self._llama.tokens) < LEAST_SAVED or size > self._saved.limit:
            return
        if 4 * size > free_memory().free:
            return
        llama = self._llama
        points = llama.checkpoints.all()
        self._saved.add(State(list(llama.tokens), llama.state(), self._left_early, points))

    def _tokens(self, prompt: str, held: list[int], left_early: bool) -> list[int]:
        """The prompt's tokens, with those that a context has held where that reuses more of it.
        After a reply that was left early they are always as the tokenizer writes them."""
        first = self._llama.vocabulary.first
        if prompt.startswith(tuple(self._control[token] for token in first)):
            first = ()
        cut = parts(prompt, self._spelt)
        tokens = [*first, *self._written_as(cut)]
        if not left_early and held[: len(first)] == list(first):
            again = [*first, *self._as_held(cut, held[len(first) :])]
            fits = len(again) <= self._llama.largest - LEAST_REPLY
            if fits and common(held, again) > common(held, tokens):
                return again
        return tokens

    def _as_held(self, cut: Sequence[Part | int], held: Sequence[int]) -> list[int]:
        """Tokens of the prompt, those of the context as far as they spell it."""
        found: list[int] = []
        for number, part in enumerate(cut, 1):
            behind = held[len(found) :]
            if isinstance(part, int) or not part[1]:
                tokens, rest = self._written_as([part]), ""
                alike = list(behind[: len(tokens)]) == tokens
            else:
                space_first = self._llama.vocabulary.space_first
                kept, end = evaluated(
                    part[0],
                    behind,
                    self._llama.vocabulary.piece,
                    self._control,
                    space_first=space_first,
                )
                tokens = list(behind[:kept])
                rest = part[0].encode("utf-8", "replace")[end:].decode("utf-8")
                alike = not rest
            found += tokens
            if not alike:
                return [*found, *self._written_as([(rest, True), *cut[number:]])]
        return found

    def _written_as(self, cut: Sequence[Part | int]) -> list[int]:
        tokens: list[int] = []
        for part in cut:
            if isinstance(part, tuple):
                text, meant = part
                tokens += self._llama.vocabulary.tokenise(text, special=meant) if text else ()
            elif part < len(self._pictures):
                tokens += self._pictures[part]
            else:
                raise BadResponse(
                    f"The chat template of {self._name} shows a picture that is not there; choose "
                    "another one under local.chat_formats."
                )
        return tokens

    def _shown(self, token: int) -> bytes:
        if token in self._control and self._control[token] not in self._shown_control:
            return b""
        return self._llama.vocabulary.piece(token)


def taken_apart(
    messages: Sequence[Mapping[str, Any]],
) -> tuple[list[Mapping[str, str]], list[Mapping[str, Any]]]:
    """The messages with marks for their pictures, and the pictures. They stand before the text, as
    with all who take some: a last message has passages in its text, which it has not later."""
    plain: list[Mapping[str, str]] = []
    pictures: list[Mapping[str, Any]] = []
    for message in messages:
        shown = message.get("pictures", ())
        marks = "".join(picture_mark(len(pictures) + at) for at in range(len(shown)))
        pictures += shown
        rest = {key: value for key, value in message.items() if key != "pictures"}
        plain.append({**rest, "content": marks + marked(message["content"], (PICTURE,))})
    return plain, pictures


def told(messages: Sequence[Mapping[str, str]], words: str) -> list[Mapping[str, str]]:
    """The messages with these words at the end of their system prompt."""
    if messages and messages[0]["role"] == "system":
        content = f"{messages[0]['content']}\n\n{words}"
        return [{**messages[0], "content": content}, *messages[1:]]
    return [{"role": "system", "content": words}, *messages]


class ChatForm(Protocol):
    def render(self, messages: Sequence[Mapping[str, str]]) -> str:
        """The prompt's text, byte for byte the same each time."""
        ...


class NativeFormat:
    """One of llama.cpp's own formats. It has a place for a system prompt in each."""

    def __init__(self, llama: Llama, form: str) -> None:
        self._llama = llama
        self._form = form

    def render(self, messages: Sequence[Mapping[str, str]]) -> str:
        return self._llama.written_as(self._form, messages) or ""

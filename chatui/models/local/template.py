"""A prompt as the model was trained to read it: its chat template. Runs in the child, because a
template is a program that came with somebody's file."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from chatui.domain.errors import BadResponse
from chatui.workers.bounds import OutOfBounds, bounded

CHATML = (
    "{% for message in messages %}<|im_start|>{{ message['role'] }}\n{{ message['content'] }}"
    "<|im_end|>\n{% endfor %}{% if add_generation_prompt %}<|im_start|>assistant\n{% endif %}"
)
"""For files without a template: the format that most chat models were trained on."""

_PROBE = "rememberthisword"
LONGEST_TEMPLATE = 500_000
"""Characters. The longest known have 20,000."""
SECONDS = 5.0
"""Of processor time, for a prompt. Templates take milliseconds for hundreds of messages."""
MEGABYTES = 256
WRITTEN = 1_000_000
TIMES_GIVEN = 4
"""The most characters of a prompt: so many, and so many times those of the messages."""
LONGEST_REASON = 200
ChatMessage = Mapping[str, str]


class TemplateRaised(Exception):
    """The template refuses these messages, or does not work."""


class ChatTemplate:
    """Renders messages, byte for byte the same each time.

    What a template can't write is put so that it can, for all prompts alike: a system prompt
    that it refuses or leaves out goes into the first question, and messages of one role in a
    row, where it refuses those, into one. One that goes through the parts of a content, and loses
    a content that is plain text, gets parts. Raises BadResponse where that does not help either,
    for one that writes no question at all, and for a template that takes too much: `seconds` are of
    processor time, for one prompt.
    """

    def __init__(
        self,
        source: str,
        *,
        bos: str = "",
        eos: str = "",
        name: str = "",
        seconds: float = SECONDS,
    ) -> None:
        self._name = name
        self._known = {"bos_token": bos, "eos_token": eos}
        self._seconds = seconds
        if len(source) > LONGEST_TEMPLATE:
            raise self._fault(f"it has more than {LONGEST_TEMPLATE:,} characters")
        try:
            with bounded(seconds, MEGABYTES):
                self._template = _environment().from_string(source)
        # Jinja's errors of syntax, and whatever compiling a hostile text runs into.
        except Exception as error:
            raise self._fault(error) from error
        self._parts = False
        self._parts = self._takes_parts()
        self._folds = not self._writes_system()
        self._joins = not self._writes([_message("user", "a"), _message("user", "b")])

    def render(self, messages: Sequence[ChatMessage], **extra: Any) -> str:
        """The text up to where the reply begins. `extra` are more variables for the template."""
        prepared = fold_system(messages) if self._folds else list(messages)
        prepared = join_roles(prepared) if self._joins else prepared
        try:
            return self._write(prepared, extra)
        except TemplateRaised as error:
            raise self._fault(error) from error

    def _takes_parts(self) -> bool:
        """Whether it writes a question only when that is a list of parts. Raises BadResponse for
        one that writes none either way."""
        if self._writes_question():
            return False
        self._parts = True
        if self._writes_question():
            return True
        raise self._fault("it leaves the question out of the prompt")

    def _writes_question(self) -> bool:
        """Whether the last one is written; one that raises is told of when it does so."""
        turns = [_message("user", "a"), _message("assistant", "b"), _message("user", _PROBE)]
        for messages in (turns, turns[2:]):
            try:
                return _PROBE in self._write(messages, {})
            except TemplateRaised:
                continue
        return not self._parts

    def _writes_system(self) -> bool:
        messages = [_message("system", _PROBE), _message("user", "a")]
        try:
            return _PROBE in self._write(messages, {})
        except TemplateRaised:
            return False

    def _writes(self, messages: Sequence[ChatMessage]) -> bool:
        try:
            self._write(messages, {})
        except TemplateRaised:
            return False
        return True

    def _write(self, messages: Sequence[ChatMessage], extra: Mapping[str, Any]) -> str:
        variables: dict[str, Any] = {
            "tools": None,
            "documents": None,
            "raise_exception": _raise,
            "strftime_now": _today,
            **self._known,
            **extra,
            "messages": [self._given(message) for message in messages],
            "add_generation_prompt": True,
        }
        try:
            with bounded(self._seconds, MEGABYTES):
                text: str = self._template.render(variables)
        except OutOfBounds as error:
            raise self._fault(error) from error
        # Jinja's errors, its sandbox's, and whatever Python raises inside a template.
        except Exception as error:
            raise TemplateRaised(str(error)) from error
        most = WRITTEN + TIMES_GIVEN * sum(len(message["content"]) for message in messages)
        if len(text) > most:
            raise self._fault(f"it writes more than {most:,} characters")
        return text

    def _given(self, message: ChatMessage) -> dict[str, Any]:
        if not self._parts:
            return dict(message)
        return {**message, "content": [{"type": "text", "text": message["content"]}]}

    def _fault(self, error: Exception | str) -> BadResponse:
        reason = str(error).strip().splitlines()
        said = reason[0][:LONGEST_REASON].rstrip(".") if reason else type(error).__name__
        return BadResponse(
            f"The chat template of {self._name} failed ({said}); choose another one under "
            "local.chat_formats."
        )


def fold_system(messages: Sequence[ChatMessage]) -> list[ChatMessage]:
    """System messages at the start go in front of the first question's text; later ones, which
    no such template knows either, become questions."""
    system, rest = [], list(messages)
    while rest and rest[0]["role"] == "system":
        system.append(rest.pop(0)["content"])
    rest = [_message("user", m["content"]) if m["role"] == "system" else m for m in rest]
    if not system:
        return rest
    head = "\n\n".join(system)
    if rest and rest[0]["role"] == "user":
        return [{**rest[0], "content": f"{head}\n\n{rest[0]['content']}"}, *rest[1:]]
    return [_message("user", head), *rest]


def join_roles(messages: Sequence[ChatMessage]) -> list[ChatMessage]:
    """Messages of one role in a row become one, with a blank line between them."""
    joined: list[ChatMessage] = []
    for message in messages:
        if joined and joined[-1]["role"] == message["role"]:
            content = f"{joined[-1]['content']}\n\n{message['content']}"
            joined[-1] = {**joined[-1], "content": content}
        else:
            joined.append(message)
    return joined


def _message(role: str, content: str) -> ChatMessage:
    return {"role": role, "content": content}


def _raise(message: str) -> None:
    raise TemplateRaised(message)


def _today(form: str) -> str:
    """The date. Always that of midnight: a prompt with the minute in it is never cached."""
    return datetime.now().replace(hour=0, minute=0, second=0, microsecond=0).strftime(form)


def _to_json(value: Any, indent: int | None = None, **options: Any) -> str:
    # As transformers has it: Jinja's own filter escapes for HTML.
    known = {key: options[key] for key in ("separators", "sort_keys") if key in options}
    return json.dumps(value, ensure_ascii=False, indent=indent, **known)


def _environment() -> Any:
    """As transformers sets it up, which templates are written for."""
    from jinja2 import ext, nodes
    from jinja2.parser import Parser
    from jinja2.sandbox import ImmutableSandboxedEnvironment

    class GenerationTag(ext.Extension):
        """`{% generation %}` marks what a training looks at: here its content is written."""

        tags = {"generation"}  # noqa: RUF012

        def parse(self, parser: Parser) -> list[nodes.Node]:
            parser.stream.skip(1)
            return parser.parse_statements(("name:endgeneration",), drop_needle=True)

    environment = ImmutableSandboxedEnvironment(
        trim_blocks=True, lstrip_blocks=True, extensions=[GenerationTag, ext.loopcontrols]
    )
    environment.filters["tojson"] = _to_json
    return environment

"""In how much less room a prompt is asked with again: a rule on what the server told."""

from __future__ import annotations

from types import SimpleNamespace
from typing import TYPE_CHECKING, cast

import pytest

from chatui.assistant.retrim import smaller_cap
from chatui.domain.errors import ContextTooLong
from chatui.memory.policy import MemoryPolicy

if TYPE_CHECKING:
    from chatui.assistant.plan import Plan


def plan_of(estimated: int, output: int | None = None) -> Plan:
    options = SimpleNamespace(max_output_tokens=output)
    return cast(
        "Plan",
        SimpleNamespace(
            prompt=SimpleNamespace(tokens=estimated),
            policy=MemoryPolicy(reserve=100),
            request=SimpleNamespace(options=options),
        ),
    )


@pytest.mark.parametrize(
    ("limit", "prompt", "output", "most"),
    [
        (2000, None, None, 1900),  # the limit, less the room for the reply
        (2000, None, 500, 1500),
        (2000, 8000, None, 950),  # the server counts twice what we do
        (2000, 3000, None, 1900),  # and never makes more of it
        (8000, None, None, 3000),  # a limit that would have let it pass: three quarters
        (4000, 4100, None, 3000),
        (None, None, None, 3000),
        (None, 9000, None, 3000),
    ],
)
def test_the_prompt_that_is_asked_again_is_smaller_by_what_was_told(
    limit: int | None, prompt: int | None, output: int | None, most: int
) -> None:
    refusal = ContextTooLong("too long")
    refusal.limit, refusal.prompt = limit, prompt
    assert smaller_cap(plan_of(4000, output), refusal) == most

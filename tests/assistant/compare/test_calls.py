"""What models are compared on, where a document is wanted as a whole."""

from __future__ import annotations

from types import SimpleNamespace
from typing import cast

import pytest

from chatui.assistant.ask import Ask
from chatui.assistant.compare.calls import held_whole
from chatui.assistant.plan import Plan
from chatui.domain.errors import ContextTooLong
from chatui.domain.passage import Passage
from tests.widgets.turns import passage

PASSAGES = (passage(1, "lease.md"), passage(2, "lease.md"), passage(3, "lease.md"))


def asked(*, whole: bool) -> Ask:
    return cast("Ask", SimpleNamespace(whole=whole, passages=PASSAGES))


def planned(passages: tuple[Passage, ...]) -> Plan:
    request = SimpleNamespace(passages=passages)
    return cast("Plan", SimpleNamespace(request=request, info=SimpleNamespace(name="lab/small")))


def test_a_document_that_has_no_room_as_a_whole_is_not_cut_in_silence() -> None:
    held = held_whole(asked(whole=True), planned(PASSAGES[:2]))

    assert isinstance(held, ContextTooLong)
    assert str(held).startswith("lease.md is too long for lab/small in a comparison")


@pytest.mark.parametrize("whole", [True, False])
def test_what_the_prompt_holds_is_compared(whole: bool) -> None:
    plan = planned(PASSAGES if whole else PASSAGES[:2])

    assert held_whole(asked(whole=whole), plan) is plan

"""Filters on the messages of call after call."""

from __future__ import annotations

import pytest

from chatui.assistant import screen as room
from chatui.assistant.screen import Screen
from chatui.domain.conversation import Message, Role
from chatui.jobs.filters.filters import Action, Filter, Spotted, find_all
from chatui.models.base import ModelInfo

INFO = ModelInfo("far/big")
MAIL = Filter(name="mail", detect=("email",), action=Action.REPLACE)
KEYS = Filter(name="keys", detect=("secret",), action=Action.MASK)


@pytest.fixture
def looked_through(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The texts that filters were put on."""
    found: list[str] = []

    def watched(text: str, filters: tuple[Filter, ...]) -> tuple[Spotted, ...]:
        found.append(text)
        return find_all(text, filters)

    monkeypatch.setattr(room, "find_all", watched)
    return found


def said(*texts: str) -> list[Message]:
    return [Message((Role.USER, Role.ASSISTANT)[n % 2], text) for n, text in enumerate(texts)]


async def sent(screen: Screen, *texts: str) -> list[str]:
    screened = await screen.outgoing(said(*texts), INFO, (), None)
    assert screened is not None
    return [message.content for message in screened.messages]


async def test_what_was_sent_before_is_not_looked_through_again(looked_through: list[str]) -> None:
    screen = Screen(lambda names: [MAIL], {"far": ("mail",)})
    before = await sent(screen, "Write to a@b.example.", "Done.", "Thanks")
    assert before == ["Write to ⟦EMAIL_1⟧.", "Done.", "Thanks"]
    looked_through.clear()

    after = await sent(screen, "Write to a@b.example.", "Done.", "And to c@d.example")

    assert looked_through == ["And to c@d.example"]
    assert after == ["Write to ⟦EMAIL_1⟧.", "Done.", "And to ⟦EMAIL_2⟧"]


async def test_other_filters_look_through_everything(looked_through: list[str]) -> None:
    chosen = [MAIL]
    screen = Screen(lambda names: chosen, {"far": ("mail",)})
    await sent(screen, "a@b.example", "Done.")
    looked_through.clear()
    chosen = [KEYS]

    assert await sent(screen, "a@b.example", "Done.") == ["a@b.example", "Done."]
    assert looked_through == ["a@b.example", "Done."]


async def test_what_is_kept_of_long_texts_has_a_bound(
    looked_through: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(room, "MOST_KEPT", 10)
    screen = Screen(lambda names: [MAIL], {"far": ("mail",)})
    for text in ("x" * 20, "y" * 20, "x" * 20):
        assert await sent(screen, text) == [text]
    assert looked_through == ["x" * 20, "y" * 20, "x" * 20]

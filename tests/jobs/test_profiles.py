from __future__ import annotations

from chatui.jobs.profiles import Profile, ReplySettings, apply
from chatui.models.base import SamplingOptions

CHAT = ReplySettings(model="a/b", system="Chat.", options=SamplingOptions(temperature=0.5, seed=7))


def test_a_profile_sets_what_it_names_and_leaves_the_rest() -> None:
    translator = Profile("t", system="Translate.", options=SamplingOptions(temperature=0.0))

    settings = apply(translator, CHAT)

    assert (settings.system, settings.model) == ("Translate.", "a/b")
    assert (settings.options.temperature, settings.options.seed) == (0.0, 7)


def test_a_profile_can_switch_the_documents_off() -> None:
    assert apply(Profile("t", rag=False), CHAT).rag is False
    assert apply(Profile("t"), CHAT).rag is True


def test_settings_know_the_profile_that_they_came_from() -> None:
    assert apply(Profile("t"), CHAT).profile == "t"

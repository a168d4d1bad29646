"""Profiles out of the config, the user's folder and what ships."""

from __future__ import annotations

import stat
from pathlib import Path

import pytest

from chatui.bootstrap.profiles import Profiles, described, faults
from chatui.config.schema import JobTable, ProfileTable
from chatui.domain.errors import ChatuiError, UsageError
from chatui.jobs.profiles import ReplySettings, apply

SHIPPED = {"brief", "commit", "concise", "review", "summarise", "translate"}


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "profiles").mkdir()
    return tmp_path / "profiles"


def opened(folder: Path, **tables: ProfileTable) -> Profiles:
    return Profiles(tables, folder.parent / "config.toml", folder)


def prompt_of(profiles: Profiles, name: str, model: str = "a/b") -> str:
    return apply(profiles.load(name), ReplySettings(system="Chat.")).on(model).system


def test_those_that_ship_are_right_and_say_what_they_are_for(folder: Path) -> None:
    profiles = opened(folder)

    assert set(profiles.places()) == SHIPPED
    assert all(what for _, what in described(profiles))
    assert [faults(profiles, name) for name in SHIPPED] == [[]] * len(SHIPPED)
    assert "Translate the message into English." in prompt_of(profiles, "translate")


def test_a_file_has_its_prompt_beside_it_and_one_for_a_model_by_name(folder: Path) -> None:
    (folder / "sheet.toml").write_text('[models."x/*"]\nprompt = "short.md"\n')
    (folder / "sheet.md").write_text("Long.\n")
    (folder / "short.md").write_text("Short for {% include 'who.txt' %}.")
    (folder / "who.txt").write_text("{{ model }}")
    profiles = opened(folder)

    assert (prompt_of(profiles, "sheet"), prompt_of(profiles, "sheet", "x/y")) == (
        "Long.",
        "Short for x/y.",
    )


def test_the_config_hides_a_file_which_hides_what_ships(folder: Path) -> None:
    (folder / "review.toml").write_text('system = "Mine."\n')
    assert prompt_of(opened(folder), "review") == "Mine."

    both = opened(folder, review=ProfileTable(system="The config's."))
    assert prompt_of(both, "review") == "The config's."
    assert both.hidden() == [("review", folder / "review.toml")]


def test_a_table_of_the_config_has_places_for_models_too(folder: Path) -> None:
    table = ProfileTable(system="All.", models={"x/*": JobTable(system="Some.")})

    assert prompt_of(opened(folder, job=table), "job", "x/1") == "Some."
    assert prompt_of(opened(folder, job=table), "job", "y/1") == "All."


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("sytem = 'x'", "bad.toml, line 1: unknown key sytem; did you mean system?"),
        (
            "rag = true\n\n[options]\ntop_p = 9",
            "bad.toml, line 4: options.top_p is wrong",
        ),
        ("[models.'x/*']\nmodel = 'a/b'", "bad.toml, line 2: unknown key models.x/*.model"),
        ("system = 'x'\nsystem = 'y'", "bad.toml is not valid TOML"),
        ("system = 'x'\nprompt = 'p.md'", "has both system and prompt; keep one of them."),
        ("prompt = 'gone.md'", "gone.md can't be read (No such file or directory)"),
        ("prompt = '.'", "can't be read (it is a folder, not a file)"),
        ("schema = 'gone.json'", "gone.json cannot be read"),
        ("system = \"{% include '../../secret' %}\"", "includes ../../secret, which is outside"),
        ("system = '{{ nobody }}'", "line 1: there is no variable nobody; give it a value"),
        ("[options]\ngrammar = 'gone.gbnf'", "gone.gbnf can't be read"),
    ],
)
def test_a_broken_file_is_one_sentence_and_leaves_the_others(
    folder: Path, text: str, sentence: str
) -> None:
    (folder / "bad.toml").write_text(text)
    profiles = opened(folder)

    found = faults(profiles, "bad")

    assert len(found) == 1
    assert sentence in found[0]
    assert faults(profiles, "review") == []
    assert len(described(profiles)) == len(SHIPPED) + 1


def test_bytes_that_are_no_text_are_refused_by_their_file(folder: Path) -> None:
    (folder / "bad.toml").write_text("prompt = 'p.md'")
    (folder / "p.md").write_bytes(b"\xff\xfe\x00\xd8")

    assert "p.md can't be read (it is not UTF-8 text)" in faults(opened(folder), "bad")[0]
    (folder / "p.md").write_text("a" * 300_000)
    assert "is longer than a prompt can be" in faults(opened(folder), "bad")[0]


def test_an_unknown_name_is_told_with_the_nearest(folder: Path) -> None:
    with pytest.raises(UsageError, match="There is no profile revew; did you mean review"):
        opened(folder).load("revew")
    with pytest.raises(UsageError, match=r"There is no profile xyzzy \(known: brief, commit"):
        opened(folder).load("xyzzy")


def test_a_copy_is_the_users_own_and_replaces_nothing(folder: Path) -> None:
    profiles = opened(folder)

    copies = profiles.copy("translate", "french")

    assert copies == [folder / "french.toml", folder / "french.md"]
    assert stat.S_IMODE(copies[0].stat().st_mode) == 0o600
    assert prompt_of(profiles, "french") == prompt_of(profiles, "translate")
    for new_name in ("french", "none", "../up", ""):
        with pytest.raises(UsageError):
            profiles.copy("review", new_name)


def test_a_copy_does_not_write_half(folder: Path) -> None:
    (folder / "french.md").write_text("Mine.")

    with pytest.raises(ChatuiError, match="is there already"):
        opened(folder).copy("translate", "french")

    assert [path.name for path in folder.iterdir()] == ["french.md"]


def test_none_leaves_a_profile_and_names_none(folder: Path) -> None:
    (folder / "none.toml").touch()

    assert "so none can be called that" in faults(opened(folder), "none")[0]

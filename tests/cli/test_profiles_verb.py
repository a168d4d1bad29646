"""`chatui profiles`, and `-p` of the verbs that ask."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.cli.conftest import Shell
from tests.cli.hosted import running
from tests.scripted_server import saying

JOB = """
description = "Answers of a kind"
system = "All, in {{ tone }}."
[vars]
tone = "earnest"
[options]
top_p = 0.5
[models."mine/*"]
system = "Mine, {{ tone }}, {{ model }}."
[models."mine/big"]
options.top_p = 0.9
"""


@pytest.fixture
def config(home: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    path = home / "config" / "config.toml"
    (path.parent / "profiles").mkdir(parents=True)
    (path.parent / "profiles" / "job.toml").write_text(JOB)
    monkeypatch.setenv("CHATUI_CONFIG", str(path))
    return path


def test_the_list_says_what_each_is_for_and_where_it_is_from(shell: Shell, config: Path) -> None:
    lines = shell("profiles").out.splitlines()
    listed = {one["name"]: one for one in json.loads(shell("profiles", "list", "--json").out)}

    assert any(line.startswith("job ") and line.endswith("Answers of a kind") for line in lines)
    assert listed["job"]["origin"] == str(config.parent / "profiles" / "job.toml")
    assert listed["review"]["origin"] == "chatui"


def test_show_gives_the_prompt_of_a_model_and_where_each_value_is_from(
    shell: Shell, config: Path
) -> None:
    [shown] = json.loads(
        shell("profiles", "show", "job", "-m", "mine/big", "--set", "tone=dry", "--json").out
    )

    file = str(config.parent / "profiles" / "job.toml")
    assert shown["system"] == "Mine, dry, mine/big."
    assert shown["values"]["top_p"] == {"value": 0.9, "from": f'{file} [models."mine/big"]'}
    assert shown["values"]["system"]["from"] == f'{file} [models."mine/*"]'
    assert shown["values"]["collection"] == {"value": "default", "from": "config"}


def test_show_without_a_model_goes_through_those_that_the_profile_names(
    shell: Shell, config: Path
) -> None:
    out = shell("profiles", "show", "job").out

    titles = [line for line in out.splitlines() if line.startswith("── ")]
    assert titles == ["── job · any model", "── job · mine/*", "── job · mine/big"]
    assert "All, in earnest." in out


def test_check_names_what_is_wrong_and_ends_with_two(shell: Shell, config: Path) -> None:
    assert shell("profiles", "check").code == 0
    (config.parent / "profiles" / "bad.toml").write_text("system = '{{ tone }'\n")

    done = shell("profiles", "check")

    assert done.code == 2
    assert "bad: " in done.err
    assert "line 1: unexpected '}'" in done.err


def test_a_copy_can_be_changed_and_is_then_used(shell: Shell, config: Path) -> None:
    done = shell("profiles", "copy", "translate", "chinese")
    prompt = config.parent / "profiles" / "chinese.md"

    assert str(prompt) in done.out.splitlines()
    prompt.write_text("Into Chinese.")
    assert shell("profiles", "show", "chinese").out.splitlines()[1] == "Into Chinese."


def test_ask_sends_the_models_own_prompt_with_the_variable_that_was_given(
    shell: Shell, config: Path
) -> None:
    with running(saying("Hello")) as server:
        config.write_text(f"[providers.mine]\nbase_url = '{server.base_url}'\n")
        done = shell("ask", "hi", "-m", "mine/big", "-p", "job", "--set", "tone=dry", "--json")

    sent = server.exchanges[0].json
    assert sent["messages"][0]["content"].startswith("Mine, dry, mine/big.")
    assert sent["top_p"] == 0.9
    assert json.loads(done.out)["profile"] == "job"


def test_every_profile_asks_every_model_and_each_answer_says_which(
    shell: Shell, config: Path
) -> None:
    with running(saying("Hello")) as server:
        config.write_text(
            f"[providers.mine]\nbase_url = '{server.base_url}'\n"
            "[profiles.plain]\nsystem = 'Plain.'\n"
        )
        asked = ("ask", "hi", "-p", "job", "-p", "plain", "-m", "mine/big", "-m", "mine/small")
        told = shell(*asked)
        listed = json.loads(shell(*asked, "--json").out)

    titles = [line for line in told.out.splitlines() if line.startswith("── ")]
    assert titles == [
        "── job · mine/big", "── job · mine/small", "── plain · mine/big", "── plain · mine/small",
    ]  # fmt: skip
    assert [(one["profile"], one["model"]) for one in listed] == [
        ("job", "mine/big"), ("job", "mine/small"), ("plain", "mine/big"), ("plain", "mine/small"),
    ]  # fmt: skip
    sent = {exchange.json["messages"][0]["content"].split("\n")[0] for exchange in server.exchanges}
    assert sent == {"Mine, earnest, mine/big.", "Mine, earnest, mine/small.", "Plain."}


@pytest.mark.parametrize(
    ("given", "sentence"),
    [
        (("-p", "jbo"), "There is no profile jbo; did you mean job?"),
        (("-p", "job", "--set", "tune=dry"), "has no variable tune; did you mean tone?"),
        (("--set", "tone=dry"), "name the profile with -p"),
        (("-p", "job", "--set", "tone"), "tone sets nothing; write NAME=VALUE."),
    ],
)
def test_a_mistake_is_told_before_anything_is_asked(
    shell: Shell, config: Path, given: tuple[str, ...], sentence: str
) -> None:
    done = shell("ask", "hi", *given)

    assert done.code == 2
    assert sentence in done.err
    assert done.out == ""

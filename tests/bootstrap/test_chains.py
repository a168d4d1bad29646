"""Chains as files."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from chatui.assistant.chains.chain import Chain
from chatui.assistant.chains.state import RunFiles
from chatui.bootstrap.chains import Chains
from chatui.bootstrap.profiles import Profiles
from chatui.domain.errors import ConfigError
from chatui.jobs.profiles import ReplySettings

DOCS = Path(__file__).parents[2] / "docs"


@pytest.fixture
def chains(tmp_path: Path) -> Chains:
    profiles = Profiles({}, tmp_path / "config.toml", tmp_path / "profiles")
    return Chains(tmp_path / "chains", RunFiles(tmp_path / "runs"), profiles, ReplySettings())


def loaded(chains: Chains, text: str, **given: str) -> Chain:
    chains.folder.mkdir(exist_ok=True)
    (chains.folder / "x.toml").write_text(text)
    return chains.load("x", given)


def test_the_chain_of_the_manual_is_one(chains: Chains) -> None:
    page = (DOCS / "chains.md").read_text()
    (text,) = re.findall(r"```toml\n(.*?)```", page, re.DOTALL)

    chain = loaded(chains, text, letter="Dear all")

    assert [step.name for step in chain.in_order()] == ["points", "answers", "reply"]


def test_the_example_is_a_chain_whose_parts_build_on_each_other(chains: Chains) -> None:
    chain = chains.load(str(DOCS / "examples" / "article" / "article.toml"))

    assert {step.name: set(step.needs) for step in chain.steps} == {
        "opening": set(), "middle": {"opening"}, "ending": {"opening", "middle"},
    }  # fmt: skip
    assert all(step.settings.rag and step.settings.passages == 3 for step in chain.steps)


def test_only_a_collection_has_a_step_look_into_documents(chains: Chains) -> None:
    chain = loaded(
        chains,
        "[steps.a]\nprompt = 'x'\n[steps.b]\nprompt = 'x'\ncollection = 'c'\n"
        "[steps.c]\nprompt = 'x'\nrag = true\n",
    )

    assert [step.settings.on("m/m").rag for step in chain.steps] == [False, True, True]


def test_a_prompt_may_be_a_file_that_includes_others(chains: Chains) -> None:
    chains.folder.mkdir()
    (chains.folder / "part.md").write_text("{{ steps.a }}")
    (chains.folder / "prompt.md").write_text("In: {% include 'part.md' %}")
    chain = loaded(chains, "[steps.a]\nprompt = 'x'\n[steps.b]\nprompt_file = 'prompt.md'\n")

    assert chain.step("b").needs == {"a"}


def test_a_fault_of_a_file_beside_it_is_told_with_that_files_line(chains: Chains) -> None:
    chains.folder.mkdir()
    (chains.folder / "prompt.md").write_text("one\n{{ steps.none }}")

    with pytest.raises(ConfigError, match=r"prompt\.md, line 2: there is no step none"):
        loaded(chains, "[steps.a]\nprompt_file = 'prompt.md'\n")


@pytest.mark.parametrize(("given", "value"), [("7", 7), ("true", None), ("seven", None)])
def test_a_value_is_read_as_what_stands_in_the_file(
    chains: Chains, given: str, value: int | None
) -> None:
    text = "[vars]\nn = 3\n[steps.a]\nprompt = '{{ vars.n }}'\n"
    if value is None:
        with pytest.raises(Exception, match="n is a whole number"):
            loaded(chains, text, n=given)
    else:
        assert loaded(chains, text, n=given).variables == {"n": value}


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("prompt = 'x'", "prompt = 'y'"),
        ("model = 'a/b'", "model = 'a/c'"),
        ("options.seed = 1", "options.seed = 2"),
        ("k = 3", "k = 4"),
        ("query = 'x'", "query = 'y'"),
    ],
)
def test_a_digest_changes_with_what_makes_another_call(
    chains: Chains, before: str, after: str
) -> None:
    def digest(line: str) -> str:
        prompt = "" if line.startswith("prompt") else "prompt = 'p'\n"
        chain = loaded(chains, f"[steps.a]\n{prompt}{line}\n[steps.b]\nprompt = 'b'\n")
        return chain.step("a").digest(chain.variables)

    assert digest(before) != digest(after)
    assert digest(before) == digest(before)


def test_a_digest_goes_by_the_variables_that_the_step_names_alone(chains: Chains) -> None:
    text = "[vars]\na = '1'\nb = '1'\n[steps.x]\nprompt = '{{ vars.a }}'\n"

    def digest(**given: str) -> str:
        chain = loaded(chains, text + "[steps.y]\nprompt = '{{ vars.b }}'\n", **given)
        return chain.step("x").digest(chain.variables)

    assert digest() == digest(b="2")
    assert digest() != digest(a="2")

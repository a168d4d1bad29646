from __future__ import annotations

from pathlib import Path

import pytest

from chatui.bootstrap.question_templates import QuestionTemplates
from chatui.domain.errors import UsageError
from chatui.jobs.prompts import Prompt
from chatui.jobs.question_templates import QuestionTemplate, TemplateVariable


def template(text: str, **parts: str) -> QuestionTemplate:
    return QuestionTemplate("t", Prompt(text, parts={f"{n}.md": part for n, part in parts.items()}))


def test_variables_come_in_the_order_in_which_the_text_asks_for_them() -> None:
    asked = template(
        "Compare {{ one }} with {{ two }}, not {{ one }}, by {{ date }} on {{ model }}."
    )

    assert [variable.name for variable in asked.variables()] == ["one", "two"]


@pytest.mark.parametrize("name", ["default", "d"])
def test_a_default_is_known_and_taken_where_nothing_is_given(name: str) -> None:
    found = template(f"In {{{{ language | {name}('French') }}}}: {{{{ text }}}}")

    assert found.variables() == (TemplateVariable("language", "French"), TemplateVariable("text"))
    assert found.filled("m", {"language": "", "text": "hi"}) == "In French: hi"
    assert found.filled("m", {"language": "German", "text": "hi"}) == "In German: hi"


def test_what_a_part_asks_for_is_asked_for_too() -> None:
    found = template("{% include 'tone.md' %} {{ text }}", tone="In a {{ tone }} tone:")

    assert {variable.name for variable in found.variables()} == {"text", "tone"}


def test_what_the_text_itself_sets_is_none_of_them() -> None:
    found = template("{% for x in 'ab' %}{{ x }}{{ sign }}{% endfor %}")

    assert [variable.name for variable in found.variables()] == ["sign"]
    assert found.filled("m", {"sign": "!"}) == "a!b!"


def test_what_is_given_is_no_template_itself() -> None:
    assert template("{{ text }}").filled("m", {"text": "{{ date }}"}) == "{{ date }}"


@pytest.mark.parametrize("text", ["{{ one", "{% for %}", "{{ 1 + }}"])
def test_what_is_no_template_is_a_sentence_with_its_line(text: str) -> None:
    with pytest.raises(UsageError, match="line 1"):
        template(text).variables()


def test_files_of_the_folder_are_templates_by_their_names(tmp_path: Path) -> None:
    (tmp_path / "compare.md").write_text("\nCompare {{ one }}\nand more\n")
    (tmp_path / "plain.txt").write_text("Why?")
    (tmp_path / "other.toml").write_text("")
    templates = QuestionTemplates(tmp_path)

    assert templates.described() == {"compare": "Compare {{ one }}", "plain": "Why?"}
    assert templates.load("plain").variables() == ()
    with pytest.raises(UsageError, match="did you mean compare"):
        templates.load("compar")
    with pytest.raises(UsageError, match="write it into"):
        templates.load("zzz")


def test_a_folder_that_is_not_there_has_none(tmp_path: Path) -> None:
    assert QuestionTemplates(tmp_path / "none").places() == {}


def test_a_template_reads_nothing_outside_its_folder(tmp_path: Path) -> None:
    folder = tmp_path / "templates"
    folder.mkdir()
    (tmp_path / "secret.md").write_text("secret")
    (folder / "t.md").write_text("{% include '../secret.md' %}")

    with pytest.raises(UsageError, match="outside"):
        QuestionTemplates(folder).load("t")

"""What values look like in a prompt, and what a prompt refers to."""

from __future__ import annotations

import pytest
from jinja2 import TemplateSyntaxError

from chatui.jobs.templates import (
    Placeholder,
    Reference,
    Texts,
    environment,
    evaluated,
    references,
    references_of_expression,
)

ROOTS = frozenset({"steps", "vars"})


def drawn(text: str, **values: object) -> str:
    return environment({}).from_string(text).render(**values)


def test_a_key_wins_over_a_method_of_the_same_name() -> None:
    assert drawn("{{ plan.items[0] }}", plan={"items": ["first"]}) == "first"


def test_structures_are_drawn_as_json_and_lists_of_answers_as_paragraphs() -> None:
    assert drawn("{{ one }}", one={"a": [True, None]}) == (
        '{\n  "a": [\n    true,\n    null\n  ]\n}'
    )
    assert drawn("{{ many }}", many=Texts(["a", "", "b"])) == "a\n\nb"


@pytest.mark.parametrize(
    ("template", "text"),
    [
        ("{{ x }}", "⟨x⟩"),
        ("{{ x.title }} {{ x[0] }}", "⟨x.title⟩ ⟨x.0⟩"),
        ("{% for one in x %}{{ one.name }}{% endfor %}", "⟨each of x.name⟩"),
        ("{% if x %}yes{% endif %}", "yes"),
    ],
)
def test_what_is_not_known_yet_stands_with_its_name(template: str, text: str) -> None:
    assert drawn(template, x=Placeholder("x")) == text


def test_references_are_found_with_their_lines_wherever_they_stand() -> None:
    text = "{{ steps.a }}\n{% if vars['b c'] %}{{ steps.d.title | upper }}{% endif %}\n{{ steps }}"

    assert list(references(text, ROOTS)) == [
        Reference("steps", "a", 1),
        Reference("vars", "b c", 2),
        Reference("steps", "d", 2),
        Reference("steps", "", 3),
    ]


def test_an_expression_is_nothing_more() -> None:
    assert list(references_of_expression("steps.a and vars.n > 2", ROOTS)) == [
        Reference("steps", "a", 1),
        Reference("vars", "n", 1),
    ]
    with pytest.raises(TemplateSyntaxError):
        list(references_of_expression("steps.a }} {{ vars.n", ROOTS))


def test_an_expression_gives_its_value_and_not_a_text() -> None:
    assert evaluated("vars.n + 1", {"vars": {"n": 2}}) == 3

"""Chat templates: foreign programs that must render, and must not get out."""

from __future__ import annotations

from datetime import datetime

import pytest

from chatui.domain.errors import BadResponse
from chatui.models.local.template import CHATML, ChatTemplate, fold_system, join_roles
from tests.patience import PATIENCE

SYSTEM = {"role": "system", "content": "Be brief."}
QUESTION = {"role": "user", "content": "Why?"}
ANSWER = {"role": "assistant", "content": "So."}

LLAMA_3 = (
    "{{- bos_token }}{%- for message in messages %}"
    "{{- '<|start_header_id|>' + message['role'] + '<|end_header_id|>\n\n' }}"
    "{{- message['content'] | trim + '<|eot_id|>' }}{%- endfor %}"
    "{%- if add_generation_prompt %}{{- '<|start_header_id|>assistant<|end_header_id|>\n\n' }}"
    "{%- endif %}"
)
GEMMA = (
    "{{ bos_token }}{% if messages[0]['role'] == 'system' %}"
    "{{ raise_exception('System role not supported') }}{% endif %}"
    "{% for message in messages %}"
    "{% if (message['role'] == 'user') != (loop.index0 % 2 == 0) %}"
    "{{ raise_exception('Conversation roles must alternate user/assistant/user/...') }}{% endif %}"
    "{% if (message['role'] == 'assistant') %}{% set role = 'model' %}"
    "{% else %}{% set role = message['role'] %}{% endif %}"
    "{{ '<start_of_turn>' + role + '\n' + message['content'] | trim + '<end_of_turn>\n' }}"
    "{% endfor %}{% if add_generation_prompt %}{{'<start_of_turn>model\n'}}{% endif %}"
)
NO_SYSTEM = (
    "{% for m in messages %}{% if m.role == 'user' %}[INST] {{ m.content }} [/INST]"
    "{% elif m.role == 'assistant' %} {{ m.content }}{{ eos_token }}{% endif %}{% endfor %}"
)
TOOLS = "{% if tools %}{{ tools | tojson }}{% endif %}" + CHATML


def test_chatml_is_written_as_it_is_known() -> None:
    assert ChatTemplate(CHATML).render([SYSTEM, QUESTION]) == (
        "<|im_start|>system\nBe brief.<|im_end|>\n"
        "<|im_start|>user\nWhy?<|im_end|>\n<|im_start|>assistant\n"
    )


def test_a_template_gets_the_marks_of_its_model() -> None:
    prompt = ChatTemplate(LLAMA_3, bos="<|begin_of_text|>").render([QUESTION])
    assert prompt == (
        "<|begin_of_text|><|start_header_id|>user<|end_header_id|>\n\nWhy?<|eot_id|>"
        "<|start_header_id|>assistant<|end_header_id|>\n\n"
    )


@pytest.mark.parametrize("source", [GEMMA, NO_SYSTEM])
def test_a_system_prompt_that_a_template_refuses_or_drops_goes_into_the_question(
    source: str,
) -> None:
    prompt = ChatTemplate(source).render([SYSTEM, QUESTION, ANSWER, QUESTION])
    assert prompt.count("Be brief.") == 1
    assert prompt.index("Be brief.") < prompt.index("Why?") < prompt.index("So.")


def test_questions_in_a_row_become_one_where_roles_have_to_alternate() -> None:
    prompt = ChatTemplate(GEMMA).render([QUESTION, {"role": "user", "content": "And?"}])
    assert "Why?\n\nAnd?" in prompt


@pytest.mark.parametrize("source", [CHATML, LLAMA_3, GEMMA, NO_SYSTEM, TOOLS])
def test_a_longer_conversation_begins_with_the_shorter_one(source: str) -> None:
    template = ChatTemplate(source, bos="<s>", eos="</s>")
    before = template.render([SYSTEM, QUESTION])
    after = template.render([SYSTEM, QUESTION, ANSWER, QUESTION])
    assert after.startswith(before)
    assert template.render([SYSTEM, QUESTION]) == before


def test_the_time_of_day_is_not_told_so_that_a_prompt_stays_the_same() -> None:
    source = "{{ strftime_now('%Y-%m-%d %H:%M:%S') }}" + CHATML
    prompt = ChatTemplate(source).render([QUESTION])
    assert prompt.startswith(f"{datetime.now():%Y-%m-%d} 00:00:00")


def test_the_tags_and_filters_of_transformers_work() -> None:
    source = (
        "{% for m in messages %}{% if m.role == 'system' %}{{ m.content }}{% continue %}{% endif %}"
        "{% generation %}{{ m | tojson }}{% endgeneration %}{% endfor %}"
    )
    assert ChatTemplate(source).render([{"role": "user", "content": "é <b>"}]) == (
        '{"role": "user", "content": "é <b>"}'
    )


@pytest.mark.parametrize(
    "source",
    [
        "{{ ''.__class__.__mro__[1].__subclasses__() }}",
        "{{ messages.__class__.__base__ }}",
        "{{ raise_exception.__globals__['json'] }}",
        "{{ messages.append('x') }}",
        "{% for n in range(10 ** 9) %}x{% endfor %}",
        "{{ raise_exception('never') }}",
        "{{ missing.thing }}",
        "{% include 'other' %}",
    ],
)
def test_what_a_template_must_not_do_is_a_sentence(source: str) -> None:
    with pytest.raises(BadResponse, match=r"chat template of local/m failed .*chat_formats\.$"):
        ChatTemplate(source, name="local/m").render([QUESTION])


def test_a_template_with_an_error_of_syntax_is_a_sentence() -> None:
    with pytest.raises(BadResponse, match="chat template of local/m failed"):
        ChatTemplate("{% for %}", name="local/m")


def test_folding_keeps_the_order_and_every_word() -> None:
    late = {"role": "system", "content": "Later."}
    assert fold_system([SYSTEM, late, QUESTION, ANSWER, late]) == [
        {"role": "user", "content": "Be brief.\n\nLater.\n\nWhy?"},
        ANSWER,
        {"role": "user", "content": "Later."},
    ]
    assert fold_system([SYSTEM]) == [{"role": "user", "content": "Be brief."}]


def test_joining_leaves_what_alternates() -> None:
    assert join_roles([QUESTION, ANSWER, QUESTION]) == [QUESTION, ANSWER, QUESTION]


NO_END = "{% for i in range(99999) %}{% for j in range(99999) %}{% endfor %}{% endfor %}"
GROWING = (
    "{% set all = namespace(text='x' * 1000) %}"
    "{% for i in range(99) %}{% set all.text = all.text + all.text %}{% endfor %}"
)


@pytest.mark.parametrize(
    ("source", "said"),
    [
        (NO_END + CHATML, "takes more than 0.3 s"),
        ("{{ 9 ** 999999999 }}", "takes more than 0.3 s"),
        (
            "{% macro f(n) %}{% for i in 'abc' %}{{ f(n) }}{% endfor %}{% endmacro %}{{ f(1) }}",
            "",
        ),
        (
            "{% set n = messages | length %}{% if n > 2 %}" + NO_END + "{% endif %}" + CHATML,
            "0.3 s",
        ),
        (GROWING + CHATML, "more than 256 MB of memory"),
        ("{{ 'x' * 10 ** 10 }}", "more than 256 MB of memory"),
        ("{{ messages | tojson(indent=10 ** 10) }}", "more than 256 MB of memory"),
        ("{{ '%9999999999d' | format(1) }}", ""),
        ("{{ 'x' * 2000000 }}", "writes more than 1,000,"),
        ("{{ 'x' * 900000 }}{{ 'x' * 900000 }}", "writes more than 1,000,"),
        ("{# " + "x" * 600_000 + " #}" + CHATML, "more than 500,000 characters"),
        ("{{ raise_exception('x' * 100000) }}", ""),
        ("{{ (" * 3000 + "1" + ") }}" * 3000, ""),
        ("{% if 1 %}" * 3000 + "{% endif %}" * 3000, ""),
    ],
    ids=lambda given: given[:30],
)
def test_a_template_that_takes_too_much_is_a_sentence(source: str, said: str) -> None:
    # What is to meet another bound must not meet that of time before, on a busy machine.
    seconds = PATIENCE if "more than" in said and "0.3 s" not in said else 0.3
    with pytest.raises(BadResponse, match="The chat template of mine failed") as caught:
        ChatTemplate(source, name="mine", seconds=seconds).render([QUESTION, ANSWER, QUESTION])
    assert said in str(caught.value)
    assert str(caught.value).endswith("under local.chat_formats.")
    assert len(str(caught.value)) < 400


def test_a_long_conversation_is_within_the_bounds_of_a_template() -> None:
    long = [{**QUESTION, "content": "word " * 20_000}, {**ANSWER, "content": "word " * 20_000}] * 40
    prompt = ChatTemplate(LLAMA_3, bos="<|begin_of_text|>").render([SYSTEM, *long, QUESTION])
    assert len(prompt) > 8_000_000


PARTS = (
    "{% for m in messages %}<|im_start|>{{ m.role }}\n{% for c in m.content %}"
    "{% if c.type == 'text' %}{{ c.text }}{% endif %}{% endfor %}<|im_end|>\n{% endfor %}"
    "<|im_start|>assistant\n"
)
PARTS_BY_NAME = PARTS.replace("c.type", "c['type']").replace("c.text", "c['text']")
PARTS_ADDED_UP = (
    "{% for m in messages %}<|im_start|>{{ m.role }}\n{{ m.content[0]['text'] }}<|im_end|>\n"
    "{% endfor %}<|im_start|>assistant\n"
)


@pytest.mark.parametrize("source", [PARTS, PARTS_BY_NAME, PARTS_ADDED_UP])
def test_a_template_that_wants_parts_gets_the_question_and_the_system_prompt(source: str) -> None:
    prompt = ChatTemplate(source).render([SYSTEM, QUESTION, ANSWER, QUESTION])
    assert prompt.count("Why?") == 2
    assert "Be brief." in prompt
    assert "So." in prompt


def test_a_template_that_takes_both_is_given_plain_text() -> None:
    both = (
        "{% for m in messages %}{% if m.content is string %}plain {{ m.content }}"
        "{% else %}{% for c in m.content %}{{ c.text }}{% endfor %}{% endif %}{% endfor %}"
    )
    assert ChatTemplate(both).render([QUESTION]) == "plain Why?"


@pytest.mark.parametrize("source", ["", "Hello", "{% for m in messages %}{{ m.role }}{% endfor %}"])
def test_a_template_that_leaves_the_question_out_is_refused(source: str) -> None:
    with pytest.raises(BadResponse, match="leaves the question out"):
        ChatTemplate(source)

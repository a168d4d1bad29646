from __future__ import annotations

from tests.cli.conftest import Shell


def test_the_pieces_of_a_chinese_word_by_gpt3s_vocabulary(shell: Shell) -> None:
    found = shell("tokens", "算法工程师", "-m", "r50k_base", "--json").json

    assert [token["id"] for token in found["tokens"]] == [
        163, 106, 245, 37345, 243, 32432, 98, 163, 101, 233, 30585, 230,
    ]  # fmt: skip
    assert bytes.fromhex("".join(t["bytes"] for t in found["tokens"])).decode() == "算法工程师"
    assert (found["count"], found["exact"]) == (12, True)


def test_several_models_stand_side_by_side(shell: Shell) -> None:
    found = shell("tokens", "hello", "-m", "openai/gpt-4", "-m", "deepseek/chat", "--json").json

    assert [(one["encoding"], one["exact"]) for one in found] == [
        ("cl100k_base", True),
        ("o200k_base", False),
    ]


def test_people_see_bytes_where_a_character_is_split(shell: Shell) -> None:
    assert "e6 b3" in shell("tokens", "算法工程师", "-m", "r50k_base").out


def test_no_text_has_no_tokens(shell: Shell) -> None:
    assert shell("tokens", "", "--json").json["count"] == 0

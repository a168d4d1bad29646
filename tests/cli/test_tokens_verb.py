from __future__ import annotations

import pytest

from chatui.cli.token_tables import Look, token_lines
from chatui.cost.tokens.tokens import TokenCounter
from tests.cli.conftest import Shell
from tests.tiny_gguf import write_tiny_gguf


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


def test_columns_stand_side_by_side_where_there_is_room() -> None:
    lines = drawn("it's", ["r50k_base", "gpt-4o"], columns=100)

    assert lines[0] == f"{'r50k_base · r50k_base':<48}   gpt-4o · o200k_base"
    assert lines[-2].split() == [
        *["270", '"it"', "69", "74"],
        *["64190", '"it\'s"', "69", "74", "27", "73"],
    ]


def test_columns_stand_one_under_the_other_at_80_columns() -> None:
    lines = drawn("it's", ["r50k_base", "gpt-4o"], columns=80)

    assert [line for line in lines if " · " in line and "_base" in line] == [
        "r50k_base · r50k_base",
        "gpt-4o · o200k_base",
    ]


def test_without_colours_a_line_parts_the_pieces(shell: Shell) -> None:
    out = shell("tokens", "it's 算", "-m", "r50k_base").out

    assert "it│'s│·\\xe7│\\xae│\\x97│" in out
    assert "算 2/3" in out


def test_figures_of_another_models_tokens_are_marked(shell: Shell) -> None:
    assert "≈ 1 token · ≈ 1.00 per word" in shell("tokens", "hello", "-m", "deepseek/chat").out


def test_an_argument_that_is_no_utf8_is_shown(shell: Shell) -> None:
    found = shell("tokens", "a\udcff", "-m", "gpt-4o", "--json").json

    assert found["tokens"][-1]["text"] == "\ufffd"


HOSTILE = {
    "spaces": " " * 1_000_000,
    "NUL": "\0" * 1_000_000,
    "bidi controls and special tokens": "\u202e<|im_start|>" * 60_000,
}


@pytest.mark.parametrize("name", HOSTILE)
def test_a_megabyte_of_hostile_text_is_written_as_json(shell: Shell, name: str) -> None:
    found = shell("tokens", HOSTILE[name], "-m", "gpt-4o", "--json").json

    joined = b"".join(bytes.fromhex(token["bytes"]) for token in found["tokens"])
    assert joined == HOSTILE[name].encode()


def test_a_model_in_the_models_folder_is_counted_with_its_own_tokenizer(shell: Shell) -> None:
    folder = shell.data / "models"
    folder.mkdir()
    write_tiny_gguf(folder / "tiny.gguf")

    found = shell("tokens", "hi", "-m", "mine/tiny", "--json").json

    assert (found["encoding"], found["count"], found["exact"]) == ("tiny.gguf", 5, True)


def test_a_file_that_is_no_tokenizer_is_told_and_estimated(shell: Shell) -> None:
    folder = shell.data / "models"
    folder.mkdir()
    (folder / "bad.gguf").write_bytes(b"no model")

    done = shell("tokens", "hi", "-m", "mine/bad", "--json")

    assert (done.code, done.json["encoding"], done.json["exact"]) == (0, "o200k_base", False)
    assert "can't be used, so tokens are estimated" in done.err


def drawn(text: str, models: list[str], columns: int) -> list[str]:
    counter = TokenCounter()
    found = [counter.tokenised(text, model) for model in models]
    return [
        "".join(part if isinstance(part, str) else part.text for part in line).rstrip()
        for line in token_lines(text, found, Look(columns))
    ]


def test_the_texts_own_figures_stand_beside_the_rule_of_thumb(shell: Shell) -> None:
    out = shell("tokens", "hello world", "-m", "gpt-4").out
    guessed = shell("tokens", "hello", "-m", "deepseek/chat").out

    assert "5.50 characters a token (rule of thumb 4)\n" in out
    assert "1.00 words a token (rule of thumb 0.75)\n" in out
    assert "≈ 5.00 characters a token (rule of thumb 4)\n" in guessed
    assert "≈ 1.00 words a token (rule of thumb 0.75)\n" in guessed


def test_json_has_characters_and_words_per_token(shell: Shell) -> None:
    found = shell("tokens", "hello world", "-m", "gpt-4", "--json").json

    assert (found["characters"], found["words"]) == (11, 2)
    assert (found["characters_per_token"], found["words_per_token"]) == (5.5, 1.0)


def test_words_that_nothing_parts_are_not_guessed(shell: Shell) -> None:
    thai = shell("tokens", "สวัสดีชาวโลก", "-m", "gpt-4o", "--json").json

    assert (thai["words"], thai["words_per_token"]) == (None, None)
    assert thai["characters_per_token"] > 0
    assert "— words a token" in shell("tokens", "สวัสดีชาวโลก", "-m", "gpt-4o").out
    assert "— words" not in shell("tokens", "算法 hello", "-m", "gpt-4o").out


def test_no_text_has_no_figures(shell: Shell) -> None:
    empty = shell("tokens", "", "-m", "gpt-4o", "--json").json

    assert (empty["characters_per_token"], empty["words_per_token"]) == (None, None)
    assert "a token" not in shell("tokens", "", "-m", "gpt-4o").out

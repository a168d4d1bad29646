from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import closing

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from chatui.retrieval.lexical import MAX_TERMS, index_text, match_expression

TOKENIZE = "porter unicode61 remove_diacritics 2"


@pytest.fixture(scope="module")
def words() -> Iterator[sqlite3.Connection]:
    with closing(sqlite3.connect(":memory:")) as db:
        db.execute(f"CREATE VIRTUAL TABLE words USING fts5 (text, tokenize = '{TOKENIZE}')")
        yield db


def finds(words: sqlite3.Connection, text: str, query: str) -> bool:
    words.execute("DELETE FROM words")
    words.execute("INSERT INTO words VALUES (?)", (index_text(text),))
    expression = match_expression(query)
    return expression is not None and bool(
        words.execute("SELECT 1 FROM words WHERE words MATCH ?", (expression,)).fetchall()
    )


@settings(max_examples=300)
@given(st.text(max_size=60))
def test_any_query_is_a_valid_expression(words: sqlite3.Connection, query: str) -> None:
    expression = match_expression(query)

    if expression is not None:
        words.execute("SELECT 1 FROM words WHERE words MATCH ?", (expression,)).fetchall()


@pytest.mark.parametrize(
    "query", ['"', "AND", "a OR", "NEAR(x y)", "text:", "^x", "-x", "x*", "(((", "'; DROP TABLE"]
)
def test_search_syntax_is_taken_as_words(words: sqlite3.Connection, query: str) -> None:
    expression = match_expression(query)

    words.execute("SELECT 1 FROM words WHERE words MATCH ?", (expression or '"x"',)).fetchall()


@pytest.mark.parametrize("query", ["", "  ", "?!", "—", "\0"])
def test_a_query_without_words_has_no_expression(query: str) -> None:
    assert match_expression(query) is None


@pytest.mark.parametrize(
    ("text", "query"),
    [
        ("The rivers were rising", "Did the river rise?"),
        ("call os.path.join() here", "os.path.join"),
        ("set MAX_FILE_SIZE first", "max_file_size"),
        ("state-of-the-art", "state-of-the-art"),
        ("a naïve café", "naive cafe"),
        ("the user's manual", "user's"),
        ("Full-width ＡＢＣ１２３", "abc123"),
        ("北京是中国的首都", "首都"),
        ("北京是中国的首都", "都"),
        ("北京是中国的首都", "京"),
        ("东京", "东"),
        ("私は東京に住んでいます", "東京はどこ"),
        ("서울은 한국의 수도이다", "서울"),
        ("ภาษาไทยไม่มีช่องว่าง", "ไทย"),
        ("मुझे हिन्दी पसंद है", "हिन्दी"),
        ("Python 3.11 runs it", "python 3.11"),
        ("Version 2 of 程序设计", "程序"),
    ],
)
def test_a_text_is_found_by_its_words(words: sqlite3.Connection, text: str, query: str) -> None:
    assert finds(words, text, query)


@pytest.mark.parametrize(
    ("text", "query"),
    [
        ("The rivers were rising", "What is the price of it?"),
        ("北京是中国的首都", "上海"),
        ("one two", "three"),
    ],
)
def test_a_text_is_not_found_by_others(words: sqlite3.Connection, text: str, query: str) -> None:
    assert not finds(words, text, query)


def test_question_words_count_when_there_are_no_others(words: sqlite3.Connection) -> None:
    assert finds(words, "To be or not to be", "to be or not to be")
    assert finds(words, "The Who", "the who")


def test_a_pasted_page_is_cut_to_its_first_words() -> None:
    expression = match_expression(" ".join(f"word{n}" for n in range(10_000)))

    assert expression is not None
    assert expression.count(" OR ") == MAX_TERMS - 1

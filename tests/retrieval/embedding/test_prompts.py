from __future__ import annotations

import pytest

from chatui.retrieval.embedding.source import Prompts, known_prompts


@pytest.mark.parametrize(
    ("name", "query", "document"),
    [
        ("multilingual-e5-small", "query: ", "passage: "),
        ("e5-large-v2", "query: ", "passage: "),
        ("nomic-embed-text-v1.5", "search_query: ", "search_document: "),
        ("bge-small-en-v1.5", "Represent this sentence for searching relevant passages: ", ""),
        ("mxbai-embed-large-v1", "Represent this sentence for searching relevant passages: ", ""),
    ],
)
def test_what_a_family_wants_in_front_of_a_text_is_known(
    name: str, query: str, document: str
) -> None:
    assert known_prompts(name) == Prompts(query, document)


@pytest.mark.parametrize(
    "name", ["bge-m3", "all-MiniLM-L6-v2", "gte-small", "multilingual-e5-large-instruct", "my-e5"]
)
def test_nothing_is_put_in_front_for_other_models(name: str) -> None:
    assert known_prompts(name) is None

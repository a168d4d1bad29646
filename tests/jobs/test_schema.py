"""JSON schemas from files: what they may refer to, and what an answer has to fit."""

from __future__ import annotations

import json
import socket
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from referencing.exceptions import Unresolvable

from chatui.domain.errors import BadResponse, UsageError
from chatui.jobs.schema import load_schema, parse


@pytest.fixture
def listener() -> Iterator[socket.socket]:
    """Listens on this machine; a connection waits for `accept`."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        server.setblocking(False)
        yield server


def written(folder: Path, schema: Any) -> Path:
    path = folder / "schema.json"
    path.write_text(json.dumps(schema))
    return path


def nobody_came(listener: socket.socket) -> bool:
    try:
        listener.accept()
    except BlockingIOError:
        return True
    return False


@pytest.mark.parametrize("keyword", ["$ref", "$dynamicRef"])
def test_a_reference_to_the_network_is_refused_and_not_followed(
    tmp_path: Path, listener: socket.socket, keyword: str
) -> None:
    place = f"http://127.0.0.1:{listener.getsockname()[1]}/schema.json"
    schema = {"type": "object", "properties": {"n": {keyword: place}}}

    with pytest.raises(UsageError, match="fetches and reads nothing") as refused:
        load_schema(written(tmp_path, schema))

    assert place in str(refused.value)
    assert nobody_came(listener)


def test_a_reference_to_a_file_is_refused_and_the_file_not_read(tmp_path: Path) -> None:
    place = written(tmp_path, {"const": "secret"}).as_uri()
    outer = tmp_path / "outer.json"
    outer.write_text(json.dumps({"items": {"$ref": place}}))

    with pytest.raises(UsageError, match="refers to file:"):
        load_schema(outer)


@pytest.mark.parametrize(
    ("schema", "place"),
    [
        ({"$ref": "other.json"}, "other.json"),
        ({"$ref": "#/$defs/nothere"}, "#/$defs/nothere"),
        ({"$id": "http://a.example/all/", "items": {"$ref": "part"}}, "part"),
        ({"anyOf": [{"not": {"$ref": "urn:x:y"}}]}, "urn:x:y"),
        # Only what a reference leads to says that this place is a schema.
        ({"$ref": "#/parts/a", "parts": {"a": {"$ref": "b.json"}}}, "b.json"),
    ],
)
def test_what_the_schema_does_not_hold_is_named(tmp_path: Path, schema: Any, place: str) -> None:
    with pytest.raises(UsageError) as refused:
        load_schema(written(tmp_path, schema))

    assert f"refers to {place}, " in str(refused.value)


@pytest.mark.parametrize(
    "schema",
    [
        {"$defs": {"n": {"type": "integer"}}, "properties": {"n": {"$ref": "#/$defs/n"}}},
        {"definitions": {"n": {"type": "integer"}}, "items": {"$ref": "#/definitions/n"}},
        {"properties": {"child": {"$ref": "#"}}},
        {"$id": "http://a.example/tree", "items": {"$ref": "http://a.example/tree"}},
        {"$defs": {"n": {"$anchor": "here"}}, "items": {"$ref": "#here"}},
        {"$ref": "https://json-schema.org/draft/2020-12/schema"},
        {"properties": {"$ref": {"type": "string"}}},
        {"const": {"$ref": "http://a.example/"}},
    ],
)
def test_what_the_schema_holds_may_be_referred_to(tmp_path: Path, schema: Any) -> None:
    assert load_schema(written(tmp_path, schema)) == schema


def test_an_answer_is_checked_along_the_references(tmp_path: Path) -> None:
    schema = load_schema(
        written(
            tmp_path,
            {"$defs": {"n": {"type": "integer"}}, "properties": {"n": {"$ref": "#/$defs/n"}}},
        )
    )

    assert parse('{"n": 3}', schema) == {"n": 3}
    with pytest.raises(BadResponse, match="at n:"):
        parse('{"n": "three"}', schema)


@pytest.mark.parametrize(
    "schema",
    [{"anyOf": [{"$ref": "#"}]}, {"$defs": {"a": {"$ref": "#/$defs/a"}}, "$ref": "#/$defs/a"}],
)
def test_a_schema_that_goes_round_in_circles_is_a_sentence(schema: Any) -> None:
    with pytest.raises(BadResponse, match="refers to itself"):
        parse("{}", schema)


def test_checking_an_answer_fetches_nothing(listener: socket.socket) -> None:
    schema = {"$ref": f"http://127.0.0.1:{listener.getsockname()[1]}/schema.json"}

    with pytest.raises(Unresolvable):
        parse("{}", schema)

    assert nobody_came(listener)

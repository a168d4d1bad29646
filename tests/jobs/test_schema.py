"""JSON schemas from files: what they may refer to, and what an answer has to fit."""

from __future__ import annotations

import json
import socket
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

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


@pytest.mark.parametrize(
    ("schema", "reason"),
    [
        ({"$ref": "#"}, "refers to itself before any value is reached"),
        ({"allOf": [{"$ref": "#"}]}, "refers to itself"),
        ({"$defs": {"a": {"not": {"$ref": "#/$defs/a"}}}, "$ref": "#/$defs/a"}, "refers to itself"),
        ({"enum": ["x" * 300_000]}, "has more than 256 KB"),
        ({"pattern": "("}, "is not a JSON schema"),
        ({"required": [[at] for at in range(30_000)]}, "not"),
        ({"type": "x" * 100_000}, "is not a JSON schema"),
        (5, "it has to be an object"),
    ],
    ids=lambda given: given if isinstance(given, str) else "",
)
def test_a_schema_that_leads_nowhere_is_a_sentence_before_anything_is_asked(
    tmp_path: Path, schema: Any, reason: str
) -> None:
    with pytest.raises(UsageError, match=reason) as refused:
        load_schema(written(tmp_path, schema))
    assert len(str(refused.value).replace(str(tmp_path), "")) < 350


@pytest.mark.parametrize("times", [10, 40, 60, 90, 110, 2000])
@pytest.mark.parametrize("key", ["items", "not", "additionalProperties"])
def test_a_schema_of_any_depth_is_taken_or_is_a_sentence(
    tmp_path: Path, key: str, times: int
) -> None:
    path = tmp_path / "schema.json"
    path.write_text(f'{{"{key}": ' * times + '{"type": "string"}' + "}" * times)
    try:
        assert load_schema(path).keys() == {key}
        assert times < 100
    except UsageError as refused:
        assert times > 10
        assert "deep" in str(refused)  # noqa: PT017 - some are taken


@pytest.mark.parametrize(
    ("schema", "answer"),
    [
        ({"pattern": "^(a+)+$"}, "a" * 60 + "!"),
        ({"patternProperties": {"^(a+)+$": True}}, {"a" * 60 + "!": 1}),
        ({"uniqueItems": True}, [{"a": at} if at % 2 else str(at) for at in range(9_000)]),
    ],
    ids=["pattern", "patternProperties", "uniqueItems"],
)
def test_an_answer_that_takes_for_ever_to_check_is_a_sentence(
    schema: Any, answer: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("chatui.jobs.schema.CHECK_SECONDS", 0.3)
    with pytest.raises(BadResponse, match=r"it takes more than 0\.3 s; make that simpler"):
        parse(json.dumps(answer), schema)


def test_what_does_not_fit_is_told_at_its_length(tmp_path: Path) -> None:
    with pytest.raises(BadResponse, match="is not of type 'string'") as refused:
        parse(json.dumps(["x"] * 100_000), {"type": "string"})
    assert len(str(refused.value)) < 400


def test_checking_an_answer_fetches_nothing(listener: socket.socket) -> None:
    schema = {"$ref": f"http://127.0.0.1:{listener.getsockname()[1]}/schema.json"}

    with pytest.raises(BadResponse, match="can't be checked against the schema"):
        parse("{}", schema)

    assert nobody_came(listener)

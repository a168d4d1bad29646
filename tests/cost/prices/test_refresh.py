"""A newer price list is fetched when asked for, and kept only when it is good."""

from __future__ import annotations

import http.server
import json
import logging
import shutil
import threading
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from chatui.cost.prices.price import Rate
from chatui.cost.prices.price_list import PriceList
from chatui.cost.prices.prices import PriceBook
from chatui.cost.prices.refresh import refresh_prices
from chatui.domain.errors import PricesNotUpdated
from tests.cost.price_lists import Listed, listed, write_list

NOW = datetime(2026, 11, 1, tzinfo=UTC)
Serve = Callable[[bytes, int], str]


@pytest.fixture(autouse=True)
def no_network() -> None:
    """Here a list is fetched: from this machine."""


@pytest.fixture
def target(tmp_path: Path) -> Path:
    return tmp_path / "cache" / "prices.json"


@pytest.fixture(scope="module")
def fetched(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The file of a good list, in which plain models cost 0.25."""
    folder = tmp_path_factory.mktemp("fetched")
    refresh_prices(folder / "prices.json", write_list(folder / "list.json", listed()))
    return folder / "prices.json"


@pytest.fixture
def in_use(fetched: Path, target: Path) -> Path:
    target.parent.mkdir()
    return Path(shutil.copy(fetched, target))


@pytest.fixture
def serve() -> Iterator[Serve]:
    """Starts a server that answers with those bytes; returns its address."""
    running: list[http.server.ThreadingHTTPServer] = []

    def start(content: bytes, status: int = 200) -> str:
        class Answer(http.server.BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                self.send_response(status)
                self.send_header("Content-Length", str(len(content)))
                self.end_headers()
                self.wfile.write(content)

            def log_message(self, *_: Any) -> None:
                pass

        server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Answer)
        running.append(server)
        threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True).start()
        return f"http://127.0.0.1:{server.server_address[1]}/data.json"

    yield start
    for server in running:
        server.shutdown()
        server.server_close()


def book(target: Path) -> PriceBook:
    return PriceBook(listed=PriceList(target))


def input_rate(target: Path, name: str, at: datetime = NOW) -> Rate | None:
    price = book(target).price(name, at)
    return price.input if price else None


def test_a_fetched_list_is_used_from_then_on(serve: Serve, target: Path) -> None:
    done = refresh_prices(target, serve(json.dumps(listed()).encode(), 200))
    assert (done.providers, done.models) == (2, 1502)
    price = book(target).price("openai/plain-7", NOW)
    assert price is not None
    assert price.row() == {
        "model": "openai/plain-7",
        "source": "genai-prices",
        "day": "2026-11-01",
        "currency": "USD",
        "per": 1_000_000,
        "input": "0.25",
        "edition": done.fetched.date().isoformat(),
    }
    assert book(target).context_size("openai/plain-7") == 1234
    assert target.stat().st_mode & 0o777 == 0o600


def test_dated_and_stepped_prices_are_read(fetched: Path) -> None:
    assert input_rate(fetched, "openai/stepped") == Rate(Decimal(1), ((200_000, Decimal(2)),))
    assert input_rate(fetched, "openai/dated", NOW.replace(month=9)) == Rate(Decimal(4))
    assert input_rate(fetched, "openai/dated") == Rate(Decimal(2))


def test_a_model_that_is_resold_is_found_with_its_maker(fetched: Path) -> None:
    assert input_rate(fetched, "azure/stepped") == input_rate(fetched, "openai/stepped")
    assert input_rate(fetched, "azure/nothing") is None


def test_a_provider_of_the_users_own_name_is_known_by_its_address(fetched: Path) -> None:
    urls = {"mine": "https://api.openai.com/v1"}
    mine = PriceBook(listed=PriceList(fetched), provider_urls=urls)
    assert mine.price("mine/plain-1", NOW) is not None


def test_what_is_different_is_told(tmp_path: Path, in_use: Path) -> None:
    new: Listed = listed(count=1501)
    new[0]["models"][0]["prices"] = {"input_mtok": 0.5}
    del new[0]["models"][1]
    done = refresh_prices(in_use, write_list(tmp_path / "new.json", new))
    assert (done.changed, done.added, done.removed) == (
        ("openai/plain-0",),
        ("openai/plain-1500",),
        ("openai/plain-1",),
    )


def break_price(content: Listed, money: object) -> Listed:
    content[0]["models"][5]["prices"] = {"input_mtok": money}
    return content


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (b"", "is no price list"),
        (b"<html>Not found</html>", "is no price list"),
        (b"[]", "it is not a list of providers"),
        (b'{"models": []}', "it is not a list of providers"),
        (b"[1, null]", "is no price list"),
        (b"[" * 100_000, "is no price list"),
        (json.dumps(listed())[:-100].encode(), "is no price list"),
        (json.dumps(break_price(listed(), -1)).encode(), "openai/plain-5 has a price that is none"),
        (json.dumps(break_price(listed(), "NaN")).encode(), "a finite number"),
        (json.dumps(break_price(listed(), "cheap")).encode(), "a valid decimal"),
        (json.dumps(listed(count=9)).encode(), "has only 11 models"),
    ],
    ids=range(11),
)
def test_a_bad_list_is_refused_and_the_one_in_use_stays(
    tmp_path: Path, in_use: Path, content: bytes, reason: str
) -> None:
    bad = tmp_path / "bad.json"
    bad.write_bytes(content)
    with pytest.raises(PricesNotUpdated, match=reason) as caught:
        refresh_prices(in_use, str(bad))
    assert "\n" not in str(caught.value)
    assert input_rate(in_use, "openai/plain-7") == Rate(Decimal("0.25"))


def test_a_server_that_refuses_is_named(serve: Serve, target: Path) -> None:
    address = serve(b"no", 404)
    with pytest.raises(PricesNotUpdated, match=r"127\.0\.0\.1.*answered 404"):
        refresh_prices(target, address)
    assert not target.exists()


@pytest.mark.parametrize(
    "source", ["http://127.0.0.1:1/data.json", "ftp://host/x", "http://[broken", "nowhere.json"]
)
def test_without_a_connection_the_prices_stay_and_the_place_is_named(
    source: str, target: Path
) -> None:
    with pytest.raises(PricesNotUpdated) as caught:
        refresh_prices(target, source)
    assert source in str(caught.value)
    assert not target.exists()


def test_a_password_in_an_address_is_not_shown(target: Path) -> None:
    with pytest.raises(PricesNotUpdated) as caught:
        refresh_prices(target, "http://me:hunter2@127.0.0.1:1/data.json")
    assert "hunter2" not in str(caught.value)


@pytest.mark.parametrize("damage", ["{", "[]", "{}", "\udcff", None])
def test_a_damaged_file_is_told_once_and_left_aside(
    in_use: Path, caplog: pytest.LogCaptureFixture, damage: str | None
) -> None:
    if damage is None:
        kept = json.loads(in_use.read_text())
        break_price(kept["providers"], "cheap")
        damage = json.dumps(kept)
    in_use.write_bytes(damage.encode(errors="surrogateescape"))
    prices = book(in_use)
    with caplog.at_level(logging.WARNING):
        for name in ("openai/gpt-5-mini", "openai/gpt-5", "azure/gpt-5"):
            assert prices.price(name, NOW) is not None
    assert len([each for each in caplog.records if "can't be read" in each.message]) == 1


def test_a_newer_package_beats_a_list_that_was_fetched_before(in_use: Path) -> None:
    in_use.write_text(in_use.read_text().replace('"package": "', '"package": "0'))
    assert input_rate(in_use, "openai/plain-7") is None
    assert input_rate(in_use, "openai/gpt-5-mini") == Rate(Decimal("0.25"))

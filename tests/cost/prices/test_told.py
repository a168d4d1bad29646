"""What providers told of their models is known to a later process, with its day."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from pathlib import Path

import pytest

from chatui.cost.prices.price import Price, Rate
from chatui.cost.prices.prices import PriceBook
from chatui.cost.prices.told import OLD, Told, ToldModels
from chatui.domain.usage import Usage

DAY = datetime(2026, 5, 1, 12, tzinfo=UTC)
URLS = {"router": "https://router.example/v1"}
RATE = Price(
    "router/a", "provider-list", DAY.date(), input=Rate(Decimal(2)), output=Rate(Decimal("8.5"))
)
TOLD = {"router/a": Told(RATE, 262_144), "router/b": Told(None, 4096), "router/c": Told(RATE)}


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    ToldModels(tmp_path / "told", URLS).keep("router", TOLD, DAY)
    return tmp_path / "told"


def test_a_later_process_has_prices_and_contexts_without_asking(folder: Path) -> None:
    book = PriceBook(told=ToldModels(folder, URLS))

    assert book.price("router/a") == RATE
    assert book.cost("router/a", Usage(input=1_000_000)).amount == 2
    assert [book.context_size(name) for name in TOLD] == [262_144, 4096, None]
    assert [book.context_day(name) for name in TOLD] == [date(2026, 5, 1)] * 2 + [None]


def test_what_a_model_sees_is_known_to_a_later_process(tmp_path: Path) -> None:
    sees: dict[str, Told] = {
        "router/a": Told(takes=frozenset({"picture", "pdf"})),
        "router/b": Told(takes=frozenset()),
        "router/c": Told(RATE),
    }
    ToldModels(tmp_path / "told", URLS).keep("router", sees, DAY)
    book = PriceBook(told=ToldModels(tmp_path / "told", URLS))

    assert [book.takes(name) for name in sees] == [{"picture", "pdf"}, frozenset(), None]


def test_what_is_told_now_counts_more(folder: Path) -> None:
    book = PriceBook(told=ToldModels(folder, URLS))
    book.tell("router/a", None, 8192)

    assert (book.context_size("router/a"), book.context_day("router/a")) == (8192, None)


def test_it_grows_old(folder: Path) -> None:
    later = ToldModels(folder, URLS)

    assert not later.is_old("router", DAY + OLD)
    assert later.is_old("router", DAY + OLD + timedelta(seconds=1))
    assert not later.is_old("never asked")


def test_it_is_of_one_address(folder: Path) -> None:
    elsewhere = ToldModels(folder, {"router": "https://other.example/v1"})

    assert elsewhere.of("router/a") is None


def test_what_is_gone_from_a_list_is_forgotten(folder: Path) -> None:
    ToldModels(folder, URLS).keep("router", {}, DAY)

    assert ToldModels(folder, URLS).of("router/a") is None


@pytest.mark.parametrize("name", ["../up", "a/b", "..", "x" * 40])
def test_any_providers_name_is_a_file_inside_the_folder(tmp_path: Path, name: str) -> None:
    kept = ToldModels(tmp_path / "told", {})
    kept.keep(name, {f"{name}/m": Told(None, 1)}, DAY)

    assert [one.parent for one in tmp_path.rglob("*.json")] == [tmp_path / "told"]


@pytest.mark.parametrize(
    "text", ["", "[]", "null", '{"at": 1}', '{"at": "x", "url": "", "models": {}}', '{"models"']
)
def test_a_file_that_is_damaged_tells_nothing(tmp_path: Path, text: str) -> None:
    (tmp_path / "router.json").write_text(text)

    assert ToldModels(tmp_path, URLS).of("router/a") is None


def test_a_folder_that_cannot_be_written_keeps_it_for_this_process(tmp_path: Path) -> None:
    (tmp_path / "told").write_text("a file")
    kept = ToldModels(tmp_path / "told", URLS)
    kept.keep("router", TOLD, DAY)

    assert kept.of("router/b") == (TOLD["router/b"], DAY)


def test_what_a_server_of_this_machine_tells_is_not_kept(tmp_path: Path) -> None:
    book = PriceBook(local_providers=["near"], told=ToldModels(tmp_path, {}))
    book.keep_told("near", {"near/a": Told(None, 4096)})

    assert list(tmp_path.iterdir()) == []

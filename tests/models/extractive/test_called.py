"""The entry that a question calls by its code is quoted alone; one that is not there is refused."""

from __future__ import annotations

from collections.abc import Sequence

import pytest

from chatui.domain.errors import EmbedderFailed
from chatui.models.base import ModelRequest, TextDelta
from chatui.models.extractive.called import entries_called, is_missing
from chatui.models.extractive.likeness import SentenceComparer
from chatui.models.extractive.model import ExtractiveModel
from chatui.models.extractive.replies import NOTHING_FOUND
from tests.models.extractive_passages import passage, passages, pieces_of

TABLE = (
    "| Code | Meaning | What to do |\n|---|---|---|\n| E1 | No server | Check the address |\n"
    "| E2 | Wrong token | Set the token |\n| E3 | Disk full | Add a disk |\n"
)
LINES = (
    "Error codes\nE01: The door is not locked. Close it firmly and press Start.\n"
    "E02: No water. Open the tap and check the inlet hose.\n"
    "E03: The drain is blocked. Clean the pump filter behind the lower flap.\n"
)
PRICES = "SKU,Product,Price\nLK-100,Desk lamp,49.90\nLK-205,Office chair,289.00\n"
CHANGES = (
    "## 2.3.0\n- Search by pattern.\n\n## 2.2.1\n- Fixed a crash.\n\n## 2.2.0\n- Dark theme.\n"
)
FRENCH = "A1 : bac plein, videz le bac.\nA2 : filtre encrassé, lavez le filtre à l'eau froide.\n"
CHINESE = (
    "E1：门未关好，请重新关门。\nE2：进水异常，请检查水龙头。\nE3：排水异常，请清洗排水滤网。\n"
)


async def no_embedder(texts: Sequence[str]) -> list[bytes]:
    raise EmbedderFailed("The embedding model cannot be read; check retrieval.embedder.")


async def reply(question: str, text: str, source: str = "guide.md", *, query: str = "") -> str:
    model = ExtractiveModel(SentenceComparer(no_embedder))
    request = ModelRequest((), question, (passage(text, source=source),), query=query)
    events = [event async for event in model.stream(request)]
    return "".join(event.text for event in events if isinstance(event, TextDelta))


@pytest.mark.parametrize(
    ("question", "text", "source", "own", "others"),
    [
        ("What does error E2 mean?", TABLE, "a.md", "Wrong token", ["Disk full", "No server"]),
        ("The machine shows E2. What now?", LINES, "a.txt", "Open the tap", ["drain", "door"]),
        ("E 03", LINES, "a.txt", "Clean the pump filter", ["No water", "door"]),
        ("What is LK-205?", PRICES, "a.csv", "Office chair", ["Desk lamp"]),
        ("What's new in 2.3.0?", CHANGES, "a.md", "Search by pattern", ["crash", "Dark"]),
        ("What changed in version 2.2?", CHANGES, "a.md", "Dark theme", ["Search"]),
        ("Que signifie A2 ?", FRENCH, "a.txt", "filtre encrassé", ["bac plein"]),
        ("E3 是什么意思？", CHINESE, "a.txt", "排水异常", ["门未关好", "进水异常"]),
    ],
)
async def test_the_entry_is_quoted_without_its_neighbours(
    question: str, text: str, source: str, own: str, others: list[str]
) -> None:
    said = await reply(question, text, source)
    assert own in said
    assert not [one for one in others if one in said]


@pytest.mark.parametrize(
    ("question", "text"),
    [
        ("What does error E9 mean?", TABLE),
        ("What does error E9 mean?", LINES),
        ("Was bedeutet der Fehler E12?", LINES),
        ("What is error code F07?", LINES),
        ("What does LK-500 cost?", PRICES),
        ("Que signifie A9 ?", FRENCH),
        ("E9 是什么意思？", CHINESE),
        ("What's new in 3.0.0?", CHANGES),
        ("What changed in version 1.4?", CHANGES),
        ("Was steht in Rechnung 2025-0400?", "Rechnung Nr. 2025-0318\nDatum: 18.03.2025"),
    ],
)
async def test_an_entry_that_is_not_there_is_refused(question: str, text: str) -> None:
    assert await reply(question, text) == NOTHING_FOUND


@pytest.mark.parametrize(
    ("question", "text"),
    [
        ("What does E2 mean?", "E02: No water.\nE03: Drain blocked."),
        ("What is the difference between E2 and E9?", LINES),
        ("Which screws fit, M6?", "Screws from M4 to M8 fit. M12 does not."),
        ("Does it run with Python 3.12.1?", CHANGES),
        ("How tall is the tower of K2?", "The tower of the town hall is 40 metres tall."),
        ("What was the revenue in FY2024?", "Revenue of FY2023 was 5. In 2024 it was 7."),
        ("Is the WP 8 loud?", "Heat pump WP8: 49 dB. WP12: 55 dB."),
        ("Who mends the heating of room B12 when it is cold on a weekend?", "Room B10: call Ann."),
    ],
)
def test_what_may_be_there_is_not_missing(question: str, text: str) -> None:
    given = passages(text)
    assert not is_missing(question, given, pieces_of(given))


def test_an_entry_goes_on_to_its_end() -> None:
    pieces = pieces_of(passages(LINES))
    found = [pieces[at].text for at in entries_called("Error E02?", pieces)]
    assert found == ["E02: No water.", "Open the tap and check the inlet hose."]


async def test_a_follow_up_calls_by_its_own_code() -> None:
    before = "What does error E01 mean?"
    said = await reply("And E03?", LINES, query=f"{before} And E03?")
    assert "Clean the pump filter" in said
    assert "door" not in said
    assert await reply("And E9?", LINES, query=f"{before} And E9?") == NOTHING_FOUND


async def test_a_follow_up_is_answered_by_what_it_names_itself() -> None:
    text = "## One\nThe deposit is 1,300 pounds.\n\n## Two\nThe rent is 900 pounds.\n"
    said = await reply("And the rent?", text, query="How much is the deposit? And the rent?")
    assert "The rent is 900" in said
    assert "The deposit" not in said.partition("[1]")[0]

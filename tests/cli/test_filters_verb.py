"""Filters on the road of a turn, from `chatui ask` to a server behind a real socket and back."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from chatui.bootstrap.filters import for_embedding
from chatui.config.load import load_config
from chatui.config.paths import resolve
from chatui.cost.charges import Charge, charging
from tests.cli.conftest import Shell
from tests.cli.hosted import running
from tests.retrieval.embedding.test_endpoint import embedding
from tests.scripted_server import ScriptedServer, saying

FILTERS = """
[filters.people]
words = ["people.txt"]
detect = ["email"]
action = "replace"
label = "PERSON"

[filters.never]
words = ["never.txt"]
action = "block"
homoglyphs = true

[filters.answers]
words = ["rude.txt"]
direction = "in"

[filters.everywhere]
detect = ["card"]
local = true

[filters.told]
detect = ["ip"]
action = "warn"

[profiles.careful]
filters = ["people", "never", "answers", "told"]
"""


@pytest.fixture
def config(home: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    path = home / "config.toml"
    path.write_text(FILTERS)
    (home / "people.txt").write_text("# who works here\nJane Doe\n")
    (home / "never.txt").write_text("kronos  # the merger\n")
    (home / "rude.txt").write_text("dash it\n")
    monkeypatch.setenv("CHATUI_CONFIG", str(path))
    return path


def use(server: ScriptedServer, monkeypatch: pytest.MonkeyPatch, **keys: str) -> None:
    for key, value in {"BASE_URL": server.base_url, **keys}.items():
        monkeypatch.setenv(f"CHATUI_PROVIDERS__MINE__{key}", value)


def sent(server: ScriptedServer, at: int = -1) -> str:
    return json.dumps(server.exchanges[at].json["messages"], ensure_ascii=False)


ASK = ("ask", "-m", "mine/big", "--no-rag", "--json")


def test_a_mask_goes_out_and_the_original_comes_back_across_pieces(
    shell: Shell, config: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with running(saying("Dear ⟦PER", "SON_1⟧, at ⟦EMAIL_1", "⟧.")) as server:
        use(server, monkeypatch)
        answer = shell(*ASK, "-p", "careful", "Write to Jane Doe, j@doe.org").json
        assert "Write to ⟦PERSON_1⟧, ⟦EMAIL_1⟧" in sent(server)
        assert answer["text"] == "Dear Jane Doe, at j@doe.org."
        shell(*ASK, "-p", "careful", "-c", "And to a@b.org and JANE DOE?")

    assert "Write to ⟦PERSON_1⟧, ⟦EMAIL_1⟧" in sent(server)
    assert "Dear ⟦PERSON_1⟧, at ⟦EMAIL_1⟧." in sent(server)
    assert "And to ⟦EMAIL_2⟧ and ⟦PERSON_2⟧?" in sent(server)
    assert "doe" not in sent(server).lower()
    kept = shell("sessions", "export", answer["conversation"]).out
    assert "Write to Jane Doe, j@doe.org" in kept
    assert "⟦" not in kept


def test_files_and_passages_are_masked_like_the_question(
    shell: Shell, config: Path, home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (home / "docs").mkdir()
    (home / "docs" / "team.md").write_text("# Team\n\nThe lead of the river team is Jane Doe.\n")
    (home / "letter.txt").write_text("Yours, J A N E  D O E and ｊａｎｅ\u200b ｄｏｅ")
    assert shell("ingest", "docs").code == 0
    with running(saying("⟦PERSON_1⟧ leads it [1].")) as server:
        use(server, monkeypatch)
        answer = shell("ask", "-m", "mine/big", "-p", "careful", "-f", "letter.txt", "--json",
                       "Who is the lead of the river team?").json  # fmt: skip

    assert "river team is ⟦PERSON_1⟧" in sent(server)
    assert "doe" not in sent(server).lower().replace(" ", "")
    assert answer["text"] == "Jane Doe leads it [1]."
    assert answer["citations"][0]["text"].endswith("Jane Doe.")


def test_what_is_blocked_is_not_sent_and_not_booked(
    shell: Shell, config: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with running() as server:
        use(server, monkeypatch)
        done = shell("ask", "-m", "mine/big", "-p", "careful", "How is kr0n0s going?")

    assert (done.code, done.out) == (2, "")
    assert "Nothing was sent: the filter never blocks the word 'kronos'" in done.err
    assert server.exchanges == []
    assert shell("stats", "--json").json["total"]["calls"] == 0


def test_a_provider_has_filters_of_its_own_for_every_job(
    shell: Shell, config: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    config.write_text(config.read_text() + '[providers.mine]\nbase_url = "x"\nfilters = ["people"]')
    with running() as server:
        use(server, monkeypatch)
        shell(*ASK, "Is Jane Doe in?")

    assert "Is ⟦PERSON_1⟧ in?" in sent(server)


def test_a_local_model_is_told_everything_but_what_is_filtered_everywhere(
    shell: Shell, config: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    config.write_text(
        config.read_text().replace('["people", "never"', '["everywhere", "people", "never"')
    )
    with running() as server:
        use(server, monkeypatch, LOCAL="true")
        shell(*ASK, "-p", "careful", "Jane Doe, kronos, 4111 1111 1111 1111")

    assert "Jane Doe, kronos, ⟦CARD⟧" in sent(server)


def test_what_comes_in_is_masked_across_pieces(
    shell: Shell, config: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with running(saying("Well, da", "sh ", "it all.")) as server:
        use(server, monkeypatch)
        answer = shell(*ASK, "-p", "careful", "hi").json

    assert answer["text"] == "Well, ⟦WORD⟧ all."


def test_a_warning_is_said_and_the_text_sent(
    shell: Shell, config: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with running() as server:
        use(server, monkeypatch)
        done = shell(*ASK, "-p", "careful", "ping 10.1.2.3")

    assert "ping 10.1.2.3" in sent(server)
    assert "The filter told found what looks like IP in what was sent." in done.err


def test_a_dry_run_shows_what_would_be_sent(shell: Shell, config: Path) -> None:
    done = shell("ask", "--dry-run", "-m", "openai/gpt-5-mini", "-p", "careful", "--no-rag",
                 "Mail j@doe.org")  # fmt: skip
    assert "Mail ⟦EMAIL_1⟧" in done.out


def test_check_shows_what_would_become_of_a_text(shell: Shell, config: Path) -> None:
    done = shell("filters", "check", "-p", "careful", "Jane Doe at j@doe.org")
    assert (done.code, done.out) == (0, "⟦PERSON_1⟧ at ⟦EMAIL_1⟧\n")
    assert "people: replace 'Jane Doe' (PERSON, Jane Doe)" in done.err
    found = shell("filters", "check", "--json", "k r o n o s").json
    assert (found["text"], found["blocked"]) == (None, True)
    assert [(one["start"], one["end"], one["filter"]) for one in found["found"]] == [
        (0, 11, "never")
    ]


@pytest.mark.parametrize(
    ("table", "sentence"),
    [
        ('words = ["gone.txt"]', "gone.txt can't be read"),
        ('patterns = ["(a|aa)+$"]', "takes too long"),
        ('patterns = ["("]', "is wrong"),
        ('label = "x y"', "must be capitals"),
    ],
)
def test_a_broken_filter_is_a_sentence_before_anything_is_sent(
    shell: Shell, config: Path, table: str, sentence: str
) -> None:
    config.write_text(f'[filters.bad]\n{table}\n[profiles.p]\nfilters = ["bad"]')
    for done in (
        shell("ask", "-m", "openai/gpt-5-mini", "-p", "p", "hi"),
        shell("filters", "check", "hi"),
        shell("config", "check"),
    ):
        assert done.code == 2
        assert sentence in done.err


def test_an_unknown_filter_is_told_with_the_nearest_name(shell: Shell, config: Path) -> None:
    config.write_text(config.read_text().replace('["people"', '["poeple"'))
    done = shell("ask", "-m", "openai/gpt-5-mini", "-p", "careful", "hi")
    assert (done.code, "did you mean people?" in done.err) == (2, True)
    done = shell("profiles", "check")
    assert (done.code, "careful: There is no filter poeple" in done.err) == (2, True)


def test_a_profile_shows_its_filters(shell: Shell, config: Path) -> None:
    shown = shell("profiles", "show", "careful").out
    assert "people, never, answers, told" in shown
    assert "[profiles.careful]" in shown


@pytest.mark.parametrize("kind", ["md", "json"])
def test_an_export_can_be_masked(
    shell: Shell, config: Path, monkeypatch: pytest.MonkeyPatch, kind: str
) -> None:
    with running(saying("Mail a@b.org, kronos.")) as server:
        use(server, monkeypatch)
        cid = shell(*ASK, "Is Jane Doe in?").json["conversation"]
    masked = shell("sessions", "export", cid, "--masked", "--format", kind).out

    assert "Is ⟦PERSON_1⟧ in?" in masked
    assert "Mail ⟦EMAIL_1⟧, ⟦WORD⟧." in masked
    assert "Jane" not in masked


def test_each_model_of_a_comparison_gets_what_its_provider_may_see(
    shell: Shell, config: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    config.write_text(config.read_text() + '[providers.mine]\nbase_url = "x"\nfilters = ["people"]')
    with running(saying("⟦PERSON_1⟧ is.")) as server, running() as other:
        use(server, monkeypatch)
        monkeypatch.setenv("CHATUI_PROVIDERS__OTHER__BASE_URL", other.base_url)
        done = shell("compare", "-m", "mine/big", "-m", "other/big", "--json", "Is Jane Doe in?")

    assert "Is ⟦PERSON_1⟧ in?" in sent(server)
    assert "Is Jane Doe in?" in sent(other)
    assert [one["text"] for one in done.json["answers"]] == ["Jane Doe is.", "Hello"]


def test_a_summary_is_written_from_masked_turns_and_kept_unmasked(
    shell: Shell, config: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    config.write_text(
        config.read_text()
        + '[providers.cheap]\nbase_url = "x"\nfilters = ["people"]\n[memory]\ncap_tokens = 400\n'
        'summary_model = "cheap/small"\nrecall = false\n[retrieval]\nenabled = false\n'
    )
    told = "Jane Doe moved to Leipzig in 2019 and pays 1,800 euros. " * 2
    summary = "⟦PERSON_1⟧ moved to Leipzig in 2019 and pays 1,800 euros."
    with running(saying(told)) as server, running(saying(summary)) as cheap:
        use(server, monkeypatch)
        monkeypatch.setenv("CHATUI_PROVIDERS__CHEAP__BASE_URL", cheap.base_url)
        for number in range(8):
            shell("ask", f"And {number}?", "-m", "mine/big", "-c")

    assert cheap.exchanges
    asked = "".join(sent(cheap, at) for at in range(len(cheap.exchanges)))
    assert "⟦PERSON_1⟧ moved" in asked
    assert "Jane" not in asked
    assert "⟦" not in sent(server)
    assert "Jane Doe moved" in server.exchanges[-1].json["messages"][0]["content"]


def test_what_is_masked_is_counted_as_it_is_sent(
    shell: Shell, config: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    config.write_text("[filters.long]\npatterns = ['x1 ?']\n[profiles.p]\nfilters = ['long']")
    with running() as server:
        use(server, monkeypatch)
        text = "y" + " x1" * 300
        plain = shell(*ASK, text).json["usage"]["input"]
        config.write_text(config.read_text().replace("'x1 ?'", "'( ?x1)+'"))
        masked = shell(*ASK, "-p", "p", text).json["usage"]["input"]

    assert "y⟦WORD⟧" in sent(server)
    assert masked < plain / 4


def test_a_copy_of_a_conversation_has_its_masks(
    shell: Shell, config: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    import asyncio

    from chatui.memory.store.store import ChatStore

    with running() as server:
        use(server, monkeypatch)
        cid = shell(*ASK, "-p", "careful", "Is Jane Doe in?").json["conversation"]

    async def masks_of_a_copy() -> list[tuple[str, str]]:
        store = await ChatStore.open(shell.data / "chats.db")
        found = await store.load(cid)
        copy = await store.fork(found.id, found.turns[-1].id)
        await store.remove(cid)
        try:
            assert await store.masks.of(cid) == []
            return await store.masks.of(copy)
        finally:
            await store.close()

    assert asyncio.run(masks_of_a_copy()) == [("PERSON_1", "Jane Doe")]


EMBEDDER = """
[retrieval.embedder]
provider = "openai-compatible"
base_url = "{url}"
model = "m"

[providers.mine]
base_url = "{url}"
filters = ["never", "{name}"]

[filters.mails]
detect = ["email"]
action = "replace"
local = true

[filters.hosted]
detect = ["email"]
"""


def embedded(server: ScriptedServer) -> str:
    """All texts that were sent to be embedded."""
    sent = [one.json["input"] for one in server.exchanges if one.path.endswith("/embeddings")]
    return "\n".join(text for texts in sent for text in texts)


def test_texts_and_questions_are_masked_before_they_are_embedded(
    config: Path, shell: Shell, tmp_path: Path
) -> None:
    (tmp_path / "docs").mkdir()
    (tmp_path / "docs" / "a.md").write_text("# Who\n\nWrite to jane@example.com about kettles.\n")
    with running(embedding()) as server:
        config.write_text(FILTERS + EMBEDDER.format(url=server.base_url, name="mails"))
        assert shell("ingest", str(tmp_path / "docs")).code == 0
        found = shell("search", "john@example.com and kettles", "--json")

        assert "⟦EMAIL⟧ about kettles" in embedded(server)
        assert "⟦EMAIL⟧ and kettles" in embedded(server)
        assert "@example.com" not in embedded(server)
    assert "jane@example.com" in found.out


def test_what_is_embedded_on_this_machine_is_left_as_it_is(
    config: Path, shell: Shell, tmp_path: Path
) -> None:
    (tmp_path / "a.md").write_text("Write to jane@example.com about kettles.\n")
    with running(embedding()) as server:
        config.write_text(FILTERS + EMBEDDER.format(url=server.base_url, name="hosted"))
        assert shell("ingest", str(tmp_path / "a.md")).code == 0

        assert "jane@example.com" in embedded(server)


@pytest.mark.parametrize(
    ("text", "local", "sent"),
    [
        ("jane@example.com", False, "⟦EMAIL⟧"),
        ("about kronos", False, "about ⟦WORD⟧"),
        ("jane@example.com", True, "jane@example.com"),
    ],
)
def test_a_hosted_endpoint_gets_what_its_providers_filters_leave(
    config: Path, text: str, local: bool, sent: str
) -> None:
    config.write_text(FILTERS + EMBEDDER.format(url="https://api.example.com/v1", name="hosted"))
    paths = resolve(config, config.parent)
    screened = for_embedding(load_config(config, {}), paths, "mine", local=local)

    assert screened([text]) == [sent]


def test_the_filters_of_a_job_are_on_what_is_embedded_for_it(config: Path) -> None:
    config.write_text(FILTERS + EMBEDDER.format(url="https://api.example.com/v1", name="hosted"))
    paths = resolve(config, config.parent)
    screened = for_embedding(load_config(config, {}), paths, "mine", local=False)

    with charging(Charge(filters=("people",))):
        assert screened(["Jane Doe"]) == ["⟦PERSON⟧"]
    assert screened(["Jane Doe"]) == ["Jane Doe"]

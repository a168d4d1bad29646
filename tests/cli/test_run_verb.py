"""`chatui run`: chains, end to end against a server that tells what it was asked."""

from __future__ import annotations

import asyncio
import json
import os
import signal
from collections.abc import Callable, Iterator
from decimal import Decimal
from io import BytesIO, TextIOWrapper
from pathlib import Path

import pytest

from chatui.system.locks import LockFile
from tests.cli.conftest import Outcome, Shell
from tests.cli.hosted import running
from tests.patience import patiently
from tests.retrieval.readers.features import docx
from tests.retrieval.readers.test_docx import p
from tests.scripted_server import Exchange, Script, ScriptedServer, saying

ARTICLE = """
description = "Three parts"

[vars]
brief = "tea"

[steps.opening]
prompt = "Open a text about {{ vars.brief }}."

[steps.middle]
prompt = "Go on after: {{ steps.opening }}"

[steps.ending]
prompt = "End after: {{ steps.opening }} {{ steps.middle }}"
"""
USAGE = {"prompt_tokens": 100, "completion_tokens": 10}


def prompt_of(exchange: Exchange) -> str:
    return str(exchange.json["messages"][-1]["content"])


def answering(reply: Callable[[str], str]) -> Script:
    """Says what `reply` makes of the prompt."""

    async def script(exchange: Exchange) -> None:
        if exchange.method == "GET":
            await exchange.answer(200, {"data": [{"id": "m"}]})
        else:
            await saying(reply(prompt_of(exchange)), usage=USAGE)(exchange)

    return script


def by_first_word(prompt: str) -> str:
    return f"<{prompt.split(maxsplit=1)[0]}>"


class Chained:
    """A shell with a chain `art`, whose steps a scripted server answers."""

    def __init__(self, shell: Shell, server: ScriptedServer, folder: Path) -> None:
        self.server = server
        self.folder = folder
        self._shell = shell
        self.write(ARTICLE)

    def write(self, chain: str) -> None:
        (self.folder / "art.toml").write_text(chain)

    def run(self, *arguments: str, name: str = "art") -> Outcome:
        return self._shell("run", *([name] if name else []), *arguments)

    def shell(self, *arguments: str) -> Outcome:
        return self._shell(*arguments)

    @property
    def asked(self) -> list[str]:
        return [prompt_of(one) for one in self.server.exchanges if one.method == "POST"]

    def failing_at(self, word: str) -> None:
        async def script(exchange: Exchange) -> None:
            if prompt_of(exchange).startswith(word):
                await exchange.error(400, "That was too much")
            else:
                await answering(by_first_word)(exchange)

        self.server.script(script)


@pytest.fixture
def art(shell: Shell, home: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Chained]:
    folder = home / "config" / "chains"
    folder.mkdir(parents=True)
    monkeypatch.setenv("CHATUI_CONFIG", str(home / "config" / "config.toml"))
    with running(answering(by_first_word)) as server:
        (home / "config" / "config.toml").write_text(
            f"[chat]\nmodel = 'mine/m'\n[providers.mine]\nbase_url = '{server.base_url}'\n"
            "retries = 0\n[prices.'mine/m']\ninput = 1\noutput = 10\n"
        )
        yield Chained(shell, server, folder)


def test_each_prompt_has_the_answers_that_it_names(art: Chained) -> None:
    done = art.run("--set", "brief=coffee")

    assert art.asked == [
        "Open a text about coffee.",
        "Go on after: <Open>",
        "End after: <Open> <Go>",
    ]
    assert (done.code, done.out) == (0, "<End>\n")


def test_the_document_has_the_object_of_ask_for_each_step(art: Chained) -> None:
    told = art.run("--json").json

    assert told["chain"] == "art"
    assert [(one["step"], one["index"], one["state"]) for one in told["steps"]] == [
        ("opening", None, "complete"), ("middle", None, "complete"), ("ending", None, "complete"),
    ]  # fmt: skip
    assert told["output"] == "<End>"
    first = told["steps"][0]
    assert first["text"] == "<Open>"
    assert first["usage"]["output"] == 10
    assert first["cost"]["amount"] == "0.0002"
    assert told["cost"]["amount"] == "0.0006"


def test_the_run_is_a_conversation_of_its_turns_in_a_line(art: Chained) -> None:
    told = art.run("--json").json

    shown = art.shell("sessions", "export", told["conversation"], "--format", "json").json
    said = [one["content"] for one in shown["messages"]]
    assert said[::2] == art.asked
    assert said[1::2] == ["<Open>", "<Go>", "<End>"]
    assert shown["title"] == "Three parts"


def test_earlier_turns_are_in_no_prompt_that_does_not_name_them(art: Chained) -> None:
    art.run()

    assert all(len(one.json["messages"]) == 2 for one in art.server.exchanges)


def test_every_call_is_booked_with_its_step(art: Chained) -> None:
    art.run()

    rows = art.shell("stats", "--by", "profile", "--json").json
    assert {"art/opening", "art/middle", "art/ending"} <= {row["key"] for row in rows["rows"]}


def test_the_request_log_and_the_hooks_know_the_step(art: Chained) -> None:
    config = art.folder.parent / "config.toml"
    told = art.folder / "told"
    config.write_text(
        f"{config.read_text()}[[hooks]]\non = 'chain_step'\n"
        f"command = ['sh', '-c', 'cat >> {told}; echo >> {told}']\n"
    )
    art.run()

    steps = ["art/opening", "art/middle", "art/ending"]
    assert [one["step"] for one in art.shell("logs", "--json").lines] == steps
    assert [json.loads(line)["step"] for line in told.read_text().splitlines()] == steps


def test_figures_of_each_step_go_to_stderr(art: Chained) -> None:
    done = art.run()

    assert "opening: mine/m · 100 in, 10 out · " in done.err
    assert "art: 3 calls" in done.err
    assert "$0.0006" in done.err


def test_steps_that_wait_for_none_are_asked_at_the_same_time(art: Chained) -> None:
    art.write(
        '[steps.one]\nprompt = "One"\n[steps.two]\nprompt = "Two"\n'
        '[steps.both]\nprompt = "Both {{ steps.one }}{{ steps.two }}"\n'
    )
    first: list[asyncio.Event] = []

    async def script(exchange: Exchange) -> None:
        if prompt_of(exchange) in {"One", "Two"}:
            if first:
                first[0].set()
            else:
                first.append(asyncio.Event())
                await patiently(first[0].wait())
        await answering(by_first_word)(exchange)

    art.server.script(script)

    assert art.run().out == "<Both>\n"


def test_a_failed_run_goes_on_where_it_failed(art: Chained) -> None:
    art.failing_at("Go")
    failed = art.run("--json")
    art.server.script(answering(by_first_word))
    before = len(art.asked)
    done = art.run("--resume", failed.json["run"], "--json", name="")

    assert failed.code == 3
    assert [one["state"] for one in failed.json["steps"]] == ["complete", "failed", "left"]
    assert failed.json["error"]["message"]
    assert f"chatui run --resume {failed.json['run']}" in failed.err
    assert art.asked[before:] == ["Go on after: <Open>", "End after: <Open> <Go>"]
    assert done.code == 0
    assert [one["state"] for one in done.json["steps"]] == ["kept", "complete", "complete"]
    assert done.json["output"] == "<End>"


def test_a_step_that_fails_ends_those_that_wait_for_it_and_no_others(art: Chained) -> None:
    art.write(ARTICLE + '[steps.title]\nprompt = "Title for {{ vars.brief }}"\n')
    art.failing_at("Open")

    states = {one["step"]: one["state"] for one in art.run("--json").json["steps"]}

    assert states == {
        "opening": "failed", "middle": "left", "ending": "left", "title": "complete",
    }  # fmt: skip


def test_ctrl_c_ends_the_calls_under_way_and_the_run_goes_on_later(art: Chained) -> None:
    async def script(exchange: Exchange) -> None:
        if prompt_of(exchange).startswith("Go"):
            await exchange.head()
            await exchange.text("half a")
            os.kill(os.getpid(), signal.SIGINT)
            await exchange.until_the_client_leaves()
        else:
            await answering(by_first_word)(exchange)

    art.server.script(script)
    stopped = art.run("--json")
    art.server.script(answering(by_first_word))
    done = art.run("--resume", stopped.json["run"], name="")

    assert stopped.code == 130
    assert [one["state"] for one in stopped.json["steps"]] == [
        "complete", "interrupted", "left",
    ]  # fmt: skip
    assert done.out == "<End>\n"
    assert art.asked.count("Open a text about tea.") == 1


def test_a_step_that_was_changed_is_asked_anew_with_those_behind_it(art: Chained) -> None:
    run = art.run("--json").json["run"]
    art.write(ARTICLE.replace("Go on after", "Carry on after"))
    before = len(art.asked)
    done = art.run("--resume", run, name="")

    assert "Changed since the run began, and asked anew: middle." in done.err
    assert art.asked[before:] == ["Carry on after: <Open>", "End after: <Open> <Carry>"]


def test_another_value_of_a_variable_asks_the_steps_that_name_it_anew(art: Chained) -> None:
    art.write(ARTICLE + '[steps.title]\nprompt = "Title"\n')
    run = art.run("--json").json["run"]
    before = len(art.asked)

    art.run("--resume", run, "--set", "brief=coffee", name="")

    assert art.asked[before] == "Open a text about coffee."
    assert "Title" not in art.asked[before:]


def test_a_whole_run_that_is_gone_on_with_asks_nothing_and_says_the_same(art: Chained) -> None:
    run = art.run("--json").json["run"]

    again = art.run("--resume", run[:6], name="")

    assert again.out == "<End>\n"
    assert len(art.asked) == 3


LOOP = """
[steps.plan]
prompt = "Plan"
schema = "plan.json"

[steps.part]
for = "steps.plan.items"
if = "item.wanted"
prompt = "Part {{ index }}: {{ item.title }}"

[steps.whole]
prompt = "Whole: {{ steps.part }}"
"""


def test_a_step_is_asked_for_each_thing_of_a_list_where_its_condition_holds(art: Chained) -> None:
    art.write(LOOP)
    (art.folder / "plan.json").write_text('{"type": "object", "required": ["items"]}')
    items = [{"title": title, "wanted": title != "b"} for title in "abc"]

    def reply(prompt: str) -> str:
        last = prompt.rpartition(" ")[2]
        return json.dumps({"items": items}) if prompt == "Plan" else f"<{last}>"

    art.server.script(answering(reply))
    told = art.run("--json").json

    assert sorted(art.asked[1:3]) == ["Part 1: a", "Part 3: c"]
    assert art.asked[3] == "Whole: <a>\n\n<c>"
    assert [(one["step"], one["index"], one["state"]) for one in told["steps"][1:4]] == [
        ("part", 1, "complete"), ("part", 2, "skipped"), ("part", 3, "complete"),
    ]  # fmt: skip
    assert told["steps"][0]["data"] == {"items": items}


def test_an_answer_that_does_not_fit_its_schema_fails_the_step(art: Chained) -> None:
    art.write(LOOP)
    (art.folder / "plan.json").write_text('{"type": "object", "required": ["items"]}')
    art.server.script(answering(lambda prompt: "{}"))

    done = art.run("--json")

    assert done.code == 3
    assert [one["state"] for one in done.json["steps"]] == ["failed", "left", "left"]
    assert "does not fit the schema" in done.json["steps"][0]["error"]["message"]
    assert done.json["steps"][0]["text"] == "{}"


def test_a_loop_goes_over_the_lines_of_a_variable(art: Chained) -> None:
    art.write('[vars]\ntopics = ["x"]\n[steps.each]\nfor = "vars.topics"\nprompt = "On {{ item }}"')

    done = art.run("--set", "topics=tea\n\ncoffee")

    assert sorted(art.asked) == ["On coffee", "On tea"]
    assert done.out == "<On>\n\n<On>\n"


def test_the_turns_of_a_loop_stand_in_the_order_of_its_list(art: Chained) -> None:
    # Every other one takes much longer to be filled in.
    slow = "{% if item % 2 == 0 %}{% for _ in range(90000) %}{% endfor %}{% endif %}"
    art.write(f"[steps.each]\nfor = 'range(12)'\nprompt = 'No {{{{ item }}}}{slow}'\n")

    conversation = art.run("--json").json["conversation"]

    shown = art.shell("sessions", "export", conversation, "--format", "json").json["messages"]
    assert [one["content"] for one in shown[::2]] == [f"No {number}" for number in range(12)]


def test_of_a_loop_that_failed_only_what_is_missing_is_asked_again(art: Chained) -> None:
    art.write(
        "[vars]\nlist = ['a', 'b', 'c']\n[steps.each]\nfor = 'vars.list'\nprompt = '{{ item }}'\n"
        "if = 'index < 3'\n[steps.whole]\nprompt = 'Whole {{ steps.each }}'\n"
    )
    art.failing_at("b")
    run = art.run("--json").json["run"]
    art.server.script(answering(by_first_word))
    before = len(art.asked)
    done = art.run("--resume", run, "--json", name="").json

    assert art.asked[before:] == ["b", "Whole <a>\n\n<b>"]
    assert [one["state"] for one in done["steps"]] == ["kept", "complete", "skipped", "complete"]


def test_a_loop_over_nothing_asks_nothing(art: Chained) -> None:
    art.write(
        "[vars]\nlist = []\n[steps.each]\nfor = 'vars.list'\nprompt = '{{ item }}'\n"
        "[steps.whole]\nprompt = 'Whole: {{ steps.each }}'\n"
    )
    art.run()

    assert art.asked == ["Whole:"]


def test_a_loop_over_a_range_counts(art: Chained) -> None:
    art.write("[steps.each]\nfor = 'range(2)'\nprompt = 'Number {{ item }}'\n")
    art.run()

    assert sorted(art.asked) == ["Number 0", "Number 1"]


def test_the_numbers_of_citations_stay_with_their_step(
    library: Shell, home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    chain = home / "cited.toml"
    chain.write_text(
        "[steps.a]\nrag = true\nprompt = 'How do I open the help screen?'\n"
        "[steps.b]\nprompt = 'Shorten: {{ steps.a }}'\n"
    )

    def reply(prompt: str) -> str:
        return "Short [1]." if prompt.startswith("Shorten") else "Press F1 for help [1]."

    with running(answering(reply)) as server:
        monkeypatch.setenv("CHATUI_PROVIDERS__MINE__BASE_URL", server.base_url)
        a, b = library("run", str(chain), "-m", "mine/m", "--json").json["steps"]

    assert [one["source"] for one in a["citations"]] == ["keys.md"]
    assert prompt_of(server.exchanges[-1]) == "Shorten: Press F1 for help."
    assert b["citations"] == []


def test_a_run_that_is_at_work_is_not_gone_on_with(art: Chained) -> None:
    run = art.run("--json").json["run"]
    with LockFile(art.folder.parents[1] / "data" / "runs" / f"{run}.lock") as lock:
        assert lock.try_take()
        done = art.run("--resume", run, name="")

    assert done.code == 2
    assert "at work in another process" in done.err


def test_the_output_is_a_template_of_its_own(art: Chained) -> None:
    art.write('output = "{{ steps.opening }} and {{ steps.ending }}"\n' + ARTICLE)

    assert art.run().out == "<Open> and <End>\n"


def test_what_is_set_nearer_to_a_step_holds_for_it(art: Chained) -> None:
    art.write(
        "options = { temperature = 0.1, top_p = 0.5 }\nsystem = 'All, {{ vars.tone }}.'\n"
        "[vars]\ntone = 'dry'\n"
        "[steps.one]\nprompt = 'One'\n[steps.two]\nprompt = 'Two {{ steps.one }}'\n"
        "system = 'Mine.'\noptions.temperature = 0.9\n"
    )
    art.run()

    one, two = (exchange.json for exchange in art.server.exchanges)
    assert (one["temperature"], one["top_p"], two["temperature"], two["top_p"]) == (
        0.1, 0.5, 0.9, 0.5,
    )  # fmt: skip
    assert one["messages"][0]["content"].startswith("All, dry.")
    assert two["messages"][0]["content"].startswith("Mine.")


def test_a_profile_gets_the_chains_variables_of_the_same_name(art: Chained) -> None:
    art.write(
        "[vars]\nlanguage = 'Chinese'\n[steps.one]\nprofile = 'translate'\nprompt = 'Hello'\n"
    )
    art.run()

    assert "Chinese" in art.server.exchanges[0].json["messages"][0]["content"]


BROKEN = [
    ('[steps.a]\nprompt = "{{ steps.b }}"\n[steps.b]\nprompt = "{{ steps.a }}"',
     "the steps wait for each other"),
    ('[steps.a]\nprompt = "{{ steps.a }}"', "line 1: the step a waits for itself"),
    ('[steps.a]\nprompt = "x"\n[steps.bee]\nprompt = """\ntwo\n{{ steps.ba }}"""',
     "line 6: there is no step ba"),
    ('[vars]\nbrief = ""\n[steps.a]\nprompt = "{{ vars.breif }}"',
     "line 4: there is no variable breif; did you mean vars.brief?"),
    ('[steps.a]\nprompt = "{{ vars.brief }}"',
     "line 2: there is no variable brief; give it a value under [vars], or with --set brief=…"),
    ('[vars]\nbrief = ""\n[steps.a]\nprompt = "{{ brief }}"',
     "line 4: brief stands alone: write vars.brief."),
    ('[steps.a]\nprompt = "{{ item }}"', "line 2: there is no item here"),
    ('[steps.a]\nprompt = "x"\nfor = "steps.a("', "line 3: unexpected"),
    ('[steps.a]\nprompt = "x\n"', "is not valid TOML"),
    ("[steps.a]\nprompt = 3", "line 2: steps.a.prompt is wrong: input should be a valid string."),
    ("[steps]\na = 3", "line 2: steps.a is wrong: it has to be a table."),
    ('[steps.a]\npromt = "x"', "line 2: unknown key steps.a.promt; did you mean steps.a.prompt?"),
    ('[steps.a]\nprompt = "{{ steps.b"', "line 2: "),
    ('[steps.a]\nmodel = "mine/m"', "line 1: the step a has no prompt"),
    ('[steps.a]\nprompt = "x"\nprompt_file = "y.md"', "has both prompt and prompt_file"),
    ('[steps.a]\nprompt_file = "y.md"', "line 2: The prompt "),
    ('[steps.a]\nprompt = "x"\nschema = "none.json"', "line 3: The schema "),
    ('[steps.a]\nprompt = "x"\nprofile = "transalte"',
     "line 3: There is no profile transalte; did you mean translate?"),
    ('[steps.a]\nprompt = "x"\nmodel = "nowhere/m"', "line 3: "),
    ('[steps.a]\nprompt = "x"\ncollection = "sheets"', "line 3: there is no collection sheets"),
    ('[steps.a]\nprompt = "x"\nk = 0', "line 3: steps.a.k is wrong"),
    ('[steps.a-b]\nprompt = "x"', "line 1: a-b can't name a step"),
    ("description = 'x'", "a chain needs steps"),
    ('output = "{{ steps.b }}"\n[steps.a]\nprompt = "x"', "line 1: there is no step b"),
    ("max_cost = -1\n[steps.a]\nprompt = 'x'", "line 1: max_cost is wrong"),
    ('[vars]\nn = {a = 1}\n[steps.a]\nprompt = "x"\nfor = "vars.n"',
     "line 5: the step a: for = 'vars.n' is no list, but dict"),
    ('[vars]\nn = "a"\n[steps.a]\nprompt = "x"\nif = "vars.n > 3"',
     "line 5: the step a: if = 'vars.n > 3' can't be worked out"),
    ('[steps.a]\nprompt = "{{ 1 / 0 }}"', "line 2: the step a: can't be filled in: division by"),
    ('[steps.a]\nprompt = " "', "line 2: the step a: its prompt is empty."),
    ('[steps.a]\nprompt = "x"\nif = "' + "(" * 3000 + "1" + ")" * 3000 + '"',
     "line 3: it is nested too deeply"),
]  # fmt: skip


@pytest.mark.parametrize(("chain", "sentence"), BROKEN)
def test_a_broken_file_is_one_sentence_with_its_line_before_anything_is_asked(
    art: Chained, chain: str, sentence: str
) -> None:
    art.write(chain)

    done = art.run()

    assert done.code == 2
    assert sentence in done.err
    assert "art.toml" in done.err
    assert len(done.err.splitlines()) == 1
    assert art.asked == []
    assert not (art.folder.parents[1] / "data" / "runs").exists()


@pytest.mark.parametrize(
    ("given", "sentence"),
    [
        (("--set", "breif=x"), "has no variable breif; did you mean brief?"),
        (("--set", "brief"), "brief sets nothing"),
        (("--resume", "abc"), "leave the name out"),
        (("--max-cost", "much"), "much is not an amount"),
    ],
)
def test_a_mistake_on_the_command_line_is_told_before_anything_is_asked(
    art: Chained, given: tuple[str, ...], sentence: str
) -> None:
    done = art.run(*given)

    assert (done.code, art.asked) == (2, [])
    assert sentence in done.err


REVIEW = """
[steps.review]
prompt = "Review this: {{ vars.input }}"
"""


def pipe(text: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sys.stdin", TextIOWrapper(BytesIO(text.encode())))


def test_what_is_piped_in_is_the_variable_input(
    art: Chained, monkeypatch: pytest.MonkeyPatch
) -> None:
    art.write(REVIEW)
    pipe("+ a line\n- another\n", monkeypatch)
    done = art.run()

    assert (done.code, art.asked) == (0, ["Review this: + a line\n- another"])


def test_files_are_the_variable_input_behind_what_is_piped_in(
    art: Chained, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    art.write(REVIEW)
    (tmp_path / "a.txt").write_text("first\n")
    (tmp_path / "b.txt").write_text("second\n")
    pipe("piped\n", monkeypatch)
    done = art.run("-f", str(tmp_path / "a.txt"), "-f", str(tmp_path / "b.txt"))

    assert (done.code, art.asked) == (0, ["Review this: piped\n\nfirst\n\nsecond"])


def test_a_word_document_is_handed_to_a_chain_as_what_is_read_in_it(
    art: Chained, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    art.write(REVIEW)
    (tmp_path / "lease.docx").write_bytes(docx(p("The lease ends in May.")))
    pipe("", monkeypatch)
    done = art.run("-f", str(tmp_path / "lease.docx"))

    assert (done.code, art.asked) == (0, ["Review this: The lease ends in May."])


def test_a_loop_goes_over_the_lines_that_are_piped_in(
    art: Chained, monkeypatch: pytest.MonkeyPatch
) -> None:
    art.write('[steps.each]\nfor = "vars.input"\nprompt = "On {{ item }}"')
    pipe("tea\nmilk\n", monkeypatch)
    art.run()

    assert sorted(art.asked) == ["On milk", "On tea"]


def test_a_run_that_is_gone_on_with_still_has_what_was_piped_in(
    art: Chained, monkeypatch: pytest.MonkeyPatch
) -> None:
    art.write(REVIEW)
    art.failing_at("Review")
    pipe("a line", monkeypatch)
    failed = art.run()
    art.server.script(answering(by_first_word))
    monkeypatch.setattr("sys.stdin", None)
    resumed = art.run("--resume", failed.err.partition("--resume ")[2].split("`")[0], name="")

    assert (failed.code, resumed.code) == (3, 0)
    assert art.asked == ["Review this: a line"] * 2


@pytest.mark.parametrize(
    "case",
    [
        (ARTICLE, "text", (), "has no variable input, which is what is piped in or given by -f"),
        (REVIEW, "", (), "line 3: there is no vars.input; pipe a text in, or name a file with -f."),
        (REVIEW, "text", ("--set", "input=x"), "input is given twice"),
        (REVIEW, "", ("-f", "gone.txt"), "There is no file gone.txt"),
    ],
)
def test_text_that_nothing_becomes_of_is_told_before_anything_is_asked(
    art: Chained, case: tuple[str, str, tuple[str, ...], str], monkeypatch: pytest.MonkeyPatch
) -> None:
    chain, piped, given, sentence = case
    art.write(chain)
    pipe(piped, monkeypatch)
    done = art.run(*given)

    assert (done.code, art.asked) == (2, [])
    assert sentence in done.err


def test_a_name_that_none_has_is_answered_with_the_nearest(art: Chained) -> None:
    assert "There is no chain atr; did you mean art?" in art.run(name="atr").err
    assert "There is no run abc" in art.run("--resume", "abc", name="").err


def test_a_chain_can_be_named_by_its_path(art: Chained) -> None:
    assert art.run(name=str(art.folder / "art.toml")).out == "<End>\n"


def test_the_list_says_what_each_chain_does_and_what_is_wrong_with_one(art: Chained) -> None:
    (art.folder / "bad.toml").write_text("[steps.a]\nprompt = 3")
    art.failing_at("Go")
    run = art.run("--json").json["run"]

    told = art.run(name="")
    listed = art.run("--json", name="").json

    assert "opening middle ending" in told.out
    assert "Three parts (brief)" in told.out
    assert "line 2: steps.a.prompt is wrong" in told.out
    assert run in told.out
    assert [one["name"] for one in listed["chains"]] == ["art", "bad"]
    assert [one["run"] for one in listed["runs"]] == [run]


def test_a_dry_run_shows_the_prompts_and_their_price_and_asks_nothing(art: Chained) -> None:
    art.write(ARTICLE.replace("[steps.middle]", "[steps.middle]\noptions.max_output_tokens = 50"))

    told = art.run("--dry-run")
    steps = art.run("--dry-run", "--json").json["steps"]

    assert art.asked == []
    assert "Open a text about tea." in told.out
    assert "End after: ⟨opening⟩ ⟨middle⟩" in told.out
    assert "middle: " in told.err
    assert "out at most 50" in told.err
    assert "out taken to be 500" in told.err
    # What is not there yet counts with the length that it may have.
    inputs = [one["usage"]["input"] for one in steps]
    assert inputs[2] - inputs[0] > 540
    costs = [Decimal(one["cost"]["amount"]) for one in steps]
    assert costs[1] == (inputs[1] + 50 * 10) / Decimal(1_000_000)


def test_a_dry_run_counts_a_list_that_is_not_there_yet_once_and_says_so(art: Chained) -> None:
    art.write(LOOP.replace('schema = "plan.json"\n', ""))

    told = art.run("--dry-run")

    assert "Part 1: ⟨each of plan.items.title⟩" in told.out
    assert "once for each thing of a list that is not there yet" in told.out
    assert "if its condition holds" not in told.out.partition("── whole")[2]


def test_the_limit_holds_for_the_whole_run(art: Chained) -> None:
    # A call costs $0.0002, and what is left of the limit then is too little for the shortest.
    done = art.run("--max-cost", "0.00035", "--json")

    assert done.code == 4
    assert [one["state"] for one in done.json["steps"]] == ["complete", "failed", "left"]
    assert "for this run" in done.err
    more = art.run("--resume", done.json["run"], "--max-cost", "1", name="")
    assert more.out == "<End>\n"


def test_calls_at_the_same_time_share_what_is_left(art: Chained) -> None:
    art.write(
        "max_cost = 0.01\n[vars]\nlist = ['a', 'b', 'c', 'd', 'e', 'f']\n"
        "[steps.each]\nfor = 'vars.list'\nprompt = '{{ item }}'\n"
    )
    open_bounds: list[int] = []
    worst: list[Decimal] = []

    async def script(exchange: Exchange) -> None:
        bound = int(exchange.json["max_tokens"])
        open_bounds.append(bound)
        # Each may be charged for all of its prompt and its longest answer.
        worst.append(sum((Decimal(one) * 10 for one in open_bounds), Decimal(0)) / 1_000_000)
        await saying("x", usage={"prompt_tokens": 20, "completion_tokens": 1})(exchange)
        open_bounds.remove(bound)

    art.server.script(script)
    done = art.run()

    assert done.code == 0
    assert len(art.asked) == 6
    assert max(worst) <= Decimal("0.01")


def test_what_is_kept_of_a_run_is_private_and_goes_with_its_conversation(art: Chained) -> None:
    told = art.run("--json").json
    kept = art.folder.parents[1] / "data" / "runs" / f"{told['run']}.json"

    assert kept.stat().st_mode & 0o777 == 0o600
    assert "<Open>" not in kept.read_text()
    art.shell("sessions", "remove", told["conversation"], "--yes")
    art.run()
    assert not kept.exists()


def test_profiles_models_and_schemas_are_what_a_digest_goes_by(art: Chained) -> None:
    run = art.run("--json").json["run"]
    art.write(ARTICLE.replace("[steps.ending]", "[steps.ending]\noptions.temperature = 0.3"))
    before = len(art.asked)

    art.run("--resume", run, name="")

    assert art.asked[before:] == ["End after: <Open> <Go>"]


def test_a_step_whose_model_lacks_its_key_is_told_before_any_is_asked(art: Chained) -> None:
    art.write(ARTICLE + 'model = "openai/gpt-5-mini"\n')
    done = art.run()

    assert done.code == 3
    assert "openai/gpt-5-mini can't answer yet" in done.err
    assert "art.toml" in done.err
    assert art.asked == []
    assert art.run("--dry-run").code == 0

"""Names of models, marks of citations and rules of what is left out: each beside a simple model."""

from __future__ import annotations

import re
import shutil
import subprocess
from pathlib import Path

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from chatui.domain.errors import UnknownModel
from chatui.models.model_names import match_name, unknown
from chatui.retrieval.ingest.ignore_rules import read_rules, verdict
from chatui.text.citations.code import without_code
from chatui.text.citations.marks import find_marks, number_spans, settled
from tests.fuzz.sentences import is_a_sentence
from tests.properties import examples
from tests.widgets.turns import passage

PARTS = st.sampled_from(["a", "B", "gpt", "gpt:latest", "x/y", "é"])
FULL_NAMES = st.builds(lambda provider, name: f"{provider}/{name}", st.sampled_from("pqr"), PARTS)


def plain(name: str) -> str:
    return name.casefold().removesuffix(":latest")


@given(st.lists(FULL_NAMES, max_size=6, unique=True), FULL_NAMES | PARTS | st.text(max_size=6))
def test_a_name_is_found_whole_or_by_the_only_provider_that_has_it(
    known: list[str], name: str
) -> None:
    whole = [full for full in known if plain(full) == plain(name)]
    bare = [full for full in known if plain(full.partition("/")[2]) == plain(name)]
    try:
        found = match_name(name, known)
    except UnknownModel as refused:
        assert not whole
        assert len(bare) > 1
        assert is_a_sentence(str(refused))
        return
    fitting: list[str | None] = [*(whole or bare)]
    assert found in (fitting or [None])
    assert found == name or name not in known


@given(st.text(max_size=20), st.lists(FULL_NAMES, max_size=4))
def test_an_unknown_name_is_a_sentence(name: str, known: list[str]) -> None:
    assert is_a_sentence(str(unknown(name, known)))


ANSWERS = st.lists(
    st.sampled_from(
        ["[1]", "[2, 5]", "[1-3]", "[7]", "[^2]", "【3】", "`[1]`", "```\n[4]\n```", " ", "\n",
         "word", "[9](http://a.example)", "[0]", "[2]: http://b.example\n", ".", "[1", "]", "[1,9]",
         "~~~\n"]
    )
    | st.text(max_size=3),
    max_size=12,
).map("".join)  # fmt: skip


@given(ANSWERS)
def test_marks_stand_apart_in_order_and_outside_code(answer: str) -> None:
    marks = list(find_marks(answer))
    prose = without_code(answer)

    ends = [0, *(mark.end for mark in marks)]
    assert all(mark.start >= end for mark, end in zip(marks, ends, strict=False))
    assert len(prose) == len(answer)
    for mark in marks:
        assert answer[mark.start : mark.end] == prose[mark.start : mark.end]
        assert mark.numbers
        assert all(
            answer[start:end].isdigit() and int(answer[start:end]) == number
            for number, start, end in number_spans(answer, mark)
        )


FENCE_BEHIND_A_MARK = re.compile(
    r"^[ \t>]*(?:[\[【][^\]】\n]*[\]】]\s*)+(?:`{3}|~{3})", re.MULTILINE
)


@given(ANSWERS, st.sets(st.integers(1, 9)))
def test_only_marks_of_passages_stay_and_nothing_else_goes(answer: str, known: set[int]) -> None:
    # Where one goes that stood before the signs of a fence, the fence begins; and where one number
    # of two stays, it may be a link that the answer defines.
    assume(not FENCE_BEHIND_A_MARK.search(answer) and "]:" not in answer)
    passages = [passage(rank) for rank in known]
    cleaned = settled(answer, passages).text

    left = [number for mark in find_marks(cleaned) for number in mark.numbers]
    kept = [number for mark in find_marks(answer) for number in mark.numbers if number in known]
    assert [number for number in left if number in known] == kept or set(left) >= set(kept)
    assert settled(cleaned, passages).text == cleaned or set(left) > known


# Of other letters `?` takes one here, and for git one of their bytes.
TREE = ["a", "b.md", "x y", "[", "d/a", "d/b.md", "d/e/a", "d/e/f/a", "!c", "#"]
FOLDERS = ["d", "d/e", "d/e/f"]
PATHS = [*TREE, *FOLDERS]
SIGNS = ["a", "b", "d", "e", "f", ".md", "*", "**", "/", "?", "[", "]", "!", "^", "-", "\\", " ",
         "#", "[ab]", "[!a]", "[a-e]", "**/", "/**", "x", "é"]  # fmt: skip
# A slash in brackets parts names here, and for git is one more sign that may stand in its place.
SLASH_IN_BRACKETS = re.compile(r"\[[^\]\n]*/")
# Two stars that are not a whole name are one; git means to do so and compares the wrong places.
STARS_IN_A_NAME = re.compile(r"[^/]\*\*|\*\*[^/]")
RULES = (
    st.lists(st.sampled_from(SIGNS), max_size=5)
    .map("".join)
    .filter(lambda rule: not (SLASH_IN_BRACKETS.search(rule) or STARS_IN_A_NAME.search(rule)))
)


@pytest.fixture(scope="module")
def repository(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("repository")
    subprocess.run(["git", "init", "-q", folder], check=True)
    for path in TREE:
        (folder / path).parent.mkdir(parents=True, exist_ok=True)
        (folder / path).touch()
    return folder


def by_git(folder: Path, rules: str) -> set[str]:
    (folder / ".gitignore").write_text(rules, encoding="utf-8")
    told = subprocess.run(
        ["git", "-C", folder, "check-ignore", "--no-index", "--stdin", "-z"],
        input="\0".join(PATHS) + "\0",
        stdout=subprocess.PIPE,
        text=True,
        encoding="utf-8",
        check=False,
    )
    return {path for path in told.stdout.split("\0") if path}


def by_us(rules: str) -> set[str]:
    read, _ = read_rules(rules)
    found: set[str] = set()
    for path in sorted(PATHS, key=len):
        folder = path.rpartition("/")[0]
        names = path.split("/")
        if folder in found or verdict(read, names, path in FOLDERS):
            found.add(path)
    return found


@pytest.mark.skipif(not shutil.which("git"), reason="compares with git itself")
@examples(20)
@given(st.lists(RULES, min_size=1, max_size=3).map("\n".join))
def test_any_rules_leave_out_what_they_do_for_git(repository: Path, rules: str) -> None:
    assert by_us(rules) == by_git(repository, rules)

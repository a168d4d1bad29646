from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

import pytest

from chatui.retrieval.ingest.ignore_rules import LONGEST_RULE, read_rules, verdict

TREE = ["a", "b.md", "x y", "[", "z", "#", "!c", "d/a", "d/b.md", "d/e/a", "d/e/f/a", "d/e/f/5"]
FOLDERS = ["d", "d/e", "d/e/f"]
PATHS = [*TREE, *FOLDERS]
RULES = [
    *("a", "/a", "d/a", "/d/", "d/", "a/", "e/", "*", "*.md", "*.m?", "b*d", "**", "/*", "d/*"),
    *("d/**", "**/a", "**/e/a", "d/**/a", "d/**/**/a", "/**/f", "d/**/f/*", "d**a", "d/e**"),
    *("[ab]", "[!a]", "[^a]*", "[a-e]", "[!a-e]", "[]]", "[[]", "[[:digit:]]", "[[:alpha:]x]"),
    *(
        "[a-]",
        "[-a]",
        "\\\\a",
        "\\#",
        "#",
        "\\!c",
        "x\\ y",
        "x y ",
        "a\\ ",
        "[[:alpha]",
        "*/a",
        "?",
    ),
    *("*a*", "*/*/a", "d/*/a", "d/*/*/?", "!a", "", "  ", "/", "//", "a//b", "[\\a]", "[a\\]]"),
]


def left_out(rule: str) -> set[str]:
    rules, _ = read_rules(rule)
    return {path for path in PATHS if verdict(rules, path.split("/"), path in FOLDERS)}


@pytest.mark.skipif(not shutil.which("git"), reason="compares with git itself")
def test_rules_fit_what_they_fit_for_git(tmp_path: Path) -> None:
    subprocess.run(["git", "init", "-q", tmp_path], check=True)
    for number, rule in enumerate(RULES):
        for path in TREE:
            (tmp_path / str(number) / path).parent.mkdir(parents=True, exist_ok=True)
            (tmp_path / str(number) / path).touch()
        (tmp_path / str(number) / ".gitignore").write_text(rule + "\n")
    asked = [f"{number}/{path}" for number in range(len(RULES)) for path in PATHS]
    told = subprocess.run(
        ["git", "-C", tmp_path, "check-ignore", "--no-index", "--stdin", "-z"],
        input="\0".join(asked) + "\0",
        stdout=subprocess.PIPE,
        text=True,
        check=False,
    ).stdout.split("\0")

    ours = {rule: below(left_out(rule)) for rule in RULES}
    gits = {
        rule: {path.partition("/")[2] for path in told if path.startswith(f"{number}/")}
        for number, rule in enumerate(RULES)
    }
    assert ours == gits


def below(paths: set[str]) -> set[str]:
    """Those paths, and what lies in a folder among them, which no walk goes into."""
    return paths | {path for path in PATHS for folder in paths if path.startswith(f"{folder}/")}


@pytest.mark.parametrize(
    "line", ["[z-a]", "x[b-a]y", "[a", "[!", "a\\", "!", "[[:letter:]]", "a" * (LONGEST_RULE + 1)]
)
def test_a_line_that_can_fit_nothing_is_named(line: str) -> None:
    rules, bad = read_rules(f"# first\n{line}\r\n*.md\n")

    assert bad == [2]
    assert verdict(rules, ["b.md"], False)


def test_the_last_rule_of_a_path_decides() -> None:
    rules, _ = read_rules("\ufeff*.md\n!a.md\n")

    assert verdict(rules, ["b.md"], False) is True
    assert verdict(rules, ["a.md"], False) is False
    assert verdict(rules, ["a.txt"], False) is None

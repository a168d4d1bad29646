"""reStructuredText, tables, logs, source code and notebooks."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chatui.domain.errors import ReadFailed
from chatui.retrieval.chunking.chunker import Chunker
from chatui.retrieval.chunking.document import SectionLayout, Unreadable
from chatui.retrieval.readers.reader import read
from tests.properties import examples
from tests.retrieval.tokenizer import MAX_TOKENS, tokenizer_file

RST = """=====
Guide
=====

Words.

Install
=======

Linux
-----

::

    Not a title
    ===========

===== =====
a     b
===== =====
"""
JAVASCRIPT = """import x from "y";

/** Runs things. */
export class Engine extends Base {
  constructor(a) {
    super(a);
  }
  async run(x) {
    if (x) {
      y();
    }
  }
}
const start = (a) => {
  return 1;
};
start();
"""


@pytest.fixture(scope="module")
def chunker() -> Chunker:
    return Chunker.by_tokens(tokenizer_file(), MAX_TOKENS, 60)


def paths(name: str, text: str) -> list[tuple[str, ...]]:
    return [section.path for section in read(name, text.encode()).sections]


def test_underlined_titles_of_restructured_text_nest_in_the_order_of_their_marks() -> None:
    assert paths("guide.rst", RST) == [
        ("Guide",),
        ("Guide", "Install"),
        ("Guide", "Install", "Linux"),
    ]
    assert read("guide.rst", RST.encode()).title == "Guide"


@pytest.mark.parametrize("text", ["one\ntwo\n---\n", "\n----\n\nx\n", "  quoted\n  ------\n"])
def test_a_line_below_anything_else_is_no_title(text: str) -> None:
    assert paths("a.rst", text) == [()]


def test_python_definitions_are_headings_with_their_class() -> None:
    text = (
        "import os\n\n\n@frozen\nclass A:\n    x = 1\n\n    def f(self):\n        pass\n\n\n"
        "async def g():\n    pass\n\n\nrun()\n"
    )
    document = read("tool.py", text.encode())

    assert document.title == "tool.py"
    assert [section.path for section in document.sections] == [
        (),
        ("class A",),
        ("class A", "def f"),
        ("def g",),
        (),
    ]
    assert document.text[document.sections[1].start :].startswith("@frozen\nclass A")


def test_definitions_of_other_languages_are_found_by_their_lines() -> None:
    document = read("engine.js", JAVASCRIPT.encode())

    assert [section.path for section in document.sections] == [
        (),
        ("class Engine",),
        ("class Engine", "constructor"),
        ("class Engine", "run"),
        ("start",),
        (),
    ]
    assert document.text[document.sections[1].start :].startswith("/** Runs things. */")


@pytest.mark.parametrize(
    ("name", "text", "path"),
    [
        ("a.go", "func (s *Server) Run(x int) error {\n}\n", ("func (s *Server) Run",)),
        ("a.c", "static int parse(char *text, int size)\n{\n}\n", ("parse",)),
        ("A.java", "public class A {\n    public void run(B b) {\n    }\n}\n", ("class A", "run")),
        ("a.rs", "impl Foo for Bar {\n    pub fn x(&self) -> u8 {\n", ("impl Foo for Bar", "fn x")),
        ("a.rb", "class A\n  def b\n  end\nend\n", ("class A", "def b")),
        ("a.sql", "CREATE TABLE users (\n  id int\n);\n", ("CREATE TABLE users",)),
        ("a.toml", "x = 1\n[tool.a]\ny = 2\n", ("tool.a",)),
        ("a.yaml", "a: 1\nservices:\n  web: 2\n", ("services",)),
        ("run", "#!/bin/sh\nstart() {\n  true\n}\n", ("start",)),
        ("broken.py", "def f(:\n    pass\n", ("def f",)),
    ],
)
def test_each_language_has_its_definitions(name: str, text: str, path: tuple[str, ...]) -> None:
    assert path in paths(name, text)


@pytest.mark.parametrize(
    ("name", "mark"), [("rivers.csv", ","), ("rivers.csv", ";"), ("rivers.tsv", "\t")]
)
def test_every_chunk_of_a_table_knows_the_names_of_its_columns(
    name: str, mark: str, chunker: Chunker
) -> None:
    rows = [["name", "length in km"]] + [[f"river {n}", str(100 + n)] for n in range(60)]
    text = "\r\n".join(mark.join(row) for row in rows)
    chunks = chunker.chunks(read(name, text.encode()))

    assert len(chunks) > 2
    assert chunks[0].text.startswith(f"name{mark}length")
    assert all("name, length in km" in chunk.indexed_text for chunk in chunks[1:])
    assert [line for chunk in chunks for line in chunk.text.splitlines()] == text.splitlines()


def test_a_quoted_field_over_several_lines_stays_whole(chunker: Chunker) -> None:
    row = '7,"first line\nsecond, line"\n'
    chunks = chunker.chunks(read("a.csv", ("id,text\n" + row * 40).encode()))

    assert all(chunk.text.count('"') % 2 == 0 for chunk in chunks)


def test_a_table_of_numbers_alone_has_no_names() -> None:
    assert read("a.csv", b"1,2\n3,4\n").sections[0].columns == ""


@pytest.mark.parametrize(
    ("text", "columns", "before"),
    [
        ("sep=;\na;b\n1;2\n3;4\n", "a, b", "sep=;\n"),
        ('"sep=|"\r\na|b\r\n1|2\r\n', "a, b", '"sep=|"\r\n'),
        ("Account statement\nIBAN;DE00 1234\n\na;b;c\n1;2;3\n4;5;6\n7;8;9\n", "a, b, c",
         "Account statement\nIBAN;DE00 1234\n\n"),
        ("# made by a balance, v. 2\n# at noon\nt,mg\n0,1\n1,2\n2,3\n3,4\n", "t, mg",
         "# made by a balance, v. 2\n# at noon\n"),
        (",2023,,2024,\nDepot,in,out,in,out\nYork,1,2,3,4\nBath,5,6,7,8\n",
         "Depot, 2023 in, 2023 out, 2024 in, 2024 out", ""),
        ("Sales,Sales,Costs\nnorth,south,all\n1,2,3\n4,5,6\n",
         "Sales north, Sales south, Costs all", ""),
        ('name,"what\nit is"\na,1\nb,2\n', "name, what it is", ""),
        ("1,2\n3,4\n5,6\n", "", ""),
        ("a,b,c\n1,2,3\n4,5\n6,7,8\n9,10,11\n", "a, b, c", ""),
        ("price;note\n1,50;a, b\n2,75;c, d\n", "price, note", ""),
        ("a,b\n", "", ""),
    ],
)  # fmt: skip
def test_the_table_of_a_file_is_found_with_its_columns(
    text: str, columns: str, before: str
) -> None:
    document = read("a.csv", text.encode())

    assert document.sections[-1].columns == columns
    assert text[: document.sections[-1].start] == before


def test_a_log_is_cut_between_its_lines(chunker: Chunker) -> None:
    line = "2024-05-01 10:00:00 INFO server: A request came. It was answered in 3 ms."
    document = read("server.txt", "\n".join([line] * 40).encode())
    chunks = chunker.chunks(document)

    assert document.sections[0].layout is SectionLayout.RECORDS
    assert {part for chunk in chunks for part in chunk.text.splitlines()} == {line}


def test_a_notebook_is_read_as_its_cells() -> None:
    cells = [
        {"cell_type": "markdown", "source": ["# Rivers\n", "\n", "Words."]},
        {
            "cell_type": "code",
            "source": "print(1)",
            "outputs": [{"text": ["1\n"]}, {"data": {"image/png": "AAAA"}}],
        },
    ]
    document = read("a.ipynb", json.dumps({"cells": cells}).encode())

    assert document.text == "# Rivers\n\nWords.\n\n```\nprint(1)\n```\n\n```\n1\n```"
    assert document.title == "Rivers"


@pytest.mark.parametrize("text", ["{", "[]", '{"cells": 3}', '{"cells": [1]}'])
def test_a_broken_notebook_is_damaged(text: str) -> None:
    with pytest.raises(ReadFailed, match="damaged notebook"):
        read("a.ipynb", text.encode())


PIECES = st.sampled_from(
    [
        "# A\n", "Title\r\n=====\r\n", "a,b\n", '"x\ny",2\n', "def f():\n    pass\n", "class A:\n",
        "\f", "\u2028", "\r", "\r\n\r\n", "\U0001f600 ", "```\ncode\n", "| a | b |\n|---|---|\n",
        "[x]\n", "key:\n", "  - item\n", '{"a": 1}\n', "    deep\n\n", "東京は首都です。" * 5,
        "word " * 60,
    ]
)  # fmt: skip
TEXTS = st.lists(st.one_of(PIECES, st.text(max_size=12)), max_size=12).map("".join)


@pytest.mark.parametrize(
    "name", ["a.md", "a.txt", "a.rst", "a.csv", "a.tsv", "a.log", "a.py", "a.js", "a.json",
             "a.yaml", "a.toml", "a.sh", "a.rb", "Makefile"]
)  # fmt: skip
@examples(15)
@given(text=TEXTS)
def test_chunks_of_every_text_format_are_the_files_own_characters(
    name: str, text: str, chunker: Chunker
) -> None:
    text = text.replace("\0", "").replace("\x1b", "").lstrip("\ufeff")
    try:
        document = read(name, text.encode())
    except Unreadable:
        return
    if document.source_lines is not None:
        return  # a page of HTML under another name
    assert document.text == text
    at = document.sections[0].start
    for chunk in chunker.chunks(document):
        assert chunk.text == text[chunk.char_start : chunk.char_end]
        assert not text[at : chunk.char_start].strip(), "text is lost"
        assert at <= chunk.char_start
        assert chunk.line_start == text.count("\n", 0, chunk.char_start) + 1
        assert chunk.line_end == text.count("\n", 0, chunk.char_end) + 1
        assert chunker.measure([chunk.indexed_text])[0] <= 60
        at = chunk.char_end
    assert not text[at:].strip()

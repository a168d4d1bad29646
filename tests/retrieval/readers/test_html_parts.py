"""Tables that reach over columns, formulas, readings, drawings, pictures, programs."""

from __future__ import annotations

import pytest

from chatui.retrieval.readers import html


def words_of(body: str) -> str:
    return html.read(f"<!DOCTYPE html><title>T</title><body>{body}".encode(), "page").text


@pytest.mark.parametrize(
    ("table", "rows"),
    [
        (
            "<tr><th rowspan=2>Name<th colspan=2>2023<tr><th>in<th>out"
            "<tr><td rowspan=2>Elbe<td>1<td>2<tr><td>3<td>4",
            ["| Name | 2023 in | 2023 out |", "| --- | --- | --- |", "| Elbe | 1 | 2 |",
             "| Elbe | 3 | 4 |"],
        ),
        (
            "<thead><tr><td>Plan<td>Price</thead><tr><td colspan=2>Small<tr><td>A<td>5",
            ["| Plan | Price |", "| --- | --- |", "| Small |", "| A | 5 |"],
        ),
        (
            "<tr><th>Name<td>Elbe<tr><th>km<td>1094",
            ["| Name | Elbe |", "| --- | --- |", "| km | 1094 |"],
        ),
        ("<tr><th colspan=2>Only<tr><th>a<th>b", ["| Only a | Only b |", "| --- | --- |"]),
        (
            "<tr><td colspan=0>a<td rowspan=x>b<tr><td colspan=99999>c",
            ["| a | b |", "| --- | --- |", "| c |"],
        ),
    ],
)  # fmt: skip
def test_cells_stand_in_their_columns(table: str, rows: list[str]) -> None:
    assert words_of(f"<table>{table}</table>").split("\n") == rows


@pytest.mark.parametrize(
    ("formula", "line"),
    [
        ("<mi>E</mi><mo>=</mo><mi>m</mi><msup><mi>c</mi><mn>2</mn></msup>", "E=mc^2"),
        ("<mfrac><mrow><mi>a</mi><mo>+</mo><mi>b</mi></mrow><mn>2</mn></mfrac>", "(a+b)/2"),
        ("<mrow></mrow></math><math alttext='y^2'>", "y^2"),
        ("<msub><mi>x</mi><mn>1</mn></msub><msqrt><mi>y</mi></msqrt>", "x_1√(y)"),
        (
            "<semantics><mrow><mi>x</mi></mrow><annotation>\\x</annotation></semantics>",
            "x",
        ),
        ("<mtable><mtr><mtd>1</mtd><mtd>2</mtd></mtr><mtr><mtd>3</mtd></mtr></mtable>", "1, 2; 3"),
    ],
)
def test_a_formula_is_a_part_of_its_line(formula: str, line: str) -> None:
    assert words_of(f"<p>So <math>{formula}</math> holds.</p>") == f"So {line} holds."


@pytest.mark.parametrize(
    ("markup", "text"),
    [
        ("<ruby>漢<rp>(</rp><rt>かん</rt><rp>)</rp>字<rp>(</rp><rt>じ</rt><rp>)</rp></ruby>を読む",
         "漢字(かんじ)を読む"),
        ("<ruby><rb>東京</rb><rt>とうきょう</rt></ruby>", "東京(とうきょう)"),
        ("<ruby>明日</ruby>", "明日"),
        ("He said <q>so</q>.", "He said “so”."),
        ('<p>Now <img class="mwe-math" alt="a^2" src="x"> holds.</p>', "Now a^2 holds."),
        ('<p>A <img src="x" alt="icon"> b.</p>', "A b."),
        ('<figure><img alt="A heron in a marsh"></figure>', "A heron in a marsh"),
        ('<figure><img alt="bird"><figcaption>A heron.</figcaption></figure>', "A heron."),
        ("<svg><title>Flow</title><text>Inlet</text><text><tspan>Outlet</tspan></text></svg>",
         "Flow · Inlet · Outlet"),
        ("<a><svg><title>Icon</title><path/></svg>Link</a>", "Link"),
        ('<ol start=3><li>a<li value=7>b<li>c</ol>', "3. a\n7. b\n8. c"),
        ("<p>Smith Ltd<br>12 High St<br/>Leeds</p>", "Smith Ltd\n12 High St\nLeeds"),
        ('<div dir=rtl><p>مرحبا <bdo dir=ltr>abc</bdo></p></div>', "مرحبا abc"),
        ("<xmp><b>raw</b></xmp>", "```\n<b>raw</b>\n```"),
        ('<pre><span class="lineno">1</span>foo\n<span class="lineno">2</span>bar</pre>',
         "```\nfoo\nbar\n```"),
        ('<dl><div><dt>A</dt><dd>B</dd></div></dl>', "A\n  B"),
    ],
)  # fmt: skip
def test_what_is_no_running_text_is_read_as_it_is_meant(markup: str, text: str) -> None:
    assert words_of(markup) == text


def test_a_deep_formula_is_written_as_it_runs() -> None:
    assert words_of("<math>" + "<mrow>" * 1500 + "<mi>x</mi>" + "</mrow>" * 1500 + "</math>") == "x"


@pytest.mark.parametrize("reach", ["colspan=200 rowspan=1000", "colspan=1000", "rowspan=1000"])
def test_a_table_that_asks_for_any_number_of_cells_stays_small(reach: str) -> None:
    assert len(words_of("<table>" + f"<tr><td {reach}>x" * 3000)) < 200_000

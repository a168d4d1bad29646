from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chatui.domain.errors import ReadFailed
from chatui.retrieval.chunking.document import Document
from chatui.retrieval.readers import html
from chatui.retrieval.readers.reader import read
from tests.properties import examples

PAGE = """<!DOCTYPE html>
<html><head><title>Rivers &amp; Seas</title>
<style>p { color: red }</style></head>
<body><nav>Home | About us</nav>
<main>
<h1>Rivers<a class="headerlink" href="#r">¶</a></h1>
<p>The river <b>rose</b>
for <a href="x">three
days</a>.</p>
<script>
var hidden = "<p>no</p>";
</script>
It fell again.
<h2>Lengths</h2>
<ul><li>Rhine
<li>Danube <ol><li>upper<li>lower</ol>
</ul>
<table><tr><th>Name<th>km</tr>
<tr><td>Elbe<td>1094</tr></table>
<pre>
if wet:

    swim()
</pre>
</main>
<footer>(c) nobody</footer></body></html>
"""


def paths(document: Document) -> list[tuple[str, ...]]:
    return [section.path for section in document.sections]


def test_a_page_becomes_its_words_with_lists_tables_and_code() -> None:
    document = html.read(PAGE.encode(), "page")

    assert document.title == "Rivers & Seas"
    assert document.text == (
        "Rivers\n\nThe river rose for three days.\n\nIt fell again.\n\nLengths\n\n"
        "- Rhine\n- Danube\n  1. upper\n  2. lower\n\n"
        "| Name | km |\n| --- | --- |\n| Elbe | 1094 |\n\n"
        "```\nif wet:\n\n    swim()\n```"
    )
    assert paths(document) == [("Rivers",), ("Rivers", "Lengths")]


@pytest.mark.parametrize("ends", ["\n", "\r\n"])
@pytest.mark.parametrize(
    "words", ["Rivers", "rose", "three", "days", "fell", "Lengths", "lower", "Elbe", "swim"]
)
def test_every_word_leads_to_its_line_in_the_source(words: str, ends: str) -> None:
    document = html.read(PAGE.replace("\n", ends).encode(), "page")
    assert document.source_lines is not None

    line = document.source_lines.line(document.text.index(words))
    assert words in PAGE.splitlines()[line - 1]


def test_navigation_scripts_and_what_is_hidden_are_left_out() -> None:
    page = (
        "<body><header><h1>Top</h1></header><span hidden>secret</span>"
        "<div role=navigation>menu</div><b style='display: none'>gone</b>"
        "<p>Words.</p><aside>adverts</aside><button>Buy</button><footer>feet</footer>"
    )
    assert html.read(page.encode(), "page").text == "Top\n\nWords."


def test_a_page_of_nothing_but_links_is_read_all_the_same() -> None:
    assert html.read(b"<nav><a>One</a> <a>Two</a></nav>", "page").text == "One Two"


def test_a_table_for_the_layout_is_read_as_blocks() -> None:
    page = b"<table><tr><td><h2>Left</h2><p>Words.</p><td><ul><li>one</ul></table>"

    assert html.read(page, "page").text == "Left\n\nWords.\n\n- one"


@pytest.mark.parametrize(
    ("label", "encoding", "word"),
    [
        ("gb2312", "gb18030", "价格"),
        ("Shift_JIS", "cp932", "日本"),
        ("iso-8859-1", "cp1252", "“café”"),
        ("windows-1251", "cp1251", "мир"),
        ("iso-8859-1", "utf-8", "größer"),
        ("nonsense", "utf-8", "größer"),
    ],
)
def test_the_charset_that_a_page_declares_is_believed_where_it_fits(
    label: str, encoding: str, word: str
) -> None:
    page = f'<meta charset="{label}"><p>{word}'.encode(encoding)

    assert html.read(page, "page").text == word


def test_a_page_is_known_by_its_content() -> None:
    assert read("download", b"\n <!DOCTYPE html><p>Hello</p>").text == "Hello"
    assert read("notes.txt", b"<html><body>Hello").text == "Hello"
    assert read("tags.md", b"<html> is the first tag.").text == "<html> is the first tag."


def test_markup_that_is_nested_without_end_is_refused() -> None:
    with pytest.raises(ReadFailed, match="nested more than"):
        html.read(b"<div>" * 100_000 + b"x", "page")


def test_control_sequences_do_not_get_into_the_text() -> None:
    document = html.read(b"<title>a\x1b]0;owned\x07b</title><p>c&#27;[2Jd", "page")

    assert (document.title, document.text) == ("ab", "cd")


TAGS = st.sampled_from(
    [
        "<p>",
        "</p>",
        "<ul>",
        "<li>",
        "</ul>",
        "<table>",
        "<tr>",
        "<td>",
        "</table>",
        "<pre>",
        "</pre>",
        "<h1>",
        "</h1>",
        "<h3>",
        "<br>",
        "<b>",
        "</b>",
        "<!--",
        "-->",
        "<div",
        "</div>",
        "<a",
        "href='<b>'>",
        "&amp;",
        "<script>",
        "</script>",
        "<ol",
        "start=x>",
        "<math>",
        "<mfrac>",
        "<ruby>",
        "<rt>",
        "<svg>",
        "<text>",
        "<th rowspan=3>",
        "<td colspan=2 rowspan=0>",
        "<tr>",
        "<iframe srcdoc='<p>In a frame of more than a few words'>",
        "<q>",
        "</q>",
        "<xmp>",
        "<div class=nav>",
        "<a href=x>link</a>",
        "<button aria-controls=x>",
        "<div id=x hidden>",
        "<figure>",
        "<img alt=y class=math>",
    ]
)


@examples(40)
@given(st.lists(st.one_of(TAGS, st.text(max_size=8)), max_size=30).map("".join))
def test_any_markup_gives_sections_that_follow_on_each_other(source: str) -> None:
    composed = html.read(b"\xef\xbb\xbf" + source.encode(), "page")

    at = 0
    for section in composed.sections:
        assert at == section.start <= section.body <= section.end
        at = section.end
    assert at == len(composed.text)
    assert composed.source_lines is not None
    lines = list(composed.source_lines.lines)
    assert lines == sorted(lines)
    assert not lines or lines[-1] <= source.count("\n") + 1


def words_of(body: str) -> str:
    return html.read(f"<main><h1>Page</h1><p>Seen.</p>{body}</main>".encode(), "page").text


@pytest.mark.parametrize(
    "answer",
    [
        '<div class="panel" aria-hidden="true"><p>Five years.</p></div>',
        '<div class="panel" hidden><p>Five years.</p></div>',
        '<div hidden="until-found"><p>Five years.</p></div>',
        '<div style="display: none">Five years.</div>',
        '<section class="accordion-body collapse" aria-hidden="true">Five years.</section>',
        "<details><summary>How long?</summary><p>Five years.</p></details>",
        '<dl><dt>How long?</dt><dd hidden>Five years.</dd></dl>',
        '<div role="tabpanel" aria-hidden="true"><ul><li>Five years.</li></ul></div>',
        '<p hidden>Five years.</p>',
        '<table hidden><tr><td>Five years.</td></tr></table>',
        '<div class="faq__answer" id="faq-1" aria-hidden="true">Five years.</div>',
    ],
)  # fmt: skip
def test_what_is_folded_away_is_content(answer: str) -> None:
    assert "Five years." in words_of(answer)


@pytest.mark.parametrize(
    "head",
    [
        '<h3><button aria-expanded="false">How long?</button></h3>',
        '<button class="accordion">How long?</button><div class="panel" hidden>x</div>',
        "<dt><button>How long?</button></dt>",
        "<summary><button>How long?</button></summary>",
    ],
)
def test_a_button_that_heads_a_text_is_content(head: str) -> None:
    assert "How long?" in words_of(head)


@pytest.mark.parametrize(
    "trimming",
    [
        '<div class="cookie-banner">We use cookies.</div>',
        '<div id="onetrust-banner-sdk">We use cookies.</div>',
        '<div id="CybotCookiebotDialog">We use cookies.</div>',
        '<section class="gdpr-consent">We use cookies.</section>',
        '<div class="site cookie_notice" hidden>We use cookies.</div>',
        '<div role="dialog">We use cookies.</div>',
        '<ul class="mobile-menu" hidden><li>We use cookies.</ul>',
        '<div class="modal fade" aria-hidden="true">We use cookies.</div>',
        '<span aria-hidden="true">We use cookies.</span>',
        '<i class="icon" aria-hidden="true">We use cookies.</i>',
        "<button>We use cookies.</button>",
        "<nav>We use cookies.</nav>",
    ],
)
def test_notices_menus_and_icons_are_none(trimming: str) -> None:
    assert words_of(trimming) == "Page\n\nSeen."


def test_a_page_about_cookies_keeps_them() -> None:
    assert "Bake it." in words_of('<div class="cookie-recipe">Bake it.</div>')


@pytest.mark.parametrize("unseen", ["\u00ad", "\u200b", "\u2060", "\ufeff", "&shy;", "&#8203;"])
def test_what_shows_nothing_inside_a_word_is_gone(unseen: str) -> None:
    assert "Unternehmen" in words_of(f"<p>Unter{unseen}nehmen</p>")


def test_joiners_that_scripts_need_stay() -> None:
    assert "می\u200cخواهم" in words_of("<p>می\u200cخواهم</p>")

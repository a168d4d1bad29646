"""What stands around a page's text: notices, navigation, buttons to share; and what only folds."""

from __future__ import annotations

import pytest

from chatui.retrieval.readers import html

SAID = "Seen by everybody who reads the page to its end, all of it. " * 3
TEXT = f"<h1>Page</h1><p>{SAID}</p>"
KEPT = f"Page\n\n{SAID.strip()}"


def words_of(body: str) -> str:
    return html.read(f"<!DOCTYPE html><title>T</title><body>{body}".encode(), "page").text


@pytest.mark.parametrize(
    "notice",
    [
        '<div id="onetrust-consent-sdk"><div id="onetrust-banner-sdk" role="region">Us</div></div>',
        '<div role="region" aria-label="Cookie Consent"><p>Us</p></div>',
        '<div id="CybotCookiebotDialog" role="dialog"><div>Us</div></div>',
        '<div id="didomi-host"><div class="didomi-popup-container"><span>Us</span></div></div>',
        '<div id="usercentrics-root"><div>Us</div></div><div class="uc-banner-content">Us</div>',
        '<div class="qc-cmp2-container" id="qc-cmp2-container"><div>Us</div></div>',
        '<div class="cc-window cc-banner cc-type-info">Us</div>',
        '<div id="cookie-law-info-bar">Us</div><div class="cky-consent-container">Us</div>',
        '<div id="tarteaucitronRoot">Us</div><div class="osano-cm-window">Us</div>',
        '<div id="sp_message_container_1">Us</div><div id="iubenda-cs-banner">Us</div>',
        '<div id="klaro">Us</div><div id="BorlabsCookieBox">Us</div><div id="cmpbox">Us</div>',
        '<div class="eu-cookie-compliance-banner">Us</div><div id="hs-eu-cookie-confirmation">'
        "Us</div>",
    ],
)
def test_notices_of_the_usual_makers_are_left_out(notice: str) -> None:
    assert words_of(notice.replace("Us", "We value your privacy") + TEXT) == KEPT


@pytest.mark.parametrize(
    "content",
    [
        '<section id="cookies"><p>Small files.</p></section>',
        '<div class="cookie-policy"><p>Small files.</p></div>',
        '<div id="privacy-notice"><p>Small files.</p></div>',
        '<div id="CookieDeclaration"><p>Small files.</p></div>',
    ],
)
def test_a_text_about_privacy_is_content(content: str) -> None:
    assert "Small files." in words_of(TEXT + content)


LINKS = '<a href="/a">Home</a> <a href="/b">Rivers</a> <a href="/c">Seas</a>'


@pytest.mark.parametrize(
    "around",
    [
        f'<div id="nav"><ul><li>{LINKS}</ul></div>',
        f'<div class="site-navigation">{LINKS}</div>',
        f'<ul class="main-menu"><li>{LINKS}</ul>',
        f'<div class="pagination">{LINKS}</div>',
        f'<div class="table-of-contents">{LINKS}</div>',
        f'<div class="breadcrumb-trail">{LINKS} › Here</div>',
        '<ol class="breadcrumbs-list"><li>Home<li>Rivers</ol>',
        f'<div aria-label="Breadcrumb">{LINKS} Here</div>',
        '<p itemscope itemtype="https://schema.org/BreadcrumbList">Home › Rivers</p>',
        f'<div class="share-buttons">Share this: {LINKS}</div>',
        f'<div class="sharedaddy sd-sharing-enabled"><h3>Share this:</h3>{LINKS}</div>',
        f'<ul class="social-links"><li>{LINKS}</ul>',
        '<div id="footer">(c) nobody</div>',
        '<div class="widget-area"><h3>Recent</h3></div>',
    ],
)
def test_a_page_without_elements_for_it_has_its_surroundings_by_their_names(around: str) -> None:
    assert words_of(around + TEXT) == KEPT
    assert words_of(TEXT + around) == KEPT


@pytest.mark.parametrize(
    ("content", "words"),
    [
        ('<div class="menu"><h2>Menu</h2><p>Soup of the day, with bread, 6.50</p></div>', "Soup"),
        (f'<div id="nav"><h1>Rivers</h1>{LINKS}</div>', "Seas"),
        ('<div class="related"><p>It has to do with rivers, as <a>they</a> say.</p></div>', "say"),
        ('<div class="toc"><p>Terms: what is a river, and what is none.</p></div>', "none"),
        ('<h4 id="the-links-menu"><a href="#the-links-menu">Menu of links</a></h4>', "of links"),
        ('<aside class="note"><p>Mind the current.</p></aside>', "current"),
        ('<div class="share"><p>Each river\'s share of the sea.</p></div>', "share of the sea"),
    ],
)
def test_what_is_only_called_so_is_content(content: str, words: str) -> None:
    assert words in words_of(TEXT + content)


def test_a_page_that_is_called_a_sidebar_as_a_whole_is_read() -> None:
    assert "everybody" in words_of(f'<div class="sidebar">{TEXT}</div>')
    long = "<p>All that there is to say of rivers.</p>" * 5
    assert "rivers" in words_of(f'<div id="sidebar">{long}</div><p>Short.</p>')


@pytest.mark.parametrize(
    "folded",
    [
        '<p><button aria-expanded="false" aria-controls="x">How long?</button> '
        '<span id="x" hidden>Five years.</span></p>',
        '<button aria-expanded="false" aria-controls="y">How long?</button>'
        '<div id="y" hidden>Five years.</div>',
        '<button data-bs-toggle="collapse" data-bs-target="#z">How long?</button>'
        '<div id="z" class="collapse">Five years.</div>',
        '<h4><a data-toggle="collapse" href="#c1" aria-expanded="false">How long?</a></h4>'
        '<div id="c1" class="panel-collapse collapse" style="height: 0px">Five years.</div>',
        '<div role="tablist"><button role="tab">How long?</button></div>'
        '<div role="tabpanel" style="display:none">Five years.</div>',
        '<p>How long? <span id="dots">...</span>'
        '<span id="more" style="display:none">Five years.</span></p>',
        '<p>How long?</p><div class="print-only" style="display:none">Five years.</div>',
    ],
)
def test_what_a_control_unfolds_is_content_and_so_is_its_head(folded: str) -> None:
    found = words_of(TEXT + folded)
    assert "How long?" in found
    assert "Five years." in found


def test_a_menu_that_a_button_opens_is_none() -> None:
    menu = '<button aria-controls="m">Menu</button><ul id="m" class="menu" hidden><li>Home</ul>'

    assert words_of(TEXT + menu) == KEPT


def test_what_stands_for_scripts_is_read_where_there_is_nothing_else() -> None:
    assert words_of("<div id=app></div><noscript><p>Five years.</p></noscript>") == "Five years."
    assert words_of(TEXT + "<noscript><p>Switch it on.</p></noscript>") == KEPT

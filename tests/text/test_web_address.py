"""Where an address leads: what is shown is what is opened, to the letter."""

from __future__ import annotations

from urllib.parse import urlsplit

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chatui.domain.errors import UsageError
from chatui.text.web_address import LONGEST, web_address
from tests.hostile import HOSTILE, raw


@pytest.mark.parametrize(
    ("written", "whole"),
    [
        ("https://a.example/b?c=1&d=%20#e", "https://a.example/b?c=1&d=%20#e"),
        ("HTTP://A.Example", "http://a.example"),
        (" https://a.example:8080/ ", "https://a.example:8080/"),
        ("https://a.example:/b", "https://a.example/b"),
        ('https://a.example/ü "<\u202e\x1b', "https://a.example/%C3%BC%20%22%3C%E2%80%AE%1B"),
        ("https://a.example/a\\b", "https://a.example/a%5Cb"),
        ("https://münchen.example/", "https://xn--mnchen-3ya.example/"),
        ("http://[2001:DB8::1]:80/", "http://[2001:db8::1]:80/"),
    ],
)
def test_an_address_is_written_in_ascii_to_the_letter(written: str, whole: str) -> None:
    assert web_address(written).whole == whole


@pytest.mark.parametrize(
    "written",
    [
        "", "guide.md", "-version", "javascript:alert(1)", "data:text/html,x", "vscode://open",
        "file:///etc/hosts", "mailto:a@b.example", "ftp://a.example/", "xhttp://a.example",
    ],
)  # fmt: skip
def test_only_addresses_of_the_web_are_opened(written: str) -> None:
    with pytest.raises(UsageError, match="only addresses of the web"):
        web_address(written)


@pytest.mark.parametrize(
    "written",
    [
        "http://good.example\\@evil.example/", "http://good.example\\evil", "http://a\tb.example/",
        "http:///evil.example/", "http://", "http://[broken", "http://[::g]/", "http://a..b/",
        "http://a%2eb.example/", "http://a.example／b", "http://a.example:x/", "http://@/",
        "http://a.example:123456/", f"http://{'a' * 64}.example/", f"http://{'a.' * 200}example/",
        f"http://a.example/{'x' * LONGEST}",
    ],
)  # fmt: skip
def test_what_nobody_can_read_for_sure_is_not_opened(written: str) -> None:
    with pytest.raises(UsageError, match=r"^Not opened"):
        web_address(written)


@pytest.mark.parametrize(
    ("written", "host", "remark"),
    [
        ("http://bank.example@evil.example/", "evil.example", "leads to evil.example"),
        ("http://a:b@c:d@evil.example/", "evil.example", "name of a user"),
        ("http://рaypal.example", "xn--aypal-uye.example", "рaypal.example"),
        ("http://xn--aypal-uye.example/", "xn--aypal-uye.example", "рaypal.example"),
        ("http://xn--a/", "xn--a", "not written correctly"),
        ("http://127.0.0.1:8080/", "127.0.0.1", "this machine"),
        ("http://2130706433/", "2130706433", "this machine"),
        ("http://0x7f.1/", "0x7f.1", "this machine"),
        ("http://192.168.0.1/", "192.168.0.1", "network nearby"),
        ("http://[fe80::1]/", "[fe80::1]", "network nearby"),
        ("http://printer.localhost/", "printer.localhost", "this machine"),
        ("http://1.1.1.1/", "1.1.1.1", "a number"),
    ],
)
def test_what_may_deceive_the_eye_is_told(written: str, host: str, remark: str) -> None:
    address = web_address(written)

    assert address.host == host
    assert remark in " ".join(address.remarks)


def test_a_plain_address_has_no_remarks() -> None:
    assert web_address("https://docs.example.org:8443/a/b@c").remarks == ()


@given(st.text())
def test_whatever_is_behind_it_an_address_leads_where_it_says(text: str) -> None:
    for written in (f"https://a.example/{text}", f"https://a.example{text}", f"https://{text}"):
        try:
            address = web_address(written)
        except UsageError:
            continue
        assert address.whole.isascii()
        assert not set(address.whole) & set(' \t\r\n\\"<>')
        assert urlsplit(address.whole).hostname == address.host.strip("[]")


def told(written: str) -> str:
    """The address with its remarks, or its refusal."""
    try:
        address = web_address(written)
    except UsageError as refused:
        return str(refused)
    return "".join((address.whole, *address.remarks))


def test_no_hostile_text_stands_in_an_address_or_in_a_refusal() -> None:
    for text in HOSTILE:
        for written in (f"https://a.example/{text}", f"https://{text}/", text):
            assert raw(told(written)) == []

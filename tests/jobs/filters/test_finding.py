"""What filters find, and what becomes of it."""

from __future__ import annotations

import pytest

from chatui.domain.errors import UsageError
from chatui.jobs.filters.detectors import DETECTORS
from chatui.jobs.filters.filters import Action, Filter, filtered
from chatui.jobs.filters.masks import Masks
from chatui.jobs.filters.patterns import compiled
from chatui.jobs.filters.words import WordList, read_words


def detecting(*names: str, action: Action = Action.MASK) -> Filter:
    return Filter(name="d", detect=names or tuple(DETECTORS), action=action)


@pytest.mark.parametrize(
    ("detector", "text", "label"),
    [
        ("email", "to b.o'b@ex-ample.co.uk, please", "EMAIL"),
        ("email", "ｂｏｂ＠ｅｘａｍｐｌｅ．ｏｒｇ", "EMAIL"),
        ("card", "4111 1111 1111 1111", "CARD"),
        ("card", "5500-0000-0000-0004", "CARD"),
        ("iban", "DE89 3704 0044 0532 0130 00 and", "IBAN"),
        ("iban", "gb82west12345698765432", "IBAN"),
        ("cn_id", "11010519491231002X", "CN_ID"),
        ("cn_id", "身份证11010519491231002x。", "CN_ID"),
        ("fr_nir", "1 84 12 76 451 089 46", "FR_NIR"),
        ("de_tax_id", "86 095 742 719", "DE_TAX_ID"),
        ("cn_phone", "电话１３８００１３８０００", "PHONE"),
        ("cn_phone", "+86 138-0013-8000", "PHONE"),
        ("phone", "+49 (30) 123 456-78", "PHONE"),
        ("phone", "01 23 45 67 89", "PHONE"),
        ("phone", "(212) 555-0123", "PHONE"),
        ("phone", "030/1234567", "PHONE"),
        ("ip", "at 192.168.1.20.", "IP"),
        ("ip", "at 2001:db8::1 now", "IP"),
        ("secret", "AKIAIOSFODNN7EXAMPLE", "SECRET"),
        ("secret", "ghp_" + "a1B2" * 9, "SECRET"),
        ("secret", "sk-ant-" + "a1B2-_" * 6, "SECRET"),
        ("secret", "api_key: 'q8W3eR5tY7uI'", "SECRET"),
        ("secret", "postgres://bob:pa55w0rd@db/x", "SECRET"),
    ],
)
def test_a_detector_finds_its_kind(detector: str, text: str, label: str) -> None:
    assert filtered(text, [detecting(detector)]).text.count(f"⟦{label}⟧") == 1


@pytest.mark.parametrize(
    "text",
    [
        "4111 1111 1111 1112",
        "DE88 3704 0044 0532 0130 02",
        "110105194912310021",
        "1 84 12 76 451 089 47",
        "86095742718",
        "127.0.0.1 and ::1 at 12:34:56",
        "version 1.2.3.4.5 of 2026-11-29",
        "password: unknown, token = os.environ['TOKEN']",
        "@decorator and a @ b",
        "chapter 10, page 1234567890123456789012345",
    ],
)
def test_what_only_looks_like_it_is_left_alone(text: str) -> None:
    assert filtered(text, [detecting()]).text == text


def test_a_private_key_is_masked_with_all_its_lines() -> None:
    key = "-----BEGIN RSA PRIVATE KEY-----\nMIIE\nabc\n-----END RSA PRIVATE KEY-----"
    assert filtered(f"x\n{key}\ny", [detecting("secret")]).text == "x\n⟦SECRET⟧\ny"


def test_the_same_text_has_the_same_mask_and_comes_back() -> None:
    masks = Masks()
    text = "a@b.org wrote to c@d.org, and a@b.org again"
    sent = filtered(text, [detecting("email", action=Action.REPLACE)], masks).text
    assert sent == "⟦EMAIL_1⟧ wrote to ⟦EMAIL_2⟧, and ⟦EMAIL_1⟧ again"
    assert masks.restored(sent) == text


def test_masks_go_on_counting_where_they_were_left() -> None:
    masks = Masks([("EMAIL_3", "a@b.org")])
    assert masks.mask("EMAIL", "c@d.org") == "⟦EMAIL_4⟧"
    assert masks.mask("EMAIL", "a@b.org") == "⟦EMAIL_3⟧"
    assert masks.added == [("EMAIL_4", "c@d.org")]


def test_a_mask_that_the_text_spells_itself_is_not_taken() -> None:
    assert Masks().mask("EMAIL", "a@b.org", "see ⟦EMAIL_1⟧: a@b.org") == "⟦EMAIL_2⟧"


def test_of_finds_that_overlap_the_strongest_action_counts_for_all_of_it() -> None:
    words = Filter(name="w", words=WordList(["b.org"]), action=Action.BLOCK)
    found = filtered("at a@b.org now", [detecting("email"), words])
    assert [(one.start, one.end, one.action) for one in found.found] == [(3, 10, Action.BLOCK)]


def test_a_warning_leaves_the_text_as_it_is() -> None:
    found = filtered("at a@b.org", [detecting("email", action=Action.WARN)])
    assert found.text == "at a@b.org"
    assert [one.rule for one in found.warned] == ["email"]


def test_a_pattern_sees_through_width_and_zero_width() -> None:
    rule = Filter(name="p", patterns=(compiled(r"KX-\d{4}", "TICKET", "it"),))
    assert filtered("ｋｘ－１２\u200b３４!", [rule]).text == "⟦WORD⟧!".replace("WORD", "TICKET")


@pytest.mark.parametrize("source", [r"(a|aa)+$", r"(\w+\s?)*x$", r"(.*a){20}b", "(", "a" * 2001])
def test_a_pattern_that_is_slow_or_wrong_is_refused_with_a_sentence(source: str) -> None:
    with pytest.raises(UsageError, match=r"pattern.*\.$"):
        compiled(source, "X", "[filters.x]")


def test_a_word_with_a_star_may_be_a_part_of_a_longer_one() -> None:
    words = Filter(name="w", words=WordList(["secret*", "*ending"]))
    assert filtered("secretary, unending, asecret", [words]).text == "⟦WORD⟧ary, un⟦WORD⟧, asecret"


def test_a_shorter_word_is_found_where_a_longer_one_only_begins() -> None:
    words = Filter(name="w", words=WordList(["foo", "foo ba"]))
    assert filtered("foo bar, foo ba", [words]).text == "⟦WORD⟧ bar, ⟦WORD⟧"


def test_a_list_has_a_word_a_line_and_comments() -> None:
    lines = ["# title", "", "  one ", "two words # why", "C#"]
    assert list(read_words(lines)) == [(3, "one"), (4, "two words"), (5, "C#")]

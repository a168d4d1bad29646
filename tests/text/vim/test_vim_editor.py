"""Vim's keys on a text: what keys make of it. `|` is where the cursor stands."""

from __future__ import annotations

from collections.abc import Sequence

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chatui.text.vim.characters import Characters, line_end, lines_on
from chatui.text.vim.editor import VimEditor

NAMES = {"<esc>": "escape", "<c-r>": "ctrl+r", "<cr>": "enter", "<bs>": "backspace"}


class EditedText:
    """What keys edit, as a composer does; one row of the screen for each line."""

    def __init__(self, shown: str = "|", units: Sequence[str] = ()) -> None:
        self.at = shown.index("|")
        self.text = shown.replace("|", "", 1)
        self.marked: tuple[int, int] | None = None
        self.units = units
        self.clipboard = ""

    @property
    def shown(self) -> str:
        return f"{self.text[: self.at]}|{self.text[self.at :]}"

    def replace(self, start: int, end: int, text: str) -> None:
        assert 0 <= start <= end <= len(self.text)
        self.text = self.text[:start] + text + self.text[end:]
        self.at = start + len(text)

    def move(self, at: int) -> None:
        assert 0 <= at <= len(self.text)
        self.at, self.marked = at, None

    def mark(self, start: int, end: int) -> None:
        assert 0 <= start <= len(self.text)
        assert 0 <= end <= len(self.text)
        self.marked, self.at = (start, end), end

    def beside(self, at: int, step: int) -> int | None:
        start = self.text.rfind("\n", 0, at) + 1
        there = lines_on(self.text, at, step)
        if there == start:
            return None
        return min(there + at - start, line_end(self.text, there))

    def copied(self) -> str:
        return self.clipboard

    def copy(self, text: str) -> None:
        self.clipboard = text


def keys_of(written: str) -> list[str]:
    keys, at = [], 0
    while at < len(written):
        name = next((name for name in NAMES if written.startswith(name, at)), written[at])
        keys.append(NAMES.get(name, name))
        at += len(name)
    return keys


def press(editor: VimEditor, edited: EditedText, keys: Sequence[str]) -> list[str]:
    """What was passed on, but for what is written in insert mode."""
    passed = []
    for key in keys:
        told = editor.press(key)
        if told == "passed on" and editor.takes_text and len(key) == 1:
            edited.replace(edited.at, edited.at, key)
        elif told == "passed on" and editor.takes_text and key == "backspace" and edited.at:
            edited.replace(edited.at - 1, edited.at, "")
        elif told != "done":
            passed.append(key if told == "passed on" else told)
    return passed


def edit(shown: str, keys: str, units: Sequence[str] = ()) -> str:
    """What the keys make of the text, from normal mode."""
    edited = EditedText(shown, units)
    at, editor = edited.at, VimEditor(edited)
    editor.forget()
    editor.press("escape")
    edited.move(at)
    press(editor, edited, keys_of(keys))
    return edited.shown


MOVES = [
    ("one |two", "h", "one| two"),
    ("|one two", "l", "o|ne two"),
    ("one tw|o", "l", "one tw|o"),
    ("|one\ntwo", "10l", "on|e\ntwo"),
    ("one |two", "10h", "|one two"),
    ("|one two, three", "w", "one |two, three"),
    ("one |two, three", "w", "one two|, three"),
    ("one |two, three", "W", "one two, |three"),
    ("|one\n\ntwo", "w", "one\n|\ntwo"),
    ("|one two", "3w", "one tw|o"),
    ("one two |three", "b", "one |two three"),
    ("one two |three", "2b", "|one two three"),
    ("a.b |c", "B", "|a.b c"),
    ("|one two", "e", "on|e two"),
    ("on|e two", "e", "one tw|o"),
    ("one |two", "ge", "on|e two"),
    ("  one t|wo", "0", "|  one two"),
    ("  one t|wo", "^", "  |one two"),
    ("|one two\nx", "$", "one tw|o\nx"),
    ("|one  \nx", "g_", "on|e  \nx"),
    ("one\ntwo|", "gg", "|one\ntwo"),
    ("|one\n  two", "G", "one\n  |two"),
    ("|one\ntwo\nthree", "2G", "one\n|two\nthree"),
    ("on|e\ntwo", "j", "one\ntw|o"),
    ("one\ntw|o", "k", "on|e\ntwo"),
    ("|a,b,c", "f,", "a|,b,c"),
    ("|a,b,c", "2f,", "a,b|,c"),
    ("|a,b,c", "t,", "|a,b,c"),
    ("|aa,b,c", "t,", "a|a,b,c"),
    ("|aa,b,c", "t,;", "aa,|b,c"),
    ("a,b,|c", "F,", "a,b|,c"),
    ("a,b,|c", "2T,", "a,|b,c"),
    ("|a,b,c", "f,;", "a,b|,c"),
    ("|a,b,c", "f,;,", "a|,b,c"),
    ("|one", "fx", "|one"),
    ("|f(a(b))", "%", "f(a(b)|)"),
    ("f(a(b)|)", "%", "f|(a(b))"),
    ("|a\nb\n\nc", "}", "a\nb\n|\nc"),
    ("a\n\nb\n|c", "{", "a\n|\nb\nc"),
    ("|abcdef", "4|", "abc|def"),
]
CHANGES = [
    ("|one", "x", "|ne"),
    ("on|e", "x", "o|n"),
    ("|one", "9x", "|"),
    ("on|e", "X", "o|e"),
    ("one |two three", "D", "one| "),
    ("|one two three", "dw", "|two three"),
    ("|one two three", "d2w", "|three"),
    ("|one two three", "2dw", "|three"),
    ("|a b c d e f g", "2d3w", "|g"),
    ("one |two\n  three", "dw", "one| \n  three"),
    ("one |two three", "de", "one | three"),
    ("one two |three", "db", "one |three"),
    ("one |two", "d0", "|two"),
    ("one |two", "d$", "one| "),
    ("a|a,b,c", "dt,", "a|,b,c"),
    ("a|a,b,c", "df,", "a|b,c"),
    ("aa,b|,c", "dF,", "aa|,c"),
    ("one\nt|wo\nthree", "dd", "one\n|three"),
    ("one\nt|wo", "dd", "|one"),
    ("|one", "dd", "|"),
    ("o|ne\ntwo\nthree", "2dd", "|three"),
    ("o|ne\ntwo\nthree", "dj", "|three"),
    ("one\ntwo\nth|ree", "dk", "|one"),
    ("one\nt|wo\nthree", "dG", "|one"),
    ("one\nt|wo\nthree", "dgg", "|three"),
    ("|one two", "cwnew<esc>", "ne|w two"),
    ("on|e two", "cwx<esc>", "on|x two"),
    ("one| two", "cwx<esc>", "one|xtwo"),
    ("one t|wo three", "ciwx<esc>", "one |x three"),
    ("|one two", "Cx<esc>", "|x"),
    ("one\nt|wo", "ccnew<esc>", "one\nne|w"),
    ("|one", "sx<esc>", "|xne"),
    ("|", "sx<esc>", "|x"),
    ("on|e\ntwo", "Sx<esc>", "|x\ntwo"),
    ("|one two", "ywP", "one| one two"),
    ("|one\ntwo", "yyp", "one\n|one\ntwo"),
    ("|one\ntwo", "yyjp", "one\ntwo\n|one"),
    ("one\n|two", "yykP", "|two\none\ntwo"),
    ("|ab", "xp", "b|a"),
    ("|ab cd", "yw$p", "ab cdab| "),
    ("|ab", "yl3p", "aaa|ab"),
    ("|ab", "rx", "|xb"),
    ("|ab", "2rx", "x|x"),
    ("|ab", "3rx", "|ab"),
    ("|ab", "~~", "A|B"),
    ("|one\n  two", "J", "one| two"),
    ("|one\ntwo\nthree", "3J", "one two| three"),
    ("|one two", "wD", "one| "),
    ('f("on|e", 2)', 'ci"x<esc>', 'f("|x", 2)'),
    ('f("on|e", 2)', 'da"', "f(|, 2)"),
    ("f(a, (b|), c)", "di(", "f(a, (|), c)"),
    ("|one (two)", "di(", "one (|)"),
    ("a\n|\n\nb", "dw", "a\n|\nb"),
    ("on|e", "de", "o|n"),
    ("a\n\n|b", "ge", "a\n|\nb"),
    ("o|ne\ntwo", "yy$p", "one\n|one\ntwo"),
    ("on|e two\nthree", "yyx", "on| two\nthree"),
    ("f(a, (b|), c)", "2di(", "f(|)"),
    ("f(a, (b|), c)", "dab", "f(a, |, c)"),
    ("one t|wo three", "daw", "one |three"),
    ("one t|wo", "daw", "on|e"),
    ("one\nt|wo\n\nthree", "dip", "|\nthree"),
    ("one\nt|wo\n\nthree", "dap", "|three"),
]
INSERTS = [
    ("o|ne", "ix<esc>", "o|xne"),
    ("o|ne", "ax<esc>", "on|xe"),
    ("  o|ne", "Ix<esc>", "  |xone"),
    ("|one", "Ax<esc>", "one|x"),
    ("o|ne\ntwo", "ox<esc>", "one\n|x\ntwo"),
    ("o|ne\ntwo", "Ox<esc>", "|x\none\ntwo"),
    ("|", "3ix<esc>", "xx|x"),
    ("|a", "2ob<esc>", "a\nb\n|b"),
]
AGAIN_AND_BACK = [
    ("|one two", "dwu", "|one two"),
    ("|one two", "dwu<c-r>", "|two"),
    ("|one two three", "dwdwuu", "|one two three"),
    ("|one two three", "dw.", "|three"),
    ("|a b c d e", "dw2.", "|d e"),
    ("|a", "ix y<esc>u", "|a"),
    ("|one two three", "cwx<esc>w.w.", "x x |x"),
    ("|aa", "ab<esc>.", "ab|ba"),
    ("|a\nb", "ox<esc>j.", "a\nx\nb\n|x"),
    ("|one", "cwtwo<esc>u", "|one"),
    ("|one", "u", "|one"),
]
VISUAL = [
    ("|one two", "vd", "|ne two"),
    ("|one two", "ved", "| two"),
    ("one t|wo", "vbd", "one |o"),
    ("|one two", "vwy$p", "one twoone |t"),
    ("one\nt|wo\nthree", "Vd", "one\n|three"),
    ("o|ne\ntwo\nthree", "Vjd", "|three"),
    ("|one two", "vecx<esc>", "|x two"),
    ("one (t|wo) three", "vi(d", "one (|) three"),
    ("|one two", "ve~", "|ONE two"),
    ("|one\ntwo", "VjJ", "one| two"),
    ("|one two", "verx", "|xxx two"),
    ("one tw|o", "vbod", "one| "),
    ("|one two", "yewvep", "one on|e"),
    ("|one", "v<esc>x", "|ne"),
    ("|one two", "ved.u", "|one two"),
]
REGISTERS = [
    ("|one two", '"ayw"_dw"aP', "one| two"),
    ("|a b", '"ayl"Aylw"aP', "a a|ab"),
    ("|one two", '"+yww"+P', "one one| two"),
]
CHARACTERS = [
    # e with an accent of its own, a family with joiners, a flag
    ("|e\u0301x", "l", "e\u0301|x"),
    ("|e\u0301x", "x", "|x"),
    ("a👨‍👩‍👧b|c", "2h", "a|👨‍👩‍👧bc"),
    ("a|👨‍👩‍👧b", "x", "a|b"),
    ("|🇩🇪🇫🇷", "x", "|🇫🇷"),
    ("|東京タワーへ行く", "w", "東京|タワーへ行く"),
    ("|東京タワーへ行く", "2w", "東京タワー|へ行く"),
    ("東京タワーへ行|く", "b", "東京タワーへ|行く"),
    ("|東京タワー", "dw", "|タワー"),
    ("|中文,字", "w", "中文|,字"),
    ("|中文", "x", "|文"),
    ("|中文字文", "2f文", "中文字|文"),
    ("|한국어 말", "w", "한국어 |말"),
    ("|naïve nai\u0308ve x", "2w", "naïve nai\u0308ve |x"),
    ("|สวัสดี ครับ", "w", "สวัสดี |ครับ"),
]


@pytest.mark.parametrize(
    ("shown", "keys", "then"),
    [
        *MOVES,
        *CHANGES,
        *INSERTS,
        *AGAIN_AND_BACK,
        *VISUAL,
        *REGISTERS,
        *CHARACTERS,
    ],
)
def test_keys_do_to_a_text_what_vim_does(shown: str, keys: str, then: str) -> None:
    assert edit(shown, keys) == then


def test_a_unit_is_one_character_and_one_word() -> None:
    chip = "[pasted 20 lines #1]"
    assert edit(f"a |{chip} b", "x", [chip]) == "a | b"
    assert edit(f"|a {chip} b", "ww", [chip]) == f"a {chip} |b"
    assert edit(f"a {chip}| b", "h", [chip]) == f"a |{chip} b"


def test_enter_and_escape_are_for_others_where_nothing_was_begun() -> None:
    edited = EditedText("|one")
    editor = VimEditor(edited)
    assert press(editor, edited, ["escape", "escape", "enter"]) == ["escape", "enter"]
    assert press(editor, edited, ["2", "d", "escape", "d", "enter", "v", "enter"]) == []
    assert (editor.mode, editor.pending, edited.shown) == ("NORMAL", "", "|one")


def test_beyond_the_first_and_the_last_row_are_other_prompts() -> None:
    edited = EditedText("one\ntw|o")
    editor = VimEditor(edited)
    assert press(editor, edited, ["escape", "j", "k", "k"]) == ["newer", "older"]


def test_what_is_begun_is_told() -> None:
    edited = EditedText("|one two")
    editor = VimEditor(edited)
    press(editor, edited, ["escape", "2", "d"])
    assert (editor.mode, editor.pending) == ("NORMAL", "2d")
    press(editor, edited, ["w", "i"])
    assert (editor.mode, editor.pending) == ("INSERT", "")
    press(editor, edited, ["escape", "V"])
    assert editor.mode == "VISUAL LINE"


def test_what_a_pointer_marked_is_taken_by_the_next_key() -> None:
    edited = EditedText("|one two")
    editor = VimEditor(edited)
    editor.press("escape")
    edited.mark(4, 7)
    press(editor, edited, ["d"])
    assert edited.shown == "one| "


def test_undo_goes_back_to_what_was_there_before_a_paste() -> None:
    edited = EditedText("|one")
    editor = VimEditor(edited)
    editor.forget()
    press(editor, edited, ["escape", "x"])
    editor.about_to_change()
    edited.replace(0, 0, "pasted")
    press(editor, edited, ["u"])
    assert edited.text == "ne"
    press(editor, edited, ["u"])
    assert edited.text == "one"


KEYS = st.lists(
    st.sampled_from(
        [
            *"hjklwbeWBE0^$gGiaIAoOxXDCdcypPuJr~sSfFtT;,vVnq%{}|\"'()[]<>.12345",
            *"añ中\u0301 ",
            *NAMES.values(),
        ]
    ),
    max_size=30,
)


@given(st.text(alphabet='ab ,.()"\n中字カ\u0301👨\u200d👩', max_size=30), KEYS, st.integers(0, 30))
def test_whatever_keys_come_the_cursor_stands_on_a_character_and_undo_brings_all_back(
    text: str, keys: list[str], at: int
) -> None:
    at = min(at, len(text))
    edited = EditedText(f"{text[:at]}|{text[at:]}" if "|" not in text else "|")
    editor = VimEditor(edited)
    editor.forget()
    press(editor, edited, keys)
    press(editor, edited, ["escape", "escape"])
    assert editor.mode == "NORMAL"
    assert edited.at == Characters().within(edited.text, edited.at)
    press(editor, edited, ["u"] * (len(keys) + 2))
    assert edited.text == text

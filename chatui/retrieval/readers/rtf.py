"""Rich text (rtf): words, headings, lists, tables, notes and comments, without what is hidden,
deleted or drawn (Rich Text Format Specification 1.9.1)."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass, field, replace

from chatui.domain.errors import ReadFailed
from chatui.retrieval.chunking.document import Document, Lack, Unreadable
from chatui.retrieval.readers.composing import DocumentBuilder
from chatui.retrieval.readers.office_blocks import Covered, write_line
from chatui.retrieval.readers.office_xml import clean, linked
from chatui.retrieval.readers.rtf_flow import (
    CODE_PAGES,
    SYMBOLS,
    TextFlow,
    code_page,
    symbol,
    write_blocks,
)
from chatui.retrieval.readers.titles import telling

MOST_NESTED = 20_000
"""Groups within groups; a document has some dozens."""
MOST_GROUPS = 1_000_000
"""Word writes one for each change of letters, and one of 20 MB has 300,000."""
_TOKEN = re.compile(
    rb"\\([a-zA-Z]{1,40})(-?[0-9]{1,10})? ?|\\'([0-9a-fA-F]{2})|\\([^a-zA-Z])|([{}])|([^\\{}]+)|\\",
    re.DOTALL,
)
WESTERN = "cp1252"
_ADDRESS = re.compile(r'HYPERLINK\s{1,9}"([^"]{1,2000})"')
_HEADING = re.compile(r"heading ([1-9])")
_MARKS = {
    "tab": " ", "line": "\n", "emdash": "—", "endash": "–", "lquote": "‘", "rquote": "’",
    "ldblquote": "“", "rdblquote": "”", "bullet": "•", "emspace": " ", "enspace": " ",
    "qmspace": " ", "lbr": "\n", "softline": " ", "zwj": "\u200d", "zwnj": "\u200c",
}  # fmt: skip
_DRAWN_MARKS = {b"~": "\u00a0", b"_": "-", b"-": "", b"\n": "\n", b"\r": "\n", b"{": "{",
                b"}": "}", b"\\": "\\", b"\t": " "}  # fmt: skip
_LEFT_OUT_NAMES = (
    "colortbl filetbl pict nonshppict shprslt xe tc tcn rxe txe sn sv author operator keywords "
    "doccomm subject category manager company comment hlinkbase vern nonesttables mmathPict "
    "template private objclass objname objtime ftnsep ftnsepc ftncn aftnsep aftnsepc aftncn "
    "mdeg creatim revtim printim buptim bkmkstart bkmkend"
)
_LEFT_OUT = frozenset(_LEFT_OUT_NAMES.split())
_APART_NAMES = "header headerl headerr headerf footer footerl footerr footerf"
_APART = frozenset(_APART_NAMES.split())
_BESIDE = frozenset(("annotation", "footnote", "shptxt", "dptxbxtext"))
_LABELS = ("listtext", "pntext")
_TABLES = ("fonttbl", "stylesheet")
_CAPTURED = frozenset(("title", "atnauthor", "fldinst", *_LABELS, *_TABLES))
_ENTERED_NAMES = (
    "shpinst shptxt annotation fldinst nesttableprops ud atnauthor mmath moMath moMathPara "
    "footnote listtext pntext dptxbxtext do shppict sp shpgrp"
)
_ENTERED = frozenset(_ENTERED_NAMES.split())
"""Groups that a reader which does not know them is to pass over, and whose words are read."""
_OTHER_NAMES = "info field fldrslt object result shp upr mnary mr me mf"
_FORMULA = {"mnum": ("(", ")"), "mden": ("/(", ")"), "msup": ("^(", ")"), "msub": ("_(", ")"),
            "mrad": ("√(", ")"), "md": ("(", ")")}  # fmt: skip


@dataclass(frozen=True, slots=True)
class _Font:
    charset: int = 1
    page: str = ""
    name: str = ""


_NO_FONT = _Font()


@dataclass(slots=True)
class _OpenGroup:
    """What holds in a group, and comes back at its end."""

    name: str = ""
    """Of the destination that begins with it, "" for none."""
    left_out: bool = False
    hidden: bool = False
    deleted: bool = False
    skip: int = 1
    """Letters that stand behind one in Unicode for readers without."""
    font: int = -1
    style: int = 0
    outline: int = -1
    depth: int = 0
    in_table: bool = False
    inner: bool = False
    """In a table that stands in a cell."""
    starred: bool = False
    ends: str = ""

    def inner_group(self) -> _OpenGroup:
        """What holds in one that begins here."""
        # By their places: a large file has hundreds of thousands.
        return _OpenGroup(
            "",
            self.left_out,
            self.hidden,
            self.deleted,
            self.skip,
            self.font,
            self.style,
            self.outline,
            self.depth,
            self.in_table,
            self.inner,
        )


@dataclass(slots=True)
class _FieldUnderWay:
    instruction: str = ""
    begins: int = 0
    """Where its result begins among the words of the paragraph."""


def read(data: bytes, stem: str) -> Document:
    """The title is the file's own, else its first heading, else the file's stem.

    Raises ReadFailed for one that is nested too deeply, Unreadable for one without text.
    """
    parser = _Parser(data[max(0, data.find(b"{\\rtf")) :])
    parser.run()
    composer = DocumentBuilder()
    write_blocks(composer, parser.text.blocks)
    for line in dict.fromkeys(parser.edges):
        write_line(composer, line)
    if not composer.written:
        raise Unreadable("it holds no text", empty=True)
    document = composer.document(
        telling(parser.title) or composer.first_heading or stem, with_lines=False
    )
    lacks = (Lack("it breaks off before its end"),) if parser.is_cut else ()
    return replace(document, lacks=lacks)


@dataclass(slots=True)
class _Parser:
    data: bytes
    text: TextFlow = field(default_factory=TextFlow)
    title: str = ""
    edges: list[str] = field(default_factory=list)
    is_cut: bool = False
    _at: int = 0
    _opened: int = 0
    _groups: list[_OpenGroup] = field(default_factory=list)
    _now: _OpenGroup = field(default_factory=_OpenGroup)
    _flows: list[tuple[int, TextFlow]] = field(default_factory=list)
    """Texts that stand apart, with how deep the group lies that holds each."""
    _captured: list[tuple[int, list[str]]] = field(default_factory=list)
    _fields: list[tuple[int, _FieldUnderWay]] = field(default_factory=list)
    _bytes: bytearray = field(default_factory=bytearray)
    _high: int = 0
    _to_skip: int = 0
    _fonts: dict[int, _Font] = field(default_factory=dict)
    _default_font: int = -1
    _page: str = WESTERN
    _headings: dict[int, int] = field(default_factory=dict)
    """The level of heading of a style."""
    _author: str = ""
    _notes: int = 0
    _merged: tuple[bool, bool] = (False, False)

    def run(self) -> None:
        size = len(self.data)
        while self._at < size and (found := _TOKEN.match(self.data, self._at)):
            self._at = found.end()
            word, number, code, sign, brace, words = found.groups()
            if word is not None:
                self._word(word.decode("ascii"), int(number) if number else None)
            elif brace == b"{":
                self._open()
            elif sign is not None:
                self._sign(sign)
            elif brace is not None:
                if self._groups:
                    self._close()
                if not self._groups:
                    break  # what stands behind the file's group is none of its text
            elif not self._now.left_out:
                self._letters(
                    bytes((int(code, 16),)) if code else (words or b"").translate(None, b"\r\n\0")
                )
        self.is_cut = bool(self._groups)
        while self._groups:
            self._close()
        self._flush()
        self.text.end()

    @property
    def _flow(self) -> TextFlow:
        return self._flows[-1][1] if self._flows else self.text

    # Groups

    def _open(self) -> None:
        self._flush()
        self._to_skip = 0
        if len(self._groups) >= MOST_NESTED:
            raise ReadFailed(f"its groups are nested more than {MOST_NESTED:,} deep")
        self._opened += 1
        if self._opened > MOST_GROUPS:
            raise ReadFailed(f"it has more than {MOST_GROUPS:,} groups")
        self._groups.append(self._now)
        self._now = self._now.inner_group()

    def _close(self) -> None:
        self._flush()
        self._to_skip = 0
        depth, closed = len(self._groups), self._now
        if closed.ends:
            self._say(closed.ends)
        self._now = self._groups.pop()
        if self._captured and self._captured[-1][0] == depth:
            self._take(closed.name, "".join(self._captured.pop()[1]))
        if self._flows and self._flows[-1][0] == depth:
            flow = self._flows.pop()[1]
            flow.end()
            self._take_flow(closed.name, flow)
        if self._fields and self._fields[-1][0] == depth:
            self._end_field(self._fields.pop()[1])

    def _destination(self, name: str) -> bool:
        """Whether the word begins a destination, which then holds for its group."""
        now = self._now
        if now.name:
            return False
        unknown = now.starred and name not in _ENTERED and name not in _APART
        if name in _DESTINATIONS:
            now.name = name
            now.left_out |= unknown or name in _LEFT_OUT or name == "upr"
            if not now.left_out:
                self._begin(name, len(self._groups))
            return True
        now.left_out |= unknown or name.endswith("Pr")
        return unknown

    def _begin(self, name: str, depth: int) -> None:
        if name in _CAPTURED:
            self._captured.append((depth, []))
        elif name in _APART or name in _BESIDE:
            self._begin_flow(name, depth)
        elif name == "field":
            self._fields.append((depth, _FieldUnderWay(begins=len(self._flow.words))))
        elif name == "fldrslt" and self._fields:
            self._begin_result(self._fields[-1][1])
        elif name in _FORMULA:
            begins, self._now.ends = _FORMULA[name]
            self._say(begins)

    def _begin_result(self, of: _FieldUnderWay) -> None:
        of.begins = len(self._flow.words)
        asked = of.instruction.split()[:1]
        # The list of contents says once more what the text says.
        self._now.left_out = asked in (["TOC"], ["INDEX"])
        if asked in (["PAGE"], ["NUMPAGES"], ["SECTIONPAGES"]):
            self._now.left_out = self._flow.numbered = True

    def _begin_flow(self, name: str, depth: int) -> None:
        if name == "footnote":
            self._notes += 1
            self._say(f" (note {self._notes})")
        self._flows.append((depth, TextFlow()))
        self._now.in_table = self._now.inner = False
        self._now.style, self._now.outline = 0, -1

    def _take(self, name: str, said: str) -> None:
        """What was captured in a group that has ended."""
        if name == "title":
            self.title = clean(said)
        elif name == "atnauthor":
            self._author = clean(said)
        elif name == "fldinst" and self._fields:
            self._fields[-1][1].instruction += said
        elif name in _LABELS:
            label = clean(said)
            self._flow.label = label if any(map(str.isalnum, label)) and label != "o" else "-"

    def _take_flow(self, name: str, flow: TextFlow) -> None:
        said = clean(flow.line)
        if not said:
            return
        if name in _APART:
            edge = "Header" if name.startswith("header") else "Footer"
            self.edges += [
                f"{edge}: {clean(block.text)}"
                for block in flow.blocks
                if not isinstance(block, list)
            ]
        elif name == "footnote":
            self._flow.after.append(f"Note {self._notes}: {said}")
        elif name == "annotation":
            who = f" by {self._author}" if self._author else ""
            self._flow.after.append(f"Comment{who}: {said}")
            self._author = ""
        else:
            self._flow.after.append(said)

    def _end_field(self, ended: _FieldUnderWay) -> None:
        found = _ADDRESS.search(ended.instruction)
        words = self._flow.words
        if found and ended.begins < len(words):
            shown = "".join(words[ended.begins :])
            words[ended.begins :] = [linked(shown, found[1])]

    # Letters

    def _letters(self, some: bytes) -> None:
        if self._to_skip:
            skipped = min(self._to_skip, len(some))
            self._to_skip -= skipped
            some = some[skipped:]
        self._bytes += some

    def _flush(self) -> None:
        """Decodes the bytes that have come since something else did."""
        if not self._bytes:
            return
        some, self._bytes = bytes(self._bytes), bytearray()
        named = self._now.font if self._now.font >= 0 else self._default_font
        font = self._fonts.get(named, _NO_FONT)
        # What is in one of the two tables is captured.
        if self._captured and self._in("fonttbl"):
            self._name_font(clean(some.decode("latin-1")).rstrip(";"))
        elif self._captured and self._in("stylesheet"):
            self._name_style(clean(some.decode("latin-1")).rstrip(";").casefold())
        elif font.charset == SYMBOLS:
            self._say("".join(symbol(code, font.name) for code in some))
        else:
            self._say(self._decoded(some, font))

    def _name_font(self, name: str) -> None:
        known = self._fonts.get(self._now.font)
        if known is not None and not known.name:
            self._fonts[self._now.font] = replace(known, name=name)

    def _name_style(self, name: str) -> None:
        level = _HEADING.fullmatch(name)
        if level or name == "title":
            self._headings.setdefault(self._now.style, int(level[1]) if level else 1)

    def _decoded(self, some: bytes, font: _Font) -> str:
        page = font.page or (CODE_PAGES.get(font.charset, "") if font.charset else "")
        if some.isascii() and (page or self._page) == WESTERN:
            return some.decode("ascii")
        try:
            # Fonts of western Europe stand in files of every other code page, for its letters.
            return some.decode(page or self._page)
        except UnicodeDecodeError:
            return some.decode(page or WESTERN, "replace")

    def _say(self, text: str) -> None:
        now = self._now
        if now.left_out or now.hidden or now.deleted:
            return
        if self._high:
            text, self._high = f"\ufffd{text}", 0
        if self._captured and (not self._flows or self._captured[-1][0] > self._flows[-1][0]):
            self._captured[-1][1].append(text)
        else:
            self._flow.words.append(text)

    def _unicode(self, number: int) -> None:
        self._flush()
        code = number + 0x10000 if number < 0 else number
        self._to_skip = self._now.skip
        if 0xD800 <= code < 0xDC00:
            self._high = code
            return
        if 0xDC00 <= code < 0xE000:
            high, self._high = self._high, 0
            if not high:
                return
            code = 0x10000 + ((high - 0xD800) << 10) + (code - 0xDC00)
        if 0xF000 <= code < 0xF100:
            font = self._fonts.get(self._now.font, _Font(SYMBOLS))
            self._say(symbol(code - 0xF000, font.name))
        elif 0 < code < 0x110000:
            self._say(chr(code))

    def _sign(self, sign: bytes) -> None:
        if sign == b"*":
            self._now.starred = True
            return
        text = _DRAWN_MARKS.get(sign)
        if text is None:
            return
        if self._to_skip:
            self._to_skip -= 1
            return
        self._flush()
        if sign in b"\r\n":
            self._paragraph()
        else:
            self._say(text)

    # Words

    def _word(self, name: str, number: int | None) -> None:
        if name == "bin":
            self._at += max(0, number or 0)
            return
        if name == "u" and not self._now.left_out:
            self._unicode(number or 0)
            return
        mark = _MARKS.get(name)
        if mark is not None and self._to_skip:
            self._to_skip -= 1
            return
        self._flush()
        self._to_skip = 0
        if mark is not None:
            self._say(mark)
        elif name == "ud" and self._groups[-1:] and self._groups[-1].name == "upr":
            self._now.left_out = self._groups[-2].left_out
        elif self._destination(name):
            pass
        elif name in _SETTINGS:
            _SETTINGS[name](self, 1 if number is None else number)

    def _in(self, name: str) -> bool:
        return self._now.name == name or any(group.name == name for group in self._groups[-3:])

    def _paragraph(self) -> None:
        now = self._now
        if now.left_out:
            return
        if self._flow.numbered and self._flow is not self.text:
            self._flow.drop_paragraph()
            return
        outline = now.outline + 1 if now.outline >= 0 else self._headings.get(now.style, 0)
        heading = 0 if self._flows or outline > 9 else outline
        self._flow.end_paragraph(heading, now.depth, in_table=now.in_table)

    def _plain_paragraph(self, _: int) -> None:
        now = self._now
        now.style, now.outline, now.depth, now.in_table, now.inner = 0, -1, 0, False, False

    def _plain(self, _: int) -> None:
        now = self._now
        now.hidden = now.deleted = False
        now.font = self._default_font

    def _set_font(self, number: int) -> None:
        self._now.font = number
        if self._in("fonttbl"):
            self._fonts.setdefault(number, _Font())

    def _set_charset(self, number: int) -> None:
        self._change_font(charset=number)

    def _set_font_page(self, number: int) -> None:
        self._change_font(page=code_page(number))

    def _change_font(self, charset: int | None = None, page: str = "") -> None:
        known = self._fonts.get(self._now.font, _Font())
        changed = replace(known, charset=known.charset if charset is None else charset)
        self._fonts[self._now.font] = replace(changed, page=page or known.page)

    def _set_style(self, number: int) -> None:
        self._now.style = number

    def _set_outline(self, number: int) -> None:
        self._now.outline = number if number < 9 else -1
        if self._in("stylesheet") and number < 9:
            self._headings[self._now.style] = number + 1

    def _set_hidden(self, number: int) -> None:
        self._now.hidden = number != 0

    def _set_deleted(self, number: int) -> None:
        self._now.deleted = number != 0

    def _set_skip(self, number: int) -> None:
        self._now.skip = max(0, min(number, 100))

    def _set_page(self, number: int) -> None:
        self._page = code_page(number)

    def _set_default_font(self, number: int) -> None:
        self._default_font = number

    def _set_depth(self, number: int) -> None:
        self._now.depth = max(0, min(number, 8))

    def _set_in_table(self, number: int) -> None:
        self._now.in_table = number != 0

    def _set_table_level(self, number: int) -> None:
        self._now.in_table, self._now.inner = number > 0, number > 1

    def _begin_row(self, _: int) -> None:
        if not self._now.left_out:
            self._flow.covered = []
            self._merged = (False, False)

    def _merge_left(self, _: int) -> None:
        self._merged = (True, self._merged[1])

    def _merge_above(self, _: int) -> None:
        self._merged = (self._merged[0], True)

    def _end_cell_form(self, _: int) -> None:
        left, above = self._merged
        over = Covered.FROM_LEFT if left else Covered.FROM_ABOVE if above else None
        if not self._now.inner and len(self._flow.covered) < 1000:
            self._flow.covered.append(over)
        self._merged = (False, False)

    def _end_cell(self, _: int) -> None:
        if not self._now.left_out:
            self._flow.end_cell()

    def _end_inner_cell(self, _: int) -> None:
        if not self._now.left_out:
            self._flow.end_inner_cell()

    def _end_inner_row(self, _: int) -> None:
        if not self._now.left_out:
            self._flow.end_inner_row()

    def _end_row(self, _: int) -> None:
        if not self._now.left_out:
            self._flow.end_row()

    def _end_paragraph(self, _: int) -> None:
        self._paragraph()

    def _page_number(self, _: int) -> None:
        self._flow.numbered = True

    def _mac(self, _: int) -> None:
        self._page = "mac_roman"

    def _pc(self, _: int) -> None:
        self._page = "cp437"

    def _pca(self, _: int) -> None:
        self._page = "cp850"


_SETTINGS: dict[str, Callable[[_Parser, int], None]] = {
    "par": _Parser._end_paragraph,
    "sect": _Parser._end_paragraph,
    "page": _Parser._end_paragraph,
    "column": _Parser._end_paragraph,
    "pard": _Parser._plain_paragraph,
    "plain": _Parser._plain,
    "f": _Parser._set_font,
    "fcharset": _Parser._set_charset,
    "cpg": _Parser._set_font_page,
    "s": _Parser._set_style,
    "outlinelevel": _Parser._set_outline,
    "v": _Parser._set_hidden,
    "deleted": _Parser._set_deleted,
    "uc": _Parser._set_skip,
    "ansicpg": _Parser._set_page,
    "mac": _Parser._mac,
    "pc": _Parser._pc,
    "pca": _Parser._pca,
    "deff": _Parser._set_default_font,
    "ilvl": _Parser._set_depth,
    "intbl": _Parser._set_in_table,
    "itap": _Parser._set_table_level,
    "trowd": _Parser._begin_row,
    "clmrg": _Parser._merge_left,
    "clvmrg": _Parser._merge_above,
    "cellx": _Parser._end_cell_form,
    "cell": _Parser._end_cell,
    "nestcell": _Parser._end_inner_cell,
    "nestrow": _Parser._end_inner_row,
    "row": _Parser._end_row,
    "chpgn": _Parser._page_number,
}
_DESTINATIONS = frozenset(
    (*_LEFT_OUT, *_APART, *_CAPTURED, *_ENTERED, *_FORMULA, *_OTHER_NAMES.split())
)

"""What stands behind a `#` in a question: the files that it names, or what may be the name of one
that isn't there. Pure functions.

A `#` that names no file is prose: "issue #12", "C#", "#include".
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace

from chatui.text.file_naming import HAN, SUFFIX, File, document_at, named
from chatui.text.function_words import latin

MOST_CUTS = 40
"""Places at which what follows a name without a blank is taken off."""
MOST_BLANKS = 12
"""In a name that is not quoted."""
MOST_IN_A_RUN = 4
"""Words of a name that no file has, for it to be taken for one without quotes."""

_QUOTES = ('""', "“”", "„“", "„”", "«»", "»«", "‹›", "「」", "『』", "‘’", "‚‘", "''")
_QUOTED = "|".join(rf"{two[0]}([^{two[1]}\n]{{1,400}}){two[1]}(?![a-zà-ÿ])" for two in _QUOTES)
"""What closes is no apostrophe: a letter may not follow it."""
_MENTION = re.compile(
    r'(?:^|(?<=[\s(\[（【「“"，。、：；]|[\u3040-\u30ff\u3400-\u9fff]))#'
    rf'(?:{_QUOTED}|([^\s"#]{{1,400}}))',
    re.MULTILINE,
)
"""What is quoted, or stands there without a blank."""
_WORD_GROUP = len(_QUOTES) + 1
TRAILING = ".,;:!?)]}'\"。，、；：？！）】」”"

_BLANKS = re.compile(r"\s+")
_FOLDER = re.compile(r"\w[^\s<>=]*/")


@dataclass(frozen=True, slots=True)
class FileMention:
    """A `#name` at the text's `[start:end]`."""

    name: str
    start: int
    end: int


@dataclass(frozen=True, slots=True)
class OpenName:
    """What stands behind a `#` and names no file, as it was typed but for punctuation behind it.
    `certain` tells that it can mean nothing but a file, for it has the suffix of a document or the
    slash of a folder, or is quoted and has any suffix; `run` are the words up to a document's
    suffix, which may be a name with blanks, "" where there are none."""

    name: str
    certain: bool = False
    run: str = ""


def may_mention(text: str) -> bool:
    """Whether there is a `#` that could name a file."""
    return "#" in text and _MENTION.search(text) is not None


def mentions(text: str, files: Sequence[File]) -> list[tuple[FileMention, list[File]]]:
    """The mentions that name files, each with all that fit it equally well."""
    found = []
    for match in _MENTION.finditer(text):
        for name, end in _names(match):
            if fitting := named(name, files, strict=True):
                found.append((FileMention(name, match.start(), end), fitting))
                break
    return found


def open_names(text: str, found: Sequence[FileMention]) -> list[OpenName]:
    """What stands behind each `#` that is none of the mentions that were found."""
    taken = {one.start for one in found}
    # Where there are several lines a `#` is rather part of what was pasted.
    pasted = "\n" in text.strip()
    names = (_open_name(one) for one in _MENTION.finditer(text) if one.start() not in taken)
    return [replace(one, certain=False, run="") if pasted else one for one in names]


def _open_name(match: re.Match[str]) -> OpenName:
    if name := _in_quotes(match):
        return OpenName(name, certain=SUFFIX.search(name) is not None)
    word = match[_WORD_GROUP].rstrip(TRAILING)
    if document := document_at(word):
        return OpenName(document, certain=True)
    if _FOLDER.fullmatch(word):
        return OpenName(word, certain=True)
    return OpenName(word, run=_document_behind(match) if word[:1].isalpha() else "")


def _document_behind(match: re.Match[str]) -> str:
    """The words behind the `#` up to the first that has the suffix of a document, "" where none of
    the next few has it, or a mark like "TODO:" tells that they are prose."""
    words = match.string[match.start(_WORD_GROUP) :].partition("#")[0].split(" ")[:MOST_IN_A_RUN]
    for count, word in enumerate(words):
        if document := document_at(word.rstrip(TRAILING)):
            return " ".join([*words[:count], document])
        if word.isupper() or word.endswith(tuple(TRAILING)):
            break
    return ""


def is_name_like(run: str) -> bool:
    """Whether no word within it is one of those that join others: "include in main.md" is prose."""
    joining = frozenset[str]().union(*latin().values())
    return bool(run) and not any(word.casefold() in joining for word in run.split()[1:-1])


def without(text: str, spans: Iterable[FileMention]) -> str:
    """The text without these mentions."""
    for one in sorted(spans, key=lambda one: -one.start):
        text = f"{text[: one.start].rstrip()} {text[one.end :].lstrip()}".strip()
    return text


def _in_quotes(match: re.Match[str]) -> str:
    return next((one.strip() for one in match.groups()[: len(_QUOTES)] if one), "")


def _names(match: re.Match[str]) -> Iterator[tuple[str, int]]:
    """What was quoted; or what stands there, and less and less of it, for a name may be followed by
    punctuation, and in Chinese by the next word; or more and more of the words behind, the longest
    first. Each with where it ends in the text."""
    if name := _in_quotes(match):
        yield name, match.end()
        return
    token, start = match[_WORD_GROUP], match.start(_WORD_GROUP)
    yield token, match.end()
    # Of `reports/late.md` and `reports/*.md` the folder is not what is meant.
    least = len(document_at(token)) or 1
    places = (at for at in range(len(token) - 1, least - 1, -1) if not _goes_on(token[at]))
    for _, at in zip(range(MOST_CUTS), places, strict=False):
        yield token[:at], start + at
    line = match.string[start : start + 400].partition("\n")[0]
    ends = [blank.start() for blank in _BLANKS.finditer(line)][1 : MOST_BLANKS + 1]
    for at in sorted({*ends, len(line.rstrip())}, reverse=True):
        name = line[:at].rstrip(TRAILING)
        if "." in name[len(token) :]:
            yield name, start + len(name)


def _goes_on(letter: str) -> bool:
    """Whether a name that holds the letter can't end before it."""
    return letter.isalnum() and HAN.match(letter) is None

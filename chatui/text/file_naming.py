"""Which of the files that are known a name means: `#lease.md` in a question, or a name after a
command. Pure functions.

A name may be a path or its end, a file's name, a pattern (`reports/*.pdf`) or a folder
(`reports/`). In a question a `#` that names no file is prose: "issue #12", "C#", "#include".
"""

from __future__ import annotations

import difflib
import re
import unicodedata
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from fnmatch import fnmatchcase
from functools import lru_cache
from typing import Protocol, TypeVar

from chatui.text.document_nouns import others

WHOLE, END, PATTERN, STEM = range(4)
"""How a name fits a file, the surest first: its path or source, the end of its path, a pattern or
a folder that it lies in, its name without the suffix."""
MOST_CUTS = 40
"""Places at which what follows a name without a blank is taken off."""

_MENTION = re.compile(r'(?:^|(?<=[\s(\[（【「“"，。、：；]|[\u3040-\u30ff\u3400-\u9fff]))#(?:"([^"\n]{1,400})"|([^\s"#]{1,400}))', re.MULTILINE)  # fmt: skip  # noqa: E501
TRAILING = ".,;:!?)]}'\"。，、；：？！）】」”"

_SUFFIX = re.compile(r"\.\w{1,8}$")
LIKE = 0.8
"""How much of two names is the same, 0 to 1, for one to be a slip of the other."""

_WORD = re.compile(r"[^\W_]+")
_HAN = re.compile(r"[\u3040-\u30ff\u3400-\u9fff]")


class NamedFile(Protocol):
    @property
    def source(self) -> str: ...
    @property
    def path(self) -> str: ...
    @property
    def title(self) -> str: ...


File = TypeVar("File", bound=NamedFile)


@dataclass(frozen=True, slots=True)
class FileMention:
    """A `#name` at the text's `[start:end]`."""

    name: str
    start: int
    end: int


def may_mention(text: str) -> bool:
    """Whether there is a `#` that could name a file."""
    return "#" in text and _MENTION.search(text) is not None


def mentions(text: str, files: Sequence[File]) -> list[tuple[FileMention, list[File]]]:
    """The mentions that name files, each with all that fit it equally well."""
    found = []
    for match in _MENTION.finditer(text):
        for name in _names(match):
            if fitting := named(name, files, strict=True):
                start = match.start()
                end = match.end() if match[1] else match.start(2) + len(name)
                found.append((FileMention(name, start, end), fitting))
                break
    return found


def first_names(text: str) -> list[str]:
    """What stands behind each `#`, as it was typed but for punctuation behind it."""
    return [match[1] or match[2].rstrip(TRAILING) for match in _MENTION.finditer(text)]


def without(text: str, spans: Iterable[FileMention]) -> str:
    """The text without these mentions."""
    for one in sorted(spans, key=lambda one: -one.start):
        text = f"{text[: one.start].rstrip()} {text[one.end :].lstrip()}".strip()
    return text


def _names(match: re.Match[str]) -> Iterator[str]:
    """What was quoted; or what stands there, and less and less of it: a name may be followed by
    punctuation, and in Chinese by the next word."""
    if match[1]:
        yield match[1]
        return
    token = match[2]
    yield token
    places = (at for at in range(len(token) - 1, 0, -1) if not _goes_on(token[at]))
    for _, at in zip(range(MOST_CUTS), places, strict=False):
        yield token[:at]


def _goes_on(letter: str) -> bool:
    """Whether a name that holds the letter can't end before it."""
    return letter.isalnum() and _HAN.match(letter) is None


def named(name: str, files: Sequence[File], *, strict: bool = False) -> list[File]:
    """The files that the name fits best. With `strict` a name without its suffix fits none, nor
    does a folder without its slash, or a pattern that has neither a dot nor a slash."""
    wanted = folded(name).removeprefix("./")
    if not wanted.strip("./*?"):
        return []
    best: dict[int, list[File]] = {}
    for file in files:
        fit = _fit(wanted, file, strict=strict)
        if fit is not None:
            best.setdefault(fit, []).append(file)
    return best[min(best)] if best else []


def is_pattern(name: str) -> bool:
    """Whether the name may mean several files."""
    return name.endswith("/") or any(mark in name for mark in "*?")


def _fit(wanted: str, file: NamedFile, *, strict: bool) -> int | None:
    source, path = folded(file.source), folded(file.path)
    if wanted in (source, path):
        return WHOLE
    if path.endswith(f"/{wanted}"):
        return END
    folder = wanted.rstrip("/")
    if (not strict or wanted.endswith("/")) and (
        source.startswith(f"{folder}/") or f"/{folder}/" in path or path.startswith(f"{folder}/")
    ):
        return PATTERN
    if any(mark in wanted for mark in "*?") and (not strict or "." in wanted or "/" in wanted):
        # What Python makes of a pattern takes linear time, however many stars it has.
        names = [source, path, *([] if "/" in wanted else [path.rpartition("/")[2]])]
        if any(fnmatchcase(one, wanted) for one in names):
            return PATTERN
    if not strict and wanted == stem(path):
        return STEM
    return None


def stem(path: str) -> str:
    name = path.rpartition("/")[2]
    return name.rpartition(".")[0] or name


@lru_cache(maxsize=4096)
def folded(name: str) -> str:
    return unicodedata.normalize("NFC", name).casefold()


def about(words: str, files: Sequence[File]) -> list[File]:
    """The files whose name or title holds every one of the words; those alone whose name is
    nothing else, where there are any."""
    wanted = _words(words)
    if not wanted:
        return []
    fitting = [file for file in files if all(_holds(file, word) for word in wanted)]
    exact = [file for file in fitting if _words(stem(file.path)) == wanted]
    return exact or fitting


def called_so(words: str, files: Sequence[File]) -> list[File]:
    """The files that words call, the surest way first: a name, words of the name or the title, of
    the folders too ("lease A" is A/lease.md), or another word for such a document ("the contract"
    is lease.docx)."""
    fitting = named(words, files) or about(words, files)
    if fitting:
        return fitting
    wanted = _words(words)
    if fitting := [one for one in files if wanted and set(wanted) <= set(_words(one.source))]:
        return fitting
    return [one for one in files if wanted and all(_holds_kind(one, word) for word in wanted)]


def _holds_kind(file: NamedFile, word: str) -> bool:
    return word in _words(file.source) or any(_holds(file, other) for other in others(word))


def near(name: str, files: Sequence[NamedFile], *, strict: bool = False) -> str:
    """The name of the file that was probably meant, "" where none is like it. With `strict` only
    files with its very suffix are: what stands behind a `#` may be prose."""
    wanted = folded(name)
    suffix = _SUFFIX.search(wanted)
    if strict and suffix is None:
        return ""
    forms: dict[str, str] = {}
    for file in files:
        if strict and suffix and not folded(file.path).endswith(suffix[0]):
            continue
        forms.setdefault(folded(file.source), file.source)
        last = file.path.rpartition("/")[2]
        forms.setdefault(folded(last), file.source)
        if not strict:
            forms.setdefault(stem(folded(last)), file.source)
    found = difflib.get_close_matches(wanted, forms, n=1, cutoff=LIKE)
    return forms[found[0]] if found else ""


def _words(text: str) -> list[str]:
    return _WORD.findall(folded(text))


def _holds(file: NamedFile, word: str) -> bool:
    """Han words have no blanks between them: there a part of the name is enough."""
    name = f"{stem(file.path)} {file.title}"
    return word in folded(name) if _HAN.match(word) else word in _words(name)


def listed(files: Sequence[NamedFile], most: int = 5) -> str:
    """Their names, as a sentence has them: by their sources, or their paths where those are the
    same."""
    sources = [file.source for file in files]
    told = sources if len(set(sources)) == len(sources) else [file.path for file in files]
    return in_short(told, most)


def in_short(names: Sequence[str], most: int = 3) -> str:
    """The first of the names, and how many more there are."""
    more = f" and {len(names) - most} more" if len(names) > most else ""
    return ", ".join(names[:most]) + more


def base_names(paths: Iterable[str]) -> list[str]:
    return [path.rpartition("/")[2] for path in paths]


def quoted(name: str) -> str:
    """The name as it is typed behind a `#` or an `@`."""
    return f'"{name}"' if re.search(r"\s", name) else name

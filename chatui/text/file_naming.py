"""Which of the files that are known a name means: `#lease.md` in a question, or a name after a
command. Pure functions.

A name may be a path or its end, a file's name, a pattern (`reports/*.pdf`) or a folder
(`reports/`).
"""

from __future__ import annotations

import difflib
import re
import unicodedata
from collections.abc import Callable, Iterable, Sequence
from fnmatch import fnmatchcase
from functools import lru_cache
from typing import Protocol, TypeVar

from chatui.text.document_nouns import others, same_sort

WHOLE, END, PATTERN, STEM = range(4)
"""How a name fits a file, the surest first: its path or source, the end of its path, a pattern or
a folder that it lies in, its name without the suffix."""
SUFFIX = re.compile(r"\.\w{1,8}$")
_DOCUMENT = re.compile(
    r"\S*?[^\s/]\.(?:md|markdown|txt|rtf|pdf|docx?|odt|epub|html?|mht|csv|tsv|xlsx?|ods|pptx?|odp|ipynb"
    r"|eml|rst|tex|org|adoc)(?=[\u3040-\u30ff\u3400-\u9fff]|[^\w./-]|$)",
    re.IGNORECASE,
)
"""A file that is read and not run: `#main.py` at the beginning of a line is a comment."""
_PLAIN = str.maketrans({**dict.fromkeys("‘’ʼ′", "'"), **dict.fromkeys("“”„", '"'),
                        **dict.fromkeys("‐‑‒–—", "-")})  # fmt: skip
LIKE = 0.8
"""How much of two names is the same, 0 to 1, for one to be a slip of the other."""

_WORD = re.compile(r"[^\W_]+")
HAN = re.compile(r"[\u3040-\u30ff\u3400-\u9fff]")


class NamedFile(Protocol):
    @property
    def source(self) -> str: ...
    @property
    def path(self) -> str: ...
    @property
    def title(self) -> str: ...


File = TypeVar("File", bound=NamedFile)


def is_document(name: str) -> bool:
    """Whether it is a word with the suffix of a document."""
    return _DOCUMENT.fullmatch(name) is not None


def document_at(text: str) -> str:
    """The name with the suffix of a document that the text begins with, "" where it does with
    none."""
    found = _DOCUMENT.match(text)
    return found[0] if found else ""


def ends_like_document(name: str) -> bool:
    """Whether the last of its words has the suffix of a document."""
    return is_document(name.rpartition(" ")[2])


def ends_in(name: str, files: Sequence[File]) -> list[File]:
    """The files that the last words of a name mean: "changes from lease.md"."""
    words = name.split()
    tails = (" ".join(words[at:]) for at in range(1, len(words)))
    return next((found for tail in tails if (found := named(tail, files, strict=True))), [])


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
    """Without what a keyboard or a disk decides: capitals, composed letters, wide digits, the form
    of apostrophes, quotes, dashes and blanks."""
    return unicodedata.normalize("NFKC", name).casefold().translate(_PLAIN)


@lru_cache(maxsize=4096)
def _bare(name: str) -> str:
    """Folded, and without accents: who can't type them leaves them out."""
    apart = unicodedata.normalize("NFD", folded(name))
    return unicodedata.normalize(
        "NFC", "".join(one for one in apart if not "\u0300" <= one <= "\u036f")
    )


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
    for meaning in (same_sort, others):
        fitting = [
            one for one in files if wanted and all(_means(one, word, meaning) for word in wanted)
        ]
        if fitting:
            return fitting
    return []


def _means(file: NamedFile, word: str, meaning: Callable[[str], frozenset[str]]) -> bool:
    return word in _words(file.source) or any(_holds(file, other) for other in meaning(word))


def near(name: str, files: Sequence[NamedFile], *, strict: bool = False) -> str:
    """The name of the file that was probably meant, "" where none is like it. With `strict` only
    files with its very suffix are: what stands behind a `#` may be prose."""
    wanted = _bare(name)
    suffix = SUFFIX.search(wanted)
    if strict and suffix is None:
        return ""
    forms: dict[str, str] = {}
    for file in files:
        if strict and suffix and not folded(file.path).endswith(suffix[0]):
            continue
        forms.setdefault(_bare(file.source), file.source)
        last = _bare(file.path.rpartition("/")[2])
        forms.setdefault(last, file.source)
        if not strict:
            forms.setdefault(stem(last), file.source)
    found = difflib.get_close_matches(wanted, forms, n=1, cutoff=LIKE)
    return forms[found[0]] if found else ""


def _words(text: str) -> list[str]:
    return _WORD.findall(folded(text))


def _holds(file: NamedFile, word: str) -> bool:
    """Han words have no blanks between them: there a part of the name is enough."""
    name = f"{stem(file.path)} {file.title}"
    return word in folded(name) if HAN.match(word) else word in _words(name)


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

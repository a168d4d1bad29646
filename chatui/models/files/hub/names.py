"""What a file on the hub is called, and which of a repository's files is meant. Pure."""

from __future__ import annotations

import difflib
import re
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import PurePosixPath

from chatui.domain.errors import UnknownModel, UsageError
from chatui.text.file_naming import in_short

SCHEME = "hf:"
SUFFIX = ".gguf"
NAME = r"[\w.-]+"
SOURCE = re.compile(rf"hf:(?://)?({NAME}/{NAME})(?::(.+))?", re.ASCII)
SPLIT = re.compile(r"(.+)-(\d{5})-of-(\d{5})\.gguf", re.IGNORECASE)
NO_CHAT = re.compile(r"(^|[-_.])(mmproj|imatrix|ggml-vocab)", re.IGNORECASE)
"""Files that stand beside a model: for pictures, or statistics that it was made with."""
NAMED = 12
"""Files of a repository that an error names."""


@dataclass(frozen=True, slots=True)
class HubSource:
    """A file of a repository; "" is the only one there is. `file` may be a part of its name,
    such as the quantisation."""

    repo: str
    file: str = ""

    def __str__(self) -> str:
        return f"{SCHEME}{self.repo}" + (f":{self.file}" if self.file else "")


def parse(text: str) -> HubSource:
    """What `hf:owner/repo` or `hf:owner/repo:file` names. Raises UsageError."""
    match = SOURCE.fullmatch(text.strip())
    if match is None or ".." in PurePosixPath(match[2] or "").parts:
        raise UsageError(f"{text} names no file on the hub: write hf:OWNER/REPO:FILE.gguf.")
    return HubSource(match[1], (match[2] or "").strip("/"))


def is_file(name: str) -> bool:
    """Whether the name is a whole one, so that the repository needn't be listed."""
    return name.lower().endswith(SUFFIX)


def set_of(path: str) -> tuple[str, ...]:
    """The files that the model is made of, in order: more than one when it is split."""
    match = SPLIT.fullmatch(path)
    if match is None:
        return (path,)
    count = int(match[3])
    return tuple(f"{match[1]}-{n:05}-of-{count:05}{SUFFIX}" for n in range(1, count + 1))


def stem(path: str) -> str:
    """What the model is called: the file's name without what says that it is one of several."""
    match = SPLIT.fullmatch(base(path))
    return match[1] if match else PurePosixPath(path).stem


def models_among(paths: Iterable[str]) -> tuple[str, ...]:
    """The model files, of a split one the first."""
    files = [path for path in paths if is_file(path)]
    chat = [path for path in files if not NO_CHAT.search(PurePosixPath(path).name)]
    return tuple(sorted(path for path in chat if set_of(path)[0] == path))


def chosen(source: HubSource, paths: Iterable[str]) -> str:
    """The one file that is meant. Raises UnknownModel with those there are, nearest first."""
    files = models_among(paths)
    if not files:
        raise UnknownModel(f"{source.repo} has no GGUF file; look for a repository that has.")
    if not source.file:
        found = files
    else:
        wanted = set_of(source.file)[0].lower()
        found = tuple(path for path in files if path.lower() == wanted)
        found = found or tuple(path for path in files if base(path).lower() == wanted)
        found = found or tuple(
            path for path in files if not is_file(wanted) and wanted in base(path).lower()
        )
    if len(found) == 1:
        return found[0]
    if found:
        raise UnknownModel(
            f"{source} may be {listed(found)}: add the one that you want, as "
            f"hf:{source.repo}:{found[0]}."
        )
    there = listed(near(source.file, files))
    raise UnknownModel(f"There is no file {source.file} in {source.repo}; there is {there}.")


def base(path: str) -> str:
    return PurePosixPath(path).name


def near(wanted: str, files: Iterable[str]) -> list[str]:
    """All the files, the most alike first."""
    return sorted(
        files, key=lambda path: -difflib.SequenceMatcher(None, wanted.lower(), path.lower()).ratio()
    )


def listed(names: Iterable[str]) -> str:
    return in_short(list(names), NAMED)

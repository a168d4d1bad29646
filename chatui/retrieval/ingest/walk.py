"""Finds the files below what the user named, and says why it leaves some out."""

from __future__ import annotations

import os
import stat
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from chatui.domain.errors import UsageError
from chatui.retrieval.ingest.ignore_rules import IgnoreRule, read_rules, verdict
from chatui.retrieval.ingest.saved_pages import SavedPage, saved_pages
from chatui.system.files import at_home

IGNORE_FILE = ".gitignore"
EXCLUDE_FILE = ".git/info/exclude"
LARGEST_RULES = 1 << 20
"""Bytes of a file of rules that count; every rule costs time for every file."""
LINES_NAMED = 3
"""Of those that are no rules; a file that is none at all has nothing else."""


@dataclass(frozen=True, slots=True)
class FoundFile:
    """`source` is relative to the named folder, or the name of a file named itself."""

    path: Path
    source: str
    size: int
    mtime_ns: int


@dataclass(frozen=True, slots=True)
class LeftOutFile:
    source: str
    reason: str


@dataclass(slots=True)
class Findings:
    """`roots` are the folders that were named, `unseen` those below that could not be
    listed: nothing is known of the files in them. `skipped` and `failed` have reasons; `told`
    are those among them that are about a file of rules."""

    files: dict[Path, FoundFile] = field(default_factory=dict)
    skipped: list[LeftOutFile] = field(default_factory=list)
    failed: list[LeftOutFile] = field(default_factory=list)
    roots: list[Path] = field(default_factory=list)
    unseen: list[Path] = field(default_factory=list)
    told: set[LeftOutFile] = field(default_factory=set)

    def vanished(self, path: Path) -> bool:
        """Whether a file that was there once is gone from the folders that were looked at."""
        below = any(path.is_relative_to(root) for root in self.roots)
        hidden = any(path.is_relative_to(folder) for folder in self.unseen)
        return below and not hidden and path not in self.files


def find_files(paths: Sequence[Path]) -> Findings:
    """All regular files at or below the paths, in order of their names.

    Names that begin with a dot, and what git ignores (by a `.gitignore` in the folder, below
    it or above it in the same repository, or by `.git/info/exclude`) are passed over. So are, with
    their reason, the parts of a page that a browser saved. Links
    inside a folder are not followed, so nothing outside of it is read. Raises
    UsageError when a path does not exist.
    """
    found = Findings()
    for path in paths:
        try:
            real = at_home(path).resolve(strict=True)
        except (OSError, RuntimeError, ValueError) as error:
            reason = getattr(error, "strerror", None) or str(error)
            raise UsageError(
                f"{str(path)!r} cannot be ingested ({reason}); check the path."
            ) from error
        if real.is_dir():
            found.roots.append(real)
            _walk(real, found, _rules_above(real, found))
        else:
            _take(real, real.name, found)
    return found


_Rules = list[tuple[Path, list[IgnoreRule]]]


def _walk(root: Path, found: Findings, above: _Rules) -> None:
    waiting: list[tuple[Path, _Rules, SavedPage | None]] = [(root, above, None)]
    while waiting:
        folder, rules, page = waiting.pop()
        try:
            with os.scandir(folder) as listing:
                entries = sorted(listing, key=lambda entry: entry.name)
        except OSError as error:
            found.unseen.append(folder)
            reason = f"it cannot be listed: {error.strerror}"
            found.failed.append(LeftOutFile(_source(folder, root), reason))
            continue
        if any(entry.name == IGNORE_FILE for entry in entries):
            rules = [*rules, *_ignore_rules(folder, found, _source(folder / IGNORE_FILE, root))]
        folders = list(_look_at(entries, root, found, rules, page))
        files = [Path(entry.path) for entry in entries if entry.is_file(follow_symlinks=False)]
        pages = saved_pages(folders, files)
        waiting += reversed([(below, rules, page or pages.get(below)) for below in folders])


def _look_at(
    entries: Sequence[os.DirEntry[str]],
    root: Path,
    found: Findings,
    rules: _Rules,
    page: SavedPage | None,
) -> Iterator[Path]:
    """Takes the files and yields the folders. `page` is the saved page that they are parts of."""
    for entry in entries:
        path = Path(entry.path)
        is_folder = entry.is_dir(follow_symlinks=False)
        if entry.name.startswith(".") or _ignored(path, is_folder, rules):
            continue
        if entry.is_symlink():
            found.skipped.append(LeftOutFile(_source(path, root), "a link, which is not followed"))
        elif is_folder:
            yield path
        elif page is not None and page.owns(entry.name):
            found.skipped.append(LeftOutFile(_source(path, root), page.reason))
        else:
            _take(path, path.relative_to(root).as_posix(), found)


def _source(path: Path, root: Path) -> str:
    return _shown(path.relative_to(root).as_posix() if path != root else path.name)


def _take(path: Path, source: str, found: Findings) -> None:
    if path in found.files:
        return
    if _shown(str(path)) != str(path):
        found.skipped.append(LeftOutFile(_shown(source), "its name is not valid UTF-8; rename it"))
        return
    try:
        status = path.lstat()
    except OSError as error:
        found.failed.append(LeftOutFile(source, f"it cannot be looked at: {error.strerror}"))
        found.unseen.append(path)
        return
    if stat.S_ISREG(status.st_mode):
        found.files[path] = FoundFile(path, source, status.st_size, status.st_mtime_ns)
    else:
        found.skipped.append(LeftOutFile(source, _kind_of(status.st_mode)))


def _kind_of(mode: int) -> str:
    kinds = (
        (stat.S_ISFIFO, "a named pipe"),
        (stat.S_ISSOCK, "a socket"),
        (stat.S_ISCHR, "a device"),
        (stat.S_ISBLK, "a device"),
    )
    return next((name for test, name in kinds if test(mode)), "not a regular file")


def _rules_above(root: Path, found: Findings) -> _Rules:
    """The rules of the repository that the folder lies in, from its top down.

    A folder that they exclude was named nevertheless, and so they do not count in it.
    """
    top = next((at for at in (root, *root.parents) if (at / ".git").exists()), None)
    if top is None:
        return []
    between = [at for at in root.parents if at.is_relative_to(top)]
    files = [(top, EXCLUDE_FILE), *((folder, IGNORE_FILE) for folder in reversed(between))]
    rules: _Rules = []
    for folder, name in files:
        rules += _ignore_rules(folder, found, _shown(str(folder / name)), name)
    inside = [at for at in (root, *between) if at != top]
    return [] if any(_ignored(at, True, rules) for at in inside) else rules


def _ignore_rules(
    folder: Path, found: Findings, source: str, name: str = IGNORE_FILE
) -> Iterator[tuple[Path, list[IgnoreRule]]]:
    """What a file of rules says. Lines that are no rules are told, and the others count."""
    try:
        if not (folder / name).is_file():
            return
        with (folder / name).open("rb") as file:
            data = file.read(LARGEST_RULES + 1)
    except OSError:
        return
    if len(data) > LARGEST_RULES:
        # The last line may be cut, and half a rule may be of everything.
        data = data[:LARGEST_RULES].rpartition(b"\n")[0]
        _tell(found, source, f"only the first {LARGEST_RULES >> 20} MB of its rules counts")
    rules, bad = read_rules(data.decode("utf-8", "replace"))
    if bad:
        _tell(found, source, _passed_over(bad))
    yield folder, rules


def _passed_over(bad: Sequence[int]) -> str:
    more = len(bad) - LINES_NAMED
    numbers = ", ".join(map(str, bad[:LINES_NAMED])) + (f" and {more} more" if more > 0 else "")
    if len(bad) == 1:
        return f"its line {numbers} is no rule that a name can fit, and is passed over"
    return f"its lines {numbers} are no rules that a name can fit, and are passed over"


def _tell(found: Findings, source: str, reason: str) -> None:
    """Once, also where several of the named folders lie in one repository."""
    told = LeftOutFile(source, reason)
    if told not in found.told:
        found.told.add(told)
        found.skipped.append(told)


def _ignored(path: Path, is_folder: bool, rules: _Rules) -> bool:
    """The rules of the nearest folder that says anything about the path decide."""
    for folder, held in reversed(rules):
        if not path.is_relative_to(folder) or path == folder:
            continue
        ignored = verdict(held, path.relative_to(folder).parts, is_folder)
        if ignored is not None:
            return ignored
    return False


def _shown(name: str) -> str:
    """The name with its undecodable bytes replaced."""
    return name.encode("utf-8", "replace").decode()

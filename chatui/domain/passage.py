"""Passages: slices of the user's documents, ranked for one question, and their citations."""

from __future__ import annotations

from dataclasses import dataclass

MANUAL = "chatui-manual"
"""The collection of chatui's own manual."""
PRESENTATIONS = (".pptx", ".pptm", ".ppsx", ".ppsm", ".potx", ".potm", ".odp", ".otp", ".fodp")
"""Whose pages are called slides."""


@dataclass(frozen=True, slots=True)
class Ranks:
    """1-based places in the two legs; None when that leg did not find the chunk."""

    dense: int | None = None
    lexical: int | None = None


@dataclass(frozen=True, slots=True)
class Passage:
    """A chunk, with its neighbours if they are wanted, and its score for one question.

    `source` is relative to the folder that was ingested, `path` is absolute.
    `char_start`/`char_end` are offsets into the decoded document, `line_start`/`line_end`
    are 1-based and inclusive, `page` is 1-based for PDFs and slides, else None. For text files
    `text` is the decoded file's `[char_start:char_end]`, to the character.
    """

    rank: int
    score: float
    source: str
    path: str
    title: str
    heading: str
    page: int | None
    char_start: int
    char_end: int
    line_start: int
    line_end: int
    text: str
    collection: str
    chunk_id: str
    ranks: Ranks = Ranks()
    similarity: float | None = None
    """Cosine to the question, -1..1; None when the dense leg did not look at it."""
    usual: float | None = None
    """The cosine to the question of what lies far behind the nearest of its collection; None in a
    small one, and when nobody looked."""
    coverage: float | None = None
    """How much of the question's words it holds, those counting more that are rare in its
    collection: 0 for none, 1 for each of them once, and above; None when nobody looked."""
    among: int | None = None
    """How many passages the collection has that it was found in; None where a few files were looked
    into, or nobody counted."""
    header: str = ""
    """The names of the columns where the text is rows of a table that stand below them."""
    running_head: str = ""
    """What stands at the edges of its page and is no part of the text."""
    ocr: bool = False
    """Whether the text was recognised in a picture."""
    summarised: bool = False
    """Whether the text is a summary of what stands there."""
    incomplete: str = ""
    """What of its document was not read, as a clause ("pages 2–4 are pictures without text")."""

    @property
    def page_name(self) -> str:
        """ "page 3", of a presentation "slide 3", "" for a document that has neither."""
        if self.page is None:
            return ""
        return f"{'slide' if self.is_slide else 'page'} {self.page}"

    @property
    def is_slide(self) -> bool:
        return self.page is not None and self.source.lower().endswith(PRESENTATIONS)


@dataclass(frozen=True, slots=True)
class Citation:
    """The numbered link `[n]` from an answer to a passage.

    `marked` tells that the model wrote the mark itself. `added` are the places in the
    reply's text, each behind a sentence, where matching adds it: the text stays what the
    model said. `support` are the slices `[start:end]` of the passage's text that bear what
    the answer says, the best first.
    """

    n: int
    passage: Passage
    marked: bool = True
    added: tuple[int, ...] = ()
    support: tuple[tuple[int, int], ...] = ()

    @property
    def line(self) -> int:
        """The line, 1-based, of the sentence that supports the answer best."""
        if self.passage.summarised:
            return self.passage.line_start
        start = self.support[0][0] if self.support else 0
        # What is read out of HTML has other line ends than its file.
        line = self.passage.line_start + self.passage.text.count("\n", 0, start)
        return min(line, self.passage.line_end)

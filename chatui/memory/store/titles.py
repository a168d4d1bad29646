"""A conversation's title, taken from its first question: free, and there at once."""

from __future__ import annotations

import re
from collections.abc import Iterator

from chatui.memory.store.courtesies import LEAD_INS, without_trailers
from chatui.text.followup_words import FORM_WORDS
from chatui.text.small_talk import kind

TITLE_CHARACTERS = 60
LOOKED_AT = 10_000
"""Characters of a question: what follows is mostly pasted."""
SENTENCES = 12
"""From a question's start; what it is about is said there or, after a story, at the end of it."""
LONGEST_LEAD = 8
"""Characters of a word that leads to a file, with the blanks around it."""
WORDS_OF_ITS_OWN = 2
"""Words of content that a title has without the files that it is about: "Summarise" is none."""
TELLING_WORDS = 5
"""More words of content don't make a better title."""

_FENCES = ("```", "~~~")
_FENCED = re.compile(r"^[ \t]*(```|~~~).*?(?:^[ \t]*\1|\Z)", re.MULTILINE | re.DOTALL)
_SENTENCE_END = re.compile(r"(?<=[.!?…؟।])[\"'”’»)\]]*\s+|(?<=[。！？｡])")
_ATTACHED = "\n----- attached file"
"""Behind such a line stands what the user didn't type; `prompt.attach` writes it."""
_FILE = re.compile(r'(?<!\S)@(?:"([^"\n]{1,300})"|([^\s"]*[./][^\s"]*[^\s".,;:!?)\]}]))')
"""A mentioned file: what has a point or a slash in it, or is in quotes; `@anna` is a person."""
_LEADS_TO_FILE = re.compile(
    r"\b(?:in|of|from|within|about|with|on|to|and|aus|von|mit|zu|über|und|dans|de|du|avec|sur|et)\s$",
    re.IGNORECASE,
)
_SPACE_BEFORE = re.compile(r"[ \t]([,.;:!?])")
_QUESTION = ("?", "？", "؟")
_UNSPACED = re.compile("[\u0e00-\u0eff\u1000-\u109f\u3041-\u30ff\u3400-\u9fff\uf900-\ufaff]")


def title_from(question: str) -> str:
    """The sentence that says most of what is asked for, without the courtesies around it, cut
    at a word's end to 60 characters; "" for a greeting and for a question without any word. The
    paths of files that it mentions are left out, or named by the file where little else is said."""
    looked_at = question[:LOOKED_AT].partition(_ATTACHED)[0]
    if _FILE.search(looked_at) is None:
        return _title(looked_at)
    bare = _title(_without_files(looked_at))
    return bare if _telling(bare) >= WORDS_OF_ITS_OWN else _title(_FILE.sub(_named, looked_at))


def _title(looked_at: str) -> str:
    prose = list(_sentences(_FENCED.sub("\n", looked_at)))
    # Code alone is better than no title.
    said = prose or list(_sentences(looked_at))
    if not said:
        return ""
    best = max(range(len(said)), key=lambda place: (_weight(said[place], place), -place))
    return shorten(_bare(said[best]), TITLE_CHARACTERS)


def _without_files(text: str) -> str:
    """The text without mentioned files, nor the word that leads to one: "in @lease.pdf"."""
    parts, at = [], 0
    for mention in _FILE.finditer(text):
        before = text[at : mention.start()]
        parts.append(before[:-LONGEST_LEAD] + _LEADS_TO_FILE.sub("", before[-LONGEST_LEAD:]))
        at = mention.end()
    return _SPACE_BEFORE.sub(r"\1", "".join([*parts, text[at:]]))


def _named(mention: re.Match[str]) -> str:
    return (mention[1] or mention[2]).rstrip("/").rpartition("/")[2]


def _sentences(text: str) -> Iterator[str]:
    """The first sentences that have a word in them and do more than greet or thank."""
    found = 0
    for line in text.splitlines():
        if line.lstrip().startswith(_FENCES):
            continue
        for sentence in _SENTENCE_END.split(" ".join(line.split())):
            bare = sentence.strip().strip("#>*-`").strip()
            if not any(character.isalnum() for character in bare):
                continue
            if kind(bare, after_reply=False) in {"greeting", "thanks"}:
                continue
            yield bare
            found += 1
            if found == SENTENCES:
                return


def _weight(sentence: str, place: int) -> float:
    """How well the sentence does as a title. A question counts for two words, and so does
    standing first, where most people say what they want."""
    telling = min(_telling(sentence), TELLING_WORDS)
    asks = sentence.endswith(_QUESTION)
    return (telling and telling + 2 * asks) + 2 * (place == 0)


def _telling(sentence: str) -> float:
    """Words that say what a sentence is about; two characters of a script without spaces
    make one."""
    unspaced = len(_UNSPACED.findall(sentence))
    words = {word for word in re.findall(r"\w+", sentence.lower()) if not _UNSPACED.search(word)}
    return len(words - FORM_WORDS) + unspaced / 2


def _bare(sentence: str) -> str:
    """The sentence without lead-in and thanks, as long as that leaves something to say."""
    bare = without_trailers(sentence)
    led = bare
    while (lead_in := LEAD_INS.match(led)) and lead_in.end() < len(led):
        led = led[lead_in.end() :]
    if led != bare and _telling(led):
        # It is no longer a question: "how it works" is left of "Can you tell me how it works?"
        bare = led[:1].upper() + led[1:].rstrip(" ?？؟")
    return bare.rstrip(" .,;:。，；：、") or sentence


def shorten(text: str, characters: int) -> str:
    """The text on one line, with … where it was cut."""
    line = re.sub(r"\s+", " ", text[: characters * 8]).strip()
    if len(line) <= characters:
        return line
    cut = line[: characters - 1]
    # Cut at a space, unless that would lose more than half (no spaces in Chinese).
    space = cut.rfind(" ")
    return f"{cut[:space] if space > characters // 2 else cut}…"

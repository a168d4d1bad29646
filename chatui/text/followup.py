"""Makes a question that leans on what was said before stand for itself, without a model.

"And its price?" finds nothing by itself. What it leans on is mostly in the questions before
it, and for "the second one" or "when was she born?" in the reply. Pure functions: the same
text is searched for in the documents and is what the built-in model goes by.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from chatui.domain.conversation import Exchange
from chatui.text import followup_words as words
from chatui.text.followup_openers import content_of, goes_on
from chatui.text.languages import language_of

TURNS_BACK = 3
"""Follow-ups of follow-ups are resolved this far."""
MOST_CARRIED = 60
"""Words of an earlier question that are carried over; what is longer was pasted text."""
MOST_BEFORE_POINTER = 3
"""Words of content before a pronoun that still means something outside the question. Of 472
full questions, 67 hold a pronoun, nearly all behind the name that it stands for."""
MOST_NAMES = 2
"""Persons of a reply that "she" may mean."""
CHINESE_FEW = 2
"""Han characters of content, up to which a Chinese question says too little by itself."""
CHINESE_MOST = 12
"""The same behind an opener such as 那, before 呢, and before 它, 他 or 她, which a whole
question hardly has: 2 of 1,002 Chinese ones."""

_WORD = re.compile(r"\w+")
_ITEM = re.compile(r"^[^\S\n]*+(?:[-*+•]|\d{1,2}[.)、])[^\S\n]++(\S.*)$", re.MULTILINE)
_ITEM_HEAD = re.compile(r"\s*(?:\*\*(.+?)\*\*|([^:：—–(（。;；]+))")
_NAME = re.compile(r"\b[A-Z]\w*[a-zà-ÿ](?:[ -](?:of |de |van |von )?[A-Z][\w'’]+)+")
_INVERTED = re.compile(r"-(?:t-)?(ils?|elles?)\b", re.IGNORECASE)
"""French: "coûte-t-elle"."""
_YEAR = re.compile(r"(?<!\d)(?:[1١۱१][5-9٥-٩۵-۹५-९]|[2٢۲२][0٠۰०])\d\d(?!\d)")
"""In the digits of Arabic, Persian and Hindi too."""


@dataclass(frozen=True, slots=True)
class ResolvedQuestion:
    """A question with what it leans on. `text` is the question, behind the list's item that
    it names; `context` is what was asked before, "" when it needs nothing."""

    text: str
    context: str = ""

    @property
    def whole(self) -> str:
        """Both as one text."""
        return f"{self.context} {self.text}".strip()


def standalone(question: str, past: Sequence[Exchange]) -> str:
    """The question with what it leans on in front of it; as it is when it needs nothing."""
    return resolve(question, past).whole


def resolve(question: str, past: Sequence[Exchange]) -> ResolvedQuestion:
    """What the question leans on in the turns before it, oldest first."""
    if not past or not leans_back(question):
        return ResolvedQuestion(question)
    before = past[-1]
    earlier = standalone(before.question, past[-TURNS_BACK:-1])
    item, *names = _from_reply(question, before.reply)
    text = f"{item} {question.strip()}".strip()
    context = " ".join([_carried(earlier, question), *names]).strip()
    # "Why?" has no words of its own to look for.
    return (
        ResolvedQuestion(text, context)
        if item or _content_words(question)
        else ResolvedQuestion(f"{context} {text}".strip())
    )


def _content_words(question: str) -> list[str]:
    if words.HAN.search(question):
        return [_content(question)] if _content(question) else []
    said = _WORD.findall(words.folded(question))
    about = [word for word in said if word not in words.FORM_WORDS]
    return about if content_of(question) else []


def leans_back(question: str) -> bool:
    """Whether the question needs what was said before to be understood."""
    if goes_on(question):
        return True
    if words.HAN.search(question):
        return not words.KANA.search(question) and _leans_back_in_chinese(question)
    folded = words.folded(question)
    said = _WORD.findall(folded)
    about = [word for word in said if word not in words.FORM_WORDS]
    if not about:
        return True
    return (
        _points_back(question, bool(words.GERMAN & set(said)))
        or _names_a_place(folded, said, about)
        or _is_fragment(question, said, about)
    )


def _points_back(question: str, german: bool) -> bool:
    """Whether a pronoun stands before anything in the question that it could stand for: a
    name, or more than a few words of content. In German every noun has a capital; in French a
    pronoun behind its verb stands for the noun before that, and Italian "il" is an article."""
    spelt = _INVERTED.sub(r" \1_", question)
    plain = words.NO_POINTERS.sub(" ", words.unaccented(spelt))
    not_pointing = {"il"} if language_of(question) == "Italian" else set[str]()
    before, is_content = 0, False
    for place, word in enumerate(_WORD.findall(plain)):
        small = word.casefold()
        if small.endswith("_") and before - is_content <= 0:
            return True
        is_pointer = small in words.POINTERS and small not in not_pointing
        if is_pointer and before <= (0 if small == "that" else MOST_BEFORE_POINTER):
            return True
        is_content = small not in words.FORM_WORDS and not small.endswith("_")
        if is_content:
            if place and not german and not word.islower():
                return False
            before += 1
    return False


def _names_a_place(folded: str, said: Sequence[str], about: Sequence[str]) -> bool:
    """ "The second one", "option 2", "the last"."""
    if len(about) > 3:
        return False
    if words.NUMBERED.search(folded):
        return True
    ordinal = any(word in words.PLACE_OF_ORDINAL for word in said)
    return ordinal and (len(about) == 1 or "one" in said or "ones" in said)


def _is_fragment(question: str, said: Sequence[str], about: Sequence[str]) -> bool:
    """A plain word or two and hardly a sentence ("battery life?", "how expensive?", "was
    kostet das?"). A name stands for itself, and "what is X" asks for a definition."""
    _, *rest = _WORD.findall(words.unaccented(question))
    telling = set(about)
    named = any(not word.islower() for word in rest if word.casefold() in telling)
    named = named or not about[0].isalpha()
    if named or words.DEFINITION.match(words.folded(question)):
        return False
    few_words = len(said) <= (3 if len(about) > 1 else 4)
    return few_words and len(about) <= 2 and question.rstrip().endswith("?")


def _leans_back_in_chinese(question: str) -> bool:
    if words.CHINESE_ORDINAL.search(question) and len(_content(question)) <= 6:
        return True
    content = _content(question)
    if words.CHINESE_CLOSERS.search(question) or words.CHINESE_OPENERS.match(question):
        return len(content) <= CHINESE_MOST
    if len(content) <= CHINESE_FEW and not words.CHINESE_DEFINITION.search(question):
        return not re.search(r"[A-Za-z0-9]", content)
    pronoun = words.CHINESE_PRONOUNS.search(question)
    if pronoun and len(_content(question[: pronoun.start()])) <= CHINESE_MOST:
        return True
    pointer = words.CHINESE_POINTERS.search(question)
    return pointer is not None and len(_content(question[: pointer.start()])) <= 2


def _content(question: str) -> str:
    return re.sub(r"[\W_]+", "", words.CHINESE_FORM.sub(" ", question))


def _carried(earlier: str, question: str) -> str:
    """The earlier question, cut to its first paragraph; a year gives way to a new one."""
    kept = " ".join(earlier.strip().partition("\n\n")[0].split()[:MOST_CARRIED])
    return _YEAR.sub("", kept).replace("  ", " ") if _YEAR.search(question) else kept


def _from_reply(question: str, reply: str) -> list[str]:
    """What of the reply the question means: a list's item or "", and the persons named."""
    said = _WORD.findall(words.folded(question))
    place = _place(question, said)
    items = [_head(text) for text in _ITEM.findall(reply)]
    if place is not None and items and -len(items) <= place <= len(items):
        return [items[place - 1 if place > 0 else place]]
    if any(word in words.PERSONS for word in said):
        return ["", *list(dict.fromkeys(_NAME.findall(reply)))[:MOST_NAMES]]
    return [""]


def _place(question: str, said: Sequence[str]) -> int | None:
    """The place in a list that the question names, from 1, or -1 for the last."""
    chinese = words.CHINESE_ORDINAL.search(question)
    if chinese:
        digit = chinese[1]
        return -1 if digit is None else words.CHINESE_PLACES.get(digit) or int(digit)
    numbered = words.NUMBERED.search(words.folded(question))
    if numbered:
        return int(numbered[1])
    return next(
        (words.PLACE_OF_ORDINAL[word] for word in said if word in words.PLACE_OF_ORDINAL), None
    )


def _head(item: str) -> str:
    """What a list's item is about: its bold start, or what stands before the colon."""
    match = _ITEM_HEAD.match(item)
    head = (match[1] or match[2]) if match else item
    return " ".join(re.sub(r"\[\d+\]", "", head).split()[:10])

"""Words as the scoring compares them: folded, shortened to their stems, weighed by rarity."""

from __future__ import annotations

import math
import re
from collections.abc import Iterable, Mapping
from functools import lru_cache

from chatui.text.folding import fold
from chatui.text.fts.scripts import gram_size
from chatui.text.function_words import foreign_latin, other_scripts
from chatui.text.languages import asks_in_english
from chatui.text.syllables import is_syllabic, syllable_pairs

# Combining marks are letters of a word in the scripts that use them; `\w` leaves them out.
_MARKS = (
    "\u0300-\u036f\u0591-\u05c7\u0610-\u061a\u064b-\u065f\u0900-\u0903\u093a-\u094f\u0981-\u0983"
    "\u09bc-\u09cd\u0a01-\u0a4d\u0a81-\u0acd\u0b01-\u0b4d\u0b82-\u0bcd\u0c00-\u0c4d\u0c81-\u0ccd"
    "\u0d00-\u0d4d\u0d81-\u0dca\u0e31-\u0e4e\u0eb1-\u0ecd\u102b-\u103e\u17b4-\u17d3"
)
_WORD = re.compile(rf"[^\W_](?:[^\W_]|[{_MARKS}]|[.,'’](?=\d))*")
_ASCII_WORD = re.compile(r"[0-9A-Za-z]+(?:[.,'](?=\d)[0-9A-Za-z]+)*")
"""The same where there are no other letters: most of a search's words are cut by it."""
_UNSPACED = (
    "\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\u3005-\u3007\u3040-\u30ff\u31f0-\u31ff"
    "\u3400-\u4dbf\u4e00-\u9fff\uac00-\ud7a3\uf900-\ufaff\U00020000-\U0003134f"
)
SOUTH_EAST = re.compile("[\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff]")
"""Thai, Lao, Myanmar, Khmer, which mark no sentences either."""
_RUNS = re.compile(rf"[{_UNSPACED}]+|[^{_UNSPACED}]+")
_IS_UNSPACED = re.compile(rf"[{_UNSPACED}]")

STEM = 6
"""Letters a word is cut to. Cutting at 5 or 6 letters serves European languages about as
well as their own stemmers do in retrieval (McNamee and Mayfield, 2004)."""

# Words that carry the form of a question, not its subject.
_STOP_WORDS = """
    a about according after all also am an and any are as at be because been before being
    between both but by can could describe did do does doing done during each explain find for
    from get give given had has have having he her hers him his how i if in into is it its list
    many me mention mentioned more most much must my name no not of on one or other our out over
    please provide said say says shall she should show so some such tell than that the their
    them then there these they this those through to under up us use used using was we were what
    when where which while who whom whose why will with would you your document documents file
    files passage text summarise summarize summary overview main points tldr briefly short key
    content contents information know
"""
_UNSPACED_FORM = re.compile(
    "什么时候|什么|甚么|什麼|为什么|為什麼|为何|為何|怎么样|怎么|怎麼|怎样|怎樣|如何|哪[里裡些个個年种種位儿]|"
    "哪|多少|几[个年种位点时岁号月天人次]|幾[個年種位點時歲號月天人次]|是谁|谁|誰|是否|吗|嗎|呢|请问|請問|有关|关于|的|了|是|"
    "です|ます|ですか|の|を|何|どこ|だれ|いつ|なぜ|どの|どう|どれ|"
    "무엇|누구|언제|어디|어떻게|얼마나|얼마|어떤|어느|입니까|습니까|인가요|나요|"
    "อะไร|ใคร|ที่ไหน|เมื่อไหร่|เมื่อไร|เมื่อใด|ท\u0e4d\u0e32ไม|อย่างไร|ยังไง|เท่าไหร่|เท่าไร|เท่าใด|กี่|ไหน|ใด|"
    "หรือไม่|ของ|และ|ที่|คือ"
)
_WISH = re.compile(
    r"^\W*(?:bitte |please |por favor |пожалуйста )?(?:"
    r"(?:liste|nenne|zeige?|erkläre?|beschreibe?|fasse?)(?: mir| uns| auf)?|"
    r"(?:liste|cite|nomme|donne|montre|explique|décris|résume)[zs]?(?: moi| nous)?|"
    r"listez|citez|donnez|expliquez|décrivez|résumez|"
    r"enumera|enumere|lista|resume|resuma|explica|explique|describe|descreva|dime|menciona|"
    r"elenca|riassumi|spiega|descrivi|dimmi|"
    r"(?:перечисли|назови|опиши|объясни|расскажи|покажи)(?:те)?(?: мне)?(?: об?)?"
    r")\b"
    r"|^\W*[请請]?(?:列出|列举|总结|概括|说明|介绍|解释|告诉我)(?:一下|所有)?"
    r"|(?:を|について)?(?:教えて|説明して|要約して|挙げて)(?:ください|下さい)?\W*$"
    r"|(?:을|를)? ?(?:알려|설명해|요약해|나열해) ?(?:줘|주세요)\W*$"
)
"""What begins or ends a wish and says nothing about its subject, as English "list" and "explain"
among the words above."""
_KANA = re.compile(r"[\u3041-\u309f\u30fc]+")
"""Hiragana: the endings and particles of Japanese."""
_ARABIC = re.compile(r"[\u0621-\u064a]")
_ARABIC_HEAD = re.compile(r"^(?:[وف]?(?:ال|بال|كال|لل)|و(?=....))(?=...)")
_ARABIC_END = re.compile(r"(?<=...)(?:ها|ان|ات|ون|ين|يه|ه|ي)$")
"""Articles, prepositions and endings that Arabic writes together with the word, as in Larkey,
Ballesteros and Connell's light stemming (2002)."""
_CYRILLIC_END = re.compile(
    "(?<=...)(?:[аяыи]ми|[оеа]го|[оеу]му|[аяы]х|их|[аяоеы]м|им|[оеыи]й|[оеи]в|[аяое][яе]|[ыи]е|[ую]ю|"
    "[аеиоуыэюяйьії])$"
)
_DEVANAGARI_ENDS = "".join(map(chr, (*range(0x93E, 0x94D), 0x901, 0x902, 0x903)))
"""Signs of vowels and of nasals."""


LEAST_SHOUTED = 3
"""Words."""


def words_in(text: str) -> float:
    """Length in words. Of scripts without spaces two characters count as one word, four of those of
    South-East Asia, whose vowels and tones are characters too."""
    if text.isascii():
        return len(text.split())
    unspaced = len(_IS_UNSPACED.findall(text))
    alphabetic = len(SOUTH_EAST.findall(text))
    spaced = len(_IS_UNSPACED.sub(" ", text).split())
    return spaced + (unspaced - alphabetic) / 2 + alphabetic / 4


def calm(question: str) -> str:
    """A question that is in capitals as a whole, in small letters: models know words as they are
    mostly written. A few capitals may be a name."""
    shouts = question.isupper() and len(question.split()) >= LEAST_SHOUTED
    return question.capitalize() if shouts else question


def terms(text: str) -> list[str]:
    """The stems of a text in order, form words included; unspaced scripts give pairs of
    characters, those of South-East Asia triples. Vietnamese gives its syllables, and behind them
    the pairs of those that stand together."""
    folded = _folded(text)
    if folded.isascii():
        return [*map(_stem, _ASCII_WORD.findall(folded))]
    found: list[str] = []
    for word in _WORD.findall(folded):
        if word.isascii():
            found.append(_stem(word))
            continue
        for run in _RUNS.findall(word):
            found += _grams(run) if _IS_UNSPACED.match(run) else [_stem(run)]
    if is_syllabic(folded):
        found += map(" ".join, syllable_pairs(_spaced_runs(folded)))
    return found


def question_terms(question: str) -> tuple[str, ...]:
    """The terms that say what a question is about, each once, in order."""
    folded = _folded(question)
    if not asks_in_english(question):
        folded = _WISH.sub(" ", folded)
    folded = without_question_forms(folded)
    stop_words = frozenset(_STOP_WORDS.split()) | foreign_words(question)
    if is_syllabic(folded):
        return _syllabic_terms(folded, stop_words)
    kept = " ".join(word for word in _WORD.findall(folded) if word not in stop_words)
    found = dict.fromkeys(terms(kept))
    # A character that stands alone between form words says little, if there is more, and so does
    # the syllable of an ending.
    telling = [
        term
        for term in found
        if not _IS_UNSPACED.match(term) or (len(term) > 1 and not _KANA.fullmatch(term))
    ]
    return tuple(telling or found)


def _syllabic_terms(folded: str, stop_words: frozenset[str]) -> tuple[str, ...]:
    """Pairs of syllables that no word of the form parts, and what stands in no pair."""
    found: dict[str, None] = {}
    for run in _spaced_runs(folded, stop_words):
        pairs = list(syllable_pairs([run]))
        paired = {word for pair in pairs for word in pair}
        found.update(dict.fromkeys(map(" ".join, pairs)))
        found.update(dict.fromkeys(terms(" ".join(word for word in run if word not in paired))))
    return tuple(found)


def _spaced_runs(folded: str, stop_words: frozenset[str] = frozenset()) -> list[list[str]]:
    """The words of a text by where only blanks part them, without those that end a run."""
    runs: list[list[str]] = [[]]
    end = 0
    for match in _WORD.finditer(folded):
        if match[0] in stop_words or folded[end : match.start()].strip():
            runs.append([])
        if match[0] not in stop_words:
            runs[-1].append(match[0])
        end = match.end()
    return [run for run in runs if run]


def without_question_forms(text: str) -> str:
    """The text without what makes a question in scripts that put no spaces between words."""
    return _UNSPACED_FORM.sub(" ", text)


def foreign_words(question: str) -> frozenset[str]:
    """The words of other languages than English that say nothing about a question's subject; in
    Latin script only where it isn't English, in which they may be names. As `fts.scripts.fold`
    writes them."""
    return other_scripts() | (frozenset() if asks_in_english(question) else foreign_latin())


def is_unspaced(text: str) -> bool:
    """Whether a good part of a text is in a script that writes no spaces."""
    return 5 * len(_IS_UNSPACED.findall(text)) > len(text)


def whole_words(text: str) -> list[str]:
    """The words of a text as they are written, each once; none of scripts without spaces."""
    return [word for word in dict.fromkeys(_WORD.findall(text)) if not _IS_UNSPACED.search(word)]


def telling_words(question: str) -> list[str]:
    """Those of its words, as they are written, that say what a question is about."""
    # A pair of syllables is of two words as they are written.
    kept = {part for term in question_terms(question) for part in (term, *term.split())}
    words = whole_words(question)
    return [one for one in words if not kept.isdisjoint((*terms(one), _folded(one)))]


def _folded(text: str) -> str:
    return fold(text).casefold()


def _grams(run: str) -> list[str]:
    size = gram_size(run)
    return [run[at : at + size] for at in range(max(1, len(run) - size + 1))]


@lru_cache(maxsize=8192)
def _stem(word: str) -> str:
    if word[0].isdigit() or len(word) < 4:
        return word.replace(",", "")
    if not word.isascii():
        return _foreign_stem(word)
    if word.endswith("s") and not word.endswith(("ss", "us", "is")):
        word = word[:-3] + "y" if word.endswith("ies") and len(word) > 4 else word[:-1]
    for ending in ("ing", "ed"):
        if word.endswith(ending) and len(word) - len(ending) >= 3:
            word = word[: -len(ending)]
            break
    if len(word) > 3 and word[-1] == word[-2] and word[-1] not in "lsz":
        word = word[:-1]
    return word[:STEM].removesuffix("e")


def _foreign_stem(word: str) -> str:
    if _ARABIC.match(word):
        return _ARABIC_END.sub("", _ARABIC_HEAD.sub("", word))
    if "\u0400" <= word[0] <= "\u052f":
        return _CYRILLIC_END.sub("", word)[:STEM]
    if "\u0900" <= word[0] <= "\u097f":
        stem = word.rstrip(_DEVANAGARI_ENDS)
        return stem if len(stem) > 1 else word
    word = word[:-1] if word.endswith("s") else word
    return word[:STEM].removesuffix("e")


def rarity(wanted: Iterable[str], texts: Iterable[frozenset[str]]) -> Mapping[str, float]:
    """Weight of each wanted term: high where few of the texts hold it (idf, smoothed)."""
    texts = list(texts)
    weights = {}
    for term in wanted:
        holding = sum(term in text for text in texts)
        weights[term] = math.log(1 + (len(texts) + 1) / (holding + 0.5))
    return weights

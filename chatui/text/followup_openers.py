"""How a question that goes on from the last one begins or ends ("and in 2019?"), in the languages
that are told apart. Pure.

Chinese has rules of its own in `followup_words`. A word that begins whole questions of another
language too (Dutch "en", Polish "a") counts only before those that follow it in its own.
"""

from __future__ import annotations

import re
import unicodedata

from chatui.text.folding import fold
from chatui.text.followup_words import word_set
from chatui.text.function_words import latin, other_scripts
from chatui.text.languages import languages_of

MOST_AFTER_OPENER = 5
"""Words of content; a longer question stands for itself."""
MOST_BEFORE_CLOSER = 3
MOST_UNSPACED, MOST_BARE_UNSPACED = 16, 6
"""The same in characters where no spaces are written: behind an opener, and of a topic alone."""

_OPENERS = re.compile(
    r"\W*(?:(?:"
    r"and|but|or|so|also|then|what about|how about|what of|and what|same for|"
    # German
    r"und|aber|oder|was ist mit|wie ist es (?:mit|bei)|wie sieht es (?:mit|bei|in)|wie steht es|"
    # French
    r"et|mais|ou|qu en est il|quid|"
    # Spanish, Portuguese, Italian
    r"y|e|ed|pero|mas|oppure|que (?:hay|pasa|tal)|qué (?:hay|pasa|tal)|tambi[eé]n|também|então|"
    r"e invece|"
    r"o (?:en|el|la|los|las|con|sin|por|para|de|si|solo|in|nel|nella|per|il|lo|gli|di|da)|"
    r"ma (?:in|nel|nella|se|quanto|come|chi|quando|dove|perché|il|la|i|gli|per|con|l|non|che|cosa)|"
    # Dutch, and the languages of the North
    r"(?:en|maar|dus) (?:in|de|het|wat|hoe|wie|waar|wanneer|voor|van|met|als|bij|op|over|daarna)|"
    r"hoe zit het met|wat met|och|og|eller|men (?:i|hva|hvad|vad|hur|hvor|på|for|för|det|den)|"
    r"hur är det med|hva med|hvad med|hvordan er det med|entä|entäs|mutta|ja|"
    # Polish, Czech, Romanian, Hungarian
    r"(?:a|i|ale|lub|albo|oraz) (?:w|we|co|jak|ile|kto|kiedy|gdzie|czy|dla|po|z|ten|ta)|"
    r"(?:a|i|ale|nebo) (?:v|ve|co|jak|kolik|kdo|kdy|kde|proč|pro|s)|"
    r"și|şi|sau|iar|(?:si|dar) (?:in|în|ce|c[aâ]t|cum|care|c[aâ]nd|unde|pentru|despre)|"
    r"és|mi a helyzet|"
    # Turkish, Indonesian, Vietnamese, Swahili
    r"peki|ve|veya|ya da|ya(?= \S+(?: \S+)?\W*$)|ama (?:ne|neden|nasıl|kim|bu|\d+)|"
    r"dan (?:di|pada|untuk|apa|siapa|berapa|bagaimana|kapan|tahun)|tetapi|tapi|atau|kalau|"
    r"bagaimana dengan|và|còn|nhưng|lakini|vipi kuhusu|na (?:mwaka|kwa|bei|katika)|"
    # Russian, Ukrainian, Bulgarian; Greek
    r"а|и|но|или|тогда|і|але|чи|ами|что насч[её]т|как насч[её]т|як щодо|какво за|"
    r"και|κι|αλλά|τι γίνεται με|όσο για|"
    # Georgian, Armenian
    r"და|მაგრამ|ხოლო|რაც შეეხება|և|եւ|իսկ|բայց|կամ"
    r")\b(?![.])|"
    # Arabic, Hebrew, Persian, Urdu
    r"و(?=ال|لل|في |ماذا|كم |متى|أين|اين|كيف|هل |لماذا|عن |من |ما |عام |سنة )|"
    r"(?:لكن|ولكن|أو|ثم|ماذا عن|و|اما|ولی|پس|یا|اور|لیکن|پھر) |ו(?=[בהלמכש]\w)|(?:אבל|או) |"
    # India
    r"(?:और|लेकिन|मगर|तो|फिर|या|আর|এবং|কিন্তু|তাহলে|তবে|மற்றும்|ஆனால்|அப்போ|அப்போது|"
    r"మరియు|మరి|కానీ|అయితే) |"
    # Korean
    r"(?:그럼|그러면|그리고|그런데|근데|하지만|그렇다면|또는) )"
)
_CLOSERS = re.compile(
    r" thì sao\W*$| چطور\W*$| का क्या\W*$| के बारे में\W*$| பற்றி(?: என்ன)?\W*$|"
    r"[가-힣\d](?:은|는)요?[?\uff1f]\s*$"
)
_UNSPACED = re.compile("[\u3040-\u30ff\u0e00-\u0e7f]")
_UNSPACED_OPENERS = re.compile(
    r"\W*(?:では|じゃあ|じゃ、|それでは|それじゃ|それなら|ちなみに|あと|また|そして|でも|なら|แล้ว|และ|แต่|งั้น)"
)
_UNSPACED_CLOSERS = re.compile(
    r"(?:は|って|だと|だったら)[?？]\s*$|(?:ล่ะ|ละ)(?:ครับ|ค่ะ|คะ)?[\s?？]*$"
)
_POINTS_BACK = re.compile(r"\W*(?:それ|その(?!他|後|まま)|あれ|彼女?(?=[はがのを]))")
_ASKS_ALONE = re.compile(
    r"\W*(?:なぜ|どうして|なんで|いつ|どこ|誰|だれ|いくら|ทำไม|เมื่อไหร่|เมื่อไร|ที่ไหน|ใคร|อย่างไร)"
    r"(?:ですか|でしょうか|なの|ครับ|คะ|ค่ะ)?\W*$"
)
_YEAR = word_set(
    """year jahr jahre année an ano año anno jaar år rok roku roce год году года рік році година
    годината yıl yılında vuonna év anul tahun năm mwaka έτος χρόνος سنة عام साल वर्ष"""
)
_BESIDE_NUMBER = word_set(
    """in im en el la au à de del di nel nella no na em w we v ve i på a az și în pe da de ta te
    tahun pada năm в во у на за το του στο για σε في من में को का से"""
)
"""What may stand between a year and its question mark."""
_NUMBER = re.compile(r"\d[\d.,]{0,9}(?:年|[^\s\d\u3400-\u9fff]{0,5})")
"""With the ending that some languages write together with it."""
_JOINTS = re.compile(r"['’`\-–—]")
_KOREAN = word_set("왜 왜요 언제 언제요 어디 어디요 누구 누구요 얼마 얼마요 어떻게 어떻게요")
_ASKING = ("?", "？", "؟", ";", "\u037e")
_MARKS = "¿¡?？؟;\u037e!.,:。،"


def goes_on(question: str) -> bool:
    """Whether a question begins or ends as one that goes on, with little else; is nothing but a
    number; or has no words but those that ask."""
    plain = _plain(question)
    if _UNSPACED.search(plain):
        return _goes_on_unspaced(plain)
    said = _said(plain)
    about = _telling(said, question)
    if not about:
        return bool(said)
    if _OPENERS.match(plain) and len(about) <= MOST_AFTER_OPENER:
        return True
    if _CLOSERS.search(plain) and len(about) <= MOST_BEFORE_CLOSER:
        return True
    return _is_number(about, said, question)


def content_of(question: str) -> list[str]:
    """Its words that say what it is about; of Japanese and Thai the whole, or nothing."""
    plain = _plain(question)
    if _UNSPACED.search(plain):
        return [] if _ASKS_ALONE.match(plain) else [plain]
    return _telling(_said(plain), question)


def _plain(question: str) -> str:
    return _JOINTS.sub(" ", unicodedata.normalize("NFC", question)).casefold()


def _said(plain: str) -> list[str]:
    return [word for word in (one.strip(_MARKS) for one in plain.split()) if word]


def _telling(said: list[str], question: str) -> list[str]:
    forms = _forms(question)
    return [word for word in said if fold(word).casefold() not in forms]


def _is_number(about: list[str], said: list[str], question: str) -> bool:
    """ "2019?", "nel 2019?", "im Jahr 2019?"."""
    numbers = [word for word in about if _NUMBER.fullmatch(word)]
    beside = [word for word in said if word not in numbers and word not in _YEAR]
    asks = question.rstrip()[-1:] in _ASKING
    return asks and len(numbers) == 1 and _BESIDE_NUMBER.issuperset(beside)


def _forms(question: str) -> frozenset[str]:
    """The words that give a question its form, as `folding.fold` writes them."""
    known = (latin().get(name, frozenset()) for name in languages_of(question))
    return _KOREAN.union(other_scripts(), *known)


def _goes_on_unspaced(plain: str) -> bool:
    """Japanese and Thai."""
    if _ASKS_ALONE.match(plain) or _POINTS_BACK.match(plain):
        return True
    length = sum(map(str.isalnum, plain))
    if _UNSPACED_OPENERS.match(plain):
        return length <= MOST_UNSPACED
    closer = _UNSPACED_CLOSERS.search(plain)
    # "Tokyo's height?" says of what it asks.
    return (
        closer is not None and "の" not in plain and length <= MOST_BARE_UNSPACED + len(closer[0])
    )

"""Which old encoding a text without any mark is in: the one in which it reads as a language.

General detectors count bytes and need much text. Here every encoding that fits is tried, and
the letters that come out are compared with those that its languages use most, which settles
short texts too. Western European text without enough evidence is left to charset-normalizer.
"""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from itertools import pairwise

SAMPLE = 20_000
"""Bytes that are judged."""
CERTAIN = 0.35
"""The least mean score of a letter; text in a wrong encoding stays below 0.2."""

# Alphabets in the order of their letters' frequency.
_CYRILLIC = "оеаинтсрвлкмдпуяызьъбгчйхжюшцщэфё" + "іїєґўђјљњћџѓќѕ"
_GREEK = "αοιετνσηρκπυμλςίόάήέωγδθφχβύώξζψ"
_HEBREW = "יוהלאמרשתבנםדקחפטכעגסןזצץךף"
_ARABIC = "اليمونرتبةعدسفهكقأحجشطصخضإذثزىءغئظآؤ،؟"
_HAN_COMMON = (
    "的一是不了在人有我他上大中到地出也你生能子那得着下自之年用道行所然家事成方多去法如都同"
    "起看定天分小部其些主心她本前但因只想日者意力它把十民第公此已工使情明性知全三又正外高由"
    "最重手文相美被利二等或新己制身果加西月合回特代信表化老世位次度常先海通教原立及比水名真"
    "走各入几口平系活更打四神安少才反受目太再感建做接必件期市直山金指至社便空五基眼白放即像"
    "且思王式色路品住求据程北死格共切引帝京市省国語学校年月日史城河江南東西東山川文書字本集"
)
_SIMPLIFIED = _HAN_COMMON + (
    "这个们来为和国说时要就会可对于过发后作里种经么学现当没动面还进样理从实军无与长机间点业"
    "两问应战头体政见产斯话内给门任儿声提员解论处义认条题气别变总何电数报结务场计管德资命克"
    "许统区保队形决治展马科司书非则听却界达光强难权象完设记类规万取观清让识候带导争运东车"
)
_TRADITIONAL = _HAN_COMMON + (
    "這個們來為和國說時要就會可對於過發後作裡種經麼學現當沒動面還進樣理從實軍無與長機間點業"
    "兩問應戰頭體政見產斯話內給門任兒聲提員解論處義認條題氣別變總何電數報結務場計管德資命克"
    "許統區保隊形決治展馬科司書非則聽卻界達光強難權象完設記類規萬取觀清讓識候帶導爭運東車"
)
_KANJI = (
    _HAN_COMMON + "国会社時間気語学校電話車東京大阪円度高最新情報開発使用方法問題説明書読買売店食駅"
)
_HANGUL = (
    "이다는의을를에가은로고하지기도한사리어시자인대나서해라그아있일수것과정들니원전게상보부면"
    "적까만스주구경장제안녕습국세요오여모었했와합으미성신동무소공유우선생방회학문중조비계물내"
)


@dataclass(frozen=True, slots=True)
class Candidate:
    encoding: str
    common: frozenset[str]
    scripts: tuple[str, ...]


def _candidate(encoding: str, common: str, *scripts: str) -> Candidate:
    return Candidate(encoding, frozenset(common), scripts)


_CANDIDATES = (
    _candidate("gb18030", _SIMPLIFIED + "，。、；：？！（）《》", "CJK"),
    _candidate("big5hkscs", _TRADITIONAL + "，。、；：？！（）「」『』《》", "CJK"),
    _candidate("cp932", _KANJI + "、。「」・ー（）", "HIRAGANA", "KATAKANA", "CJK"),
    _candidate("euc_jp", _KANJI + "、。「」・ー（）", "HIRAGANA", "KATAKANA", "CJK"),
    _candidate("cp949", _HANGUL, "HANGUL"),
    _candidate("cp1251", _CYRILLIC, "CYRILLIC"),
    _candidate("koi8-u", _CYRILLIC, "CYRILLIC"),
    _candidate("cp866", _CYRILLIC, "CYRILLIC"),
    _candidate("iso8859-5", _CYRILLIC, "CYRILLIC"),
    _candidate("cp1253", _GREEK, "GREEK"),
    _candidate("cp1255", _HEBREW, "HEBREW"),
    _candidate("cp1256", _ARABIC, "ARABIC"),
    _candidate("cp874", "กขคงจชซดตถทธนบปผพฟมยรลวสหอฮะาำิีึืุูเแโใไ่้๊๋์ัๆ", "THAI"),
)
# The commonest letters weigh more: they tell apart encodings of one alphabet.
_WEIGHTS = {
    letter: 1.3 - 0.8 * at / len(alphabet)
    for alphabet in (_CYRILLIC[:33], _GREEK, _HEBREW, _ARABIC)
    for at, letter in enumerate(alphabet)
}
_LATIN = (
    ("cp1252", ("äöüß", "àâæçéèêëîïôùûüÿœ", "áéíóúüñç", "áàâãçéêíóôõúü", "àèéìòóù", "åäöæøé")),
    (
        "cp1250",
        ("áčďéěíňóřšťúůýž", "ąćęłńóśźż", "áéíóöőúüű", "ăâîşţșț", "áäčďéíĺľňóôŕšťúýž", "čćđšž"),
    ),
    ("cp1254", ("çğıöşüâîiİ",)),
)
_MARKS = "’‘“”„«»–—…°²³½¼©®€£§¿¡·×µªº•™´\xa0"


def guess_legacy(data: bytes) -> str:
    """The encoding's name, or "" where none is plain."""
    if b"\x1b$" in data[:SAMPLE] and _decoded(data, "iso2022_jp_2"):
        return "iso2022_jp_2"
    if latin := _latin(data[:SAMPLE]):
        return latin
    if not _in_runs(data[:SAMPLE]):
        return ""
    best = ("", CERTAIN)
    for candidate in _CANDIDATES:
        text = _decoded(data, candidate.encoding)
        score = _score(text[:SAMPLE], candidate) if text else 0.0
        if score > best[1]:
            best = (candidate.encoding, score)
    return best[0]


def _latin(data: bytes) -> str:
    """The encoding in which one language has all the letters, which stand among plain ones."""
    words = re.findall(rb"[A-Za-z]*[\x80-\xff]+[A-Za-z]*", data)
    if sum(word[0] < 128 or word[-1] < 128 for word in words) < 0.5 * len(words):
        return ""
    for encoding, alphabets in _LATIN:
        letters = {letter for letter in _decoded(data, encoding).lower() if letter > "\x7f"}
        letters.difference_update(_MARKS)
        if letters and any(letters <= set(alphabet) for alphabet in alphabets):
            return encoding
        if not letters and words and _decoded(data, encoding):
            return encoding
    return ""


def _decoded(data: bytes, encoding: str) -> str:
    try:
        return data.decode(encoding)
    except UnicodeDecodeError:
        return ""


def _in_runs(data: bytes) -> bool:
    """Whether the bytes above 127 stand in words of their own, and not, as the accented
    letters of western languages do, alone between ASCII letters."""
    high = [byte > 127 for byte in data]
    count = sum(high)
    pairs = sum(one and other for one, other in pairwise(high))
    return count >= 2 and pairs >= 0.45 * count


def _score(text: str, candidate: Candidate) -> float:
    """The mean over all letters beyond ASCII: 1 for a common one, less for others."""
    total = count = 0.0
    before = " "
    for letter in text:
        if letter > "\x7f":
            count += 1
            total += _letter_score(letter, before, candidate)
        before = letter
    return total / count if count else 0.0


def _letter_score(letter: str, before: str, candidate: Candidate) -> float:
    if letter in candidate.common:
        # A small letter, and not one that begins words alone, follows what it should.
        return _WEIGHTS.get(letter, 1.0)
    script = unicodedata.name(letter, "").partition(" ")[0]
    if script in ("HIRAGANA", "KATAKANA"):
        return 0.9 if script in candidate.scripts else -0.3
    if script not in candidate.scripts:
        return 0.0 if unicodedata.category(letter)[0] in "PZ" else -0.8
    if letter.lower() in candidate.common:
        # Capitals stand at the beginning of words, or among other capitals.
        fits = not before.isalpha() or before.isupper()
        return 0.85 * _WEIGHTS.get(letter.lower(), 1.0) if fits else -0.5
    return 0.1 if script in ("CJK", "HANGUL") else 0.2

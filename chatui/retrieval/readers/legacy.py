"""Which old encoding a text without any mark is in: the one in which it is likeliest.

A naive Bayes classifier. The bytes are read in every encoding, and what comes out is weighed
by how often the encoding's languages use those letters: a wrong one gives rare letters,
capitals and marks inside words, plain letters among foreign ones. That settles short texts
too, for which detectors that count bytes need pages. Of 3,394 texts in 25 languages (messages
of programs, manuals, tables, code) it reads 96% to the letter, and charset-normalizer 3.5.2
57%, or 66% when told these encodings; of the 1,977 of one short line 93%, 42% and 58%. On
1,950 others, which no figure here was chosen by: 97%, 60% and 69%. It takes 3 ms for a line
and 30 ms for a book.
"""

from __future__ import annotations

import math
import re
import unicodedata
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cache
from itertools import pairwise

SAMPLES = (400, 4_000)
"""Bytes that are judged: first for all encodings, then for those that are not out of sight."""
OUT_OF_SIGHT = 60.0
"""Encodings that are less likely than the best by exp(this) after the first sample are."""
LEAST = -6.0
"""Of a byte of text, on the average, as a logarithm: short foreign words come to -5.4, bytes
by chance to -6.2 and less."""
MARGIN = 200
"""Bytes that are looked at before the first one beyond ASCII."""
_FOREIGN = re.compile(rb"[\x80-\xff]")

Pairs = Mapping[tuple[str, str], int]
"""How often which letter follows which."""

_WESTERN = ("cp1252", "mac_roman", "cp850")
_CENTRAL = ("cp1250", "iso8859-2")
_CYRILLIC = ("cp1251", "koi8-u", "koi8-r", "cp866", "iso8859-5")
_RARER = {
    "cp1252": 1.0,
    "iso8859-2": -1.5,
    "iso8859-5": -2.0,
    "iso8859-7": -3.0,
    "koi8-u": -1.0,
    "koi8-r": -1.0,
    "cp866": -1.0,
    "cp1257": -1.0,
    "mac_roman": -4.0,
    "cp850": -4.0,
}
"""Of two encodings that read equally well: natural logarithms."""

# The letters beyond ASCII, the commonest first, and their share of a text's letters.
_ALPHABETS = (
    (_WESTERN, 0.02, "üäöß"),
    (_WESTERN, 0.04, "éèàêçôâùîûëœïüÿæ"),
    (_WESTERN, 0.025, "óíáéñúü"),
    (_WESTERN, 0.045, "ãçáéíóêõâúàôü"),
    (_WESTERN, 0.01, "èàùòìéí"),
    (_WESTERN, 0.04, "äåöé"),
    (_WESTERN, 0.03, "øåæéö"),
    (_WESTERN, 0.004, "éëïèöüóêñ"),
    (_WESTERN, 0.12, "áíðéþúóæöý"),
    (("cp1254",), 0.12, "ışüğçöİâîû"),
    (_CENTRAL, 0.07, "łęąóżśćńź"),
    (_CENTRAL, 0.14, "íáéěýřčšžůúťňďó"),
    (_CENTRAL, 0.13, "áíéčýžšťúľňôďäóĺŕ"),
    (_CENTRAL, 0.12, "áéőöíóüúű"),
    (_CENTRAL, 0.06, "ăîâţş"),
    (_CENTRAL, 0.035, "čšžćđ"),
    (("cp1257",), 0.08, "ėšųžįčūąę"),
    (("cp1257",), 0.1, "āīēšņūļžģķč"),
    (_CYRILLIC, 0.7, "оеаинтсрвлкмдпуяызьбгчйхжюшцщэфъё"),
    (_CYRILLIC, 0.7, "оаинвіетрслкудмпзяьбгчйхжїюцшєщфґ"),
    (_CYRILLIC, 0.7, "аоиетнрсвлкпдмзугбъчйжхцщюшяфь"),
    (_CYRILLIC, 0.7, "аоиенрстјувкдмпљзгбцњчћшжхђфџ"),
    (("cp1253", "iso8859-7"), 0.7, "αοιετνσηρκπυμλςίόάήέωγδθφχβύώξζψϊΆ"),
    (("cp1255",), 0.7, "יוהלאמרשתבנםדקחפטכעגסןזצץךף"),
    (("cp1256",), 0.7, "اليمونرتبةعدسفهكقأحجشطصخضإذثزىءغئظآؤ"),
    (("cp874",), 0.7, "านรกอเงมย่ลวดท้สตะปบคหัิีแพำขจชใไืุูึ์็โถผซธณศญฟษภฐๆฉฮฝฆ"),
)
_HAN = (
    "的一是不了在人有我他上大中到地出也你生能子那得着下自之年用道行所然家事成方多去法如都同"
    "起看定天分小部其些主心她本前但因只想日者意力它把十民第公此已工使情明性知全三又正外高由"
    "最重手文相美被利二等或新己制身果加西月合回特代信表化老世位次度常先海通教原立及比水名真"
    "走各入几口平系活更打四神安少才反受目太再感建做接必件期市直山金指至社便空五基眼白放即像"
    "且思王式色路品住求据程北死格共切引帝京市省国語学校年月日史城河江南東西東山川文書字本集"
)
_SIMPLIFIED = (
    "这个们来为和国说时要就会可对于过发后作里种经么学现当没动面还进样理从实军无与长机间点业"
    "两问应战头体政见产斯话内给门任儿声提员解论处义认条题气别变总何电数报结务场计管德资命克"
    "许统区保队形决治展马科司书非则听却界达光强难权象完设记类规万取观清让识候带导争运东车"
)
_TRADITIONAL = (
    "這個們來為和國說時要就會可對於過發後作裡種經麼學現當沒動面還進樣理從實軍無與長機間點業"
    "兩問應戰頭體政見產斯話內給門任兒聲提員解論處義認條題氣別變總何電數報結務場計管德資命克"
    "許統區保隊形決治展馬科司書非則聽卻界達光強難權象完設記類規萬取觀清讓識候帶導爭運東車"
)
_KANJI = "国会社時間気語学校電話車東京大阪円度高最新情報開発使用方法問題説明書読買売店食駅"
_HANGUL = (
    "이다는의을를에가은로고하지기도한사리어시자인대나서해라그아있일수것과정들니원전게상보부면"
    "적까만스주구경장제안녕습국세요오여모었했와합으미성신동무소공유우선생방회학문중조비계물내"
)
_KANA = (
    "".join(map(chr, range(0x3041, 0x3094))),
    "".join(map(chr, range(0x30A1, 0x30F7))) + "ー",
)
_WIDE_MARKS = "，。、；：？！（）「」『』《》・“”…—～"

# Marks that stand anywhere, before words and behind them.
_MARKS, _OPENING, _CLOSING = "«»“‘’–—\xa0", "„‚§№©€£¿¡", "”…®°²³™ªº¶†‡"
_MARK, _SIDED_MARK, _SYMBOL = math.log(0.01), math.log(0.005), math.log(1e-4)
_ASCII, _STRANGE, _CONTROL = math.log(1 / 30), math.log(2e-5), math.log(4e-10)
_MIXED = math.log(0.01)
"""A plain letter beside a foreign one, or a mark on its wrong side."""
_FIRST_CAPITAL, _NEXT_CAPITAL, _CAPITAL_INSIDE = math.log(0.15), math.log(0.8), math.log(0.002)


@dataclass(frozen=True, slots=True)
class CharacterSet:
    """A national standard, in which the commoner characters have the smaller `leads`. The
    figures are the logarithms of one character's share of a text."""

    codec: str
    leads: range
    common: float
    rare: float

    def share(self, character: str) -> float:
        try:
            lead = character.encode(self.codec)[0]
        except UnicodeEncodeError:
            return math.log(1e-6)
        return self.common if lead in self.leads else self.rare


@dataclass(frozen=True, slots=True)
class Language:
    """`letters` are those beyond ASCII with the logarithms of their share among them, `beyond`
    and `plain` those of all such letters and of all others."""

    encodings: tuple[str, ...]
    letters: Mapping[str, float]
    beyond: float
    plain: float
    mixes: bool
    """Whether plain letters stand in one word with the others."""
    characters: CharacterSet | None = None

    def likelihood(self, pairs: Pairs) -> float:
        return sum(count * self._weight(before, one) for (before, one), count in pairs.items())

    def _weight(self, before: str, one: str) -> float:
        weight = self._plain(before, one) if one <= "\x7f" else self._foreign(before, one)
        return weight + (_MIXED if before in _CLOSING and one.isalpha() else 0.0)

    def _plain(self, before: str, one: str) -> float:
        if not one.isalpha():
            return _ASCII
        mixed = before > "\x7f" and before.isalpha() and not self.mixes
        return _ASCII + self.plain + (_MIXED if mixed else 0.0)

    def _foreign(self, before: str, one: str) -> float:
        known = self._known(before, one)
        if known is not None:
            mixed = before <= "\x7f" and before.isalpha() and not self.mixes
            return self.beyond + known + (_MIXED if mixed else 0.0)
        mark = _mark(before, one)
        if mark is not None:
            return mark
        return self.beyond + self.characters.share(one) if self.characters else _STRANGE

    def _known(self, before: str, one: str) -> float | None:
        """Capitals stand at the beginning of words, or among other capitals."""
        if one in self.letters:
            return self.letters[one]
        small = self.letters.get(one.lower())
        if small is None:
            return None
        if not before.isalpha():
            return small + _FIRST_CAPITAL
        return small + (_NEXT_CAPITAL if before.isupper() else _CAPITAL_INSIDE)


def _mark(before: str, one: str) -> float | None:
    if one in _MARKS:
        return _MARK
    if one in _OPENING:
        return _SIDED_MARK + (_MIXED if before.isalpha() else 0.0)
    if one in _CLOSING:
        return _SIDED_MARK
    kind = unicodedata.category(one)[0]
    if kind == "C" or one == "\ufffd":
        return _CONTROL
    return _SYMBOL if kind in "PSZN" and not before.isalpha() else None


def _alphabet(encodings: tuple[str, ...], beyond: float, letters: str) -> Language:
    shares = [math.exp(-4 * place / len(letters)) for place in range(len(letters))]
    known = {
        letter: math.log(0.95 * share / sum(shares))
        for letter, share in zip(letters, shares, strict=True)
    }
    return Language(encodings, known, math.log(beyond), math.log(1 - beyond), beyond < 0.5)


def _characters(
    encodings: tuple[str, ...], shares: Iterable[tuple[str, float]], others: CharacterSet
) -> Language:
    known = {
        letter: math.log(share / len(set(letters)))
        for letters, share in (*shares, (_WIDE_MARKS, 0.1))
        for letter in letters
    }
    return Language(encodings, known, math.log(0.7), math.log(0.3), True, others)


@cache
def _languages() -> tuple[Language, ...]:
    def rows(codec: str, leads: range, common: float, rare: float) -> CharacterSet:
        return CharacterSet(codec, leads, math.log(common), math.log(rare))

    japanese = ((_HAN + _KANJI, 0.25), (_KANA[0], 0.45), (_KANA[1], 0.15))
    jis = rows("euc_jp", range(0xB0, 0xD0), 4e-5, 2.5e-6)
    return (
        *(_alphabet(*each) for each in _ALPHABETS),
        _characters(
            ("gb18030",),
            [(_HAN + _SIMPLIFIED, 0.7)],
            rows("gb2312", range(0xB0, 0xD8), 7e-5, 5e-6),
        ),
        _characters(
            ("big5hkscs",),
            [(_HAN + _TRADITIONAL, 0.7)],
            rows("big5", range(0xA4, 0xC7), 4e-5, 2.5e-6),
        ),
        _characters(("cp932", "euc_jp"), japanese, jis),
        _characters(("cp949",), [(_HANGUL, 0.7)], rows("euc_kr", range(0xB0, 0xC9), 1e-4, 1e-6)),
    )


def guess_legacy(data: bytes) -> str:
    """The encoding's name, or "" for what is no text. A few bytes may not fit into it."""
    languages = _languages()
    fitting = {encoding for language in languages for encoding in language.encodings}
    best = ""
    for size in SAMPLES:
        sample = _telling(data, size)
        found: dict[str, float] = {}
        for encoding in sorted(fitting):
            pairs = Counter(pairwise(" " + sample.decode(encoding, "replace")))
            found[encoding] = _RARER.get(encoding, 0.0) + max(
                language.likelihood(pairs)
                for language in languages
                if encoding in language.encodings
            )
        best = max(found, key=found.__getitem__)
        fitting = {one for one in found if found[one] > found[best] - OUT_OF_SIGHT}
        if found[best] < LEAST * len(sample) - OUT_OF_SIGHT:
            return ""
    return best


def _telling(data: bytes, size: int) -> bytes:
    """The first lines with anything beyond ASCII, up to so many bytes; of a long line from
    shortly before that."""
    lines: list[bytes] = []
    for line in data.split(b"\n"):
        if foreign := _FOREIGN.search(line):
            lines.append(line[max(0, foreign.start() - MARGIN) :][:size])
            size -= len(lines[-1])
            if size <= 0:
                break
    return b"\n".join(lines)

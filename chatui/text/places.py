"""Places of a document that are named by their numbers: clause 2.2(b), § 5, 第七条, page 12.

What a question names is looked for where a text writes it: at the beginning of a line, or in the
headings that it stands below. Pure functions.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from enum import IntEnum
from functools import cache

PAGE, SLIDE, ANY = "page", "slide", "§"
_KINDS = {
    "clause": "clause clauses klausel cláusula clausola cláusulas",
    "section": "section sections sec abschnitt sección seção sezione sectie раздел",
    "article": "article articles art artikel artículo artigo articolo статья статьи статье",
    "paragraph": "paragraph para absatz abs paragraphe párrafo parágrafo comma lid абзац",
    "point": "point points item ziffer ziff punkt punto ponto nummer nr number no rule regulation "
    "regel règle пункт пункта пункте apartado alinéa",
    "chapter": "chapter kapitel chapitre capítulo capitolo hoofdstuk глава главе главы",
    "part": "part teil partie parte deel часть",
    "annex": "annex annexe appendix schedule exhibit anhang anlage anexo allegato bijlage "
    "приложение attachment",
    "table": "table tabelle tab tableau tabla cuadro tabela tabella tabel таблица таблице",
    "figure": "figure fig abbildung abb figura diagram chart afbeelding рисунок рис",
    "step": "step schritt étape paso passo stap шаг шаге",
    "question": "question frage pregunta vraag вопрос",
    PAGE: "page pages p seite s página pagina страница странице стр",
    SLIDE: "slide folie diapositive diapositiva слайд слайде",
    ANY: "§ §§",
}
_ASIAN = {
    "条": "article", "條": "article", "조": "article", "款": "paragraph", "項": "paragraph",
    "项": "paragraph", "항": "paragraph", "章": "chapter", "장": "chapter", "节": "section",
    "節": "section", "절": "section", "编": "part", "編": "part", "号": "point", "號": "point",
    "步": "step", "页": PAGE, "頁": PAGE, "ページ": PAGE, "쪽": PAGE, "张": SLIDE,
    "附件": "annex", "附录": "annex", "附錄": "annex", "附表": "annex", "別表": "annex",
    "表": "table", "图": "figure", "圖": "figure", "図": "figure", "步骤": "step", "步驟": "step",
    "手順": "step", "第": "",
}  # fmt: skip
_PROVISIONS = frozenset(("clause", "section", "article", "paragraph", "point", ANY))
"""What people call by each other's names, and what a text often gives a number alone."""
_BARE = _PROVISIONS | {"chapter", "part", "step", "question"}
_WORDS = {word: kind for kind, words in _KINDS.items() for word in words.split()}
_NUMBER = (
    r"(?:[0-9]{1,4}(?:\.[0-9]{1,3}){0,5}[a-zA-Z]?|[A-Z](?:\.[0-9]{1,3}){1,5}|[IVXLC]{1,7}|[A-Z])"
    r"(?![\w])"
)
_NAMES = "|".join(re.escape(word) for word in sorted(_WORDS, key=len, reverse=True))
_INNER = r"(?:\s?\([0-9a-zA-Z]{1,4}\)){0,4}"
_HAN = "〇零一二三四五六七八九十百"
_COUNTED = rf"[0-9{_HAN}]{{1,7}}"
_AFTER = "条|條|조|款|項|项|항|章|장|节|節|절|编|編|号|號|步|页|頁|ページ|쪽|张"
_BEFORE = "附件|附录|附錄|附表|別表|步骤|步驟|手順|表|图|圖|図"
_ASIAN_PLACE = re.compile(
    rf"(?:(?:第|제)\s?({_COUNTED})\s?({_AFTER})|([0-9]{{1,4}})\s?(ページ|页|頁|쪽)"
    rf"|({_BEFORE})\s?({_COUNTED}))"
)
_NAMED = re.compile(rf"(?<![\w§])({_NAMES})\.?\s{{0,2}}({_NUMBER})({_INNER})", re.IGNORECASE)
_ALONE = re.compile(r"(?<![\w.,])([0-9]{1,3}(?:\.[0-9]{1,3}){0,5})((?:\s?\([a-z0-9]{1,4}\)){1,4})")
"""A number that can be nothing but a place's: 2.2(b), 4(a)."""
_BARE_LABEL = re.compile(rf"([0-9]{{1,3}}(?:\.[0-9]{{1,3}}){{0,5}})({_INNER})[.):]?(?=\s|\Z)")
MOST_BETWEEN = 2
"""Letters between a place and one that lies in it: a blank, a comma."""
_LINE_START = re.compile(r"[#>*|_\s-]{0,12}")
_RELATIVE = re.compile(r"(?:\(([0-9a-zA-Z]{1,4})\)|([a-zA-Z])\))(?=\s)")
_UNITS = {letter: value for value, letter in enumerate("〇一二三四五六七八九")} | {"零": 0}
_ROMAN = {"i": 1, "v": 5, "x": 10, "l": 50, "c": 100}


@dataclass(frozen=True, slots=True)
class NamedPlace:
    """`kind` is what it is called, in English, "" where it is named by its number alone;
    `number` goes from the outermost part to the innermost: ("2", "2", "b")."""

    kind: str
    number: tuple[str, ...]


Span = tuple[int, int]


def places_in(question: str) -> tuple[NamedPlace, ...]:
    """The places that a question names, each once."""
    return tuple(dict.fromkeys(place for place, _ in _found(question)))


def without_places(question: str) -> str:
    """What else a question says."""
    for _, (start, end) in sorted(_found(question), key=lambda one: -one[1][0]):
        question = f"{question[:start]} {question[end:]}"
    return question


def asks_for_it_alone(question: str) -> bool:
    """Whether a question wants to know what a place says, and nothing else."""
    if not places_in(question):
        return False
    rest = _ASIAN_FORM.sub(" ", without_places(question).casefold())
    return all(word in _form_words() for word in _WORD.findall(rest))


@cache
def _form_words() -> frozenset[str]:
    return frozenset(_FORM_WORDS.split())


_WORD = re.compile(r"[^\W_]+")
_FORM_WORDS = """
    a about again are can cite contain contains content could demand demands describe details do
    does exactly explain for give go goes in is it its list me my of on out please present provide
    provides quote read regulate repeat require requires s say says show shown stand stands state
    stated states tell text that the there these they this to under up us wants what which with
    word wording words would written you your document file deck presentation contract agreement
    act auf aus bitte das dass dem den der des die diesem ein eine einer es folgt genau heißt im in
    inhalt lautet lies man mir regelt sagt sagen sage steht stehen um unter und von vertrag vertrags
    was welche wie wird wortlaut zeig zeige zitiere zu
    au c ce cite contenu contient dans de dis dit du est il l la le les lis moi montre où prévoit
    qu que quel quelle quoi stipule sur texte un une
    al cita contiene cuál cómo del dice el en establece está la las lee lo los muestra por qué que
    texto cosa dispone nel nella prevede il lo della
    в во гласит говорится говорит какой какая написано на о об содержит сказано текст что
"""
_ASIAN_FORM = re.compile(
    "什么|甚麼|什麼|怎么|怎麼|哪些|规定|規定|内容|內容|说明|說明|写了|写着|寫了|讲了|说了|说|說|讲|講|写|寫|"
    "请问|请|是|的|了|在|里|裡|上|中|吗|呢|合同|合約|本|"
    "には|とは|では|何が|何を|何と|何|書いて|書かれて|いますか|いる|あります|ありますか|ある|教えて|ください|"
    "ですか|です|か|は|が|の|を|に|と|무엇|내용|은|는|이|의|에"
)


def _found(text: str) -> list[tuple[NamedPlace, Span]]:
    made: list[tuple[NamedPlace, Span]] = []
    for found in _NAMED.finditer(text):
        if _is_a_number(found[1], found[2]):
            made.append((_place(_WORDS[found[1].casefold()], found[2], found[3]), found.span()))
    for found in _ASIAN_PLACE.finditer(text):
        made.append((_asian(found), found.span()))
    taken = [span for _, span in made]
    for found in _ALONE.finditer(text):
        if not any(start <= found.start() < end for start, end in taken):
            made.append((_place("", found[1], found[2]), found.span()))
    return _joined(made)


def _joined(made: list[tuple[NamedPlace, Span]]) -> list[tuple[NamedPlace, Span]]:
    """第七条第二款 is one place, and so is § 5 Abs. 2: what follows at once lies within it."""
    joined: list[tuple[NamedPlace, Span]] = []
    for place, (start, end) in sorted(made, key=lambda one: one[1]):
        within = place.kind in ("paragraph", "point") and bool(joined)
        if joined and start - joined[-1][1][1] <= (MOST_BETWEEN if within else 0):
            before, (first, _) = joined.pop()
            joined.append((NamedPlace(before.kind, before.number + place.number), (first, end)))
        else:
            joined.append((place, (start, end)))
    return joined


def _is_a_number(word: str, number: str) -> bool:
    """Letters are numbers where they are capitals: "Annex B", but not "part a". "No I" is none, and
    neither is "p A"."""
    if number[0].isdigit():
        return len(word) > 1 or word in "§" or number[0] != "0"
    return number.isupper() and len(word) > 3


def _place(kind: str, number: str, inner: str) -> NamedPlace:
    parts = [_figure(part) for part in number.split(".")]
    parts += [part.strip("() ").casefold() for part in inner.replace(")", ") ").split()]
    return NamedPlace(kind, tuple(part for part in parts if part))


def _asian(found: re.Match[str]) -> NamedPlace:
    number, after, page, page_word, before, counted = found.groups()
    kind = _ASIAN[after or page_word or before]
    return NamedPlace(kind, (_figure(number or page or counted),))


def _figure(number: str) -> str:
    """VII and 七 are 7; other letters stay."""
    if set(number) <= set(_HAN):
        return str(_han(number))
    small = number.casefold()
    if number.isupper() and set(small) <= set(_ROMAN) and (len(small) > 1 or small in "ivx"):
        return str(_roman(small))
    return small.lstrip("0") or small


def _roman(letters: str) -> int:
    values = [_ROMAN[letter] for letter in letters]
    pairs = zip(values, [*values[1:], 0], strict=True)
    return sum(-value if value < following else value for value, following in pairs)


def _han(letters: str) -> int:
    whole = unit = 0
    for letter in letters:
        if letter in _UNITS:
            unit = unit * 10 + _UNITS[letter]
        else:
            whole += (unit or 1) * (100 if letter == "百" else 10)
            unit = 0
    return whole + unit


class Naming(IntEnum):
    """How near what a text calls a place comes to what it was asked for, the nearest first."""

    SAME = 0
    """By the same name: Article 12."""
    BARE = 1
    """By its number alone: 12."""
    LIKE = 2
    """By the name of another provision: § 12."""


def spans_of(place: NamedPlace, text: str, headings: Sequence[str], naming: Naming) -> list[Span]:
    """The parts of a text that stand at the place where it is named so, in order; `headings` are
    those that the text lies under, from the outermost."""
    found: list[Span] = []
    reader = _LineReader(place, naming)
    for heading in headings:
        reader.read(heading)
    at = 0
    for line in text.splitlines(keepends=True):
        if reader.read(line):
            if found and found[-1][1] == at:
                found[-1] = (found[-1][0], at + len(line))
            else:
                found.append((at, at + len(line)))
        at += len(line)
    return found


class _LineReader:
    """Goes along the lines of a text and tells of each whether it stands at the place."""

    def __init__(self, place: NamedPlace, naming: Naming) -> None:
        self._place = place
        self._naming = naming
        self._outer: NamedPlace | None = None
        """What the lines stand below that is the place, or that the place may lie in."""
        self._inside = False

    def read(self, line: str) -> bool:
        label = _label(line)
        if label is None:
            relative = self._relative(line)
            if relative and self._outer is not None:
                self._inside = self._is_place((*self._outer.number, relative))
            return self._inside
        if self._outer is not None and self._outer.kind and not label.kind:
            # The numbered items of a part that has a name are within it.
            self._inside = self._is_place((*self._outer.number, *label.number))
            return self._inside
        fits = self._fits(label.kind)
        self._outer = label if fits and self._leads_to(label.number) else None
        self._inside = fits and self._is_place(label.number)
        return self._inside

    def _relative(self, line: str) -> str:
        start = _LINE_START.match(line)
        found = _RELATIVE.match(line, start.end() if start else 0)
        return (found[1] or found[2]).casefold() if found else ""

    def _fits(self, kind: str) -> bool:
        wanted = self._place.kind
        if self._naming is Naming.SAME:
            return bool(kind) and kind == wanted
        if self._naming is Naming.BARE:
            return not kind and (not wanted or wanted in _BARE)
        return not wanted or (kind != wanted and {kind, wanted} <= _PROVISIONS)

    def _is_place(self, number: tuple[str, ...]) -> bool:
        wanted = self._place.number
        return number[: len(wanted)] == wanted

    def _leads_to(self, number: tuple[str, ...]) -> bool:
        shorter = min(len(number), len(self._place.number))
        return number[:shorter] == self._place.number[:shorter]


def _label(line: str) -> NamedPlace | None:
    """The place that a line begins by naming."""
    start = _LINE_START.match(line)
    at = start.end() if start else 0
    found = _NAMED.match(line, at)
    if found and _is_a_number(found[1], found[2]):
        return _place(_WORDS[found[1].casefold()], found[2], found[3])
    asian = _ASIAN_PLACE.match(line, at)
    if asian:
        following = _ASIAN_PLACE.match(line, asian.end())
        inner = _asian(following).number if following else ()
        first = _asian(asian)
        return NamedPlace(first.kind, first.number + inner)
    bare = _BARE_LABEL.match(line, at)
    return _place("", bare[1], bare[2]) if bare else None

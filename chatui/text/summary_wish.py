"""Whether a question wants documents as a whole, summed up or compared, and what it calls them.
Pure.

In English, German, French, Spanish, Italian, Portuguese, Dutch, Russian, Chinese, Japanese and
Korean. What it calls them is words only: which files those are, `file_naming` looks for.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, replace

MOST_CHARACTERS = 300
"""A longer question says more than that."""


@dataclass(frozen=True, slots=True)
class WholeWish:
    """`name` is what the document is called: "lease" of "summarise the lease", "" where it only
    says "this document". `parts` are two or more where names are joined or compared: "A and B" may
    be one name, too. `sure` is False for words that a question about a passage may have as well."""

    name: str = ""
    parts: tuple[str, ...] = ()
    sure: bool = True


_VERBS = re.compile(
    r"\b(?:summari[sz]e|sum up|give (?:me |us )?(?:an? )?(?:(?:short|brief|quick|long|detailed) )?"
    r"(?:summary|overview|outline) of|(?:write |make )?(?:an? |the )?(?:(?:short|brief) )?"
    r"summary of|tl;?dr(?: of)?"
    r"|(?:the )?gist of|(?:the )?(?:key|main) (?:points|ideas|takeaways) (?:of|from|in)"
    r"|(?:fasse|fass|fassen sie|fasst)\b|zusammenfassung (?:von|vom|des|der)|zusammenfassen"
    r"|(?:die )?(?:wichtigsten|wesentlichen) punkte (?:von|vom|des|der|aus|in|im)"
    r"|(?:les )?points (?:clés|essentiels|principaux) (?:de|du|des)"
    r"|résume[zr]?(?:[ -](?:moi|nous))?|(?:fais|faites|donne|donnez)(?:[ -](?:moi|nous))? "
    r"(?:un|le) résumé (?:de|du|des)|(?:un |le )?résumé (?:de|du|des)"
    r"|resume(?= (?:(?:el|la|los|las|este|esta|mi|mis) |#|\"|[^\s.]{1,99}\.[a-z]))|resúmeme|resumir"
    r"|resuma|(?:haz|dame|hazme) un resumen del?|resumen del?"
    r"|riassumi(?:mi)?|riassumere|(?:fai|fammi|dammi) un riassunto (?:di|del|della)"
    r"|faça um resumo (?:de|do|da)|resumo (?:de|do|da)|vat|samenvatting van"
    r"|кратко изложи|резюмируй|суммируй|перескажи|сделай (?:краткое )?(?:резюме|изложение)"
    r"|краткое содержание)(?!\w)",
    re.IGNORECASE,
)
_ASIAN = re.compile(r"总结|總結|概括|概述|归纳|歸納|摘要|要約|まとめて|まとめ|要点をまとめ|요약")
_AT_THE_END = re.compile(r"zusammenfassen|samenvatten|요약", re.IGNORECASE)
"""Verbs behind what they sum up: "den Vertrag zusammenfassen"."""
_NEEDS_BEHIND = re.compile(r"\b(?:fasse|fass|fassen|fasst|vat)\b", re.IGNORECASE)
_BEHIND = re.compile(r"\b(?:zusammen|samen)\b", re.IGNORECASE)
_ENDS = re.compile(
    r"\.(?=\s|$)|[,;:!?。，；：！？\n]|\b(?:in|into|with|within|as|for|mit|als|auf|en|avec|pour|con|para|per|"
    r"using|por|на|в)\b",
    re.IGNORECASE,
)
_ASIAN_FORM = re.compile(
    r"请|請|帮我|幫我|一下|把|的内容|的內容|的|这份|這份|这个|這個|这篇|這篇|文件|文档|文檔|全文|整个|要点|要點|"
    r"整個|内容|內容|给我|給我|吧|を|"
    r"してください|して|ください|の|この|文書|ファイル|全体|해줘|해 주세요|을|를"
)
_EMPTY_WORDS = """
    the a an this that these those whole entire complete full my our your its document documents
    file files text pdf paper thing all of please me for us
    der die das den dem des dieses diesen diese dieser diesem ein eine einen ganze ganzen
    dokument datei
    sie mir bitte kurz mal s il vous te plaît
    le la les l ce cet cette ces un une du de tout toute entier fichier moi nous texte
    el los las este esta estos una todo toda documento archivo fichero texto
    il lo gli questo questa quel tutto tutta testo o os as arquivo
    het dit dat bestand heel hele can you could would kannst du können könntest könnten bitte
    peux tu pouvez vous puedes podría puoi pode этот эту это весь документ файл текст мне
"""
_EMPTY = frozenset(_EMPTY_WORDS.split())
_WORDS = re.compile(
    r"(?:\*\.)?[^\W_]+(?:(?:[-._]|/(?:\*\.?)?)[^\W_]+)*(?:/\*?(?!\S))?|\(\d{1,3}\)\.[^\W_]+"
)
"""With patterns ("reports/*.md"), folders ("reports/") and second copies ("a (1).md")."""


_ABOUT = re.compile(
    # English
    r"what(?:['’]?s| is| are) (?:in|inside|written in) (?P<a>.+)"
    r"|what(?:['’]?s| is| are) (?P<b>.+?) (?:all )?about"
    r"|what (?:does|do) (?P<c>.+?) (?:say|contain|cover|tell(?: me| us)?)"
    r"|(?:tell me about|describe|explain) (?P<d>.+)"
    # German, Dutch
    r"|was (?:steht|ist|stehen) (?:alles |denn )?(?:in|im|drin in) (?P<e>.+)"
    r"|worum (?:geht(?: es|['’]?s)|dreht (?:es )?sich) (?:in|im|bei) (?P<f>.+)"
    r"|(?:was (?:enthält|sagt|besagt)|wovon handelt) (?P<g>.+)"
    r"|waar gaat (?P<h>.+?) over|wat staat er in (?P<i>.+)"
    # French
    r"|de quoi (?:parle|traite|s['’]agit[- ]il dans) (?P<j>.+)"
    r"|(?:que (?:dit|contient)|qu['’]y[- ]a[- ]t[- ]il dans|qu['’]est[- ]ce qu['’]il y a dans)"
    r" (?P<k>.+)"
    # Spanish, Portuguese, Italian
    r"|de qué (?:trata|habla|va) (?P<l>.+)|qué (?:hay en|dice|contiene) (?P<m>.+)"
    r"|(?:do|de) que (?:trata|fala|se trata) (?P<n>.+)|o que (?:há em|diz|contém) (?P<o>.+)"
    r"|di (?:che )?cosa (?:parla|tratta) (?P<p>.+)"
    r"|(?:che )?cosa (?:c['’]è in|contiene|dice) (?P<q>.+)"
    # Russian
    r"|о ч[её]м (?:говорится в |говорит )?(?P<r>.+)|что (?:написано |говорится )?в (?P<s>.+)"
    # Chinese, Japanese, Korean
    r"|(?P<t>.+?)(?:的|里|里面|裡|裡面|中)?(?:主要)?(?:都)?(?:讲|講|说|說|写|寫|有|包含|是关于|是關於)"
    r"(?:了|的)?(?:些|是)?什[么麼](?:内容|內容)?"
    r"|(?P<u>.+?)的(?:主要)?(?:内容|內容|要点|要點)(?:是什[么麼]|有哪些)"
    r"|(?P<v>.+?)(?:には|に|は)何(?:が書いて|が書かれて|について書いて|について書かれて|について)"
    r"(?:ありますか|いますか|ある|いる|ですか)?"
    r"|(?P<w>.+?)の(?:概要|内容)(?:は(?:何ですか)?|を教えて(?:ください)?)?"
    r"|(?P<x>.+?)(?:의|에는|은|는) ?(?:내용이|내용은|무슨 내용|무엇에 관한)"
    r"(?: ?(?:뭐야|뭐예요|무엇입니까|인가요|이야|것입니까))?",
    re.IGNORECASE,
)
"""Questions that are about nothing but what a document has."""
_DOCUMENT = re.compile(
    r"\b(?:file|document|pdf|text|paper|dokument|datei|dokuments|fichier|documento|archivo|fichero|"
    r"arquivo|bestand|файле?|документе?|документ)(?!\w)"
    r"|文件|文档|文檔|文書|ファイル|資料|资料|문서|파일",
    re.IGNORECASE,
)
_COMPARE = re.compile(
    r"\b(?:compar(?:e[rz]?|a|ar|ez)|vergleich(?:e|en)?|confronta(?:re)?|vergelijk|сравни(?:те)?"
    r"|(?:the )?differences? between|(?:die )?unterschiede? zwischen|(?:les )?différences? entre"
    r"|(?:las )?diferencias? entre|(?:as )?diferenças? entre|(?:le )?differenze? tra)(?!\w)",
    re.IGNORECASE,
)
_COMPARE_ASIAN = re.compile(
    r"比较|比較|对比|對比|비교|(?:有什[么麼]|的)?(?:区别|區別|不同|差异|差異)"
)
_AND = r"\s(?:and|und|et|y|e|и|as well as|sowie)\s|[,&+、，]|和|与|與|跟|及|と|와 |과 "
_JOINED = re.compile(_AND, re.IGNORECASE)
_SET_AGAINST = re.compile(
    rf"{_AND}|\s(?:with|mit|avec|con|com|met|с|vs\.?|versus|to|against|à|en)\s", re.IGNORECASE
)
_TALK_WORDS = """
    it chat conversation discussion answer gespräch unterhaltung chatverlauf antwort ça cela réponse
    conversación respuesta conversazione conversa разговор ответ 我们 对话 聊天 回答 会話 대화
"""
_TALK = frozenset(_TALK_WORDS.split())
"""What was said here, which is no document."""
MOST_NAMES = 6
MOST_BEFORE = 4
"""Words before the verb."""


def wish_of(question: str) -> WholeWish | None:
    """What a question that wants documents as a whole calls them; None for any other question."""
    text = question.strip()
    if len(text) > MOST_CHARACTERS:
        return None
    wish = _compared(text) or _summed_up(text) or _asked_about(text)
    talk = wish is not None and wish.name and set(wish.name.casefold().split()) <= _TALK
    return None if talk else wish


def _summed_up(text: str) -> WholeWish | None:
    if found := _ASIAN.search(text):
        rest = f"{text[: found.start()]} {text[found.end() :]}"
        return _wish(re.split(r"[。！？；\n]", rest, maxsplit=1)[0], _JOINED, asian=True)
    found = _VERBS.search(text)
    if found is None:
        return None
    if _AT_THE_END.fullmatch(found[0]):
        return _wish(text[: found.start()], _JOINED)
    if len(text[: found.start()].split()) > MOST_BEFORE:
        return None
    rest = text[found.end() :]
    if _NEEDS_BEHIND.match(found[0]):
        behind = _BEHIND.search(rest)
        if behind is None:
            return None
        rest = rest[: behind.start()]
    return _wish(rest, _JOINED)


def _compared(text: str) -> WholeWish | None:
    """Only what is told by at least two names."""
    if found := _COMPARE_ASIAN.search(text):
        rest = f"{text[: found.start()]} {text[found.end() :]}".rstrip("。！？?! ")
        wish = _wish(rest, _SET_AGAINST, asian=True)
    else:
        found = _COMPARE.search(text)
        if found is None or len(text[: found.start()].split()) > MOST_BEFORE:
            return None
        wish = _wish(text[found.end() :], _SET_AGAINST)
    # Its name is cut before "with"; none of the parts is the whole of it.
    return replace(wish, name=" ".join(wish.parts)) if len(wish.parts) > 1 else None


def _asked_about(text: str) -> WholeWish | None:
    match = _ABOUT.fullmatch(text.strip(" .?!。？！…¿¡"))
    if match is None:
        return None
    rest = next(held for held in match.groups() if held is not None)
    name = _told(_ASIAN_FORM.sub(" ", rest))
    return WholeWish(name, sure=False) if name or _DOCUMENT.search(rest) else None


def _wish(rest: str, joined: re.Pattern[str], *, asian: bool = False) -> WholeWish:
    def told(part: str) -> str:
        return _told(_ASIAN_FORM.sub(" ", part) if asian else part)

    pieces = []
    for piece in joined.split(rest.strip()):
        name, *behind = _ENDS.split(piece.strip(), maxsplit=1)
        pieces.append(told(name))
        if behind:
            break
    parts = [piece for piece in pieces if piece]
    whole = told(_ENDS.split(rest.strip(), maxsplit=1)[0])
    return WholeWish(whole, tuple(parts) if 1 < len(parts) <= MOST_NAMES else ())


def _told(rest: str) -> str:
    """Its words, without those that stand before any name. A letter of its own is a name: "A"."""
    return " ".join(
        word
        for word in _WORDS.findall(rest)
        if word.casefold() not in _EMPTY or (len(word) == 1 and word.isupper())
    )

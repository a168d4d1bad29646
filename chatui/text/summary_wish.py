"""Whether a question wants a document summed up as a whole, and what it calls the document. Pure.

In English, German, French, Spanish, Italian, Portuguese, Dutch, Russian, Chinese, Japanese and
Korean. What it calls it is words only: which file that is, `file_naming` looks for.
"""

from __future__ import annotations

import re

MOST_CHARACTERS = 300
"""A longer question says more than that."""

_VERBS = re.compile(
    r"\b(?:summari[sz]e|sum up|give (?:me |us )?(?:an? )?(?:(?:short|brief|quick|long|detailed) )?"
    r"(?:summary|overview|outline) of|(?:write |make )?(?:an? |the )?(?:(?:short|brief) )?"
    r"summary of|tl;?dr of"
    r"|(?:fasse|fass|fassen sie|fasst)\b|zusammenfassung (?:von|vom|des|der)|zusammenfassen"
    r"|résume[zr]?(?:[ -](?:moi|nous))?|(?:fais|faites|donne|donnez)(?:[ -](?:moi|nous))? "
    r"(?:un|le) résumé (?:de|du|des)|(?:un |le )?résumé (?:de|du|des)"
    r"|resume(?= (?:(?:el|la|los|las|este|esta|mi|mis) |#|\"|[^\s.]{1,99}\.[a-z]))|resúmeme|resumir"
    r"|resuma|(?:haz|dame|hazme) un resumen de|resumen de"
    r"|riassumi(?:mi)?|riassumere|(?:fai|fammi|dammi) un riassunto (?:di|del|della)"
    r"|faça um resumo (?:de|do|da)|resumo (?:de|do|da)|vat|samenvatting van"
    r"|кратко изложи|резюмируй|суммируй|перескажи|сделай (?:краткое )?(?:резюме|изложение)"
    r"|краткое содержание)(?!\w)",
    re.IGNORECASE,
)
_ASIAN = re.compile(r"总结|總結|概括|概述|归纳|歸納|摘要|要約|まとめて|まとめ|要点をまとめ|요약")
_NEEDS_BEHIND = re.compile(r"\b(?:fasse|fass|fassen|fasst|vat)\b", re.IGNORECASE)
_BEHIND = re.compile(r"\b(?:zusammen|samen)\b", re.IGNORECASE)
_ENDS = re.compile(
    r"\.(?=\s|$)|[,;:!?。，；：！？\n]|\b(?:in|into|with|within|as|for|mit|als|auf|en|avec|pour|con|para|per|"
    r"using|por|на|в)\b",
    re.IGNORECASE,
)
_ASIAN_FORM = re.compile(
    r"请|請|帮我|幫我|一下|把|的内容|的內容|的|这份|這份|这个|這個|这篇|這篇|文件|文档|文檔|全文|整个|"
    r"整個|内容|內容|给我|給我|吧|を|"
    r"してください|して|ください|の|この|文書|ファイル|全体|해줘|해 주세요|을|를"
)
_EMPTY_WORDS = """
    the a an this that these those whole entire complete full my our your its document documents
    file files text pdf paper all of please me for us
    der die das den dem des dieses diesen diese dieser ein eine einen ganze ganzen dokument datei
    sie mir bitte kurz mal s il vous te plaît
    le la les l ce cet cette ces un une du de tout toute entier fichier moi nous texte
    el los las este esta estos una todo toda documento archivo fichero texto
    il lo gli questo questa quel tutto tutta testo o os as arquivo
    het dit dat bestand heel hele этот эту это весь документ файл текст мне
"""
_EMPTY = frozenset(_EMPTY_WORDS.split())
_WORDS = re.compile(r"[^\W_]+(?:[-.][^\W_]+)*")


def called(question: str) -> str | None:
    """What a question that wants a summary calls the document: "lease" of "summarise the lease",
    "" where it only says "this document" or nothing at all; None for any other question."""
    text = question.strip()
    if len(text) > MOST_CHARACTERS:
        return None
    if found := _ASIAN.search(text):
        rest = f"{text[: found.start()]} {text[found.end() :]}"
        rest = re.split(r"[。！？；\n]", rest, maxsplit=1)[0]
        return _told(_ASIAN_FORM.sub(" ", rest))
    found = _VERBS.search(text)
    if found is None or len(text[: found.start()].split()) > 4:
        return None
    rest = text[found.end() :]
    if _NEEDS_BEHIND.match(found[0]):
        behind = _BEHIND.search(rest)
        if behind is None:
            return None
        rest = rest[: behind.start()]
    return _told(_ENDS.split(rest.strip(), maxsplit=1)[0])


def _told(rest: str) -> str:
    return " ".join(word for word in _WORDS.findall(rest) if word.casefold() not in _EMPTY)

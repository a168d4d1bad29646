"""What abbreviations stand for: "capex" finds the capital expenditures, "Qui est le PDG ?" the
président-directeur général, and the long form what a document calls by the short one. Pure.

Those of business, law, taxes, work and software that documents use without telling what they mean.
One that means several things in everyday texts ("AR", "IT") is not among them.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import lru_cache

from chatui.text.languages import language_of

_ENGLISH = {
    "2FA": "two-factor authentication",
    "AGM": "annual general meeting",
    "ARPU": "average revenue per user",
    "ARR": "annual recurring revenue",
    "CAGR": "compound annual growth rate",
    "capex": "capital expenditures",
    "CEO": "chief executive officer",
    "CFO": "chief financial officer",
    "COGS": "cost of goods sold",
    "COO": "chief operating officer",
    "CTO": "chief technology officer",
    "D&A": "depreciation and amortization",
    "DSO": "days sales outstanding",
    "EBIT": "earnings before interest and taxes",
    "EBITDA": "earnings before interest, taxes, depreciation and amortization",
    "EPS": "earnings per share",
    "ESG": "environmental, social and governance",
    "FAQ": "frequently asked questions",
    "FCF": "free cash flow",
    "FTE": "full-time equivalent",
    "G&A": "general and administrative",
    "GDP": "gross domestic product",
    "HR": "human resources",
    "IPO": "initial public offering",
    "IRR": "internal rate of return",
    "KPI": "key performance indicator",
    "LLM": "large language model",
    "M&A": "mergers and acquisitions",
    "MD&A": "management's discussion and analysis",
    "MOQ": "minimum order quantity",
    "NDA": "non-disclosure agreement",
    "NPV": "net present value",
    "OCF": "operating cash flow",
    "OCR": "optical character recognition",
    "opex": "operating expenses",
    "P&L": "profit and loss",
    "PP&E": "property, plant and equipment",
    "PPNE": "property, plant and equipment",
    "PTO": "paid time off",
    "R&D": "research and development",
    "ROA": "return on assets",
    "ROE": "return on equity",
    "ROI": "return on investment",
    "ROIC": "return on invested capital",
    "SG&A": "selling, general and administrative",
    "SLA": "service level agreement",
    "SSO": "single sign-on",
    "T&C": "terms and conditions",
    "TTFT": "time to first token",
    "VAT": "value added tax",
    "WACC": "weighted average cost of capital",
    "YTD": "year to date",
}
_FRENCH = {
    "BFR": "besoin en fonds de roulement",
    "CA": "chiffre d'affaires",
    "CDD": "contrat à durée déterminée",
    "CDI": "contrat à durée indéterminée",
    "CGU": "conditions générales d'utilisation",
    "CGV": "conditions générales de vente",
    "CSE": "comité social et économique",
    "DPE": "diagnostic de performance énergétique",
    "ETP": "équivalent temps plein",
    "PDG": "président-directeur général",
    "PIB": "produit intérieur brut",
    "R&D": "recherche et développement",
    "RGPD": "règlement général sur la protection des données",
    "RH": "ressources humaines",
    "RTT": "réduction du temps de travail",
    "SAV": "service après-vente",
    "TTC": "toutes taxes comprises",
    "TVA": "taxe sur la valeur ajoutée",
}
_GERMAN = {
    "AGB": "Allgemeine Geschäftsbedingungen",
    "AfA": "Absetzung für Abnutzung",
    "BGB": "Bürgerliches Gesetzbuch",
    "BIP": "Bruttoinlandsprodukt",
    "DSGVO": "Datenschutz-Grundverordnung",
    "EK": "Eigenkapital",
    "F&E": "Forschung und Entwicklung",
    "FuE": "Forschung und Entwicklung",
    "GuV": "Gewinn- und Verlustrechnung",
    "HGB": "Handelsgesetzbuch",
    "HV": "Hauptversammlung",
    "Kfz": "Kraftfahrzeug",
    "Lkw": "Lastkraftwagen",
    "MwSt": "Mehrwertsteuer",
    "NK": "Nebenkosten",
    "Pkw": "Personenkraftwagen",
    "USt": "Umsatzsteuer",
    "ÖPNV": "öffentlicher Personennahverkehr",
}
_SPANISH = {
    "DNI": "documento nacional de identidad",
    "I+D": "investigación y desarrollo",
    "IVA": "impuesto sobre el valor añadido",
    "PIB": "producto interior bruto",
    "RRHH": "recursos humanos",
}
_CHINESE = {
    "CEO": "首席执行官",
    "CFO": "首席财务官",
    "CTO": "首席技术官",
    "EPS": "每股收益",
    "GDP": "国内生产总值",
    "HR": "人力资源",
    "IPO": "首次公开募股",
    "KPI": "关键绩效指标",
    "LLM": "大语言模型",
    "NDA": "保密协议",
    "R&D": "研究与开发",
    "ROI": "投资回报率",
    "VAT": "增值税",
    "医保": "医疗保险",
    "社保": "社会保险",
    "营收": "营业收入",
    "研发": "研究与开发",
}
_BY_LANGUAGE: Mapping[str, Mapping[str, str]] = {
    "English": _ENGLISH,
    "French": _FRENCH,
    "German": _GERMAN,
    "Spanish": _SPANISH,
    "Chinese": _CHINESE,
}
LONGEST_QUESTION = 2_000
"""Characters. A page that is pasted has words enough of its own."""
_LETTER = "A-Za-z0-9\u00c0-\u024f&"
"""Of a word; Chinese ones stand right beside an abbreviation in Latin letters."""


@dataclass(frozen=True, slots=True)
class _Wording:
    """One of the two forms of a name, and the pattern that finds it in any text. `begins` is in
    every text that has it, in small letters: that is looked for first, which takes no time."""

    text: str
    begins: str
    pattern: re.Pattern[str]
    is_word: bool

    def is_in(self, text: str, small: str) -> bool:
        return self.begins in small and self.pattern.search(text) is not None


@dataclass(frozen=True, slots=True)
class _NamedOnce:
    """A form that stands in a question, at some place, and the other one."""

    form: _Wording
    other: _Wording


def spelt_out(question: str) -> str:
    """The question with both forms of what it names by one of them, to be searched for. An
    abbreviation of single letters ("R&D") is not put beside its long form: they stand anywhere."""
    written = question
    for one in _found(question):
        if one.other.is_word:
            written = one.form.pattern.sub(rf"\g<0> {one.other.text}", written)
    return written


def worded_as(question: str, texts: Iterable[str]) -> str:
    """The question with what it names in the form that the texts have, where they have only one."""
    written, found = question, _found(question)
    if not found:
        return question
    there = "\n".join(texts)
    small = there.lower()
    for one in found:
        if one.other.is_in(there, small) and not one.form.is_in(there, small):
            written = one.form.pattern.sub(one.other.text, written)
    return written


@lru_cache(maxsize=64)
def _found(question: str) -> tuple[_NamedOnce, ...]:
    """The forms in a question that has not the other one as well."""
    if len(question) > LONGEST_QUESTION:
        return ()
    found, small = [], question.lower()
    for short, long in _forms(language_of(question)):
        is_short, is_long = short.is_in(question, small), long.is_in(question, small)
        if is_short and not is_long:
            found.append(_NamedOnce(short, long))
        elif is_long and not is_short:
            found.append(_NamedOnce(long, short))
    return tuple(found)


@lru_cache(maxsize=16)
def _forms(language: str) -> tuple[tuple[_Wording, _Wording], ...]:
    """All that are known in a language; in any, where it isn't known ("")."""
    tables = [_BY_LANGUAGE.get(language, {})] if language else list(_BY_LANGUAGE.values())
    return tuple((_short(one), _long(long)) for table in tables for one, long in table.items())


def _short(text: str) -> _Wording:
    """In small letters too, unless these are two: "ca" and "hr" are words."""
    written = f"(?<![{_LETTER}]){re.escape(text)}s?(?![{_LETTER}])"
    small = "(?i:" if len(text) > len("CA") else "(?:"
    return _Wording(text, text.lower(), re.compile(f"{small}{written})"), text.isalnum())


def _long(text: str) -> _Wording:
    """With one space, hyphen or comma or another between the words, and with an end for many."""
    words = [re.escape(one) for one in re.split(r"[\s,-]+", text.removesuffix("s"))]
    joined = r"[\s,-]{1,3}".join(words).replace("'", "['\u2019]")
    edges = (f"(?<![{_LETTER}])", f"s?(?![{_LETTER}])") if text[0] < "\u2e80" else ("", "")
    begins = re.split(r"[\W_]", text.lower(), maxsplit=1)[0]
    return _Wording(text, begins, re.compile(f"(?i){joined.join(edges)}"), is_word=True)

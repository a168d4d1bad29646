"""Formulas in MathML, on one line: (a)/(b), x^2, √(x)."""

from __future__ import annotations

from collections.abc import Callable
from xml.etree.ElementTree import Element

from chatui.retrieval.readers.office_xml import local

_BETWEEN = {"mfenced": ", ", "mtr": ", ", "mtable": "; ", "msqrt": ""}


def linear(part: Element) -> str:
    name = local(part)
    if name in ("annotation", "annotation-xml"):
        return ""
    parts = [linear(one) for one in part]
    write = _FORMS.get(name)
    if write is not None and len(parts) >= 2:
        return write(parts)
    if name in ("msqrt", "mfenced"):
        sign = "√" if name == "msqrt" else ""
        return f"{sign}{part.get('open', '(')}{_BETWEEN[name].join(parts)}{part.get('close', ')')}"
    if name in _BETWEEN:
        return _BETWEEN[name].join(parts)
    own = (part.text or "").strip()
    if name == "mo" and own in ("=", "+", "−", "≤", "≥", "<", ">", "≠", "≈", "→"):
        return f" {own} "
    return own + "".join(parts)


def _grouped(text: str) -> str:
    text = text.strip()
    return text if len(text) < 2 else f"({text})"


def _scripts(parts: list[str]) -> str:
    low, high = _grouped(parts[1]), _grouped(parts[2]) if len(parts) > 2 else ""
    return f"{parts[0]}{f'_{low}' if low else ''}{f'^{high}' if high else ''}"


_FORMS: dict[str, Callable[[list[str]], str]] = {
    "mfrac": lambda parts: f"({parts[0]})/({parts[1]})",
    "msup": lambda parts: f"{parts[0]}^{_grouped(parts[1])}",
    "mover": lambda parts: f"{parts[0]}^{_grouped(parts[1])}",
    "msub": _scripts,
    "munder": _scripts,
    "msubsup": _scripts,
    "munderover": _scripts,
    "mroot": lambda parts: f"root {parts[1]} of ({parts[0]})",
}

"""Word's markup made ready for mammoth: what it does not know is written in what it knows.

Numbers become text before their paragraphs; fields, text of another direction and content controls
become what they hold; ruby stands behind its word; a formula becomes a line; text boxes that are
drawn in the newer way alone become ones of the older way. What only tells how letters look is left
out, and texts that differ in nothing else become one: Word parts them at every correction, and
mammoth takes a tenth of a millisecond for each.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator
from xml.etree.ElementTree import Element, SubElement

from chatui.retrieval.readers.docx_numbering import VAL, Numbering, W

M = "{http://schemas.openxmlformats.org/officeDocument/2006/math}"
MC = "{http://schemas.openxmlformats.org/markup-compatibility/2006}"
VML = "{urn:schemas-microsoft-com:vml}"
SPACE = "{http://www.w3.org/XML/1998/namespace}space"

_PLAIN = frozenset(f"{W}{name}" for name in ("p", "r", "t", "tr"))
_LOOKS = frozenset(f"{W}{name}" for name in ("rPr", "proofErr", "lastRenderedPageBreak"))
_TELLING = {
    f"{W}{properties}": frozenset(f"{W}{name}" for name in names)
    for properties, names in {
        "pPr": ("pStyle", "numPr"),
        "tblPr": (),
        "trPr": ("tblHeader", "del"),
        "tcPr": ("gridSpan", "vMerge"),
    }.items()
}
"""Of the properties of a thing those that mammoth goes by."""
_TEXTS = frozenset(f"{W}{name}" for name in ("t", "tab", "noBreakHyphen", "softHyphen"))
_UNWRAPPED = frozenset(f"{W}{name}" for name in ("fldSimple", "bdo", "dir"))


def prepare(root: Element, numbers: Numbering) -> None:
    """Changes the document below this element."""
    _unwrap(root)
    for paragraph in root.iter(f"{W}p"):
        _number(paragraph, numbers)
    for element in root.iter():
        _simplify(element)


def _simplify(element: Element) -> None:
    if element.tag in _PLAIN:
        # Who wrote it when, which are most of the bytes.
        element.attrib.clear()
    if element.tag in _TELLING:
        _keep(element, _TELLING[element.tag])
    elif any(child.tag in _LOOKS or child.tag == f"{W}r" for child in element):
        kept: list[Element] = []
        for child in element:
            if child.tag in _LOOKS:
                continue
            if kept and _is_text(child) and _is_text(kept[-1]):
                _append(kept[-1], child)
            else:
                kept.append(child)
        element[:] = kept


def _keep(properties: Element, telling: Collection[str]) -> None:
    is_deleted = properties.find(f"{W}rPr/{W}del") is not None
    properties[:] = [
        child
        for child in properties
        if child.tag in telling or (is_deleted and child.tag == f"{W}rPr")
    ]


def _is_text(element: Element) -> bool:
    return element.tag == f"{W}r" and all(
        child.tag in _TEXTS or child.tag in _LOOKS for child in element
    )


def _append(run: Element, other: Element) -> None:
    """Puts what the other run holds behind what this one does."""
    for child in other:
        last = run[-1] if len(run) else None
        if last is not None and last.tag == child.tag == f"{W}t":
            last.text = (last.text or "") + (child.text or "")
        elif child.tag not in _LOOKS:
            run.append(child)


def texts(root: Element) -> list[str]:
    """The words of each paragraph below the element that has any."""
    lines = ("".join(_words(paragraph)).strip() for paragraph in root.iter(f"{W}p"))
    return [line for line in lines if line]


def _words(paragraph: Element) -> Iterator[str]:
    for part in paragraph.iter():
        if part.tag == f"{W}t":
            yield part.text or ""
        elif part.tag in (f"{W}tab", f"{W}br"):
            yield " "


def _unwrap(root: Element) -> None:
    """Writes each element that mammoth does not know as the elements that it stands for."""
    stack = [root]
    while stack:
        parent = stack.pop()
        if any(child.tag in _REWRITTEN or child.tag in _UNWRAPPED for child in parent):
            children = list(parent)
            for child in children:
                parent.remove(child)
            parent.extend(list(_known(children)))
        stack.extend(parent)


def _known(children: Iterable[Element]) -> Iterator[Element]:
    waiting = list(children)[::-1]
    while waiting:
        child = waiting.pop()
        if child.tag in _UNWRAPPED:
            waiting.extend(list(child)[::-1])
        elif child.tag in _REWRITTEN:
            yield from _REWRITTEN[child.tag](child)
        else:
            yield child


def _ruby(ruby: Element) -> list[Element]:
    base, reading = ruby.find(f"{W}rubyBase"), ruby.find(f"{W}rt")
    runs = list(base) if base is not None else []
    said = "".join(_words(reading)) if reading is not None else ""
    return [*runs, _run(f" ({said})")] if said else runs


def _formula(formula: Element) -> list[Element]:
    return [_run(linear(formula))]


def _formula_paragraph(paragraph: Element) -> list[Element]:
    return [_run(linear(formula)) for formula in paragraph.iter(f"{M}oMath")]


def _alternatives(content: Element) -> list[Element]:
    """The older way of drawing where there is one; else the text boxes in the newer way."""
    if content.find(f"{MC}Fallback") is not None:
        return [content]
    return [box for choice in content.findall(f"{MC}Choice") for box in _boxes(choice)]


def _drawing(drawing: Element) -> list[Element]:
    return [drawing, *_boxes(drawing)]


def _boxes(of: Element) -> Iterator[Element]:
    for content in of.iter(f"{W}txbxContent"):
        run = Element(f"{W}r")
        box = SubElement(SubElement(SubElement(run, f"{W}pict"), f"{VML}shape"), f"{VML}textbox")
        box.append(content)
        yield run


_REWRITTEN: dict[str, Callable[[Element], list[Element]]] = {
    f"{W}ruby": _ruby,
    f"{M}oMath": _formula,
    f"{M}oMathPara": _formula_paragraph,
    f"{MC}AlternateContent": _alternatives,
    f"{W}drawing": _drawing,
}


def linear(formula: Element) -> str:
    """A formula on one line: (a)/(b), x^2, √(x)."""
    return "".join(_FORMS.get(part.tag, linear)(part) for part in formula)


def _fraction(part: Element) -> str:
    return f"({_below(part, 'num')})/({_below(part, 'den')})"


def _scripts(part: Element) -> str:
    low, high = _grouped(_below(part, "sub")), _grouped(_below(part, "sup"))
    return f"{_below(part, 'e')}{f'_{low}' if low else ''}{f'^{high}' if high else ''}"


def _root(part: Element) -> str:
    degree = _below(part, "deg")
    return f"{f'root {degree} of ' if degree else '√'}({_below(part, 'e')})"


def _sum(part: Element) -> str:
    sign = part.find(f"{M}naryPr/{M}chr")
    shown = sign.get(f"{M}val", "∫") if sign is not None else "∫"
    low, high = _grouped(_below(part, "sub")), _grouped(_below(part, "sup"))
    return f"{shown}{f'_{low}' if low else ''}{f'^{high}' if high else ''} {_below(part, 'e')}"


def _brackets(part: Element) -> str:
    return f"({', '.join(linear(one) for one in part.findall(f'{M}e'))})"


def _letters(part: Element) -> str:
    return part.text or ""


_FORMS: dict[str, Callable[[Element], str]] = {
    f"{M}f": _fraction,
    f"{M}sSup": _scripts,
    f"{M}sSub": _scripts,
    f"{M}sSubSup": _scripts,
    f"{M}rad": _root,
    f"{M}nary": _sum,
    f"{M}d": _brackets,
    f"{M}t": _letters,
}


def _below(part: Element, name: str) -> str:
    found = part.find(f"{M}{name}")
    return linear(found) if found is not None else ""


def _grouped(text: str) -> str:
    return text if len(text) < 2 else f"({text})"


def _run(text: str) -> Element:
    run = Element(f"{W}r")
    words = SubElement(run, f"{W}t", {SPACE: "preserve"})
    words.text = text
    return run


def _number(paragraph: Element, numbers: Numbering) -> None:
    """Writes the paragraph's number before its text, which then is in no list any more."""
    found = numbers.label(paragraph)
    properties = paragraph.find(f"{W}pPr")
    if properties is None:
        return
    own = properties.find(f"{W}numPr")
    if own is not None:
        properties.remove(own)
    if found is None:
        return
    none = SubElement(properties, f"{W}numPr")
    SubElement(none, f"{W}numId", {VAL: "0"})
    label, _ = found
    paragraph.insert(list(paragraph).index(properties) + 1, _run(f"{label} "))

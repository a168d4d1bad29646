"""Small PDF files, written by hand: pages of text lines, a title, an outline, a password."""

from __future__ import annotations

from collections.abc import Sequence


def make_pdf(
    pages: Sequence[Sequence[str] | str],
    *,
    title: str = "",
    outline: Sequence[tuple[str, int]] = (),
    protected: bool = False,
    keys: str = "/MediaBox [0 0 612 792]",
    annotations: Sequence[str] = (),
    form: str = "",
) -> bytes:
    """`outline` names 0-based pages. A page without lines shows a grey square only; `keys` are
    those of every page. A page that is one text is drawn by that content stream.
    `annotations` are on every page; those with a field's type make a form, with the keys `form`."""
    count = len(pages)
    first_outline = 4 + 2 * count
    first_note = first_outline + (1 + len(outline) if outline else 0)
    noted = [f"{first_note + at} 0 R" for at in range(len(annotations))]
    in_form = [name for name, note in zip(noted, annotations, strict=True) if "/FT" in note]
    keys += f" /Annots [{' '.join(noted)}]" if noted else ""
    kids = " ".join(f"{4 + 2 * at} 0 R" for at in range(count))
    catalog = "<< /Type /Catalog /Pages 2 0 R"
    if outline:
        catalog += f" /Outlines {first_outline} 0 R"
    if in_form or form:
        catalog += f" /AcroForm << /Fields [{' '.join(in_form)}] {form} >>"
    objects = [
        f"{catalog} >>".encode(),
        f"<< /Type /Pages /Kids [{kids}] /Count {count} >>".encode(),
        b"<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica >>",
    ]
    for at, lines in enumerate(pages):
        objects.append(
            b"<< /Type /Page /Parent 2 0 R %s /Resources << /Font << /F1 3 0 R >> >> "
            b"/Contents %d 0 R >>" % (keys.encode(), 5 + 2 * at)
        )
        objects.append(_stream(lines))
    if outline:
        objects += _outline(outline, first_outline)
    objects += [f"<< /Type /Annot {note} >>".encode() for note in annotations]
    info = len(objects) + 1
    objects.append(f"<< /Title ({title}) >>".encode())
    trailer = f"<< /Size {len(objects) + 1} /Root 1 0 R /Info {info} 0 R"
    if protected:
        # No password makes these bytes fit, the empty one neither.
        secret = "ab" * 32
        trailer += (
            f" /Encrypt << /Filter /Standard /V 1 /R 2 /P -4 /O <{secret}> /U <{secret}> >>"
            " /ID [<01> <01>]"
        )
    return _file(objects, trailer + " >>")


def _stream(lines: Sequence[str] | str) -> bytes:
    content = "0.5 g 100 100 50 50 re f"
    if isinstance(lines, str):
        content = lines
    elif lines:
        shown = " ".join(f"({line}) Tj 0 -16 Td" for line in lines)
        content = f"BT /F1 12 Tf 72 720 Td {shown} ET"
    return b"<< /Length %d >>\nstream\n%s\nendstream" % (len(content), content.encode())


def _outline(entries: Sequence[tuple[str, int]], number: int) -> list[bytes]:
    last = number + len(entries)
    objects = [f"<< /First {number + 1} 0 R /Last {last} 0 R /Count {len(entries)} >>".encode()]
    for at, (title, page) in enumerate(entries, start=1):
        following = f" /Next {number + at + 1} 0 R" if at < len(entries) else ""
        target = f"[{4 + 2 * page} 0 R /Fit]"
        objects.append(
            f"<< /Title ({title}) /Parent {number} 0 R /Dest {target}{following} >>".encode()
        )
    return objects


def _file(objects: Sequence[bytes], trailer: str) -> bytes:
    body = b"%PDF-1.4\n"
    offsets = []
    for number, content in enumerate(objects, start=1):
        offsets.append(len(body))
        body += b"%d 0 obj\n%s\nendobj\n" % (number, content)
    table = b"".join(b"%010d 00000 n \n" % offset for offset in offsets)
    head = b"xref\n0 %d\n0000000000 65535 f \n" % (len(objects) + 1)
    end = f"trailer\n{trailer}\nstartxref\n{len(body)}\n%%EOF\n".encode()
    return body + head + table + end

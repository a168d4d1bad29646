"""A talk as one HTML file that needs no other: nothing in it is run, and nothing is fetched when it
is opened. What the texts hold of HTML stands there as text; pictures that they name become links,
and those that a question had with it stand in the page."""

from __future__ import annotations

from base64 import b64encode
from collections.abc import Mapping, Sequence
from html import escape
from typing import TYPE_CHECKING, Any

from chatui.domain.media import PDF, Medium
from chatui.memory.transfer.talk import Talk

if TYPE_CHECKING:
    from markdown_it import MarkdownIt
    from markdown_it.renderer import RendererHTML
    from markdown_it.token import Token

MOST_COLOURED = 200_000
"""Characters of a code block; a longer one is a file, and colouring it takes seconds."""

_STYLE = """
:root { color-scheme: light dark; --text: #1f2328; --dim: #636c76; --line: #d8dee4;
  --ground: #ffffff; --raised: #f6f8fa; --accent: #0b62a8; }
@media (prefers-color-scheme: dark) { :root { --text: #e2e6ea; --dim: #98a2ad; --line: #363c44;
  --ground: #16191d; --raised: #1f242a; --accent: #7fb8ea; } }
body { margin: 0 auto; max-width: 46rem; padding: 2rem 1.25rem 4rem; color: var(--text);
  background: var(--ground); font: 1rem/1.6 system-ui, sans-serif; overflow-wrap: break-word; }
h1 { margin: 0; font-size: 1.5rem; line-height: 1.3; }
header p { margin: .25rem 0 2rem; color: var(--dim); }
section { margin: 0 0 1.5rem; }
section > h2 { margin: 0 0 .35rem; color: var(--dim); font-size: .85rem; font-weight: 600; }
section.user > .said { padding: .6rem 1rem; border-radius: .5rem; background: var(--raised); }
.said > :first-child, .note > :first-child { margin-top: 0; }
.said > :last-child, .note > :last-child { margin-bottom: 0; }
.note { margin-top: .75rem; color: var(--dim); font-size: .9rem; }
a { color: var(--accent); }
img { max-width: 100%; max-height: 32rem; border-radius: .5rem; }
code, pre { font: .875em/1.5 ui-monospace, monospace; }
code { padding: .1em .3em; border-radius: .25rem; background: var(--raised); }
pre { overflow-x: auto; padding: .75rem 1rem; border: 1px solid var(--line);
  border-radius: .5rem; background: var(--raised); }
pre code { padding: 0; background: none; }
blockquote { margin-left: 0; padding-left: 1rem; border-left: 3px solid var(--line);
  color: var(--dim); }
table { display: block; overflow-x: auto; border-collapse: collapse; }
th, td { padding: .3rem .7rem; border: 1px solid var(--line); text-align: left; }
@media print { body { max-width: none; padding: 0; font-size: 10.5pt; }
  pre { white-space: pre-wrap; } section > h2, tr, img { break-inside: avoid; break-after: avoid; }
  a { color: inherit; } }
"""


def write(talk: Talk) -> str:
    renderer = _renderer()
    sections = []
    for section in talk.sections:
        heading = f"<h2>{escape(section.heading)}</h2>\n" if section.heading else ""
        notes = "".join(
            f'<div class="note">\n{renderer.render(note)}</div>\n' for note in section.notes
        )
        shown = "".join(map(_shown, section.media))
        said = f'<div class="said">\n{shown}{renderer.render(section.text)}</div>\n'
        sections.append(f'<section class="{section.role}">\n{heading}{said}{notes}</section>\n')
    when = f"<p>{escape(talk.when)}</p>\n" if talk.when else ""
    title = escape(talk.title or "Answer")
    return (
        '<!DOCTYPE html>\n<html>\n<head>\n<meta charset="utf-8">\n'
        '<meta name="viewport" content="width=device-width, initial-scale=1">\n'
        # Even what a flaw of the renderer let through would not be run or fetched.
        '<meta http-equiv="Content-Security-Policy" content="default-src \'none\'; '
        "style-src 'unsafe-inline'; img-src data:\">\n"
        f"<title>{title}</title>\n<style>{_STYLE}{_code_style()}</style>\n</head>\n<body>\n"
        f"<header>\n<h1>{title}</h1>\n{when}</header>\n{''.join(sections)}</body>\n</html>\n"
    )


def _shown(medium: Medium) -> str:
    """A picture where it stands in the talk, and a PDF to be saved."""
    name = escape(medium.name)
    if not medium.data:
        return f"<p>{escape(medium.mark)}</p>\n"
    address = f"data:{medium.mime};base64,{b64encode(medium.data).decode('ascii')}"
    if medium.kind == PDF:
        return f'<p><a download="{name}" href="{address}">{name}</a></p>\n'
    return f'<p><img alt="{name}" title="{name}" src="{address}"></p>\n'


def _renderer() -> MarkdownIt:
    from markdown_it import MarkdownIt

    parser = MarkdownIt("commonmark", {"html": False, "highlight": _coloured})
    parser.enable(["strikethrough", "table"])
    parser.add_render_rule("image", _picture)
    return parser


def _picture(
    _renderer: RendererHTML,
    tokens: Sequence[Token],
    place: int,
    _options: Mapping[str, Any],
    _env: Mapping[str, Any],
) -> str:
    token = tokens[place]
    address = str(token.attrs.get("src", ""))
    words = escape(token.content or address)
    return f'<a href="{escape(address)}">{words}</a>'


def _coloured(code: str, language: str, _attributes: str) -> str:
    """The inside of a code block, escaped; "" leaves that to the caller."""
    from pygments import highlight
    from pygments.formatters import HtmlFormatter
    from pygments.lexers import get_lexer_by_name
    from pygments.util import ClassNotFound

    if not language or len(code) > MOST_COLOURED:
        return ""
    try:
        lexer = get_lexer_by_name(language)
    except ClassNotFound:
        return ""
    return str(highlight(code, lexer, HtmlFormatter(nowrap=True)))


def _code_style() -> str:
    from pygments.formatters import HtmlFormatter

    light = HtmlFormatter(style="friendly").get_style_defs("pre")
    dark = HtmlFormatter(style="github-dark").get_style_defs("pre")
    kept = [
        "\n".join(line for line in rules.splitlines() if line.startswith("pre ."))
        for rules in (light, dark)
    ]
    return f"{kept[0]}\n@media (prefers-color-scheme: dark) {{\n{kept[1]}\n}}\n"

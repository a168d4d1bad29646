"""What each named style of a drawn line looks like, in the theme's own colours.

Component classes would say the same in CSS, but every widget resolves all its component
classes when it is mounted: with some twenty of them that is most of the cost of a turn.
"""

from __future__ import annotations

from textual.style import Style

from chatui.widgets.quiet import MUTED

STYLES = {
    "markdown--strong": "bold",
    "markdown--em": "italic",
    "markdown--strike": "strike",
    "markdown--code": "$text-accent on $foreground 8%",
    "markdown--link": "$text-primary underline",
    "markdown--citation": "$text-accent bold",
    "markdown--citation-added": "$text-accent 60%",
    "markdown--h1": "$text-primary bold underline",
    "markdown--h2": "$text-primary bold",
    "markdown--h3": "bold",
    "markdown--marker": "$text-primary",
    "markdown--quote": "$text-secondary",
    "markdown--rule": "$foreground 15%",
    "markdown--table-head": "$text-primary bold",
    "markdown--table-line": "$foreground 35%",
    "markdown--fence": "on $foreground 6%",
    "markdown--fence-language": f"{MUTED} italic",
    "markdown--fence-copy": "$text-primary underline",
    "turn--question": "bold on $foreground 7%",
    "turn--prompt": "$text-secondary",
    "turn--muted": MUTED,
    "turn--text": "$foreground",
    "turn--source": "$text-accent bold",
    "turn--source-added": "$text-accent 60%",
    "turn--warning": "$text-warning",
    "turn--error": "$text-error",
    "turn--selected": "$foreground 35%",
    "turn--focused": "$primary",
    "find--match": "underline $text-warning on $warning 20%",
    "find--current": "bold reverse $text-warning",
    "code--keyword": "$text-secondary bold",
    "code--string": "$text-success",
    "code--number": "$text-warning",
    "code--comment": f"{MUTED} italic",
    "code--name": "$text-primary",
    "code--error": "$text-error",
    "diff--word": "bold underline on $success 25%",
    "code--added": "$text-success",
    "code--removed": "$text-error",
}


def named_style(style: str | Style) -> Style:
    """The style of that name in the running app's theme; a Style is itself."""
    return style if isinstance(style, Style) else Style.parse(STYLES[style])

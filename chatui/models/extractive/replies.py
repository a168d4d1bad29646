"""What is said when there is nothing to quote, and when a question is not for the documents."""

from __future__ import annotations

from collections.abc import Mapping

from chatui.text.small_talk import Kind

SUMMARY_LEAD = "The most telling sentences of each section:"
NOTHING_TOLD = "No sentence of this document tells enough to be quoted as its summary."
LEAD = "From your documents:"
MANUAL_LEAD = "From chatui's manual:"
ONLY_MANUAL_LEAD = "You have no documents yet (`chatui ingest PATH`). From chatui's manual:"
"""For a question that does not name chatui, where nothing else is there to be asked."""
NOTHING_FOUND = (
    "I found nothing in your documents that answers this. Ask with words that they use, or add "
    "the right ones with `/ingest PATH`. A question that names chatui is answered from its manual. "
    "To get answers beyond them, choose another model with `/model`."
)
NOTHING_IN_MANUAL = (
    "I found nothing on this in chatui's own manual. Add documents of yours with `/ingest PATH` "
    "(in a shell: `chatui ingest PATH`): I answer by quoting them. To get answers without "
    "documents, choose another model with `/model`."
)
NO_DOCUMENTS = (
    "There are no documents yet. Add a file or folder with `/ingest PATH` (in a shell: "
    "`chatui ingest PATH`) and ask again: I answer by quoting them. To get answers without "
    "documents, choose another model with `/model`."
)
BEING_READ = (
    "Your documents are being read, and nothing of them is there yet. Ask again in a moment: I "
    "answer by quoting them. To get answers without documents, choose another model with `/model`."
)
ABOUT_ME = (
    "Hello. I am the built-in model: I answer questions by quoting your documents, with the "
    "source of each quote, and need no key and no network. Ask me about them, add more with "
    "`/ingest PATH`, or choose a model that writes freely with `/model`."
)
THANKS = "You're welcome. Ask me anything else about your documents."
QUOTES_ONLY = (
    "I can only quote your documents, not rewrite what was said. Choose a model that writes "
    "freely with `/model` and ask it for this, or ask me something else about your documents."
)
TALK: Mapping[Kind, str] = {
    "greeting": ABOUT_ME,
    "about": ABOUT_ME,
    "thanks": THANKS,
    "rework": QUOTES_ONLY,
}

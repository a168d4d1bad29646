"""What is said when there is nothing to quote, and when a question is not for the documents."""

from __future__ import annotations

import re
import unicodedata

LEAD = "From your documents:"
NOTHING_FOUND = (
    "I found nothing in your documents that answers this. Ask with words that they use, or add "
    "the right ones with `/ingest PATH`. To get answers beyond them, choose another model with "
    "`/model`."
)
NO_DOCUMENTS = (
    "There are no documents yet. Add a file or folder with `/ingest PATH` (in a shell: "
    "`chatui ingest PATH`) and ask again: I answer by quoting them. To get answers without "
    "documents, choose another model with `/model`."
)
ABOUT_ME = (
    "Hello. I am the built-in model: I answer questions by quoting your documents, with the "
    "source of each quote, and need no key and no network. Ask me about them, add more with "
    "`/ingest PATH`, or choose a model that writes freely with `/model`."
)
THANKS = "You're welcome. Ask me anything else about your documents."

_GREETING = """
    hi hello hey howdy hiya greetings good morning afternoon evening day there everyone how are
    you doing today what's whats up yo hallo moin servus guten tag morgen bonjour salut hola
    buenos días dias ciao olá ola 你好 您好 嗨 こんにちは 안녕하세요 привет مرحبا
"""
_THANKS = """
    thanks thank you very much so many a lot thx ok okay great nice cool perfect bye goodbye see
    later cheers danke merci gracias 谢谢 再见
"""
_ABOUT_ME = re.compile(
    r"(?:who|what) are you|what can you do|what do you do|how do you work|what is this|help|"
    r"what can i (?:do|ask)(?: you)?(?: here)?|你是谁|你能做什么"
)


def small_talk(question: str) -> str | None:
    """The reply to a greeting, thanks or a question about the model itself; else None."""
    folded = unicodedata.normalize("NFKC", question).casefold()
    said = re.findall(r"[^\W_]+(?:['’][^\W_]+)*", folded)
    if not said:
        return ABOUT_ME
    sentence = " ".join(said)
    if _ABOUT_ME.fullmatch(sentence):
        return ABOUT_ME
    if all(word in _THANKS.split() for word in said):
        return THANKS
    return ABOUT_ME if all(word in _GREETING.split() for word in said) else None

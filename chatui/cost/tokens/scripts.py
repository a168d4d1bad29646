"""How a vocabulary that is not at hand counts another script than ours does. Pure.

What a token of o200k_base is in the tokens of a family differs little in English and code, and
threefold and more in Hindi. `FACTORS` were measured in pieces of 3,000 characters of XQuAD
(Arabic, Hindi, Thai, German, Spanish), CMRC 2018 (Chinese), JaQuAD (Japanese), Python, C and JSON,
and on single paragraphs for the other scripts, with the vocabularies of Claude 2, DeepSeek V3,
Llama 3, Gemma 3, Qwen 1 and 3.6, and Mistral's Tekken: the mean of the family, and the largest of a
piece. Of a family with several vocabularies they are those of the one that takes more.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from functools import lru_cache

LOOKED_AT = 4_000
"""Characters of a text whose script is looked at."""
ACCENTED = 0.004
"""The share of letters beyond ASCII from which on Latin letters are of another language than
English, with other tokens."""
SIGNS = frozenset("{}[]()<>=;:_\\\"'`/*+#|&%$@^~")
CODE_SIGNS = 0.05
"""The share of signs from which on a text is code or data: Python has 0.06 to 0.11, prose 0.02."""
LATIN, EUROPEAN, CODE = "latin", "european", "code"
IN_CODE = (1.0, 1.3)
"""Of code and JSON: Gemma takes up to 1.26, Claude 1.18, DeepSeek 1.13."""
TOKENS: Mapping[str, float] = {
    LATIN: 0.22, CODE: 0.3, EUROPEAN: 0.25, "cyrillic": 0.23, "greek": 0.35, "hebrew": 0.36,
    "arabic": 0.31, "indic": 0.32, "thai": 0.36, "han": 0.85, "kana": 0.75,
    "hangul": 0.6, "other": 0.33,
}  # fmt: skip
"""Tokens of o200k_base for a character."""
STARTS = (
    (0x0000, ""), (0x0041, LATIN), (0x0080, EUROPEAN), (0x0370, "greek"), (0x0400, "cyrillic"),
    (0x0530, "other"), (0x0590, "hebrew"), (0x0600, "arabic"), (0x0800, "other"),
    (0x0900, "indic"), (0x0E00, "thai"), (0x0F00, "other"), (0x1E00, EUROPEAN), (0x1F00, "greek"),
    (0x2000, ""), (0x2C00, "other"), (0x3000, "han"), (0x3040, "kana"), (0x3100, "han"),
    (0x3130, "hangul"), (0x3190, "han"), (0xA000, "other"), (0xAC00, "hangul"), (0xD800, ""),
    (0xF900, "han"), (0xFB00, "arabic"), (0xFE00, ""), (0x10000, "other"), (0x1F000, ""),
    (0x20000, "han"),
)  # fmt: skip
"""Where blocks of scripts begin in Unicode; "" are marks and signs, which tell nothing."""

Factors = Mapping[str, tuple[float, float]]
CLAUDE: Factors = {
    EUROPEAN: (1.32, 1.45), "cyrillic": (2.3, 2.5), "greek": (3.1, 3.3), "hebrew": (2.3, 2.5),
    "arabic": (2.85, 3.4), "indic": (3.6, 5.9), "thai": (4.0, 4.9), "han": (1.37, 1.5),
    "kana": (1.31, 1.4), "hangul": (1.84, 2.0), "other": (3.6, 4.0),
}  # fmt: skip
DEEPSEEK: Factors = {
    EUROPEAN: (1.13, 1.2), "cyrillic": (1.18, 1.3), "greek": (1.33, 1.5), "hebrew": (1.2, 1.35),
    "arabic": (1.17, 1.25), "indic": (1.6, 1.95), "thai": (0.95, 1.05), "han": (0.79, 0.9),
    "kana": (0.86, 0.9), "hangul": (1.15, 1.25), "other": (2.0, 2.5),
}  # fmt: skip
LLAMA: Factors = {
    EUROPEAN: (1.2, 1.28), "cyrillic": (1.23, 1.35), "greek": (1.11, 1.25), "hebrew": (2.6, 2.8),
    "arabic": (1.2, 1.3), "indic": (1.9, 4.2), "thai": (1.13, 1.2), "han": (1.04, 1.1),
    "kana": (0.91, 0.95), "hangul": (1.03, 1.15), "other": (4.0, 5.8),
}  # fmt: skip
GEMMA: Factors = {
    EUROPEAN: (1.01, 1.06), "cyrillic": (0.95, 1.05), "greek": (1.06, 1.2), "hebrew": (1.22, 1.35),
    "arabic": (1.09, 1.15), "indic": (0.8, 0.95), "thai": (0.86, 0.95), "han": (0.92, 1.0),
    "kana": (0.78, 0.85), "hangul": (0.92, 1.05), "other": (1.2, 1.4),
}  # fmt: skip
QWEN: Factors = {
    EUROPEAN: (1.1, 1.28), "cyrillic": (1.1, 1.4), "greek": (1.4, 2.5), "hebrew": (1.1, 1.35),
    "arabic": (1.1, 1.25), "indic": (2.3, 3.5), "thai": (1.3, 1.45), "han": (0.85, 0.95),
    "kana": (0.85, 0.95), "hangul": (1.0, 1.25), "other": (2.2, 3.1),
}  # fmt: skip
MISTRAL: Factors = {
    EUROPEAN: (1.02, 1.06), "cyrillic": (1.11, 1.2), "greek": (1.04, 1.15), "hebrew": (1.12, 1.25),
    "arabic": (0.94, 1.0), "indic": (1.18, 1.3), "thai": (1.24, 1.3), "han": (1.19, 1.25),
    "kana": (0.96, 1.05), "hangul": (0.83, 1.0), "other": (1.3, 1.5),
}  # fmt: skip
UNKNOWN: Factors = {
    EUROPEAN: (1.1, 1.28), "cyrillic": (1.1, 1.4), "greek": (1.15, 2.5), "hebrew": (1.25, 2.8),
    "arabic": (1.1, 1.3), "indic": (1.6, 3.5), "thai": (1.1, 1.45), "han": (1.0, 1.25),
    "kana": (0.9, 1.05), "hangul": (1.0, 1.25), "other": (2.0, 4.0),
}  # fmt: skip
"""Of a model that no family is known of: the middle, and the most of those that are in use."""
FAMILIES: Mapping[str, Factors] = {
    "claude": CLAUDE, "deepseek": DEEPSEEK, "llama": LLAMA, "gemma": GEMMA, "gemini": GEMMA,
    "qwen": QWEN, "qwq": QWEN, "mistral": MISTRAL, "mixtral": MISTRAL, "ministral": MISTRAL,
    "codestral": MISTRAL, "devstral": MISTRAL, "magistral": MISTRAL,
}  # fmt: skip
"""By a part of a model's name."""


@lru_cache(maxsize=64)
def factors(model: str, text: str) -> tuple[float, float]:
    """True tokens for one of o200k_base's in a text like this one, by the model's family: what is
    usual and what it is at most, 1 and 1 where English is all there is."""
    shares = _shares(text)
    bare = model.lower()
    table = next((known for part, known in FAMILIES.items() if part in bare), UNKNOWN)
    known = {LATIN: (1.0, 1.0), CODE: IN_CODE, **table}
    usual = sum(share * known[script][0] for script, share in shares.items())
    most = sum(share * known[script][1] for script, share in shares.items())
    return (usual, most) if shares else (1.0, 1.0)


def _shares(text: str) -> dict[str, float]:
    """How much of the tokens of a text each script has. Of a text that is longer than what is
    looked at, what lies evenly in it."""
    step = max(1, -(-len(text) // LOOKED_AT))
    counts: Counter[str] = Counter()
    looked_at = Counter(text[::step])
    for character, count in looked_at.items():
        counts[_script(character)] += count
    del counts[""]
    signs = sum(looked_at[sign] for sign in SIGNS)
    latin, accented = counts[LATIN], counts[EUROPEAN]
    if accented > ACCENTED * (latin + accented):
        counts[EUROPEAN] += counts.pop(LATIN)
    elif signs > CODE_SIGNS * looked_at.total():
        counts[CODE] += counts.pop(LATIN, 0)
    tokens = {script: count * TOKENS[script] for script, count in counts.items() if count}
    whole = sum(tokens.values())
    return {script: part / whole for script, part in tokens.items()}


@lru_cache(maxsize=4096)
def _script(character: str) -> str:
    """ "" for what is no letter: digits, marks and signs."""
    if not character.isalpha() and character.isascii():
        return ""
    place, found = ord(character), ""
    for start, script in STARTS:
        if start > place:
            break
        found = script
    return found

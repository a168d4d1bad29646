"""What tells a person or a secret by its form: mail addresses, numbers, keys.

A form with a check digit counts only where that is right, so that orders and versions are left
alone. The prefixes of keys are those that their issuers publish; presidio and detect-secrets,
which were looked at for what is worth finding, know the same ones.
"""

from __future__ import annotations

import ipaddress
import math
import re
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from chatui.jobs.filters import checksums

Spans = Iterator[tuple[int, int]]


@dataclass(frozen=True, slots=True)
class Detector:
    """`needs`: no text without one of these has any. `check` says of what `pattern` found
    whether it counts, and how many of its characters do. `opening` matches, up to the end of a
    text, what may become a find of more than MOST_CHARACTERS."""

    label: str
    pattern: re.Pattern[str]
    check: Callable[[str], int]
    needs: tuple[str, ...] = ()
    opening: re.Pattern[str] | None = None

    def open_at(self, text: str) -> int | None:
        """Where something begins that may be found once more of the text has come."""
        if self.opening is None or not any(part in text for part in self.needs):
            return None
        match = self.opening.search(text)
        return match.start() if match else None

    def find(self, text: str) -> Spans:
        if self.needs and not any(part in text for part in self.needs):
            return
        for match in self.pattern.finditer(text):
            if length := self.check(match.group()):
                yield match.start(), match.start() + length


def _bare(text: str) -> str:
    return re.sub(r"[\s./()-]", "", text)


def _whole(check: Callable[[str], bool]) -> Callable[[str], int]:
    """The check of a number without what stands between its digits, all of it or nothing."""
    return lambda text: len(text) if check(_bare(text)) else 0


def _iban(text: str) -> int:
    length, seen = checksums.IBAN_LENGTHS.get(text[:2].upper(), 0), 0
    for place, mark in enumerate(text, start=1):
        seen += mark.isalnum()
        if length and seen == length:
            follows = text[place : place + 1]
            good = checksums.iban(_bare(text[:place]).upper()) and not follows.isalnum()
            return place if good else 0
    return 0


def _address(text: str) -> int:
    text = text.rstrip(".:")
    try:
        found = ipaddress.ip_address(text)
    except ValueError:
        return 0
    # Every machine has these, so that they tell nothing.
    return 0 if found.is_loopback or found.is_unspecified else len(text)


def _phone(text: str) -> int:
    return len(text) if 8 <= sum(map(str.isdigit, text)) <= 15 else 0


def _always(text: str) -> int:
    return len(text)


def _entropy(text: str) -> float:
    """Bits a character."""
    counts = Counter(text).values()
    return -sum(count / len(text) * math.log2(count / len(text)) for count in counts)


def _assigned(text: str) -> int:
    """A value that was given to something called a password or a key: no plain word or name."""
    value = re.split(r"[=:>]", text, maxsplit=1)[1].strip(" \t>='\"")
    varied = any(map(str.isdigit, value)) or not value.isalnum()
    named = value.startswith(("$", "<", "{", "os.", "process.env", "env."))
    return len(text) if varied and not named and _entropy(value) >= 2.5 else 0


_KEYS = "|".join(
    (
        r"(?:AKIA|ASIA)[0-9A-Z]{16}",
        r"gh[opsur]_[A-Za-z0-9]{36,255}+",
        r"github_pat_[A-Za-z0-9_]{82}",
        r"glpat-[A-Za-z0-9_-]{20,64}+",
        r"xox[abeoprs]-[A-Za-z0-9-]{10,250}+",
        r"sk-(?:ant-|proj-|or-v1-|svcacct-)?[A-Za-z0-9_-]{20,250}+",
        r"AIza[A-Za-z0-9_-]{35}",
        r"[rs]k_(?:live|test)_[A-Za-z0-9]{16,250}+",
        r"hf_[A-Za-z0-9]{30,64}+",
        r"npm_[A-Za-z0-9]{36}",
        r"pypi-AgEI[A-Za-z0-9_-]{50,250}+",
        r"SG\.[A-Za-z0-9_-]{16,32}+\.[A-Za-z0-9_-]{16,64}+",
        r"do[opr]_v1_[0-9a-f]{64}",
    )
)
_KEY = r"[A-Z0-9 ]{0,30}PRIVATE KEY(?: BLOCK)?-----"
_KEY_BODY = r"(?:(?!-----)[\s\S])"

DETECTORS: dict[str, tuple[Detector, ...]] = {
    "email": (
        Detector(
            "EMAIL",
            # The address of RFC 5321: 64 characters before the sign.
            re.compile(
                r"(?<![\w.%+'-])[\w.%+'-]{1,64}+@(?:[^\W_](?:[\w-]{0,62}+)\.){1,8}[^\W\d_]{2,24}"
            ),
            _always,
            ("@",),
        ),
    ),
    "card": (
        Detector("CARD", re.compile(r"(?<![\w.-])\d(?:[ -]?\d){11,18}+(?![\w-])"),
                 _whole(checksums.card)),
    ),
    "iban": (
        Detector("IBAN", re.compile(r"(?<!\w)[A-Za-z]{2}\d\d(?:[ -]?[A-Za-z0-9]){11,30}+"), _iban),
    ),
    "cn_id": (
        Detector("CN_ID", re.compile(r"(?<![A-Za-z\d])[1-9]\d{5}[ -]?(?:18|19|20)\d{6}"
                                     r"[ -]?\d{3}[\dXx](?![A-Za-z\d])"),
                 _whole(checksums.chinese_id)),
    ),
    "fr_nir": (
        Detector("FR_NIR", re.compile(r"(?<!\w)[1-478](?:[ .-]?\d{2}){2}[ .-]?\d[\dABab]"
                                      r"(?:[ .-]?\d{3}){2}[ .-]?\d{2}(?!\w)"),
                 _whole(checksums.french_nir)),
    ),
    "de_tax_id": (
        Detector("DE_TAX_ID", re.compile(r"(?<![\w.-])[1-9]\d[ ]?\d{3}[ ]?\d{3}[ ]?\d{3}(?![\w-])"),
                 _whole(checksums.german_tax_id)),
    ),
    "cn_phone": (
        Detector("PHONE", re.compile(r"(?<![A-Za-z\d.])(?:(?:\+|00)86[ -]?)?1[3-9]\d"
                                     r"(?:[ -]?\d{4}){2}(?![A-Za-z\d])"), _always),
    ),
    "phone": (
        # E.164: a country's code and at most 15 digits in all.
        Detector("PHONE", re.compile(r"(?<![\w+])(?<!\d[ -])(?:\+|00)[1-9]"
                                     r"(?:[ ./()-]{0,2}\d){6,14}+(?!\w)"), _phone, ("+", "00")),
        Detector("PHONE", re.compile(r"(?<![\w.-])(?<!\d )0[1-9](?:[ .-]?\d{2}){4}(?![\w-])"),
                 _phone, ("0",)),
        Detector("PHONE", re.compile(r"(?<![\w.-])(?<!\d )0[1-9]\d{1,3}[ /-]{1,3}\d{3,8}"
                                     r"(?:[ -]\d{1,4}){0,2}(?![\w-])"), _phone, ("0",)),
        Detector("PHONE", re.compile(r"(?<![\w.-])(?:\([2-9]\d\d\) ?|[2-9]\d\d[-. ])"
                                     r"[2-9]\d\d[-. ]\d{4}(?![\w-])"), _phone),
    ),
    "ip": (
        Detector("IP", re.compile(r"(?<![\w.])\d{1,3}(?:\.\d{1,3}){3}(?![\w]|\.\d)"), _address),
        Detector("IP", re.compile(r"(?<![\w:.])[0-9A-Fa-f]{0,4}(?::{1,2}[0-9A-Fa-f]{1,4}){2,8}+"
                                  r"(?:::)?(?![\w:])"), _address, (":",)),
    ),
    "secret": (
        Detector("SECRET", re.compile(rf"(?<![A-Za-z0-9_])(?:{_KEYS})(?![A-Za-z0-9_])"), _always,
                 ("AKIA", "ASIA", "gh", "glpat-", "xox", "sk-", "AIza", "k_live_", "k_test_", "hf_",
                  "npm_", "pypi-", "SG.", "_v1_")),
        # A JSON web token.
        Detector("SECRET", re.compile(r"(?<![A-Za-z0-9_])eyJ[A-Za-z0-9_-]{8,2000}+"
                                      r"\.eyJ[A-Za-z0-9_-]{8,4000}+\.[A-Za-z0-9_-]{8,2000}+"
                                      r"(?![A-Za-z0-9_])"), _always, ("eyJ",),
                 re.compile(r"(?<![A-Za-z0-9_])eyJ[A-Za-z0-9_-]{0,2000}+"
                            r"(?:\.[A-Za-z0-9_-]{0,4000}+){0,2}\Z")),
        # All of it up to its end, headers with dashes too; without an end as far as there are none.
        Detector("SECRET", re.compile(rf"-----BEGIN {_KEY}(?:{_KEY_BODY}{{0,20000}}+-----END {_KEY}"
                                      r"|[^-]{0,20000}+)"), _always, ("PRIVATE KEY",),
                 re.compile(rf"-----BEGIN {_KEY}{_KEY_BODY}{{0,20000}}+(?:-----[A-Z0-9 -]{{0,60}})?"
                            r"\Z")),
        Detector("SECRET", re.compile(r"(?<=://)[^\s:/@]{1,100}+:[^\s:/@]{1,200}+(?=@)"),
                 _always, ("://",)),
        Detector("SECRET", re.compile(
            r"(?i)(?:passw(?:or)?d|passwd|pwd|secret|token|api[_-]?key|access[_-]?key|"
            r"auth[_-]?key|client[_-]?secret|mot de passe|passwort|contraseña|密码|口令)"
            r"['\"]?[ \t]{0,4}(?:=|:|=>)[ \t]{0,4}['\"]?[^\s'\"<>,;]{8,200}+"), _assigned,
                 ("=", ":")),
    ),
}  # fmt: skip

MOST_CHARACTERS = 320
"""That a find takes, but for keys of several lines: what is held back while text streams."""

"""Numbers that tell by their check digits whether they are what they look like.

Sources: ISO/IEC 7812-1 (Luhn), ISO 13616 and the SWIFT IBAN registry, ISO/IEC 7064 with
GB 11643-1999 (MOD 11-2) and the German tax number (MOD 11,10; § 139b AO), INSEE (NIR, key of 97).
"""

from __future__ import annotations

from collections import Counter
from contextlib import suppress
from datetime import date

_IBANS = (
    "AD24 AE23 AL28 AT20 AZ28 BA20 BE16 BG22 BH22 BI27 BR29 BY28 CH21 CR22 CY28 CZ24 DE22 DJ27 "
    "DK18 DO28 EE20 EG29 ES24 FI18 FK18 FO18 FR27 GB22 GE22 GI23 GL18 GR27 GT28 HN28 HR21 HU28 "
    "IE22 IL23 IQ23 IS26 IT27 JO30 KW30 KZ20 LB28 LC32 LI21 LT20 LU20 LV21 LY25 MC27 MD24 ME22 "
    "MK19 MN20 MR27 MT31 MU30 NI28 NL18 NO15 OM23 PK24 PL28 PS29 PT25 QA29 RO24 RS22 RU33 SA24 "
    "SC31 SD18 SE24 SI19 SK24 SM27 SO23 ST25 SV28 TL23 TN24 TR26 UA29 VA22 VG24 XK20 YE30"
)
IBAN_LENGTHS = {entry[:2]: int(entry[2:]) for entry in _IBANS.split(" ")}
"""Characters, by the country."""


def luhn(digits: str) -> bool:
    total = 0
    for place, digit in enumerate(reversed(digits)):
        doubled = int(digit) * (1 + place % 2)
        total += doubled - 9 if doubled > 9 else doubled
    return total % 10 == 0


def card(digits: str) -> bool:
    """A payment card: 12 to 19 digits that begin as those of an issuer of cards do."""
    return 12 <= len(digits) <= 19 and digits[0] in "23456" and luhn(digits)


def iban(text: str) -> bool:
    """An IBAN without spaces, in capitals."""
    if len(text) != IBAN_LENGTHS.get(text[:2]):
        return False
    return int("".join(str(int(mark, 36)) for mark in text[4:] + text[:4])) % 97 == 1


def chinese_id(text: str) -> bool:
    """A Chinese resident's number: 17 digits and a digit or X, with a date of birth."""
    weights = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)
    total = sum(weight * int(digit) for weight, digit in zip(weights, text, strict=False))
    if text[17].upper() != "10X98765432"[total % 11]:
        return False
    with suppress(ValueError):
        return date(int(text[6:10]), int(text[10:12]), int(text[12:14])).year > 1890
    return False


def french_nir(text: str) -> bool:
    """A French social security number with its key, 15 characters."""
    number, key = text[:13].upper(), int(text[13:])
    month = int(number[3:5])
    # 20 and from 30 on: the month is not known.
    if not (1 <= month <= 12 or month == 20 or 30 <= month <= 42 or month >= 50):
        return False
    digits = number.replace("2A", "19").replace("2B", "18") if number[5] == "2" else number
    return digits.isdigit() and 97 - int(digits) % 97 == key


def german_tax_id(digits: str) -> bool:
    """A German tax number, 11 digits: of the first ten one stands there twice or three times,
    and the others once at most."""
    counts = sorted(Counter(digits[:10]).values(), reverse=True)
    if digits[0] == "0" or counts[0] not in (2, 3) or counts[1] > 1:
        return False
    product = 10
    for digit in digits[:10]:
        total = (int(digit) + product) % 10 or 10
        product = total * 2 % 11
    return (11 - product) % 10 == int(digits[10])

"""An address of the web that a text names: what it is to the letter, and where it really leads.

`http://bank.example@other.example/` leads to other.example, and a name in Cyrillic letters looks
like one in Latin ones. So an address is shown in ASCII alone, and what is opened is what was
shown, to the letter. One that programs read in different ways is refused.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from ipaddress import IPv4Address, IPv6Address
from socket import inet_aton
from urllib.parse import quote

from chatui.domain.errors import UsageError
from chatui.text.safety import one_line

LONGEST = 8_000
"""Characters of an address; what a server takes ends there, and so does what anybody reads."""
LONGEST_HOST = 253
QUOTED = 300
"""Characters of a refused address that its refusal repeats."""

_AUTHORITY_END = re.compile(r"[/?#\\]")
_HOST = re.compile(r"[a-z0-9_-]+(?:\.[a-z0-9_-]+)*\.?")
_LITERAL = re.compile(r"(\[[0-9a-f:.]+\])(?::(\d*))?")
_PORT = re.compile(r"[0-9]{0,5}")
_STAYING = "%/?#[]@!$&'()*+,;=:~-._"


@dataclass(frozen=True, slots=True)
class WebAddress:
    """`whole` is `before` + `host` + `behind`; `remarks` are sentences on what may deceive."""

    before: str
    host: str
    behind: str
    remarks: tuple[str, ...] = ()

    @property
    def whole(self) -> str:
        return self.before + self.host + self.behind


def web_address(written: str) -> WebAddress:
    """The address as it would be opened. Raises UsageError with why it is not: it is none of the
    web, or nobody can say for sure where it leads."""
    written = written.strip()
    if len(written) > LONGEST:
        raise UsageError(
            f"Not opened: the address has {len(written):,} characters, of which at most "
            f"{LONGEST:,} can be shown."
        )
    scheme, mark, rest = written.partition("://")
    if not mark or scheme.lower() not in {"http", "https"}:
        raise _refused(written, "only addresses of the web (http, https) are opened")
    end = _AUTHORITY_END.search(rest)
    authority, behind = (rest[: end.start()], rest[end.start() :]) if end else (rest, "")
    user, at, place = authority.rpartition("@")
    if behind.startswith("\\") or re.search(r"[\s\\]", authority):
        raise _refused(written, "programs would not agree on where it leads")
    host, port = _host_and_port(place, written)
    user = quote(user, _STAYING, errors="replace")
    return WebAddress(
        f"{scheme.lower()}://{user}{at}",
        host,
        (f":{port}" if port else "") + quote(behind, _STAYING, errors="replace"),
        tuple(_remarks(user + at, host)),
    )


def _host_and_port(place: str, written: str) -> tuple[str, str]:
    literal = _LITERAL.fullmatch(place.lower())
    if literal:
        host, port = literal[1], literal[2] or ""
    else:
        typed, _, port = place.partition(":")
        host = _in_ascii(typed)
    if not host or not _PORT.fullmatch(port):
        raise _refused(written, "the name of its server is none")
    return host, port


def _in_ascii(name: str) -> str:
    """The name of a server as it is asked for; "" for one that can be none."""
    if not name or len(name) > LONGEST_HOST:
        return ""
    try:
        host = name.encode("idna").decode("ascii").lower()
    except UnicodeError:
        return ""
    return host if _HOST.fullmatch(host) else ""


def _remarks(user: str, host: str) -> list[str]:
    found = []
    if user:
        found.append(
            f"What stands before the @ is the name of a user. The address leads to {host}."
        )
    if spelt := _spelt(host):
        found.append(f"The name has letters beyond a to z, which may look like them: {spelt}")
    number = _number(host)
    if number is not None:
        found.append(
            "It leads to this machine or to a network nearby."
            if number.is_loopback or number.is_private or number.is_link_local
            else "It leads to a number, not to a name."
        )
    elif host.rstrip(".").endswith("localhost"):
        found.append("It leads to this machine.")
    return found


def _spelt(host: str) -> str:
    if "xn--" not in host:
        return ""
    try:
        return one_line(host.encode("ascii").decode("idna"))
    except UnicodeError:
        return "they are not written correctly"


def _number(host: str) -> IPv4Address | IPv6Address | None:
    """What the host is where it is no name, in any of the ways in which it may be written."""
    try:
        if host.startswith("["):
            return IPv6Address(host[1:-1])
        return IPv4Address(inet_aton(host.rstrip(".")))
    except (OSError, ValueError):
        return None


def _refused(written: str, why: str) -> UsageError:
    return UsageError(f"Not opened, for {why}: {one_line(written, QUOTED)}")

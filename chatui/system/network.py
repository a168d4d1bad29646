"""What the environment says of the way to other machines: proxies, certificates, names."""

from __future__ import annotations

import asyncio
import os
import re
import socket
import ssl
import threading
import urllib.request
from contextlib import suppress
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from chatui.system.files import at_home, is_folder

CERTIFICATES = ("SSL_CERT_FILE", "SSL_CERT_DIR")
"""Variables that OpenSSL reads, and HTTPX: what they name is trusted, and nothing else."""
BUNDLES = ("REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE")
"""Those of other programs, which companies set: what they name is trusted besides."""
CA_FILE = "ca_file"
"""What the setting of a provider is called that does the same."""
HASHED = r"[0-9a-f]{8}\.\d+"
"""The names that OpenSSL looks for in a folder of certificates."""


class UnusableCertificates(OSError):
    """`place`, a variable or a setting, names certificates that can't be used. The reason is a
    clause."""

    def __init__(self, place: str, path: str, reason: str) -> None:
        super().__init__(reason)
        self.place, self.path, self.reason = place, path, reason


@dataclass(frozen=True, slots=True)
class Proxy:
    """`address` is without user and password; `variable` is whose value it is."""

    address: str
    variable: str


def building_fails() -> tuple[type[Exception], ...]:
    """What building an HTTP client raises where the environment has something that can't be used:
    an address that is none, a file of certificates that is not there or holds none."""
    import httpx2

    return ValueError, OSError, ImportError, httpx2.InvalidURL


def proxy_of(url: str) -> Proxy | None:
    """The proxy that the environment names for that address, as HTTPX reads it."""
    try:
        parts = urlsplit(url)
    except ValueError:
        return None
    host = parts.hostname or ""
    named = urllib.request.getproxies()
    for scheme in (parts.scheme, "all"):
        if address := named.get(scheme):
            if urllib.request.proxy_bypass(host):
                return None
            return Proxy(_shown(address), _variable(scheme))
    return None


def tls_context(ca_file: str = "") -> ssl.SSLContext:
    """What a server's certificate is held against: as the environment says, with what `ca_file`
    names (a file or a folder) besides. Raises OSError."""
    file, folder = (os.environ.get(name) for name in CERTIFICATES)
    context = ssl.create_default_context(cafile=file or None, capath=folder or None)
    trust_besides(context, ca_file)
    return context


def trust_besides(context: ssl.SSLContext, ca_file: str = "") -> None:
    """Adds the certificates of `ca_file` and of BUNDLES, and those of a folder that SSL_CERT_DIR
    names and that nobody has made hashed names in. Raises UnusableCertificates."""
    named = [(CA_FILE, ca_file), *((name, os.environ.get(name, "")) for name in BUNDLES)]
    for place, path in named:
        if path:
            _trust(context, place, at_home(path))
    folder = os.environ.get(CERTIFICATES[1], "")
    if folder and not os.environ.get(CERTIFICATES[0]) and is_folder(Path(folder)):
        _trust_folder(context, Path(folder))


def _trust(context: ssl.SSLContext, place: str, path: Path) -> None:
    try:
        if path.is_dir():
            _trust_folder(context, path)
        else:
            context.load_verify_locations(cafile=path)
    except ssl.SSLError as error:
        raise UnusableCertificates(place, str(path), "it holds no certificates") from error
    except OSError as error:
        reason = error.strerror or type(error).__name__
        raise UnusableCertificates(place, str(path), reason) from error


def _trust_folder(context: ssl.SSLContext, folder: Path) -> None:
    """All certificates in it, whatever their files are called."""
    files = [one for one in folder.iterdir() if one.is_file()]
    if any(re.fullmatch(HASHED, one.name) for one in files):
        context.load_verify_locations(capath=folder)
        return
    for one in files:
        # A folder has keys and notes beside certificates.
        with suppress(ssl.SSLError, PermissionError):
            context.load_verify_locations(cafile=one)


def resolve_apart(loop: asyncio.AbstractEventLoop) -> None:
    """Has a loop ask for addresses in threads that nobody waits for.

    The system's resolver takes as long as it likes and can't be stopped. In the loop's own threads
    a program that wants to end would wait for it, and four such questions would stop all else that
    these threads do.
    """
    # The only seam that asyncio, anyio and HTTPX all ask through.
    loop.getaddrinfo = partial(_resolved, loop)  # type: ignore[method-assign]


async def _resolved(loop: asyncio.AbstractEventLoop, host: Any, port: Any, **how: Any) -> list[Any]:
    """What `socket.getaddrinfo` finds. Raises what it raises."""
    answer: asyncio.Future[list[Any]] = loop.create_future()

    def give(found: list[Any] | None, error: BaseException | None) -> None:
        if answer.done():
            return
        if error is not None:
            answer.set_exception(error)
        else:
            answer.set_result(found or [])

    def ask() -> None:
        try:
            outcome: tuple[list[Any] | None, BaseException | None]
            outcome = socket.getaddrinfo(host, port, **how), None
        except (OSError, UnicodeError) as error:
            outcome = None, error
        # The loop may have ended meanwhile.
        with suppress(RuntimeError):
            loop.call_soon_threadsafe(give, *outcome)

    threading.Thread(target=ask, name="resolver", daemon=True).start()
    return await answer


def environment_fault(url: str, error: Exception) -> str:
    """The clause for one of `building_fails`: which variable has what can't be used, and what to
    do."""
    if isinstance(error, UnusableCertificates):
        away = "correct it" if error.place == CA_FILE else "correct it or unset it"
        return f"{error.place} names {error.path}, which can't be used ({error.reason}); {away}"
    for name in CERTIFICATES:
        value = os.environ.get(name)
        if value and isinstance(error, OSError):
            reason = "it holds no certificates"
            if not isinstance(error, ssl.SSLError):
                reason = error.strerror or type(error).__name__
            return f"{name} names {value}, which can't be used ({reason}); correct it or unset it"
    proxy = proxy_of(url)
    if proxy is not None:
        return (
            f"{proxy.variable} names the proxy {proxy.address}, which can't be used; it begins "
            "with http://, https://, socks5:// or socks5h://"
        )
    return f"the environment's settings of the network can't be used ({type(error).__name__})"


def by_proxy(url: str) -> str:
    """ " through the proxy http://…" for a sentence, "" where there is none."""
    proxy = proxy_of(url)
    return f" through the proxy {proxy.address} ({proxy.variable})" if proxy else ""


def _variable(scheme: str) -> str:
    name = f"{scheme}_proxy"
    return name if name in os.environ else name.upper()


def _shown(address: str) -> str:
    scheme, mark, rest = address.rpartition("://")
    return f"{scheme}{mark}{rest.rpartition('@')[2]}"

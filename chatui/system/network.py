"""What the environment says of the way to other machines: proxies and certificates."""

from __future__ import annotations

import os
import ssl
import urllib.request
from dataclasses import dataclass
from urllib.parse import urlsplit

CERTIFICATES = ("SSL_CERT_FILE", "SSL_CERT_DIR")


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


def environment_fault(url: str, error: Exception) -> str:
    """The clause for one of `building_fails`: which variable has what can't be used, and what to
    do."""
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

"""A certificate for this machine that signs itself, until 2126, and the key to it: for tests alone.

openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -days 36500
  -subj "/CN=chatui test" -addext "subjectAltName=DNS:localhost,IP:127.0.0.1,DNS:far.example"
"""

from __future__ import annotations

import ssl
from pathlib import Path

KEY = """\
-----BEGIN PRIVATE KEY-----
MIGHAgEAMBMGByqGSM49AgEGCCqGSM49AwEHBG0wawIBAQQg7hNKIx92ha5ROvfg
PfZfW6kmulspsFlPDvhN1eL7yZuhRANCAAQQnJb2K1h+q97k8a/z/t82bt1/p8Zi
U3bN34UuwAMq+Bc2J1/5PsmlI4WYAlg6qaF+3zNU8HnG+RCh+SLFVxDk
-----END PRIVATE KEY-----
"""
CERTIFICATE = """\
-----BEGIN CERTIFICATE-----
MIIBvjCCAWSgAwIBAgIUWT3BjqSp6GRmbmYPoCwcrFZqbaUwCgYIKoZIzj0EAwIw
FjEUMBIGA1UEAwwLY2hhdHVpIHRlc3QwIBcNMjYxMTI5MTUwNjM0WhgPMjEyNjEx
MDUxNTA2MzRaMBYxFDASBgNVBAMMC2NoYXR1aSB0ZXN0MFkwEwYHKoZIzj0CAQYI
KoZIzj0DAQcDQgAEEJyW9itYfqve5PGv8/7fNm7df6fGYlN2zd+FLsADKvgXNidf
+T7JpSOFmAJYOqmhft8zVPB5xvkQofkixVcQ5KOBjTCBijAdBgNVHQ4EFgQUDAMJ
xI+7g69BnBnsWuOD9wsALEswHwYDVR0jBBgwFoAUDAMJxI+7g69BnBnsWuOD9wsA
LEswJwYDVR0RBCAwHoIJbG9jYWxob3N0hwR/AAABggtmYXIuZXhhbXBsZTAPBgNV
HRMBAf8EBTADAQH/MA4GA1UdDwEB/wQEAwIChDAKBggqhkjOPQQDAgNIADBFAiEA
sYC+I5KgOD1X36SP2rBlUvO8CT8L8OYXWB0YPCuNY7MCIBxAY6GtUFdhjxtT2RXN
W5mZXUilfaMAI1HZ7L4ZR+eH
-----END CERTIFICATE-----
"""


def certificate_in(folder: Path, name: str = "own.pem") -> Path:
    """The file with it."""
    path = folder / name
    path.write_text(CERTIFICATE)
    return path


def serving_context(folder: Path) -> ssl.SSLContext:
    """For a server that shows it."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    (folder / "key.pem").write_text(KEY)
    context.load_cert_chain(certificate_in(folder, "shown.pem"), folder / "key.pem")
    return context

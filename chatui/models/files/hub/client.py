"""The hub over HTTP, by way of huggingface_hub: what there is, and the bytes from a place on.

For the download process alone. `hf_hub_download` isn't used: it throws the part away when a
download ends early, and so can't go on from it.
"""

from __future__ import annotations

import os
import ssl
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

import httpx2
from huggingface_hub import HfApi, get_hf_file_metadata, get_session, get_token
from huggingface_hub.errors import (
    GatedRepoError,
    HfHubHTTPError,
    HFValidationError,
    OfflineModeIsEnabled,
    RemoteEntryNotFoundError,
    RepositoryNotFoundError,
)
from huggingface_hub.file_download import hf_hub_url
from huggingface_hub.utils._headers import build_hf_headers
from huggingface_hub.utils._http import hf_raise_for_status

from chatui import __version__
from chatui.domain.errors import (
    AuthenticationFailed,
    ChatuiError,
    ConfigError,
    DownloadFailed,
    RateLimited,
    UnknownModel,
)
from chatui.models.files.hub.names import base, listed, near
from chatui.system.http_retry import may_pass
from chatui.system.network import environment_fault

PUBLIC = "https://huggingface.co"
TIMEOUT = httpx2.Timeout(30.0, connect=10.0)
OWN_REPOS = 200
"""Of an owner, looked through for a name like the one that is not there."""


@dataclass(frozen=True, slots=True)
class RemoteFile:
    """`etag` names the content, `url` that very version of it; `size` in bytes."""

    path: str
    etag: str
    size: int
    url: str

    @property
    def name(self) -> str:
        return base(self.path)


class Hub:
    """HF_ENDPOINT, HF_HUB_OFFLINE and HF_TOKEN count. HF_TOKEN goes to the endpoint in force;
    the token that `hf auth login` has stored goes to huggingface.co alone, and none follows a
    redirect to another host. Every method raises a ChatuiError."""

    def __init__(self) -> None:
        self.endpoint = os.environ.get("HF_ENDPOINT", "").strip().rstrip("/") or PUBLIC
        if urlsplit(self.endpoint).scheme not in {"http", "https"}:
            raise ConfigError(f"HF_ENDPOINT is {self.endpoint}, which is no http(s) address.")
        own_token = self.endpoint != PUBLIC and not _given_token()
        self._token: str | bool = False if own_token else get_token() or False
        self._headers = build_hf_headers(
            token=self._token, library_name="chatui", library_version=__version__
        )
        self._api = HfApi(
            self.endpoint,
            token=self._token,
            library_name="chatui",
            library_version=__version__,
        )

    @property
    def host(self) -> str:
        return urlsplit(self.endpoint).netloc

    def paths(self, repo: str) -> list[str]:
        """The files of the repository."""
        with self._translated(repo):
            tree = self._api.list_repo_tree(repo, recursive=True)
            return [entry.path for entry in tree if hasattr(entry, "size")]

    def file(self, repo: str, path: str) -> RemoteFile | None:
        """What the hub knows of a file; None when the repository has none of that name."""
        with self._translated(repo):
            url = hf_hub_url(repo, path, endpoint=self.endpoint)
            try:
                found = get_hf_file_metadata(
                    url, headers=self._headers, token=self._token, endpoint=self.endpoint
                )
            except RemoteEntryNotFoundError:
                return None
        if found.etag is None or found.size is None or found.commit_hash is None:
            raise DownloadFailed(
                f"{self.host} doesn't answer as a hub does for {repo}: check HF_ENDPOINT, and "
                "whether a proxy or a login page of the network stands between."
            )
        url = hf_hub_url(repo, path, revision=found.commit_hash, endpoint=self.endpoint)
        return RemoteFile(path, found.etag, found.size, url)

    @contextmanager
    def bytes_of(self, repo: str, file: RemoteFile, start: int) -> Iterator[httpx2.Response]:
        """The response with the file's bytes from `start` on. Raises httpx2.TransportError for
        what may be better the next time, HfHubHTTPError with such a status as well."""
        # Compressed bytes could not be counted, and not be gone on from.
        headers = {**self._headers, "Accept-Encoding": "identity"}
        if start:
            headers["Range"] = f"bytes={start}-"
        session = get_session()
        with session.stream("GET", file.url, headers=headers, timeout=TIMEOUT) as response:
            try:
                hf_raise_for_status(response)
            except HfHubHTTPError as error:
                if response.status_code == 416 or may_pass(response.status_code):
                    raise
                raise self._as_ours(error, repo) from error
            yield response

    @contextmanager
    def _translated(self, repo: str) -> Iterator[None]:
        try:
            yield
        except (HFValidationError, OSError, httpx2.HTTPError, httpx2.InvalidURL) as error:
            raise self._as_ours(error, repo) from error
        except (ValueError, ImportError) as error:
            fault = environment_fault(self.endpoint, error)
            raise DownloadFailed(f"{self.host} was not asked: {fault}.") from error

    def _as_ours(self, error: Exception, repo: str) -> ChatuiError:
        """The sentence for what the library, the network or the server raised."""
        if isinstance(error, HFValidationError):
            return UnknownModel(f"{repo} can't be the name of a repository: it is OWNER/NAME.")
        if isinstance(error, HfHubHTTPError):
            return self._status(error, repo)
        if isinstance(error, OfflineModeIsEnabled):
            return DownloadFailed(
                "HF_HUB_OFFLINE is set, so nothing is fetched: unset it, or put a GGUF file "
                "into the models folder yourself."
            )
        if isinstance(error, FileNotFoundError | PermissionError | ssl.SSLError):
            return DownloadFailed(
                f"{self.host} was not asked: {environment_fault(self.endpoint, error)}."
            )
        if isinstance(error, httpx2.TimeoutException):
            return DownloadFailed(f"{self.host} did not answer in time: try again.")
        return DownloadFailed(
            f"{self.host} can't be reached ({type(error).__name__}): check the network, or set "
            "HF_ENDPOINT to a mirror."
        )

    def _status(self, error: HfHubHTTPError, repo: str) -> ChatuiError:
        if isinstance(error, GatedRepoError):
            return AuthenticationFailed(
                f"{repo} is gated: accept its terms at {self.endpoint}/{repo} and set HF_TOKEN "
                "to a token of that account."
            )
        if isinstance(error, RepositoryNotFoundError):
            return UnknownModel(self._no_repo(repo))
        status = error.response.status_code
        if status in {401, 403}:
            return AuthenticationFailed(
                f"{self.host} refuses {repo} ({status}): check HF_TOKEN, and whether its account "
                "may read that repository."
            )
        if status == 429:
            return RateLimited(f"{self.host} was asked too often: try again in some minutes.")
        return DownloadFailed(f"{self.host} answered with status {status} for {repo}: try again.")

    def _no_repo(self, repo: str) -> str:
        text = f"{self.host} has no repository {repo}, or it is private and HF_TOKEN is not set"
        names = self._names_like(repo)
        return f"{text}; there is {listed(names)}." if names else f"{text}: check the name."

    def _names_like(self, repo: str) -> list[str]:
        """The owner's repositories with a name like that; none when that can't be learnt."""
        owner = repo.partition("/")[0]
        try:
            models: Any = self._api.list_models(author=owner, search="gguf", limit=OWN_REPOS)
            return near(repo, [model.id for model in models])[:3]
        except (OSError, httpx2.HTTPError, ValueError):
            return []


def _given_token() -> bool:
    return bool(os.environ.get("HF_TOKEN", "").strip())

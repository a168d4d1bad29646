"""What libraries are told by the environment: to send nothing that nobody asked for.

Each name was looked up in the source or the binary of the release that is pinned.
"""

from __future__ import annotations

import os
from collections.abc import Mapping

OPENTELEMETRY = "OTEL_SDK_DISABLED"
SILENT: Mapping[str, str] = {
    # ONNX Runtime: from its first session on it sends events to its vendor and keeps a device
    # id in the cache folder. `disable_telemetry_events()` comes too late for both.
    "ORT_DISABLE_TELEMETRY": "1",
    # Chroma: the client of this release sends nothing, earlier ones did.
    "ANONYMIZED_TELEMETRY": "False",
    # huggingface_hub, transformers and hf_xet, whose native code reports every transfer.
    "HF_HUB_DISABLE_TELEMETRY": "1",
    "DISABLE_TELEMETRY": "1",
    "DO_NOT_TRACK": "1",
    # transformers has a service of the hub convert models without safetensors: it names the
    # model to it, and hands the token over.
    "DISABLE_SAFETENSORS_CONVERSION": "1",
    # Chroma has it on board, and sends traces where its settings or a collector are named. What we
    # send ourselves, `assistant.telemetry.service`, is asked for in the config alone.
    OPENTELEMETRY: "true",
}

_before: dict[str, str | None] = {}
"""What the user had set in the places of SILENT."""


def silence() -> None:
    """Tells the libraries of this process, which must not be imported before."""
    for name, value in SILENT.items():
        _before.setdefault(name, os.environ.get(name))
        os.environ[name] = value


def users_own() -> dict[str, str]:
    """The environment as the user has it, whole: for the programs that the user chose, which are
    the editor, the viewers and what prints the keys. They need what nobody can foresee (the
    display, an agent's socket, their own settings), and what they send is not ours to decide."""
    environ = dict(os.environ)
    for name, value in _before.items():
        environ.pop(name, None)
        if value is not None:
            environ[name] = value
    return environ

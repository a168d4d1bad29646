"""Which of the user's environment variables a child process gets: those that it needs.

All others stay here, above all keys: of the children only those that fetch from the hub are
given one, its own token. Names end with `*` for all that begin so; a name that looks like a
secret has to be given in full.
"""

from __future__ import annotations

import os
import re
from collections.abc import Iterable, Mapping

from chatui.system.environment import SILENT

BASE = (
    "PATH",
    "HOME",
    "USER",
    "LOGNAME",
    "LANG",
    "LANGUAGE",
    "LC_*",
    "TZ",
    "TZDIR",
    "TMPDIR",
    "TEMP",
    "TMP",
    "XDG_*",
    # Where and how Python and native libraries are found and loaded.
    "PYTHON*",
    "LD_*",
    "DYLD_*",
    "NIX_LD*",
    "MALLOC_*",
)
"""What every child gets."""

COMPUTING = (
    "OMP_*",
    "GOMP_*",
    "KMP_*",
    "OPENBLAS_*",
    "MKL_*",
    "BLIS_*",
    "VECLIB_*",
    "NUMEXPR_*",
    "NPY_*",
    "ATEN_*",
    "ONEDNN_*",
    "DNNL_*",
    "TORCH*",
    "PYTORCH_*",
    "TRITON_*",
    "ORT_*",
    "GGML_*",
    "LLAMA_*",
    "RAYON_*",
    "TOKENIZERS_PARALLELISM",
    "CUDA_*",
    "CUBLAS_*",
    "CUDNN_*",
    "NVIDIA_*",
    "__NV_*",
    "AMD_*",
    "HIP_*",
    "ROCM_*",
    "ROCR_*",
    "HSA_*",
    "ZE_*",
    "ONEAPI_*",
    "SYCL_*",
    "VK_*",
    "RADV_*",
    "MESA_*",
    "DRI_PRIME",
    "MTL_*",
)
"""What changes how, and on which processors, numbers are computed."""

NETWORK = (
    "HTTP_PROXY",
    "HTTPS_PROXY",
    "ALL_PROXY",
    "NO_PROXY",
    "http_proxy",
    "https_proxy",
    "all_proxy",
    "no_proxy",
    "SSL_CERT_FILE",
    "SSL_CERT_DIR",
    "NIX_SSL_CERT_FILE",
    "REQUESTS_CA_BUNDLE",
    "CURL_CA_BUNDLE",
)
"""The way out, and whom to trust there. A proxy's address may hold a password."""

PUBLIC_HUB = "https://huggingface.co"
HUB_TOKENS = ("HF_TOKEN", "HUGGING_FACE_HUB_TOKEN")
HUB = (
    *NETWORK,
    *HUB_TOKENS,
    "HF_TOKEN_PATH",
    "HF_HUB_DISABLE_IMPLICIT_TOKEN",
    "HF_*",
    "HUGGINGFACE_*",
    "SENTENCE_TRANSFORMERS_HOME",
    "TRANSFORMERS_*",
)
"""For models of the Hugging Face hub: where it is, who asks, and where they are kept."""

SECRET = re.compile("KEY|TOKEN|SECRET|PASS|CREDENTIAL|AUTH", re.IGNORECASE)


def child_environment(
    needs: Iterable[str],
    own: Mapping[str, str],
    environ: Mapping[str, str] = os.environ,
) -> dict[str, str]:
    """The environment of a child that needs these names besides BASE. `own` is set for it in
    any case; only that libraries keep silent is not its to decide."""
    allowed = (*BASE, *needs)
    beginnings = tuple(one[:-1] for one in allowed if one.endswith("*"))
    kept = {
        name: value
        for name, value in environ.items()
        if name in allowed or (name.startswith(beginnings) and not SECRET.search(name))
    }
    made = {**kept, **own, **SILENT}
    if _mirror(made) and not any(made.get(name) for name in HUB_TOKENS):
        # huggingface_hub would send the token that is stored for the public hub to any other.
        made["HF_HUB_DISABLE_IMPLICIT_TOKEN"] = "1"
    return made


def _mirror(environ: Mapping[str, str]) -> bool:
    return environ.get("HF_ENDPOINT", "").strip().rstrip("/") not in {"", PUBLIC_HUB}

"""The wire between the window's process and a child: length-prefixed MessagePack.

Frames from the parent: `{"id", "method", "args"}` starts a call, `{"cancel": id}` asks to
end it. Frames from the child: `{"id", "item"}` is one item of a stream, `{"id", "value"}`
ends a call, `{"id", "error", "message"}` ends it with a failure (with `"last"` the child ends too),
`{"ready": true}` comes once at the start.
"""

from __future__ import annotations

import struct
from typing import Any, BinaryIO

import msgpack

HEADER = struct.Struct(">I")
MAX_FRAME = 1 << 30


def pack(frame: dict[str, Any]) -> bytes:
    """Raises TypeError for a value that MessagePack has no form for, ValueError when it is
    larger than MAX_FRAME."""
    body: bytes = msgpack.packb(frame, use_bin_type=True, unicode_errors="surrogatepass")
    if len(body) > MAX_FRAME:
        raise ValueError(f"a frame of {len(body)} bytes is larger than {MAX_FRAME}")
    return HEADER.pack(len(body)) + body


def unpack(body: bytes) -> dict[str, Any]:
    frame: dict[str, Any] = msgpack.unpackb(
        body, raw=False, strict_map_key=False, unicode_errors="surrogatepass"
    )
    return frame


def body_size(header: bytes) -> int:
    """Bytes that follow the header. Raises ValueError when the stream is out of step."""
    (size,) = HEADER.unpack(header)
    if size > MAX_FRAME:
        raise ValueError(f"a frame of {size} bytes is larger than {MAX_FRAME}")
    return int(size)


def read_blocking(stream: BinaryIO) -> dict[str, Any] | None:
    """The next frame, or None at the end of the stream."""
    header = stream.read(HEADER.size)
    if len(header) < HEADER.size:
        return None
    size = body_size(header)
    body = stream.read(size)
    return unpack(body) if len(body) == size else None

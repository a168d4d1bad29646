"""What runs in a child process: `python -m chatui.workers.child SERVICE OPTIONS-JSON`.

A service is any class, named as `package.module:Class`. Its public methods are the calls;
a generator method streams. A method with a parameter called `cancelled` is handed a
function that turns true once the caller has gone, to be asked between steps.
"""

from __future__ import annotations

import faulthandler
import importlib
import inspect
import json
import logging
import os
import queue
import signal
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import suppress
from functools import cache, partial
from typing import Any, BinaryIO

from chatui.domain.errors import ChatuiError
from chatui.system.fault_log import FaultHandler, report, take_hooks
from chatui.workers.bounds import at_the_end_tell, limit_memory
from chatui.workers.frames import pack, read_blocking


def private_pipes() -> tuple[BinaryIO, BinaryIO]:
    """Takes stdin and stdout away from libraries that like to print, for the frames alone."""
    incoming = os.fdopen(os.dup(0), "rb")
    outgoing = os.fdopen(os.dup(1), "wb")
    null = os.open(os.devnull, os.O_RDONLY)
    os.dup2(null, 0)
    os.dup2(2, 1)
    return incoming, outgoing


class Child:
    def __init__(self, incoming: BinaryIO, outgoing: BinaryIO) -> None:
        self._incoming = incoming
        self._outgoing = outgoing
        self._calls: queue.SimpleQueue[dict[str, Any]] = queue.SimpleQueue()
        self._cancelled: set[int] = set()
        self._finished = 0
        self._number = 0
        """Of the call that is being answered; 0 while the service is made."""

    def listen(self) -> None:
        """Runs in a thread of its own, so that a busy service still hears a cancel, and so
        that no child outlives its parent: the end of the pipe ends the process at once."""
        try:
            while (frame := read_blocking(self._incoming)) is not None:
                if "cancel" not in frame:
                    self._calls.put(frame)
                elif frame["cancel"] > self._finished:
                    self._cancelled.add(frame["cancel"])
        finally:
            os._exit(0)

    def send(self, frame: dict[str, Any]) -> None:
        content = pack(frame)
        try:
            self._outgoing.write(content)
            self._outgoing.flush()
        except BrokenPipeError:
            os._exit(0)

    def serve(self, service: object) -> None:
        while True:
            call = self._calls.get()
            number = self._number = call["id"]
            try:
                value = self._answer(service, number, call["method"], call["args"])
                self.send({"id": number, "value": value})
            # A child is the wall that any failure of foreign code stops at: it must answer,
            # also when Rust code panics, which is no Exception, or calls exit.
            except BaseException as error:
                self.fail(error)
            self._finished = number
            self._cancelled.discard(number)

    def fail(self, error: BaseException, *, last: bool = False) -> None:
        """Answers for what is under way; with `last` the process is about to end."""
        what = {"id": self._number} if self._number else {"ready": False}
        self.send({**what, **failure(error), **({"last": True} if last else {})})

    def _answer(self, service: object, number: int, method: str, args: list[Any]) -> Any:
        def cancelled() -> bool:
            return number in self._cancelled

        if method.startswith("_"):
            raise ValueError(f"{method} is private")
        function = getattr(service, method)
        heeds = _heeds_cancelling(getattr(type(service), method))
        extra = {"cancelled": cancelled} if heeds else {}
        if cancelled():
            return None
        result = function(*args, **extra)
        if not isinstance(result, Iterator):
            return result
        for item in result:
            if cancelled():
                break
            self.send({"id": number, "item": item})
        return None


@cache
def _heeds_cancelling(function: Callable[..., Any]) -> bool:
    """Looked up once: it takes a tenth of a millisecond, and each question makes several calls."""
    return "cancelled" in inspect.signature(function).parameters


def failure(error: BaseException) -> dict[str, Any]:
    """What the caller is told of an error. Of an unforeseen one the log has the place: its message
    may quote a document or a question."""
    if isinstance(error, ChatuiError):
        return {"error": type(error).__name__, "message": str(error)}
    log(report("a child process", error))
    reason = str(error).strip().splitlines()
    name = type(error).__name__
    return {"error": "WorkerError", "message": f"{name}: {reason[0]}" if reason else name}


def log(text: str) -> None:
    """stderr is the log file, where there is one."""
    with suppress(OSError):
        os.write(2, text.encode("utf-8", "replace"))


def load(service: str, args: list[Any]) -> object:
    module, _, name = service.partition(":")
    made: object = getattr(importlib.import_module(module), name)(*args)
    return made


def main() -> None:
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    os.umask(0o077)
    options = json.loads(sys.argv[2])
    incoming, outgoing = private_pipes()
    take_hooks(log)
    logging.getLogger().addHandler(FaultHandler(log))
    # A fault of native code tells where Python was, by files, lines and names.
    faulthandler.enable()
    if options.get("memory_mb"):
        limit_memory(options["memory_mb"])
    child = Child(incoming, outgoing)
    at_the_end_tell(partial(child.fail, last=True))
    threading.Thread(target=child.listen, daemon=True).start()
    try:
        service = load(sys.argv[1], options.get("args", []))
    # The parent must learn why a service did not start, whatever the reason is.
    except BaseException as error:
        child.fail(error)
        sys.exit(1)
    child.send({"ready": True})
    child.serve(service)


if __name__ == "__main__":
    main()

"""API keys: where they come from, and that they stay out of sight."""

from __future__ import annotations

import asyncio
import os
import subprocess
from collections.abc import Mapping, Sequence

from chatui.domain.errors import AuthenticationFailed
from chatui.system.environment import users_own

COMMAND_SECONDS = 30.0
"""Time for `api_key_command`: a password manager may have to ask for a finger first."""


class KeySource:
    """The key for one server: from an environment variable, else from a command's output.

    `provider` is what messages call the server; `section` is where the config says how to
    get its key, by default the provider's own. `env` may be several names with commas between, of
    which the first that is set counts. Where it is `optional` it is sent if there is one.

    The command runs in a thread when the key is first needed; what it printed is kept until
    `forget`. The key shows in no repr and in no message of an error.
    """

    def __init__(
        self,
        provider: str,
        *,
        env: str = "",
        command: Sequence[str] = (),
        environ: Mapping[str, str] = os.environ,
        section: str = "",
        optional: bool = False,
    ) -> None:
        self._provider = provider
        self._section = section or f"providers.{provider}"
        self._env = [name for name in map(str.strip, env.split(",")) if name]
        self._command = tuple(command)
        self._optional = optional
        self._environ = environ
        self._from_command = ""
        self._asking = asyncio.Lock()

    def __repr__(self) -> str:
        return f"KeySource({self._provider!r}, env={self._env!r}, command={self._command[:1]!r})"

    @property
    def configured(self) -> bool:
        """Whether a key is meant to be sent at all."""
        return self.present if self._optional else bool(self._env or self._command)

    @property
    def present(self) -> bool:
        """Whether a key is at hand, as far as can be told without running the command."""
        return bool(self._variable() or self._command)

    @property
    def variable(self) -> str:
        """The name of the variable that the key is in; "" where it is in none."""
        return next((name for name in self._env if self._value(name)), "")

    @property
    def named_first(self) -> bool:
        """Whether the variable that the key is in is the one that was named first."""
        return bool(self._env) and self.variable == self._env[0]

    @property
    def advice(self) -> str:
        """What a user does to give the key, as the end of a sentence."""
        if self._env and not self._command:
            return f"set {' or '.join(self._env)}"
        if self._command:
            return f"see what `{self._command[0]}` prints"
        return f"set api_key_env or api_key_command in [{self._section}]"

    async def read(self) -> str:
        """The key, "" when none is configured. Raises AuthenticationFailed."""
        if not self.configured:
            return ""
        key = self._variable()
        if not key and self._command:
            async with self._asking:
                if not self._from_command:
                    self._from_command = await asyncio.to_thread(self._run)
                key = self._from_command
        if not key:
            raise AuthenticationFailed(f"{self._provider} needs an API key: {self.advice}.")
        if not (key.isascii() and key.isprintable()) or " " in key:
            raise AuthenticationFailed(
                f"The API key for {self._provider} holds characters that no key has; {self.advice}."
            )
        return key

    def forget(self) -> None:
        """Makes the next `read` run the command again: the key was refused."""
        self._from_command = ""

    def _variable(self) -> str:
        return self._value(self.variable)

    def _value(self, name: str) -> str:
        return self._environ.get(name, "").strip()

    def _run(self) -> str:
        command = self._command[0]
        try:
            done = subprocess.run(
                self._command,
                stdin=subprocess.DEVNULL,
                env=users_own(),
                capture_output=True,
                timeout=COMMAND_SECONDS,
                check=False,
                text=True,
                errors="replace",
            )
        except subprocess.TimeoutExpired:
            # Not `from`: the foreign error carries what the command printed.
            raise AuthenticationFailed(
                f"`{command}` gave no API key for {self._provider} within "
                f"{COMMAND_SECONDS:g} s; run it by hand to see why."
            ) from None
        except OSError as error:
            raise AuthenticationFailed(
                f"`{command}`, the api_key_command of {self._provider}, could not be run: "
                f"{error.strerror or error}."
            ) from error
        if done.returncode != 0:
            raise AuthenticationFailed(
                f"`{command}`, the api_key_command of {self._provider}, failed with exit code "
                f"{done.returncode}; run it by hand to see why."
            )
        return done.stdout.strip()

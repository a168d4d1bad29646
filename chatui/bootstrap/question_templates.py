"""The templates of questions that the user keeps: a file each, in the folder beside the config."""

from __future__ import annotations

import difflib
from dataclasses import dataclass
from pathlib import Path

from chatui.bootstrap.profiles import parts_of, read_prompt
from chatui.domain.errors import ChatuiError, UsageError
from chatui.jobs.prompts import Prompt
from chatui.jobs.question_templates import QuestionTemplate

SUFFIXES = (".md", ".txt")


@dataclass(frozen=True, slots=True)
class QuestionTemplates:
    """Everything here reads files: for a thread."""

    folder: Path

    def places(self) -> dict[str, Path]:
        """The files in the order of their names."""
        try:
            found = sorted(path for path in self.folder.iterdir() if path.suffix in SUFFIXES)
        except OSError:
            return {}
        return {path.stem: path for path in found}

    def described(self) -> dict[str, str]:
        """Each with its first line, or with what is wrong with it."""
        found = {}
        for name in self.places():
            try:
                found[name] = self.load(name).description
            except ChatuiError as error:
                found[name] = str(error)
        return found

    def load(self, name: str) -> QuestionTemplate:
        """Raises UsageError for one that is not there, with the nearest name, or can't be read."""
        places = self.places()
        path = places.get(name)
        if path is None:
            near = difflib.get_close_matches(name, places, n=1)
            hint = f"did you mean {near[0]}?" if near else f"write it into {self.folder / name}.md."
            raise UsageError(f"There is no template {name}; {hint}")
        text = read_prompt(path)
        parts = dict(parts_of(text, str(path), path.parent))
        # Whoever fills it in sees the text before it is sent, what was in the clipboard too.
        prompt = Prompt(text.strip(), str(path), parts, clipboard=True)
        return QuestionTemplate(name, prompt)

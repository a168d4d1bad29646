"""Files that a question names and a model may see: shown to those that do, and read for others."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from chatui.assistant.attachments import AttachedFiles, Attachment, ReadDocument, read_file
from chatui.cost.tokens.pictures import rule_of
from chatui.domain.errors import UsageError
from chatui.domain.media import PDF, PICTURE, Medium, MediumKind
from chatui.domain.passage import Passage
from chatui.models.base import ModelInfo
from chatui.models.catalog import BUILTIN
from chatui.models.files.model_files import LOCAL

INSTEAD = {
    PICTURE: "{model} doesn't see pictures: of {name} the text is sent that was recognised in it.",
    "pdf": "{model} takes no PDFs: of {name} the text is sent.",
}
WHAT: dict[MediumKind, str] = {PICTURE: "doesn't see pictures", PDF: "takes no PDFs"}
PIPED = "{model} {what}, and what is piped in can't be read as a text; name a file with -f."
NEITHER = "{model} doesn't see pictures, and no text of this one can be sent: {reason}"
OF_A_FILE = " It would see with its projector (a file called mmproj) beside it."


class MediumReader(Protocol):
    """Makes media of files and of bytes, as `MediaFiles` does."""

    async def read(self, path: Path, name: str, kind: MediumKind, longest: int) -> Medium: ...

    async def made(self, data: bytes, name: str, kind: MediumKind, longest: int) -> Medium: ...


@dataclass(frozen=True, slots=True)
class ShowableFile:
    """A file that a model may be shown, by the name that the user gave it. `data` is what was piped
    in, which has no path."""

    name: str
    path: Path
    kind: MediumKind
    data: bytes = b""


@dataclass(frozen=True, slots=True)
class ShownFiles:
    """`media` are shown, the others' text is attached. `told` are sentences that say so."""

    media: tuple[Medium, ...] = ()
    attached: AttachedFiles = AttachedFiles()
    told: tuple[str, ...] = ()


async def shown_or_read(
    named: Sequence[ShowableFile],
    infos: Sequence[ModelInfo],
    files: MediumReader,
    read: ReadDocument,
) -> ShownFiles:
    """The files as the models are to have them: seen, where one of them sees such a thing, with the
    pixels of which the one with the weakest eyes makes something. Raises UsageError."""
    media: list[Medium] = []
    attached: list[Attachment] = []
    passages: list[Passage] = []
    told: list[str] = []
    for one in named:
        seeing = [info for info in infos if one.kind in (info.takes or ())]
        if seeing:
            longest = min(rule_of(info.name).longest for info in seeing)
            if one.data:
                media.append(await files.made(one.data, one.name, one.kind, longest))
            else:
                media.append(await files.read(one.path, one.name, one.kind, longest))
            continue
        model = infos[0].name
        if one.data:
            raise UsageError(PIPED.format(model=model, what=WHAT[one.kind]))
        try:
            text, held = await read_file(one.path, one.name, read)
        except UsageError as error:
            if one.kind != PICTURE or model == BUILTIN.name:
                raise
            hint = OF_A_FILE if infos[0].provider == LOCAL else ""
            raise UsageError(NEITHER.format(model=model, reason=error) + hint) from error
        attached.append((one.name, text))
        passages += held
        if model != BUILTIN.name:
            told.append(INSTEAD[one.kind].format(model=model, name=one.name))
    return ShownFiles(tuple(media), AttachedFiles(tuple(attached), tuple(passages)), tuple(told))

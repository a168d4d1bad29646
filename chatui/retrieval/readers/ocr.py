"""Text in pictures, recognised on this machine by the PP-OCR models that come with rapidocr.

Whether a picture is the page of a PDF or a file of its own, it is an array of pixels here. The
models are files inside the package and named by their paths: nothing is fetched. Only the reading
process loads any of this, when it meets the first picture.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from importlib.util import find_spec
from typing import TYPE_CHECKING, Any

from chatui.retrieval.readers.ocr_layout import (
    SeenLine,
    in_rows,
    is_legible,
    is_text,
    turned_half,
)
from chatui.retrieval.readers.pdf_layout import as_text, in_columns

if TYPE_CHECKING:
    from pathlib import Path

    import numpy as np
    from numpy.typing import NDArray

    Pixels = NDArray[np.uint8]
    """Height × width × 3, blue, green, red."""
    Corners = NDArray[np.float32]
    """4 × 2, clockwise from where the line's upper left is; x to the right, y down."""

MEMORY_MB = 1024
"""What recognising may take beside what reading a file may: models, and a page under way. Measured:
130 MB for the models, 600 MB with a page of small print, 700 MB with nine of those on one sheet."""

FIRST_LOOK = 0.95e6
"""Pixels in which lines are looked for: an A4 page at 100 dpi. In more, large letters in thin
strokes are overlooked; in fewer, small print is."""
LEAST_LOOK = 0.4e6
CLOSEST_LOOK = 3.0e6
LOW, HIGH = 13.5, 32.0
"""Pixels of a usual line's height, as it was found, outside of which the look is taken once more,
closer or from further away."""
GOOD = 18.0
LARGEST = 24e6
"""Pixels of a picture; a larger one is looked at reduced to so many."""
MOST_ASKED = 4
"""Lines that say which way up the page is: of what is upright, many times as much is made out. The
model for this that comes with the others is wrong about long lines on worn pages."""
ASKED_LENGTH = 8
"""Heights of a line that are read for it."""
SURE = 1.2
MOST_THREADS = 4
"""Each takes the memory of a line."""
LONGEST = 50
"""Shorter sides; what is longer is a rule, or made to take memory."""
WRITING = 0.5
"""Widths of the picture that lines have together which are writing, and not the edge of a thing."""
TALL = 1.5
"""Heights by width from which a line runs up or down."""


def is_installed() -> bool:
    """Whether the extra `ocr` is there."""
    return all(find_spec(name) for name in ("rapidocr", "PIL"))


@dataclass(frozen=True, slots=True)
class SeenPage:
    """What was recognised, in reading order, a line each; `is_hard` where most of the writing on
    the page, by its length, could not be made out."""

    text: str
    is_hard: bool = False


class Recogniser:
    """`threads` are the lines of a page that are read side by side. `on_use` is called before each
    picture."""

    def __init__(self, threads: int) -> None:
        self.on_use: Callable[[], None] = lambda: None
        self._threads = min(threads, MOST_THREADS)
        self._engine: Any = None

    def read(self, pixels: Pixels, *, is_sheet: bool = False) -> SeenPage:
        """The text in a picture; a sheet is so large that its print is small beside it. Raises
        MemoryError."""
        from rapidocr.inference_engine.onnxruntime.main import ONNXRuntimeError

        self.on_use()
        try:
            return self._read(pixels, CLOSEST_LOOK if is_sheet else FIRST_LOOK)
        except ONNXRuntimeError as error:
            if "alloc" in str(error):
                raise MemoryError("the models got no memory") from error
            raise

    def _read(self, pixels: Pixels, look: float) -> SeenPage:
        if max(pixels.shape[:2]) > LONGEST * min(pixels.shape[:2]):
            return SeenPage("")
        pixels = _reduced(pixels, LARGEST)
        found = self._lines(pixels, look)
        if _runs_sideways(found):
            pixels = _quarter_turned(pixels)
            found = self._lines(pixels, look)
        if not len(found):
            return SeenPage("")
        engine = self._loaded()
        crops = engine.crop_text_regions(pixels, found)
        seen = list(self._recognised(crops, found, pixels.shape))
        legible = [line for line in seen if is_legible(line)]
        read = sum(line.length for line in legible)
        lost = sum(line.length for line in seen) - read
        is_hard = lost > read and lost > WRITING * pixels.shape[1]
        text = as_text(in_columns(in_rows(legible)))
        return SeenPage(text if is_text(text) else "", is_hard)

    def _recognised(
        self, crops: Sequence[Pixels], found: Sequence[Corners], size: Sequence[int]
    ) -> Iterable[SeenLine]:
        along = [crop for crop, corners in zip(crops, found, strict=True) if not _is_tall(corners)]
        upside_down = self._is_upside_down(along)
        read = self._texts([_half_turned(crop) if upside_down else crop for crop in crops])
        for crop, corners, (text, score) in zip(crops, found, read, strict=True):
            best = text, score
            if _is_tall(corners):
                # What stands sideways beside the rest may run up or down.
                (other,) = self._texts([crop if upside_down else _half_turned(crop)])
                best = max(best, other, key=_worth)
            line = SeenLine(*best, tuple((float(x), float(y)) for x, y in corners))
            yield turned_half(line, size[1], size[0]) if upside_down else line

    def _is_upside_down(self, crops: Sequence[Pixels]) -> bool:
        """By what is made out of the ends of the longest lines, read both ways."""
        longest = sorted(crops, key=lambda crop: -crop.shape[1] / crop.shape[0])[:MOST_ASKED]
        asked = [crop[:, : ASKED_LENGTH * crop.shape[0]] for crop in longest]
        upright = sum(map(_worth, self._texts(asked)))
        turned = sum(map(_worth, self._texts([_half_turned(crop) for crop in asked])))
        return turned > SURE * upright

    def _texts(self, crops: Sequence[Pixels]) -> list[tuple[str, float]]:
        """The text of each line with its score."""
        engine = self._loaded()
        # The model is given one line at a time, on a thread of its own: threads inside of it wait
        # for each other by turning round, which takes twice the processor for no more lines.
        with ThreadPoolExecutor(self._threads) as threads:
            read = list(threads.map(lambda crop: engine.recognize_txt([crop]), crops))
        return [(one.txts[0], float(one.scores[0])) for one in read]

    def _lines(self, pixels: Pixels, look: float) -> Any:
        """The corners of each line; none is an empty list."""
        native = pixels.shape[0] * pixels.shape[1]
        look = min(look, native)
        found = self._lines_in(pixels, look)
        if not len(found):
            return self._lines_in(pixels, LEAST_LOOK) if look > LEAST_LOOK else found
        height = _usual_height(found) * math.sqrt(look / native)
        if height < LOW and look < native:
            look = min(native, CLOSEST_LOOK, look * (GOOD / height) ** 2)
        elif height > HIGH:
            look = look * (GOOD / height) ** 2
        else:
            return found
        again = self._lines_in(pixels, look)
        return again if len(again) else found

    def _lines_in(self, pixels: Pixels, look: float) -> Any:
        seen = _reduced(pixels, look)
        found = self._loaded()(seen, use_det=True, use_cls=False, use_rec=False)
        if found.boxes is None:
            return []
        scale = pixels.shape[1] / seen.shape[1], pixels.shape[0] / seen.shape[0]
        return (found.boxes * scale).astype("float32")

    def _loaded(self) -> Any:
        if self._engine is None:
            self._engine = _engine()
            # Before several threads ask for it at once.
            self._engine.recognize_txt([_blank()])
        return self._engine


def _blank() -> Pixels:
    import numpy as np

    return np.full((48, 96, 3), 255, np.uint8)


def _engine() -> Any:
    import cv2
    import rapidocr

    cv2.setNumThreads(1)
    models = _models(rapidocr.__file__)
    return rapidocr.RapidOCR(
        params={
            "Global.log_level": "critical",
            "Global.text_score": 0.0,
            # Pictures come in the size to look at them in.
            "Global.max_side_len": 1_000_000,
            # Nor is a wide one to get a margin that is many times as large.
            "Global.width_height_ratio": -1,
            "Det.limit_type": "max",
            "Det.limit_side_len": 1_000_000,
            # One line at a time takes a third of the memory, and no more time.
            "Rec.rec_batch_num": 1,
            "EngineConfig.onnxruntime.intra_op_num_threads": 1,
            "EngineConfig.onnxruntime.inter_op_num_threads": 1,
            **{f"{part}.model_path": str(path) for part, path in models.items()},
        }
    )


def _models(package: str) -> dict[str, Path]:
    """The model of each part. Raises FileNotFoundError where the package has come without one,
    which the library would fetch otherwise."""
    from pathlib import Path

    folder = Path(package).parent / "models"
    names = {
        "Det": "PP-OCRv6_det_small.onnx",
        "Rec": "PP-OCRv6_rec_small.onnx",
    }
    missing = [name for name in names.values() if not (folder / name).is_file()]
    if missing:
        raise FileNotFoundError(f"rapidocr has come without {', '.join(missing)}")
    return {part: folder / name for part, name in names.items()}


def _reduced(pixels: Pixels, most: float) -> Pixels:
    """With so many pixels; as it is where it has no more."""
    import cv2

    height, width = pixels.shape[:2]
    scale = math.sqrt(most / (height * width))
    if scale >= 1:
        return pixels
    size = max(1, round(width * scale)), max(1, round(height * scale))
    return cv2.resize(pixels, size, interpolation=cv2.INTER_AREA)  # type: ignore[return-value]


def _worth(read: tuple[str, float]) -> float:
    """Letters that were made out, by how sure the model is of them."""
    text, score = read
    return score * sum(letter.isalnum() for letter in text)


def _usual_height(found: Sequence[Corners]) -> float:
    from statistics import median

    return median(min(_sides(corners)) for corners in found)


def _runs_sideways(found: Sequence[Corners]) -> bool:
    """Whether most of the writing, by its length, runs up or down."""
    lengths = [(max(_sides(corners)), _is_tall(corners)) for corners in found]
    tall = sum(length for length, is_tall in lengths if is_tall)
    return 2 * tall > sum(length for length, _ in lengths)


def _is_tall(corners: Corners) -> bool:
    width, height = _sides(corners)
    return height >= TALL * width


def _sides(corners: Corners) -> tuple[float, float]:
    """Width and height."""
    (left, top), (right, other), _, (low_left, low) = corners.tolist()
    width = math.hypot(right - left, other - top)
    return max(1.0, width), max(1.0, math.hypot(low_left - left, low - top))


def _quarter_turned(pixels: Pixels) -> Pixels:
    import numpy as np

    return np.ascontiguousarray(np.rot90(pixels))


def _half_turned(pixels: Pixels) -> Pixels:
    import numpy as np

    return np.ascontiguousarray(np.rot90(pixels, 2))

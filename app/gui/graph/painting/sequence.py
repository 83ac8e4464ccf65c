"""Several pictures: a numbered file of each, or one that moves."""

from __future__ import annotations

import io
from abc import abstractmethod
from collections.abc import Callable, Sequence
from math import sqrt
from pathlib import Path
from typing import Final, overload

from PIL import Image
from PySide6.QtGui import QColor, QImage

from app.gui.graph.painting.export import PNG_SCALE, SceneImage
from app.gui.graph.painting.paint import always
from app.session.timeline import History

MOST: Final = 300
"""More pictures than this are not made."""
_MOST_PIXELS: Final = 60e6
"""Of all pictures of one that moves: they are in memory together, with 4 bytes for a pixel."""
_LAST_STAYS: Final = 3
"""The last picture of one that moves stays this many times as long."""
_WHOLE: Final = {".png": {"disposal": 1, "blend": 0}, ".gif": {"disposal": 2}}
"""Each picture takes the whole place: the one before does not shine through."""


class Pictures(Sequence[SceneImage]):
    """Pictures that are made when they are asked for, in any thread."""

    @abstractmethod
    def picture(self, place: int) -> SceneImage:
        """Return one; `place` is from 0 on.  Raises FileProblem if it cannot be made."""

    @overload
    def __getitem__(self, place: int) -> SceneImage: ...
    @overload
    def __getitem__(self, place: slice) -> list[SceneImage]: ...
    def __getitem__(self, place: int | slice) -> SceneImage | list[SceneImage]:
        places = range(len(self))[place]
        if isinstance(places, range):
            return list(map(self.picture, places))
        return self.picture(places)


class Moments(Pictures):
    """A graph at several positions of its run."""

    def __init__(self, picture: SceneImage, history: History, positions: Sequence[int]) -> None:
        self._picture, self._history, self._positions = picture, history, positions

    def __len__(self) -> int:
        return len(self._positions)

    def picture(self, place: int) -> SceneImage:
        return self._picture.at(self._history.at(self._positions[place]))


def numbered(
    pictures: Sequence[SceneImage], path: Path, is_wanted: Callable[[], bool] = always
) -> dict[Path, bytes]:
    """Return an SVG of each picture, for files beside `path`: `name-01.svg` and so on.

    Raises NotWantedError soon after `is_wanted` says no.
    """
    digits = len(str(len(pictures)))
    return {
        path.with_stem(f"{path.stem}-{place:0{digits}}"): picture.svg(is_wanted)
        for place, picture in enumerate(pictures, 1)
    }


def fitting(pictures: Sequence[SceneImage], wanted: float = PNG_SCALE) -> float:
    """Return device pixels per logical pixel, reduced if all pictures would be too large."""
    areas = (picture.size.width() * picture.size.height() for picture in pictures)
    scales = (picture.png_scale(wanted) for picture in pictures)
    return min(*scales, sqrt(_MOST_PIXELS / (max(areas) * len(pictures))))


def moving(
    pictures: Sequence[SceneImage],
    suffix: str,
    seconds: float,
    scale: float = PNG_SCALE,
    is_wanted: Callable[[], bool] = always,
) -> bytes:
    """Return an animated ".png" or ".gif", which shows each picture for some seconds.

    Smaller pictures are in the middle of the largest.  Raises NotWantedError soon after `is_wanted`
    says no.
    """
    pictures = list(pictures)
    scale, buffer = fitting(pictures, scale), io.BytesIO()
    first, *others = _alike(
        [_pixels(picture.image(scale, is_wanted)) for picture in pictures],
        pictures[0].theme.colors.canvas,
    )
    times = [round(1000 * seconds)] * len(pictures)
    times[-1] *= _LAST_STAYS
    first.save(
        buffer, suffix[1:].upper(), save_all=True, append_images=others, duration=times, loop=0,
        **_WHOLE[suffix],
    )  # fmt: skip
    return buffer.getvalue()


def _alike(images: Sequence[Image.Image], ground: QColor) -> list[Image.Image]:
    """Return the images, each on a ground of the largest width and height."""
    wide, high = max(one.width for one in images), max(one.height for one in images)
    around = ground.red(), ground.green(), ground.blue(), ground.alpha()
    alike = []
    for image in images:
        whole = Image.new("RGBA", (wide, high), around)
        whole.paste(image, ((wide - image.width) // 2, (high - image.height) // 2))
        alike.append(whole)
    return alike


def _pixels(image: QImage) -> Image.Image:
    plain = image.convertToFormat(QImage.Format.Format_RGBA8888)
    size, stride = (plain.width(), plain.height()), plain.bytesPerLine()
    return Image.frombytes("RGBA", size, bytes(plain.constBits()), "raw", "RGBA", stride)

"""A graph at several moments of the run: a numbered picture of each, or one that moves."""

from __future__ import annotations

import io
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from math import sqrt
from pathlib import Path
from typing import Final

from PIL import Image
from PySide6.QtGui import QImage

from app.gui.graph.painting.export import PNG_SCALE, SceneImage
from app.gui.graph.painting.paint import always
from app.session.timeline import Snapshot

MOST: Final = 300
"""More pictures than this are not made."""
_MOST_PIXELS: Final = 60e6
"""Of all pictures of one that moves: they are in memory together, with 4 bytes for a pixel."""
_LAST_STAYS: Final = 3
"""The last picture of one that moves stays this many times as long."""


@dataclass(frozen=True)
class PictureSequence:
    picture: SceneImage
    moments: Sequence[Snapshot]
    """At least one."""

    def scale(self, wanted: float = PNG_SCALE) -> float:
        """Return device pixels per logical pixel, reduced if all pictures would be too large."""
        size = self.picture.size
        pixels = _MOST_PIXELS / (size.width() * size.height() * len(self.moments))
        return min(self.picture.png_scale(wanted), sqrt(pixels))

    def numbered(self, path: Path, is_wanted: Callable[[], bool] = always) -> dict[Path, bytes]:
        """Return an SVG of each moment, for files beside `path`: `name-01.svg` and so on.

        Raises NotWantedError soon after `is_wanted` says no.
        """
        digits = len(str(len(self.moments)))
        return {
            path.with_stem(f"{path.stem}-{place:0{digits}}"): self._at(then).svg(is_wanted)
            for place, then in enumerate(self.moments, 1)
        }

    def moving(
        self,
        suffix: str,
        seconds: float,
        scale: float = PNG_SCALE,
        is_wanted: Callable[[], bool] = always,
    ) -> bytes:
        """Return an animated ".png" or ".gif", which shows each moment for some seconds.

        Raises NotWantedError soon after `is_wanted` says no.
        """
        scale, buffer = self.scale(scale), io.BytesIO()
        first, *others = (_pixels(self._at(then).image(scale, is_wanted)) for then in self.moments)
        times = [round(1000 * seconds)] * len(self.moments)
        times[-1] *= _LAST_STAYS
        first.save(
            buffer, suffix[1:].upper(), save_all=True, append_images=others, duration=times,
            loop=0, **_WHOLE[suffix],
        )  # fmt: skip
        return buffer.getvalue()

    def _at(self, then: Snapshot) -> SceneImage:
        return self.picture.at(then)


_WHOLE: Final = {".png": {"disposal": 1, "blend": 0}, ".gif": {"disposal": 2}}
"""Each picture takes the whole place: the one before does not shine through."""


def _pixels(image: QImage) -> Image.Image:
    plain = image.convertToFormat(QImage.Format.Format_RGBA8888)
    size, stride = (plain.width(), plain.height()), plain.bytesPerLine()
    return Image.frombytes("RGBA", size, bytes(plain.constBits()), "raw", "RGBA", stride)

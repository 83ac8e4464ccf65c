"""The run settings of a file: what a shell would set around `python FILE`."""

from __future__ import annotations

import shlex
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from app.session.language import ngettext, number, tr


class RunSettingsError(Exception):
    """The settings cannot be used; the message is a sentence that says what to change."""


@dataclass(frozen=True, slots=True)
class RunSettings:
    """Empty texts and None mean the default."""

    arguments: str = ""
    """The arguments as typed in a shell: quotes keep words together."""
    folder: str = ""
    """The working folder; the file's own folder by default."""
    module: str = ""
    """The name under which the file runs, as with `python -m`; empty for a plain script."""
    environment: dict[str, str] = field(default_factory=dict)
    """Variables in addition to those of this program."""
    interpreter: str = ""
    """The path of a Python that has torch."""
    stdin: str = ""
    """What the snippet reads with `input()` and `sys.stdin`."""
    seconds: float | None = None
    """Time limit; 0 is none."""
    memory_mib: int | None = None
    """Memory limit; 0 is none."""
    iterations: int | None = None
    """End the run after this many optimizer steps; 0 for no limit."""
    follow: str = ""
    """Packages, separated by spaces, whose files are followed like the user's own."""
    no_follow: str = ""
    """Packages whose files are not."""

    @property
    def is_default(self) -> bool:
        return self == RunSettings()

    def argument_list(self) -> list[str]:
        """Return the arguments as a list.  Raises RunSettingsError if a quote is not closed."""
        try:
            return shlex.split(self.arguments)
        except ValueError as error:
            raise RunSettingsError(
                tr("The arguments cannot be read: {error}. Close every quote.").format(
                    error=str(error).lower()
                )
            ) from None

    def working_folder(self, path: str | None) -> str | None:
        """Return the working folder for a snippet at `path`; None for that of this program.

        By default it is the file's own folder, that of the outermost package for a module.
        Raises RunSettingsError if the folder does not exist, or if the file is not the module.
        """
        beside = str(Path(path).parent) if path else None
        if self.module:
            beside = str(self._folder_of_module(path))
        if not self.folder:
            if beside is not None and not Path(beside).is_dir():
                text = tr("The folder {folder} does not exist. Save the program in another folder.")
                raise RunSettingsError(text.format(folder=beside))
            return beside
        folder = Path(beside or ".").joinpath(Path(self.folder).expanduser())
        if not folder.is_dir():
            raise RunSettingsError(
                tr(
                    "The working folder {folder} does not exist. Choose another in Run settings."
                ).format(folder=folder)
            )
        return str(folder)

    def _folder_of_module(self, path: str | None) -> Path:
        """Raises RunSettingsError if the file at `path` is not the module."""
        place = Path(path or "")
        *packages, name = self.module.split(".")
        for end in ((*packages, f"{name}.py"), (*packages, name, "__main__.py")):
            if place.parts[-len(end) :] == end:
                return place.parents[len(end) - 1]
        raise RunSettingsError(
            tr(
                "{name} is not the module {module}, whose file ends in {end}. Change “Run as "
                "module” in Run settings."
            ).format(
                name=place.name or tr("This text"), module=self.module,
                end="/".join((*packages, f"{name}.py")),
            )
        )  # fmt: skip

    def module_name(self, path: str | None) -> str | None:
        """Return the name that a module has for Python; None for a plain script."""
        if self.module and path and Path(path).stem == "__main__":
            return f"{self.module.removesuffix('.__main__')}.__main__"
        return self.module or None


def module_of(path: Path) -> str:
    """Return the name under which `python -m` runs a file: that of its packages, and its own."""
    names = [] if path.stem == "__main__" else [path.stem]
    folder = path.parent
    while (folder / "__init__.py").is_file() and folder != folder.parent:
        names.insert(0, folder.name)
        folder = folder.parent
    return ".".join(names)


def summary(settings: RunSettings) -> list[str]:
    """Return what differs from the default, a few words each: "2 arguments", "Python .venv".

    >>> summary(RunSettings(arguments="--lr 0.1", stdin="3", seconds=0, memory_mib=2048))
    ['--lr 0.1', 'input', 'no time limit', '2 GiB']
    """
    found = [f"-m {settings.module}"] if settings.module else []
    found.append(settings.arguments.strip())
    if settings.folder:
        found.append(tr("in {folder}").format(folder=Path(settings.folder).name))
    found += [f"{name}={value}" for name, value in settings.environment.items()]
    if settings.interpreter:
        found.append(f"Python {interpreter_name(settings.interpreter)}")
    if settings.stdin:
        found.append(tr("input"))
    if settings.seconds is not None:
        found.append(f"{settings.seconds:g} s" if settings.seconds else tr("no time limit"))
    if settings.memory_mib is not None:
        found.append(_memory(settings.memory_mib))
    if settings.iterations:
        found.append(iterations_counted(settings.iterations))
    if settings.follow:
        found.append(tr("follows {packages}").format(packages=settings.follow))
    if settings.no_follow:
        found.append(tr("not into {packages}").format(packages=settings.no_follow))
    return [text for text in found if text]


def iterations_counted(count: int) -> str:
    return ngettext("{count} iteration", "{count} iterations", count).format(count=number(count))


def interpreter_name(path: str) -> str:
    """Return the folder of the interpreter's environment, or its path if it has none.

    >>> interpreter_name("/home/me/work/.venv/bin/python"), interpreter_name("/usr/bin/python3")
    ('.venv', '/usr/bin/python3')
    """
    place = Path(path)
    if place.parent.name not in ("bin", "Scripts") or len(place.parts) < 4:
        return path
    name = place.parent.parent.name
    return path if name in ("usr", "local") else name


def _memory(mib: int) -> str:
    if not mib:
        return tr("no memory limit")
    return f"{mib >> 10} GiB" if not mib % 1024 else f"{mib} MiB"


# ------------------------------------------------------------------------ variables as text


def environment_text(environment: Mapping[str, str]) -> str:
    """Return the variables as lines of NAME=value."""
    return "\n".join(f"{name}={value}" for name, value in environment.items())


def parse_environment(text: str) -> dict[str, str]:
    """Return the variables of lines of NAME=value; empty lines and # lines are skipped.

    Raises RunSettingsError naming a line that is not of that form.

    >>> parse_environment("A=1\\n\\n# off: B=2\\nPATHS=a=b")
    {'A': '1', 'PATHS': 'a=b'}
    """
    found: dict[str, str] = {}
    for place, line in enumerate(text.splitlines(), 1):
        if not line.strip() or line.lstrip().startswith("#"):
            continue
        name, equals, value = line.partition("=")
        if not equals or not name.strip() or "\0" in line:
            raise RunSettingsError(
                tr("Line {number} of the environment, “{line}”, is not NAME=value.").format(
                    number=place, line=line.strip()
                )
            )
        found[name.strip()] = value.strip()
    return found


# ----------------------------------------------------------------------------- remembered


def to_plain(settings: RunSettings) -> dict[str, Any]:
    """Return what differs from the default, as plain data for JSON."""
    usual = asdict(RunSettings())
    return {name: value for name, value in asdict(settings).items() if value != usual[name]}


def from_plain(data: object) -> RunSettings:
    """Return the settings of plain data; what cannot be read counts as not set."""
    if data == {}:
        return RunSettings()
    import msgspec  # the window is there before it is needed

    try:
        return msgspec.convert(data, RunSettings)
    except msgspec.ValidationError:
        return RunSettings()

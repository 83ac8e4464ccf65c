"""Which version of this program and of the packages beside it is installed."""

from __future__ import annotations


def own_version() -> str:
    return installed_version("tapescope")


def installed_version(package: str) -> str:
    from importlib.metadata import PackageNotFoundError, version  # slow to load, seldom asked

    try:
        return version(package)
    except PackageNotFoundError:
        return "(not installed)"

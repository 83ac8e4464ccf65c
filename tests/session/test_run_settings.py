"""How a file is run: what counts as set, what cannot be used, and that it is remembered whole."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from app.session.run_settings import (
    RunSettings,
    RunSettingsError,
    environment_text,
    from_plain,
    module_of,
    parse_environment,
    summary,
    to_plain,
)

EVERYTHING = RunSettings(
    arguments="--name 'a b'",
    folder="/tmp",
    module="pack.train",
    environment={"A": "1", "B": "x=y"},
    interpreter="/home/me/.venv/bin/python",
    stdin="3\n",
    seconds=5.0,
    memory_mib=2000,
    follow="timm transformers.models",
    no_follow="utils",
)


def test_nothing_set_is_the_default_and_says_nothing() -> None:
    assert RunSettings().is_default
    assert summary(RunSettings()) == []
    assert to_plain(RunSettings()) == {}


def test_what_is_set_is_said_in_a_few_words() -> None:
    assert summary(EVERYTHING) == [
        "-m pack.train", "--name 'a b'", "in tmp", "A=1", "B=x=y", "Python .venv", "input", "5 s",
        "2000 MiB",
        "follows timm transformers.models", "not into utils",
    ]  # fmt: skip
    assert not EVERYTHING.is_default


def test_it_comes_back_as_it_was_remembered() -> None:
    assert from_plain(json.loads(json.dumps(to_plain(EVERYTHING)))) == EVERYTHING


@pytest.mark.parametrize("damage", [None, [], {"seconds": "soon"}, {"environment": {"A": 1}}])
def test_what_cannot_be_read_counts_as_not_set(damage: object) -> None:
    assert from_plain(damage) == RunSettings()


def test_a_module_runs_in_the_folder_of_its_package(tmp_path: Path) -> None:
    inner = tmp_path / "pack" / "inner"
    inner.mkdir(parents=True)
    for folder in (inner, inner.parent):
        (folder / "__init__.py").touch()
    train, main = str(inner / "train.py"), str(inner / "__main__.py")
    assert module_of(Path(train)) == "pack.inner.train"
    assert module_of(Path(main)) == "pack.inner"
    of_file, of_package = RunSettings(module="pack.inner.train"), RunSettings(module="pack.inner")
    assert of_file.working_folder(train) == of_package.working_folder(main) == str(tmp_path)
    assert of_file.module_name(train) == "pack.inner.train"
    assert of_package.module_name(main) == "pack.inner.__main__"
    assert RunSettings().module_name(train) is None
    for path in (main, None):
        with pytest.raises(RunSettingsError, match=r"is not the module pack\.inner\.train, whose"):
            of_file.working_folder(path)


def test_arguments_are_split_as_a_shell_does() -> None:
    assert EVERYTHING.argument_list() == ["--name", "a b"]
    with pytest.raises(RunSettingsError, match="Close every quote"):
        RunSettings(arguments="--name 'a b").argument_list()


def test_the_folder_is_the_files_own_unless_another_is_named(tmp_path: Path) -> None:
    path = str(tmp_path / "s.py")
    (tmp_path / "data").mkdir()
    assert RunSettings().working_folder(path) == str(tmp_path)
    assert RunSettings().working_folder(None) is None
    with pytest.raises(RunSettingsError, match=r"does not exist\. Save the program in another"):
        RunSettings().working_folder(str(tmp_path / "gone" / "a.py"))
    assert RunSettings(folder="data").working_folder(path) == str(tmp_path / "data")
    with pytest.raises(RunSettingsError, match=r"does not exist\. Choose another in Run settings"):
        RunSettings(folder="gone").working_folder(path)


def test_variables_are_written_and_read_a_line_each() -> None:
    text = environment_text(EVERYTHING.environment)
    assert parse_environment(text) == EVERYTHING.environment
    with pytest.raises(
        RunSettingsError, match=r"Line 2 of the environment, “B”, is not NAME=value\."
    ):
        parse_environment("A=1\nB")

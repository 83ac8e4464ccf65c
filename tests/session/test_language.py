"""Texts, counts and files in the language of the environment."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

from app.session.language import tr
from tests.tools.catalogs import catalog, compiled
from tests.tools.messages import ROOT, Message

_CODE = """
import json, sys
from pathlib import Path
from app.session.language import code, localized, ngettext, number, pgettext, tr
print(json.dumps([
    code(), tr("Open"), tr("Unknown"), pgettext("a door", "Open"),
    [ngettext("{count} line", "{count} lines", n).format(count=number(n)) for n in (1, 2000)],
    str(localized(Path(sys.argv[1]))),
]))
"""
_TRANSLATIONS = {
    Message("Open"): ["Malfermi"],
    Message("Open", context="a door"): ["Malfermita"],
    Message("{count} line", "{count} lines"): ["{count} linio", "{count} linioj"],
    Message(",", context="between thousands"): ["."],
}


_CHINESE = """
import json
from app.session.language import listing, paragraph, tr
pass_ = tr("{what} on line {line}").format(what=tr("The backward pass"), line=12)
print(json.dumps([
    tr("{Pass} reached `{name}` and filled its `.grad`.").format(Pass=pass_, name="w"),
    tr("`requires_grad` was set to False{at}.").format(at=""),
    tr("`requires_grad` was set to False{at}.").format(at=tr(" on line {line}").format(line=3)),
    tr("Line {line} was edited since the run").format(line="freeze.py:6"),
    tr("{names} is only in {other}.").format(names="`w.grad`", other="rank 1"),
    tr("{names} is only in {other}.").format(names="`w.grad`", other=tr("the pinned run")),
    listing(["a", "b"]), paragraph(["你好。", None, "Hello.", "你好。"]),
]))
"""


def said(data: Path, page: Path, languages: str = "eo:fr") -> Any:
    """By an interpreter of its own: a language is chosen once."""
    environment = {**os.environ, "XDG_DATA_HOME": str(data), "LANGUAGE": languages, "LANG": "C"}
    return json.loads(
        subprocess.check_output(
            [sys.executable, "-c", _CODE, str(page)], cwd=ROOT, env=environment, text=True
        )
    )


def install(data: Path, content: bytes) -> None:
    folder = data / "tapescope" / "locale" / "eo" / "LC_MESSAGES"
    folder.mkdir(parents=True)
    (folder / "tapescope.mo").write_bytes(content)


def test_a_catalog_of_the_users_own_is_spoken(tmp_path: Path) -> None:
    install(tmp_path, compiled(catalog(_TRANSLATIONS, "eo")))
    page, own = tmp_path / "page.md", tmp_path / "eo" / "page.md"
    own.parent.mkdir()
    own.touch()
    assert said(tmp_path, page) == [
        "eo", "Malfermi", "Unknown", "Malfermita", ["1 linio", "2.000 linioj"], str(own),
    ]  # fmt: skip


def test_without_a_catalog_it_is_english(tmp_path: Path) -> None:
    page = tmp_path / "page.md"
    english = ["en", "Open", "Unknown", "Open", ["1 line", "2,000 lines"], str(page)]
    assert said(tmp_path, page) == english
    install(tmp_path, compiled(catalog(_TRANSLATIONS, "eo")))
    assert said(tmp_path, page, languages="de") == english


def test_a_catalog_that_cannot_be_read_is_none(tmp_path: Path) -> None:
    whole = compiled(catalog(_TRANSLATIONS, "eo"))
    for number, content in enumerate((b"", b"no catalog", whole[:20], whole[:-40])):
        data = tmp_path / str(number)
        install(data, content)
        assert said(data, tmp_path)[:2] == ["en", "Open"], content[:10]


def test_a_name_cannot_turn_the_rest_of_a_sentence_round() -> None:
    text = tr("{type} on line {line}").format(type="A\u202eB\u2067C", line=3)
    assert text == r"A\u202eB\u2067C on line 3"
    assert tr("{type} on line {line}").format(type="é漢\n", line=3) == "é漢\n on line 3"
    text = tr("{type} on line {line}").format(type="\x1b[31mA\r\x9b", line=3)
    assert text == r"\x1b[31mA\r\x9b on line 3"


def test_chinese_has_spaces_beside_other_letters_only(tmp_path: Path) -> None:
    environment = {**os.environ, "XDG_DATA_HOME": str(tmp_path), "LANGUAGE": "zh_CN", "LANG": "C"}
    code = [sys.executable, "-c", _CHINESE]
    assert json.loads(subprocess.check_output(code, cwd=ROOT, env=environment)) == [
        "反向传播（第 12 行）到达 `w`，填入了它的 `.grad`。",
        "`requires_grad` 被设为 False。",
        "`requires_grad` 在第 3 行被设为 False。",
        "freeze.py:6 在运行之后被编辑过",
        "`w.grad` 只在 rank 1 中有。",
        "`w.grad` 只在固定的运行中有。",
        "a、b",
        "你好。Hello. 你好。",
    ]


def test_a_chosen_language_comes_before_that_of_the_environment(tmp_path: Path) -> None:
    folder = tmp_path / "tapescope" / "locale"
    folder.mkdir(parents=True)
    for chosen, spoken in (("zh_CN", "zh-CN"), ("en", "en"), ("", "en"), ("\ud800", "en")):
        (folder / "chosen").write_bytes(chosen.encode("utf-8", "surrogatepass"))
        assert said(tmp_path, tmp_path, languages="de")[0] == spoken
    (folder / "chosen").write_text("en", encoding="utf-8")
    assert said(tmp_path, tmp_path, languages="zh_CN")[0] == "en"

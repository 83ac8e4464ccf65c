"""The formats in which `tapescope check` reports."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any
from urllib.parse import quote
from xml.etree import ElementTree

from app.command_line.check import CheckProblem, Report
from app.session.language import paragraph, tr
from app.session.versions import own_version

_SARIF_SCHEMA = (
    "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json"
)
_SARIF_LEVELS = {"error": "error", "warning": "warning", "info": "note"}
_GITHUB_COMMANDS = {"error": "error", "warning": "warning", "info": "notice"}
_NOT_IN_XML = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
"""The characters that XML 1.0 cannot hold."""


def _text(report: Report) -> str:
    """Return a paragraph for each problem, which begins as compilers' messages do."""
    levels = {"error": tr("error"), "warning": tr("warning"), "info": tr("note")}
    lines = []
    for problem in report.problems:
        place = f"{problem.where}: " if problem.where else ""
        lines.append(f"{place}{levels[problem.level]}: {problem.title} [{problem.code}]")
        lines += [f"    {said}" for said in (problem.text, problem.advice) if said]
    return "\n".join(lines)


def _json(report: Report) -> str:
    training = report.run.trace.training
    return json.dumps({
        "holds": report.exit_code == 0,
        "exit_code": report.exit_code,
        "status": report.run.trace.run.status,
        "verdict": report.verdict,
        "parameters": 0 if training is None else training.parameters,
        "trained": 0 if training is None else training.trained,
        "problems": [problem._asdict() for problem in report.problems],
    }, indent=2)  # fmt: skip


# ---------------------------------------------------------------------------------------- GitHub


def _github(report: Report) -> str:
    """Return workflow commands, which GitHub shows as annotations of lines."""
    lines = [_annotation(problem) for problem in report.problems]
    if report.ending is not None:
        lines.append(f"::error title={_property(tr('Tapescope'))}::{_data(report.ending)}")
    return "\n".join(lines)


def _annotation(problem: CheckProblem) -> str:
    properties = {"file": problem.path, "line": problem.line, "title": problem.title}
    given = [f"{name}={_property(str(value))}" for name, value in properties.items() if value]
    message = paragraph((problem.text, problem.advice))
    return f"::{_GITHUB_COMMANDS[problem.level]} {','.join(given)}::{_data(message)}"


def _data(text: str) -> str:
    return text.replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")


def _property(text: str) -> str:
    return _data(text).replace(":", "%3A").replace(",", "%2C")


# ----------------------------------------------------------------------------------------- SARIF


def _sarif(report: Report) -> str:
    """Return a log of SARIF 2.1.0."""
    codes = dict.fromkeys(problem.code for problem in report.problems)
    driver = {
        "name": "Tapescope",
        "semanticVersion": own_version(),
        "rules": [{"id": code} for code in codes],
    }
    invocation: dict[str, Any] = {"executionSuccessful": report.ending is None}
    if report.ending is not None:
        notification = {"level": "error", "message": {"text": report.ending}}
        invocation["toolExecutionNotifications"] = [notification]
    run = {
        "tool": {"driver": driver},
        "columnKind": "unicodeCodePoints",
        "invocations": [invocation],
        "results": [_result(problem) for problem in report.problems],
    }
    return json.dumps({"$schema": _SARIF_SCHEMA, "version": "2.1.0", "runs": [run]}, indent=2)


def _result(problem: CheckProblem) -> Mapping[str, Any]:
    said = " ".join(filter(None, [f"{problem.title}.", problem.text, problem.advice]))
    result: dict[str, Any] = {
        "ruleId": problem.code,
        "level": _SARIF_LEVELS[problem.level],
        "message": {"text": said},
    }
    if (path := problem.path) is not None:
        uri = Path(path).as_uri() if Path(path).is_absolute() else quote(path)
        place: dict[str, Any] = {"artifactLocation": {"uri": uri}}
        if problem.line is not None:
            place["region"] = {"startLine": problem.line}
        result["locations"] = [{"physicalLocation": place}]
    return result


# ----------------------------------------------------------------------------------------- JUnit


def _junit(report: Report) -> str:
    """Return a suite with a test for the run and one for each problem."""
    failures, errors = sum(p.fails for p in report.problems), int(report.ending is not None)
    trace = report.run.trace
    counts = {
        "tests": str(1 + len(report.problems)), "failures": str(failures), "errors": str(errors),
        "time": f"{trace.run.seconds:.3f}",
    }  # fmt: skip
    root = ElementTree.Element("testsuites")
    name = trace.snippet.path or tr("standard input")
    suite = _add(root, "testsuite", name=f"tapescope check {name}", **counts)
    run = _case(suite, "tapescope.run", tr("the program runs to its end"))
    if report.ending is not None:
        _add(run, "error", report.ending, type=trace.run.status, message=report.ending)
    for problem in report.problems:
        place = f" ({problem.where})" if problem.where else ""
        case = _case(suite, f"tapescope.{problem.code}", f"{problem.title}{place}")
        text = "\n".join(filter(None, [problem.text, problem.advice]))
        if problem.fails:
            _add(case, "failure", text, type=problem.code, message=problem.title)
        else:
            _add(case, "system-out", text)
    ElementTree.indent(root)
    return '<?xml version="1.0" encoding="UTF-8"?>\n' + ElementTree.tostring(root, "unicode")


def _case(suite: ElementTree.Element, classname: str, name: str) -> ElementTree.Element:
    return _add(suite, "testcase", classname=classname, name=name, time="0.000")


def _add(
    parent: ElementTree.Element, tag: str, text: str | None = None, /, **attributes: str
) -> ElementTree.Element:
    clean = {name: _NOT_IN_XML.sub("�", value) for name, value in attributes.items()}
    element = ElementTree.SubElement(parent, tag, clean)
    element.text = None if text is None else _NOT_IN_XML.sub("�", text)
    return element


FORMATS: Mapping[str, Callable[[Report], str]] = {
    "text": _text, "json": _json, "github": _github, "sarif": _sarif, "junit": _junit,
}  # fmt: skip

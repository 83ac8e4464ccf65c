"""The outputs of a traced program: files, chosen by their endings, and the summary."""

from __future__ import annotations

import argparse
import os
import signal
import subprocess
import sys
from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from app.command_line.usage import UsageError
from app.command_line.values import PICTURES, beside, ending_of, is_saved
from app.contract.records import Gradient, Trace
from app.session.language import listing, ngettext, number, paragraph, tr
from app.session.look.wrapping import padded, terminal_width
from app.session.places import error_words
from app.session.recorder_words import about_children, translated
from app.session.run import Run
from app.session.trace.anonymous import anonymous
from app.session.what_if.changes import in_one_sentence, refusals

if TYPE_CHECKING:
    from app.page.scenes.opening import Ask

_ALIKE = 3
"""How many gradients that are None for one reason have lines of their own."""


def write_outputs(run: Run, options: argparse.Namespace, ask: Ask = lambda _: None) -> None:
    """Write the trace to each output, in the format of its ending ("-": JSON on stdout).

    `ask` asks torch for the numbers of the steps on a page.  Each rank of a distributed run writes
    files of its own: run.json is run.rank0.json; so does each child process: run.1.json.
    Raises UsageError if one cannot be written.
    """
    if options.anonymous:
        run = Run(anonymous(run.trace))
    outputs: list[str] = options.outputs
    if not is_saved(options.file):
        rank, child = run.trace.run.rank, run.trace.run.child
        if rank is not None:
            outputs = [beside(output, f"rank{rank}") for output in outputs]
        if child is not None:
            outputs = [beside(output, str(child)) for output in outputs]
    if any(output == "-" or Path(output).is_fifo() for output in outputs):
        signal.signal(signal.SIGTERM, signal.default_int_handler)  # nobody may ever read it
    pictures = [output for output in outputs if ending_of(output) in PICTURES]
    for output in outputs:
        if output not in pictures:
            _write(run, output, ask)
    if pictures:
        _draw(run.trace, pictures)


def _write(run: Run, output: str, ask: Ask) -> None:
    try:
        data = _render(run, output, ask)
        if output == "-":
            if sys.stdout is None:
                raise UsageError(tr("standard output is closed"))
            with open(1, "wb", closefd=False) as stdout:
                stdout.write(data)
        else:
            Path(output).write_bytes(data)
    except OSError as error:
        text = tr("{path} cannot be written: {error}")
        raise UsageError(text.format(path=output, error=error.strerror or error)) from None


def _render(run: Run, output: str, ask: Ask) -> bytes:
    ending = ending_of(output)
    if ending == ".html":
        from app.page.html import page

        return page(run.trace, ask)
    if ending == ".dot":
        return _dot(run)
    from app.session.trace.document import as_file

    return as_file(run.trace, output)


def _dot(run: Run) -> bytes:
    from app.drawing.dot import styled
    from graphviz_render import LayoutError, dot_source

    try:
        return dot_source(styled(run)).encode()
    except LayoutError as error:
        raise UsageError(str(error)) from None


def _draw(trace: Trace, pictures: Sequence[str]) -> None:
    """Draw pictures as the window does, in a separate program, so that Qt is not loaded here."""
    from app.session.trace.document import dump

    root = str(Path(__file__).resolve().parents[2])
    places = os.pathsep.join(filter(None, [root, os.environ.get("PYTHONPATH", "")]))
    done = subprocess.run(
        [sys.executable, "-P", "-m", "app.gui.picture_program", *pictures],
        input=dump(trace),
        stderr=subprocess.PIPE,
        env=os.environ | {"PYTHONPATH": places},
        check=False,
    )
    if done.returncode:
        said = done.stderr.decode(errors="replace").strip().splitlines()
        text = tr("{paths} could not be drawn: {reason}")
        reason = said[-1] if said else tr("no reason was given")
        raise UsageError(text.format(paths=listing(pictures), reason=reason))


def one_line(run: Run) -> str:
    """Return how the run ended, what was recorded, trained and found, in one line."""
    from app.session.summary.partial_words import partial_words

    trace = run.trace
    said = [_ended(_first_line(_ending(trace))), _operations(run)]
    if (changed := in_one_sentence(trace)) is not None:
        said = [changed, *refusals(trace), *said]
    if trace.training is not None:
        counts = {"trained": trace.training.trained, "all": trace.training.parameters}
        said.append(tr("Trains {trained} of {all} parameters.").format(**counts))
    if found := finding_counts(trace):
        said.append(tr("Findings: {counts}.").format(counts=found))
    return paragraph([*said, _magics(trace), *untraced_children(trace), partial_words(trace)])


def untraced_children(trace: Trace) -> list[str]:
    """Return sentences on the processes that are not in the trace, and how to trace them."""
    said = about_children(trace)
    return [*said, _with_children()] if said else []


def _with_children() -> str:
    command = "tapescope trace --children -o run.json"
    return tr("To trace them too: {command}.").format(command=command)


def _first_line(text: str) -> str:
    """Return the first line; of one that breaks off in a sentence, those before it."""
    line, _, more = text.partition("\n")
    is_whole = not more or line.rstrip().endswith((".", "!", "?", ":"))
    return line if is_whole or ". " not in line else line.rpartition(". ")[0]


def _magics(trace: Trace) -> str | None:
    count = sum(note.code == "magic" for note in trace.notes)
    text = ngettext(
        "{count} line is for IPython and did not run.",
        "{count} lines are for IPython and did not run.",
        count,
    )
    return text.format(count=number(count)) if count else None


def finding_counts(trace: Trace) -> str:
    """Return how many findings there are of each severity: "1 error, 2 warnings"."""
    count = Counter(finding.severity for finding in trace.findings)
    errors, warnings, notes = count["error"], count["warning"], count["info"]
    words = [
        (errors, ngettext("{count} error", "{count} errors", errors)),
        (warnings, ngettext("{count} warning", "{count} warnings", warnings)),
        (notes, ngettext("{count} note", "{count} notes", notes)),
    ]
    return listing(text.format(count=number(n)) for n, text in words if n)


def summary(run: Run) -> list[str]:
    """What trained (after what raised), how the run ended, what was recorded and found, the
    gradients with their reasons; a line each."""
    trace = run.trace
    from app.session.summary.in_words import in_words, trains
    from app.session.summary.partial_words import partial_words

    first = [sentence.text for sentence in trains(trace)]
    if trace.error is None:
        first.append(_ending(trace))
        words = [said.text for said in in_words(run) if said.icon != "trains"]
    else:
        first.insert(0, _ending(trace))
        words = list(filter(None, [*about_children(trace), partial_words(trace)]))
    if about_children(trace):
        words.append(_with_children())
    if (magics := _magics(trace)) is not None:
        words.insert(0, magics)
    if (changed := in_one_sentence(trace)) is not None:
        first = [changed, *refusals(trace), *first]
    return [*first, _operations(run), *words, *_findings(trace), *_gradients(run)]


def _operations(run: Run) -> str:
    from app.session.look.status import STATUS_STYLES
    from app.session.summary.counts import status_counts

    counts = [
        f"{count} {tr(STATUS_STYLES[status].label)}"
        for status, count in status_counts(run).items()
        if count
    ]
    if not counts:
        return tr("Operations: none.")
    return tr("Operations: {counts}.").format(counts=listing(counts))


def _ending(trace: Trace) -> str:
    """Return how the run ended."""
    return by_rank(trace, _own_ending(trace))


def by_rank(trace: Trace, ending: str) -> str:
    """Return what is said of a run, after the rank that it was in a distributed run."""
    if trace.run.rank is None:
        return ending
    text = tr("Rank {rank} (of {world}): {ending}")
    world = "?" if trace.run.world is None else trace.run.world
    return text.format(rank=trace.run.rank, world=world, ending=ending)


def _own_ending(trace: Trace) -> str:
    run, error = trace.run, trace.error
    if error is None:
        text = tr("Ran to its end in {seconds:.3g} s on {device} with torch {torch}.")
        if run.iterations is not None:
            text = ngettext(
                "Ended after {count} iteration in {seconds:.3g} s on {device} with torch {torch}.",
                "Ended after {count} iterations in {seconds:.3g} s on {device} with torch {torch}.",
                run.iterations,
            )
        count = number(run.iterations or 0)
        return text.format(count=count, seconds=run.seconds, device=run.device, torch=run.torch)
    text = error_words(error)
    return text if error.hint is None else paragraph((_ended(text), translated(error.hint)))


def _ended(text: str) -> str:
    """Return what another sentence follows, with a full stop."""
    text = text.rstrip(": \n")
    return text if text.endswith((".", "!", "?", "。")) else f"{text}."


def _findings(trace: Trace) -> list[str]:
    from app.session.findings.words import advice, located

    return [
        paragraph((located(finding), finding.text, advice(finding.fix)))
        for finding in trace.findings
    ]


def _gradients(run: Run) -> list[str]:
    """Return a line for each `.grad`, and one for many that are None for one reason."""
    from app.session.explain.phrases import Phrases
    from app.session.explain.texts import reason

    alike: dict[str, list[Gradient]] = {}
    say = Phrases(run, marks=False)
    for gradient in run.trace.gradients:
        why = reason(say, gradient) if gradient.grad is None else str(gradient.tensor)
        alike.setdefault(why, []).append(gradient)
    rows = []
    for why, gradients in alike.items():
        name = f"{gradients[0].name}.grad"
        if len(gradients) > _ALIKE:
            text = tr("{names} and {count} more")
            rows.append((text.format(names=name, count=len(gradients) - 1), "None", why))
        else:
            rows += [(f"{row.name}.grad", _norm(row), row.why.text) for row in gradients]
    widths = [max((terminal_width(row[at]) for row in rows), default=0) for at in (0, 1)]
    return [
        f"{padded(name, widths[0])}  {padded(value, widths[1])}  {why}" for name, value, why in rows
    ]


def _norm(gradient: Gradient) -> str:
    grad = gradient.grad
    if grad is None:
        return "None"
    norm = f"{grad.norm:.4g}" if isinstance(grad.norm, float) else grad.norm
    return tr("norm {norm}").format(norm=norm)

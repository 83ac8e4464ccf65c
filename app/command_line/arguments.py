"""The commands of `tapescope`, their options, and what `--help` says of them."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Callable, Sequence
from contextlib import suppress
from typing import Any, NoReturn

from app.command_line import values
from app.command_line.usage import BAD_USAGE, did_you_mean
from app.contract.records import MODES, Change
from app.session.language import tr, translatable
from app.session.look.wrapping import terminal_width, wrapped
from app.session.what_if.changes import with_mode

_OF_ARGPARSE = (
    translatable("usage: "),
    translatable("positional arguments"),
    translatable("options"),
    translatable("show this help message and exit"),
    translatable("argument %(argument_name)s: %(message)s"),
    translatable("ambiguous option: %(option)s could match %(matches)s"),
    translatable("expected one argument"),
    translatable("expected at least one argument"),
    translatable("ignored explicit argument %r"),
    translatable("invalid %(type)s value: %(value)r"),
    translatable("invalid choice: %(value)r (choose from %(choices)s)"),
    translatable("not allowed with argument %s"),
    translatable("the following arguments are required: %s"),
)
argparse._ = tr  # type: ignore[attr-defined]  # it looks its texts up by this name
FORMATS = ("text", "json", "github", "sarif", "junit")


class _Help(argparse.RawDescriptionHelpFormatter):
    """Breaks lines where the language breaks, by the columns that a terminal takes."""

    def _split_lines(self, text: str, width: int) -> list[str]:
        return wrapped(text, width, terminal_width)


class Parser(argparse.ArgumentParser):
    """Says in one line what is wrong, and which option was probably meant."""

    def __init__(self, prog: str, usage: str, description: str, epilog: str = "") -> None:
        super().__init__(
            prog, usage=usage, description=description, epilog=epilog, formatter_class=_Help
        )

    def error(self, message: str) -> NoReturn:
        self.exit(BAD_USAGE, f"{self.prog}: {message}\n")

    def parse(self, words: Sequence[str]) -> argparse.Namespace:
        """Return the options; end the program if the words cannot be understood.

        `changed` has the names of those that are not at their defaults.
        """
        options, unknown = self.parse_known_args(words)
        if unknown:
            meant = did_you_mean(unknown[0].split("=")[0], self._option_string_actions)
            text = tr("unrecognized arguments: {words}{meant}")
            self.error(text.format(words=" ".join(unknown), meant=meant))
        if "module" in options and (options.file is None) == (options.module is None):
            self._complain_of_program(options)
        given = vars(options).items()
        options.changed = {name for name, value in given if value != self.get_default(name)}
        return options

    def add_repeatable(
        self, name: str, metavar: str, words: str, *, type: Callable[[str], object] = str
    ) -> None:
        """Add an option whose values are a list, empty unless it is given."""
        self.add_argument(name, metavar=metavar, action="append", default=[], type=type, help=words)

    def _complain_of_program(self, options: argparse.Namespace) -> NoReturn:
        if options.file is None:
            self.error(tr("the following arguments are required: FILE or -m PACKAGE.MODULE"))
        text = tr("{file} and -m {module}: give one of them; arguments of the program follow --")
        self.error(text.format(file=options.file, module=options.module))

    def _print_message(self, message: str, file: Any = None) -> None:
        """Ignore a stream that cannot be written, as newer versions of argparse do."""
        with suppress(AttributeError, OSError):
            super()._print_message(message, file)


def split_at_dashes(words: Sequence[str]) -> tuple[list[str], list[str]]:
    """Split Tapescope's own arguments from those of the snippet, which follow `--`.

    >>> split_at_dashes(["train.py", "--seed", "1", "--", "--lr", "0.1"])
    (['train.py', '--seed', '1'], ['--lr', '0.1'])
    """
    place = words.index("--") if "--" in words else len(words)
    return list(words[:place]), list(words[place + 1 :])


def window_parser() -> Parser:
    parser = Parser(
        "tapescope",
        "tapescope [FILE ...] [options] [-- ARGUMENTS OF THE PROGRAM]",
        tr("See what PyTorch's autograd recorded, what it skipped, and why a .grad is None."),
        tr(
            "commands without a window (each has --help):\n"
            "  tapescope trace FILE    trace a program and write pages, pictures and traces\n"
            "  tapescope check FILE    trace it and fail if something is wrong, for CI\n"
            "  tapescope diff A B      compare two programs or traces\n"
            "  tapescope measure FILE  measure it under grad, no_grad and inference_mode\n"
            "  tapescope lecture PATH  write a lecture as a page that steps and asks\n"
            "  tapescope self-test     check the installation\n"
            "\n"
            "examples:\n"
            "  tapescope                       open the window\n"
            "  tapescope train.py -- --lr 0.1  open a program, with its arguments\n"
            "  tapescope run.json.gz           open a saved trace\n"
            "  tapescope run.rank*.json        open the traces of several ranks together\n"
            "  tapescope lecture-folder        open a lecture: a folder or a .zip of one\n"
            "\n"
            "exit status: 0, or 2 if the window cannot be opened"
        ),
    )
    parser.add_argument(
        "files",
        nargs="*",
        metavar="FILE",
        help=tr(
            "a .py program, a notebook, a .json or .json.gz trace, or a lecture (a folder or "
            ".zip); several open together"
        ),
    )
    parser.add_argument(
        "--version", action=_Version, nargs=0, help=tr("print the version and exit")
    )
    _add_run_options(parser, tr("as in the window's settings"))
    return parser


def trace_parser() -> Parser:
    parser = Parser(
        "tapescope trace",
        "tapescope trace (FILE | -m PACKAGE.MODULE) [options] [-- ARGUMENTS OF THE PROGRAM]",
        tr(
            "Trace a program without a window. A saved trace (.json, .json.gz) is not run but "
            "converted."
        ),
        tr(
            "exit status:\n"
            "  0  traced\n"
            "  1  the program raised an error\n"
            "  2  wrong usage, unreadable input, or a what-if that matches nothing\n"
            "  3  stopped, timed out, crashed or out of memory\n"
            "In cases 0, 1 and 3 the trace up to that point is written.\n"
            "\n"
            "examples:\n"
            "  tapescope trace train.py                    print a summary\n"
            "  tapescope trace train.py -o page.html       write a page\n"
            "  tapescope trace -m pkg.train -- --lr 0.1    as python -m pkg.train --lr 0.1\n"
            "  tapescope trace train.py --without 9        as if line 9 had no no_grad\n"
            "  tapescope trace train.py --children -o run.json\n"
            "                                              run.1.json, run.2.json for its workers\n"
            "  tapescope trace run.json.gz -o page.html    convert a saved trace"
        ),
    )
    _add_program_or_trace(parser)
    _add_outputs(parser)
    parser.add_argument(
        "--children",
        action="store_true",
        help=tr(
            "trace forked and spawned processes too, DataLoader workers for example, each into OUT "
            "with .1, .2 and so on"
        ),
    )
    _add_tracing_options(parser)
    return parser


def check_parser() -> Parser:
    parser = Parser(
        "tapescope check",
        "tapescope check (FILE | -m PACKAGE.MODULE) [options] [-- ARGUMENTS OF THE PROGRAM]",
        tr("Trace a program, or read a saved trace, and judge it."),
        tr(
            "A PATTERN has * and ? as in file names and is compared with the names of parameters, "
            "as a whole\nor from any dot on: 'head.*' means `model.head.weight` too.\n"
            "\n"
            "exit status:\n"
            "  0  all is as it should be\n"
            "  1  the program raised an error that is not a finding\n"
            "  2  wrong usage, unreadable input, or a pattern that matches no parameter\n"
            "  3  stopped, timed out, crashed or out of memory\n"
            "  4  a finding of that level or above, or a parameter that breaks a pattern\n"
            "\n"
            "examples:\n"
            "  tapescope check train.py --fail-on warning\n"
            "  tapescope check train.py --trains 'head.*' --frozen 'backbone.*'\n"
            "  tapescope check -m pkg.train --format github\n"
            "  tapescope check run.json --format sarif > findings.sarif"
        ),
    )
    _add_program_or_trace(parser)
    parser.add_repeatable("--trains", "PATTERN", tr("parameters that must be trained; repeatable"))
    parser.add_repeatable(
        "--frozen", "PATTERN", tr("parameters that must be frozen and not move; repeatable")
    )
    parser.add_argument(
        "--fail-on",
        choices=["error", "warning", "none"],
        default="error",
        help=tr("the least finding that fails the check (default: %(default)s)"),
    )
    _add_format(parser, FORMATS)
    _add_outputs(parser)
    _add_tracing_options(parser)
    return parser


def diff_parser() -> Parser:
    parser = Parser(
        "tapescope diff",
        "tapescope diff A B [options] [-- ARGUMENTS OF THE PROGRAMS]",
        tr("Compare two runs: operations, gradients, what trains, bytes kept for backward."),
        tr(
            "exit status:\n"
            "  0  alike\n"
            "  1  different\n"
            "  2  wrong usage or unreadable input\n"
            "  3  a run was stopped, timed out, crashed or out of memory\n"
            "\n"
            "examples:\n"
            "  tapescope diff before.json after.json\n"
            "  tapescope diff main.json.gz train.py\n"
            "  tapescope diff before.py after.py --format html > diff.html\n"
            "  tapescope diff train.py train.py --freeze 'encoder.*'"
        ),
    )
    parser.add_argument(
        "file", metavar="A", help=tr("a program or a notebook, which is traced, or a saved trace")
    )
    parser.add_argument("other", metavar="B", help=tr("another one"))
    _add_format(parser, ("text", "json", "html"))
    _add_tracing_options(parser)
    return parser


def measure_parser() -> Parser:
    parser = Parser(
        "tapescope measure",
        "tapescope measure (FILE | -m PACKAGE.MODULE) [options] [-- ARGUMENTS OF THE PROGRAM]",
        tr(
            "Run a program, or lines of it, again and again without tracing: as written, under "
            "grad, no_grad\nand inference_mode in turn. Print time and memory, and what they show."
        ),
        tr(
            "Up to 21 rounds are measured, for about 30 seconds. A program that writes files or "
            "starts others does\nso in every round; --again allows that.\n"
            "\n"
            "exit status:\n"
            "  0  measured\n"
            "  1  the program raised an error, or the lines cannot run on their own\n"
            "  2  wrong usage or unreadable input\n"
            "  3  stopped before the first round was done\n"
            "\n"
            "examples:\n"
            "  tapescope measure train.py                 the whole program\n"
            "  tapescope measure train.py --lines 16-17   these lines, after those above them"
        ),
    )
    _add_program(parser, tr('a program or a notebook, or "-" for standard input'))
    parser.add_argument(
        "--lines", type=values.lines, metavar="A-B", default=[],
        help=tr("whole statements outside functions and loops (default: the whole program)"),
    )  # fmt: skip
    parser.add_argument(
        "--again",
        action="store_true",
        help=tr("measure also what has effects outside the program"),
    )
    _add_device_and_seed(parser)
    _add_run_options(parser, tr("none"))
    parser.set_defaults(what_if=[], max_ops=1)
    return parser


def lecture_parser() -> Parser:
    parser = Parser(
        "tapescope lecture",
        "tapescope lecture PATH [options] [-- ARGUMENTS OF THE PROGRAMS]",
        tr(
            "Run the programs of a lecture and write it as one HTML page that steps through its "
            "scenes and\nchecks answers, without a network. PATH is a folder or a .zip of one."
        ),
        tr(
            "exit status:\n"
            "  0  written\n"
            "  1  written; a program raised an error, and its scenes show how far it got\n"
            "  2  wrong usage, or a lecture that cannot be read\n"
            "  3  written; a program was stopped, timed out, crashed or out of memory\n"
            "\n"
            "examples:\n"
            "  tapescope lecture backward -o backward.html\n"
            "  tapescope lecture backward.zip --ground white --no-questions"
        ),
    )
    add = parser.add_argument
    add("file", metavar="PATH", help=tr("a folder with lecture.md, or a .zip of one"))
    add("-o", dest="output", metavar="OUT", help=tr("the page (default: the folder's name, .html)"))
    add(
        "--ground", choices=("reader", "white", "dark"), default="reader",
        help=tr("the reader's theme, or one for every reader (default: %(default)s)"),
    )  # fmt: skip
    for name, words in (
        ("questions", tr("leave the questions out")),
        ("code", tr("leave the programs' text out")),
        ("gradients", tr("leave the tables of gradients out")),
    ):
        add(f"--no-{name}", dest=name, action="store_false", help=words)
    _add_device_and_seed(parser)
    _add_run_options(parser, "60")
    parser.set_defaults(what_if=[], max_ops=200_000)
    return parser


def self_test_parser() -> Parser:
    parser = Parser(
        "tapescope self-test",
        "tapescope self-test [--python PATH]",
        tr("Print versions, trace a snippet, lay it out and draw it; say what is missing."),
        tr(
            "exit status: 0 if everything works, otherwise 1\n"
            "\n"
            "example:\n"
            "  tapescope self-test --python .venv/bin/python"
        ),
    )
    _add_python(parser)
    return parser


def _add_program(parser: Parser, words: str) -> None:
    add = parser.add_argument
    add("file", metavar="FILE", nargs="?", help=words)
    add(
        "-m",
        dest="module",
        metavar="PACKAGE.MODULE",
        help=tr("run a module, as python -m does"),
    )


def _add_program_or_trace(parser: Parser) -> None:
    _add_program(
        parser,
        tr('a program or a notebook, "-" for standard input, or a saved trace (.json, .json.gz)'),
    )


def _add_format(parser: Parser, choices: Sequence[str]) -> None:
    parser.add_argument(
        "--format",
        choices=choices,
        default="text",
        help=tr("what is printed on standard output (default: %(default)s)"),
    )


def _add_outputs(parser: Parser) -> None:
    add = parser.add_argument
    suffixes = ", ".join(values.SUFFIXES)
    add(
        "-o",
        dest="outputs",
        metavar="OUT",
        action="append",
        default=[],
        type=values.output,
        help=tr(
            'by extension: {suffixes}; "-" is JSON on stdout; repeatable. Under torchrun each rank '
            "writes its own, run.rank0.json and so on"
        ).format(suffixes=suffixes),
    )
    add(
        "--anonymous",
        action="store_true",
        help=tr("leave machine name and folders out of the .json"),
    )


def _add_tracing_options(parser: Parser) -> None:
    _add_device_and_seed(parser)
    add = parser.add_argument
    _add_changes(parser)
    add(
        "--max-ops",
        type=values.count,
        default=200_000,
        metavar="N",
        help=tr("stop recording after N operations; the program runs on (default: %(default)s)"),
    )
    _add_run_options(parser, tr("none, 60 for standard input"))


def _add_changes(parser: Parser) -> None:
    """Add the options of a what-if.  `what_if` has the changes in the order of the words."""
    parser.set_defaults(what_if=[])
    group = parser.add_argument_group(
        tr("what if"),
        tr(
            "The text runs as it is but for these (in diff: B, so that A may be the same program "
            "as written).\nThe later of two that contradict each other holds. A PATTERN has * and "
            "? as in file names and is\ncompared with whole names, as the trace shows them; the "
            "name of a module means all in it. One\nthat matches nothing is an error."
        ),
    )
    for name, words in (
        ("freeze", tr("hold parameters frozen: requires_grad False; repeatable")),
        ("unfreeze", tr("hold them trainable, whatever the program freezes; repeatable")),
        ("eval", tr("hold modules in evaluation mode; repeatable")),
        ("train", tr("hold modules in training mode; repeatable")),
    ):
        group.add_argument(f"--{name}", metavar="PATTERN", action=_Changes, help=words)
    group.add_argument(
        "--without",
        metavar="LINE",
        type=values.place,
        action=_Changes,
        help=tr(
            "run as if the no_grad, inference_mode, enable_grad, set_grad_enabled, autocast or "
            "detach() on this line were not there; freeze.py:6 is a line of another file; "
            "repeatable"
        ),
    )
    group.add_argument(
        "--mode",
        choices=MODES,
        action=_Changes,
        help=tr(
            "grad mode on or off, or inference mode on, in the whole program (default: as-written)"
        ),
    )


def _add_device_and_seed(parser: Parser) -> None:
    add = parser.add_argument
    add(
        "--device",
        default="cpu",
        type=values.device,
        help=tr("auto, cpu, cuda, cuda:N or mps (default: %(default)s)"),
    )
    seed = parser.add_mutually_exclusive_group()
    seed.add_argument(
        "--seed",
        type=values.seed,
        default=0,
        metavar="N",
        help=tr("torch.manual_seed(N) before the run (default: %(default)s)"),
    )
    seed.add_argument(
        "--no-seed",
        dest="seed",
        action="store_const",
        const=None,
        help=tr("leave the seed alone"),
    )


def _add_python(parser: Parser) -> None:
    parser.add_argument(
        "--python",
        metavar="PATH",
        default="",
        help=tr("the Python that runs the program; it needs torch (default: Tapescope's own)"),
    )


def _add_run_options(parser: Parser, usual_limit: str) -> None:
    add = parser.add_argument
    add("--cwd", metavar="FOLDER", type=values.folder, help=tr("where the program runs"))
    _add_python(parser)
    parser.add_repeatable(
        "--env", "NAME=VALUE", tr("an environment variable; repeatable"), type=values.variable
    )
    add(
        "--stdin",
        metavar="FILE",
        help=tr('what the program reads as input; "-" is standard input (default: nothing)'),
    )
    parser.add_repeatable(
        "--follow", "PACKAGE", tr("follow the program into an installed package too; repeatable")
    )
    parser.add_repeatable(
        "--no-follow", "PACKAGE", tr("do not follow it into a package of yours; repeatable")
    )
    add(
        "--iterations",
        type=values.count,
        metavar="N",
        help=tr("end the run after N optimizer steps"),
    )
    add(
        "--timeout",
        type=values.seconds,
        metavar="S",
        help=tr("time limit in seconds; 0 for no limit (default: {limit})").format(
            limit=usual_limit
        ),
    )
    add(
        "--memory",
        type=values.count,
        metavar="MIB",
        help=tr("memory limit of the run in MiB (default: none)"),
    )


class _Changes(argparse.Action):
    """Collects the changes of all options of a what-if in one list."""

    def __init__(self, option_strings: Sequence[str], dest: str, **given: Any) -> None:
        super().__init__(option_strings, "what_if", default=[], **given)
        self._kind: Any = dest

    def __call__(
        self, parser: argparse.ArgumentParser, options: argparse.Namespace, value: Any, *_: Any
    ) -> None:
        changes = list(options.what_if)
        if self._kind == "mode":
            options.what_if = list(with_mode(changes, value))
        else:
            options.what_if = [*changes, Change(self._kind, value)]


class _Version(argparse.Action):
    def __call__(self, parser: argparse.ArgumentParser, *_: Any) -> NoReturn:
        from app.session.versions import own_version

        parser._print_message(f"tapescope {own_version()}\n", sys.stdout)
        parser.exit()

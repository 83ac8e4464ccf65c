"""`import tapescope` in one's own code: what it answers, and that it changes nothing else."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest
import tapescope
import torch
from torch import nn

from app.session.trace.document import load
from tests.support import TraceText
from tests.tracer.test_patches import _state as state

TOP = Path(tapescope.__file__).resolve().parents[1]
FROZEN_BEFORE = "did not require grad when the recorded block began."


class Net(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.backbone, self.head = nn.Linear(2, 2), nn.Linear(2, 1)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        out: torch.Tensor = self.head(self.backbone(x).tanh())
        return out


class Trainer:
    """As those of libraries: it has the model, the optimizer and the loop."""

    def __init__(self, model: nn.Module, steps: int = 2) -> None:
        self.model, self.steps = model, steps
        self.optimizer = torch.optim.SGD(model.parameters(), lr=0.1)

    def fit(self) -> float:
        for _ in range(self.steps):
            self.optimizer.zero_grad()
            loss = self.model(torch.ones(3, 2)).mean()
            loss.backward()
            self.optimizer.step()
        return float(loss.detach())


def run_python(text: str, folder: Path, *, from_file: bool = True, **environment: str) -> str:
    """Return what a program prints that can import `tapescope`."""
    (folder / "program.py").write_text(text)
    done = subprocess.run(
        [sys.executable, "-W", "error", *(["program.py"] if from_file else ["-c", text])],
        cwd=folder,
        env=os.environ | {"PYTHONPATH": str(TOP)} | environment,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


def test_a_training_step_is_explained() -> None:
    model = Net()
    model.backbone.requires_grad_(False)
    trainer = Trainer(model)
    with tapescope.trace() as run:
        trainer.fit()
    assert run.training is not None
    assert (run.training.trained, run.training.parameters) == (2, 4)
    whys = {row.name: row.why.text for row in run.gradients}
    assert whys["model.backbone.weight"].endswith(FROZEN_BEFORE)
    assert whys["model.head.weight"].startswith("The backward pass on line ")
    linear = [operation for operation in run.operations if operation.name == "linear"]
    assert [operation.reason for operation in linear] == ["no_input_requires_grad", "recorded"] * 2
    assert [finding.code for finding in run.findings] == ["frozen_in_optimizer"]
    run.assert_trains(model, frozen=["backbone.*"])
    run.assert_trains(model.head)


def test_a_run_prints_what_it_found() -> None:
    run = tapescope.trace()
    assert repr(run) == "<tapescope.Run: has not begun>"
    model = Net()
    model.backbone.requires_grad_(False)
    with run:
        Trainer(model, steps=1).fit()
        assert str(run) == "<tapescope.Run: recording>"
    frozen = "Trains 2 of 4 parameters. 2 are frozen."
    said = "2 operations recorded, 4 skipped. 2 of 4 leaves have a .grad."
    assert repr(run) == f"<tapescope.Run: {frozen} {said}>"
    with pytest.raises(ValueError, match="no"), tapescope.trace() as failed:
        raise ValueError("no")
    assert repr(failed).startswith("<tapescope.Run: Raised ValueError on line ")
    assert repr(failed).endswith(" 0 operations recorded, 0 skipped. 2 of 4 leaves have a .grad.>")


def test_what_breaks_an_expectation_is_named_with_its_reason() -> None:
    model = Net()
    model.backbone.requires_grad_(False)
    unused = nn.Linear(1, 1)
    trainer = Trainer(model)
    with tapescope.trace() as run:
        trainer.fit()
    with pytest.raises(AssertionError) as failure:
        run.assert_trains(model)
    assert str(failure.value).splitlines() == [
        "`backbone.weight` and `backbone.bias` do not train: "
        "`requires_grad` of these 2 parameters is False."
    ]
    with pytest.raises(AssertionError) as failure:
        run.assert_trains(model, frozen=["backbone.*", "head.bias"])
    assert str(failure.value).splitlines() == [
        "`head.bias` is not frozen: Optimizer steps used the gradients of these 2 parameters."
    ]
    with pytest.raises(AssertionError, match=r"`weight` and `bias` do not train: .*used"):
        run.assert_trains(unused)
    with pytest.raises(ValueError, match=r"frozen='encoder\.\*' matches no parameter of the model"):
        run.assert_trains(model, frozen=["encoder.*"])


def test_parameters_of_an_optimizer_from_before_are_not_called_outside_of_all() -> None:
    model, other = Net(), Net()
    trainer, other_trainer = Trainer(model), Trainer(other)
    with tapescope.trace() as run:
        other(torch.ones(1, 2)).sum().backward()
        trainer.fit()
    assert "not_in_optimizer" not in [finding.code for finding in run.findings]
    with pytest.raises(AssertionError, match="arrived, and no optimizer step followed"):
        run.assert_trains(other)
    assert other_trainer.model is other


def test_values_are_those_of_a_plain_run() -> None:
    results = []
    for traced in (False, True):
        torch.manual_seed(3)
        trainer = Trainer(Net(), steps=5)
        if traced:
            with tapescope.trace():
                loss = trainer.fit()
        else:
            loss = trainer.fit()
        results.append((loss, [p.detach().clone() for p in trainer.model.parameters()]))
    (plain, values), (recorded, again) = results
    assert plain == recorded
    assert all(torch.equal(one, other) for one, other in zip(values, again, strict=True))


def test_torch_is_afterwards_what_it_was() -> None:
    with tapescope.trace():
        torch.ones(2)
    before = state()  # what the first import of the recorder loads stays loaded
    with tapescope.trace():
        Trainer(Net()).fit()
    with pytest.raises(ZeroDivisionError), tapescope.trace():
        _ = 1 / 0
    with pytest.raises(RuntimeError), tapescope.trace() as run, torch.no_grad():
        torch.ones(1) @ torch.ones(2)
    assert state() == before
    assert run.trace.error is not None
    assert run.trace.error.type == "RuntimeError"
    assert run.trace.run.status == "raised"


def test_blocks_cannot_be_nested_and_the_outer_one_goes_on() -> None:
    with tapescope.trace() as run:
        with pytest.raises(RuntimeError, match="Blocks cannot be nested"):
            tapescope.trace().__enter__()
        torch.ones(2)
    assert [operation.name for operation in run.operations] == ["ones"]


def test_a_run_is_asked_after_its_block_and_used_once() -> None:
    run = tapescope.trace()
    with run, pytest.raises(RuntimeError, match=r"has not ended yet\. Ask after the block"):
        assert run.findings
    with pytest.raises(RuntimeError, match="This run is over"), run:
        pass


def test_a_program_that_is_traced_as_a_whole_needs_no_block(trace: TraceText) -> None:
    found = trace(
        f"import sys\nsys.path.insert(0, {str(TOP)!r})\nimport tapescope, torch\n"
        "with tapescope.trace():\n    torch.ones(2)\n"
    )
    assert found.error is not None
    assert found.error.type.endswith("AlreadyTracedError")
    assert found.error.line == 4
    assert "a program that Tapescope runs is recorded as a whole" in found.error.message


def test_recording_stops_after_max_ops_and_the_block_goes_on() -> None:
    with tapescope.trace(max_ops=3) as run:
        x = torch.ones(2)
        for _ in range(10):
            x = x + 1
    assert x.tolist() == [11, 11]
    assert len(run.operations) == 3
    assert run.trace.run.truncated


@pytest.mark.parametrize("name", ["run.json", "run.json.gz", "run.html"])
def test_a_run_is_saved(tmp_path: Path, name: str) -> None:
    with tapescope.trace() as run:
        Trainer(Net()).fit()
    run.save(tmp_path / name)
    data = (tmp_path / name).read_bytes()
    if name.endswith(".html"):
        assert b"<html" in data
    else:
        assert load(data).trace == run.trace
    with pytest.raises(ValueError, match=r"'run\.txt' must end in one of \.json"):
        run.save("run.txt")


def test_the_window_is_a_program_of_its_own(
    capfd: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    from app.library import output

    for name in ("DISPLAY", "WAYLAND_DISPLAY", "QT_QPA_PLATFORM"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("TMPDIR", str(tmp_path))
    monkeypatch.setattr("tempfile.tempdir", None)
    with tapescope.trace() as run:
        torch.ones(2)
    run.show()
    window = output._windows.pop()
    assert window.wait() == 2
    assert "There is no screen to open a window on" in capfd.readouterr().err
    (saved,) = tmp_path.glob("tapescope-*/run.json.gz")
    assert load(saved.read_bytes()).trace == run.trace


OWN_APP = """
import sys
before = set(sys.modules)
import tapescope
loaded = {name.partition(".")[0] for name in set(sys.modules) - before}
print(sorted(loaded & {"torch", "app", "msgspec"}))
import app
print(app.NAME)
import torch
with tapescope.trace() as run:
    import app.part
    w = torch.ones(2, requires_grad=True)
    (w * app.part.FACTOR).sum().backward()
import app.late
print(app.late.NAME, sorted(name for name in sys.modules if name.partition(".")[0] == "app"))
print(run.gradients[0].name, run.gradients[0].grad.values)
run.save("run.html")
print([name for name in sys.modules if name.startswith(("PySide6", "shiboken6"))])
"""


def test_a_program_may_have_a_package_app_of_its_own(tmp_path: Path) -> None:
    (tmp_path / "app").mkdir()
    for name, text in {
        "__init__": "NAME = 'mine'", "part": "FACTOR = 3", "late": "NAME = 'late'",
    }.items():  # fmt: skip
        (tmp_path / "app" / f"{name}.py").write_text(text)
    assert run_python(OWN_APP, tmp_path).splitlines() == [
        "[]", "mine", "late ['app', 'app.late', 'app.part']", "w [3.0, 3.0]", "[]",
    ]  # fmt: skip
    assert (tmp_path / "run.html").stat().st_size > 10_000


CELLS = """
from IPython.core.interactiveshell import InteractiveShell
shell = InteractiveShell.instance()
cells = [
    "import torch, tapescope\\nw = torch.ones(2, requires_grad=True)",
    "with tapescope.trace() as run:\\n    loss = (w * 2).sum()\\n    loss.backward()",
]
for cell in cells:
    shell.run_cell(cell, store_history=True).raise_error()
run = shell.user_ns["run"]
print([(operation.name, operation.line) for operation in run.operations])
print([(row.name, row.why.text) for row in run.gradients])
print(run.trace.snippet.path, run.trace.snippet.text == cells[1] + "\\n")
html = shell.display_formatter.format(run)[0]["text/html"]
print(html[:15], "&lt;html" in html)
"""


def test_a_notebook_shows_the_page_of_a_cell(tmp_path: Path) -> None:
    folder = str(tmp_path / "ipython")
    said = run_python(CELLS, tmp_path, from_file=False, IPYTHONDIR=folder).splitlines()
    assert said == [
        "[('mul', 2), ('sum', 2)]",
        "[('w', 'The backward pass on line 3 reached w and filled its .grad.')]",
        "None True",
        "<iframe srcdoc= True",
    ]


RANKS = """
import os, sys
import torch, torch.distributed as dist, torch.multiprocessing as mp
import tapescope

def work(rank, store):
    store = f"file://{os.path.abspath(store)}"
    dist.init_process_group("gloo", init_method=store, rank=rank, world_size=2)
    torch.manual_seed(0)
    model = torch.nn.parallel.DistributedDataParallel(torch.nn.Linear(2, 1))
    optimizer = torch.optim.SGD(model.parameters(), 0.1)

    def step():
        model(torch.ones(1, 2) * rank).sum().backward()
        optimizer.step()

    if rank == 0:
        with tapescope.trace() as run:
            step()
        run.assert_trains(model)
        print(run.training.verdict, flush=True)
    else:
        step()
    dist.destroy_process_group()

if __name__ == "__main__":
    mp.spawn(work, args=(sys.argv[0] + ".store",), nprocs=2)
"""


def test_one_rank_records_itself(tmp_path: Path) -> None:
    assert run_python(RANKS, tmp_path, OMP_NUM_THREADS="1") == "Trains both parameters.\n"


TEST = """
import pytest
import torch

def test_that_passes(autograd_trace):
    with autograd_trace() as run:
        torch.ones(2, requires_grad=True).sum().backward()
    assert run.findings == []

@pytest.mark.parametrize("name", ["a b/c"])
def test_that_fails(autograd_trace, name):
    model = torch.nn.Linear(2, 1)
    with autograd_trace() as run:
        model(torch.ones(2)).sum().backward()
    run.assert_trains(model)

def test_that_raises(autograd_trace):
    with autograd_trace():
        torch.ones(2).backward()

def test_that_traces_nothing(autograd_trace):
    assert False
"""


@pytest.mark.parametrize(
    ("options", "place"),
    [
        (["--junitxml=reports/junit.xml"], "reports"),
        ([], ".pytest_cache/d/tapescope"),
        (["-p", "no:cacheprovider"], "."),
    ],
)
def test_a_failing_test_leaves_the_page_of_its_run(
    tmp_path: Path, options: list[str], place: str
) -> None:
    (tmp_path / "test_it.py").write_text(TEST)
    done = subprocess.run(
        [sys.executable, "-m", "pytest", "-q", "-p", "tapescope.pytest_plugin", *options],
        cwd=tmp_path,
        env=os.environ | {"PYTHONPATH": str(TOP), "PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 1
    assert "3 failed, 1 passed" in done.stdout
    assert "do not train: Gradients of these 2 parameters arrived" in done.stdout
    folder = tmp_path / place
    pages = sorted(page.name for page in folder.glob("*.html"))
    assert pages == [
        "test_it.py_test_that_fails_a_b_c.html", "test_it.py_test_that_raises.html",
    ]  # fmt: skip
    for name in pages:
        assert f"The page of the run: {folder.relative_to(tmp_path) / name}" in (
            done.stdout.replace(f"{tmp_path}/", "")
        )

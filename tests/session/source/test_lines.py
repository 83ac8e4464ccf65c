from __future__ import annotations

from app.session.run import Run
from app.session.source.lines import LineMark, marks, regions
from tests.support import TraceText, snippet

THREE_LAYERS = """
x = torch.randn(2, 2)
x.requires_grad = True
lin0, lin1, lin2 = (nn.Linear(2, 2) for _ in range(3))

x1 = lin0(x)
with torch.no_grad():
    x2 = lin1(x1)
x3 = lin2(x2)
loss = x3.sum()
loss.backward()
"""


def test_each_line_says_what_became_of_it(trace: TraceText) -> None:
    found = marks(Run(trace(snippet(THREE_LAYERS))))
    assert {line: (mark.key, mark.note) for line, mark in found.items()} == {
        1: ("neutral", ""),
        2: ("neutral", ""),
        3: ("leaf", ""),
        4: ("leaf", ""),
        5: ("leaf", ""),
        7: ("recorded", "recorded"),
        8: ("neutral", "no_grad starts"),
        9: ("no_grad", "skipped — no_grad, line 8"),
        10: ("recorded", "recorded"),
        11: ("recorded", "recorded"),
        12: ("backward", "reached 2 of 7 leaves"),
    }
    assert [line for line, mark in found.items() if mark.region == "no_grad"] == [8, 9]


def test_a_loop_counts_each_place_once_and_an_optimizer_only_steps(trace: TraceText) -> None:
    text = """
    m = nn.Linear(1, 1)
    o = torch.optim.SGD(m.parameters(), lr=0.1)
    for _ in range(3):
        o.zero_grad()
        loss = (m(torch.ones(1)) * 2).sum()
        loss.backward()
        o.step()
    """
    found = marks(Run(trace(snippet(text))))
    assert found[7] == LineMark("recorded", "3 recorded", None, found[7].tooltip)
    assert found[8].note == "reached 2 of 2 leaves in 3 passes"
    assert (found[9].key, found[9].note) == ("neutral", "optimizer step")


def test_a_line_with_two_fates_is_mixed(trace: TraceText) -> None:
    text = "w = torch.ones(2, requires_grad=True)\ny = (w * 2).argmax()\n"
    found = marks(Run(trace(snippet(text))))
    assert (found[4].key, found[4].note) == ("mixed", "1 recorded, 1 not differentiable")


def test_the_line_that_raised_says_so(trace: TraceText) -> None:
    found = marks(Run(trace(snippet("x = torch.ones(2)\nx @ torch.ones(3)\n"))))
    assert (found[4].key, found[4].note) == ("error", "RuntimeError")
    assert "size" in found[4].tooltip


def test_regions_nest_and_what_switches_on_again_is_none(trace: TraceText) -> None:
    text = """
    w = torch.ones(2, requires_grad=True)
    with torch.no_grad():
        a = w * 2
        with torch.enable_grad():
            b = w * 2
        with torch.inference_mode():
            c = w * 2
            with torch.enable_grad():
                d = w * 2
            with torch.inference_mode(False):
                e = w * 2
    @torch.no_grad()
    def f():
        return w * 2
    f()
    """
    run = trace(snippet(text))
    assert [(r.first, r.last, r.status) for r in regions(Run(run))] == [
        (4, 13, "no_grad"),
        (8, 13, "inference_mode"),
        (14, 16, "no_grad"),
    ]
    region = {line: mark.region for line, mark in marks(Run(run)).items()}
    assert (region[5], region[7], region[9]) == ("no_grad", None, "inference_mode")
    assert (region[11], region[13], region[16]) == ("inference_mode", None, "no_grad")


def test_a_statement_lasts_as_far_as_operations_felt_it(trace: TraceText) -> None:
    text = """
    w = torch.ones(2, requires_grad=True)
    torch.set_grad_enabled(False)
    a = w * 2
    torch.set_grad_enabled(True)
    b = w * 2
    """
    assert [(r.first, r.last) for r in regions(Run(trace(snippet(text))))] == [(4, 5)]


def test_autograd_grad_returns(trace: TraceText) -> None:
    text = "w = torch.ones(2, requires_grad=True)\ng = torch.autograd.grad(w.sum(), w)\n"
    assert marks(Run(trace(snippet(text))))[4].note == "returned 1 grad"


def test_a_line_says_how_many_modules_it_put_into_eval_or_train_mode(trace: TraceText) -> None:
    text = """
    model = nn.Sequential(nn.Linear(2, 2), nn.Dropout(), nn.Linear(2, 1))
    x = torch.ones(1, 2)
    model(x)
    model.eval()
    model(x)
    with torch.no_grad():
        model.train(); model(x)
    def set_mode(on):
        model.train(on)
        return model(x)
    set_mode(False)
    set_mode(True)
    model[1].eval()
    """
    found = marks(Run(trace(snippet(text))))
    assert (found[6].key, found[6].note) == ("mode", "eval mode: 4 modules")
    assert "called in eval mode after this line" in found[6].tooltip
    assert found[9].key == "no_grad"
    assert found[9].note.endswith("line 8, train mode: 4 modules")
    assert found[11].note == "eval mode: 4 modules, train mode: 4 modules"
    assert found[15].note == ""  # no call came after it


def test_autocast_is_marked_where_it_is_on(trace: TraceText) -> None:
    text = """
    w = torch.ones(2, 2, requires_grad=True)
    with torch.autocast("cpu", dtype=torch.bfloat16):
        y = w @ w
        with torch.autocast("cpu", enabled=False):
            z = w @ w

    @torch.autocast("cpu", dtype=torch.float16)
    def f(x):
        return x @ x
    f(w)
    """
    run = Run(trace(snippet(text)))
    found = marks(run)
    assert [line for line, mark in found.items() if mark.is_cast] == [4, 5, 9, 10, 11]
    assert (found[4].note, found[6].note) == ("autocast to bfloat16", "autocast is off")
    assert [(one.text, one.line, one.end_line) for one in run.trace.autocasts] == [
        ('torch.autocast("cpu", bfloat16)', 4, 7),
        ('torch.autocast("cpu", enabled=False)', 6, 7),
        ('torch.autocast("cpu", float16)', 9, 11),
    ]
    assert all(one.end_event is not None for one in run.trace.autocasts)

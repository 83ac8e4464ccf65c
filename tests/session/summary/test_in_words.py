"""The sentences under the editor, on real runs."""

from __future__ import annotations

from dataclasses import replace

from app.session.run import Run
from app.session.summary.in_words import in_words
from tests.support import TraceText, snippet

CUT = """
lin0, lin1, lin2 = (nn.Linear(2, 2) for _ in range(3))
x1 = lin0(torch.ones(2))
with torch.no_grad():
    x2 = lin1(x1)
loss = lin2(x2).sum()
loss.backward()
"""


def test_a_cut_is_told_with_its_lines_and_a_fix(trace: TraceText) -> None:
    run = replace(trace(snippet(CUT)), findings=[])  # a document of before there were any
    told = in_words(Run(run))

    verdict, *told = told
    assert verdict.text == (
        "Trains 0 of 6 parameters. 6 do not: 2 are cut off from the loss (line 5), "
        "2 were used only where nothing is recorded (line 5), "
        "2 have gradients that no optimizer step used."
    )
    assert [sentence.icon for sentence in told] == ["recorded", "no_grad", "cut", "fix"]
    assert told[0].text == "3 of 4 operations were recorded."
    assert told[1].text == "Line 6 was skipped: `torch.no_grad()` was on since line 5."
    assert "`lin0`" in told[2].text


def test_what_a_finding_tells_is_not_said_twice(trace: TraceText) -> None:
    told = in_words(Run(trace(snippet(CUT))))

    assert [one.icon for one in told] == ["trains", "recorded", "no_grad", "backward"]
    assert told[3].text == "`backward()` filled `.grad` of 2 of 6 leaves."


def test_an_error_that_a_finding_tells_of_is_not_said_twice(trace: TraceText) -> None:
    told = in_words(Run(trace(snippet("x = torch.ones(2) * 2\nx.backward()"))))

    assert [sentence.icon for sentence in told] == ["info", "info"]
    assert told[1].text == "The graph shows what ran before the error."


def test_a_line_that_is_not_always_skipped_is_not_said_to_be(trace: TraceText) -> None:
    told = in_words(
        Run(
            trace(
                snippet(
                    """
                w = torch.ones(2, requires_grad=True)
                def double():
                    return w * 2
                double()
                with torch.inference_mode():
                    double()
                """
                )
            )
        )
    )

    assert told[1].text == (
        "1 of the 2 operations on line 5 was skipped: `torch.inference_mode()` was on since line 7."
    )


def test_freezing_is_no_mistake_to_be_undone(trace: TraceText) -> None:
    told = in_words(
        Run(
            trace(
                snippet(
                    """
                net = nn.Linear(2, 1)
                net.bias.requires_grad_(False)
                net(torch.ones(2)).backward()
                """
                )
            )
        )
    )

    assert [sentence.icon for sentence in told] == ["trains", "recorded", "backward"]


def test_an_error_comes_first(trace: TraceText) -> None:
    told = in_words(Run(trace(snippet("x = torch.ones(2) * 2\nraise ValueError(x.shape)"))))

    assert told[0].icon == "error"
    assert told[0].text.startswith("ValueError on line 4: torch.Size")
    assert told[0].line == 4


def test_a_snippet_without_tensors_says_so(trace: TraceText) -> None:
    assert in_words(Run(trace("print(1)")))[0].text == (
        "No tensor was made or used, so there is nothing to draw."
    )


def test_an_expression_with_spaces_is_one_piece_of_code(trace: TraceText) -> None:
    text = """
        w = torch.ones(2, requires_grad=True)
        loss = torch.tensor(((w - 1) ** 2).mean().item(), requires_grad=True)
        loss.backward()
        """
    run = replace(trace(snippet(text)), findings=[])
    cut, fix = in_words(Run(run))[-2:]
    assert "only through `((w - 1) ** 2).mean().item()` on line 4" in cut.text
    assert "instead of `((w - 1) ** 2).mean().item()` on line 4." in fix.text


def test_a_librarys_no_grad_that_loses_nothing_is_not_told(trace: TraceText) -> None:
    """Clipping works on gradients, which would not be recorded anyhow."""
    text = """
        net = nn.Linear(2, 1)
        net(torch.ones(2)).backward()
        nn.utils.clip_grad_norm_(net.parameters(), 1.0)
        """
    told = in_words(Run(trace(snippet(text))))
    assert not [sentence.text for sentence in told if "skipped" in sentence.text]
    text = """
        net = nn.Sequential(nn.Linear(2, 3), nn.BatchNorm1d(3))
        torch.optim.swa_utils.update_bn([torch.ones(4, 2)], net)
        """
    told = in_words(Run(trace(snippet(text))))
    assert [sentence.line for sentence in told if "skipped" in sentence.text] == [4]

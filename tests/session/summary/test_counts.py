from __future__ import annotations

import pytest

from app.contract.records import Snippet
from app.process.client import Tracer
from app.session.run import Run
from app.session.summary.counts import operation_count, status_counts
from app.session.trace.assembly import TraceBuilder
from tests.support import TraceText, snippet
from tests.tools.tracing import request_for

TEXT = """
m = nn.Linear(2, 1)
o = torch.optim.SGD(m.parameters(), lr=0.1, momentum=0.9)
x = torch.ones(3, 2)
nn.functional.cross_entropy(m(x), torch.zeros(3, 1)).backward()
o.step()
with torch.no_grad():
    m(x)
"""


def test_setup_is_counted_apart_and_zeros_are_kept(trace: TraceText) -> None:
    run = Run(trace(snippet(TEXT)))
    counts = status_counts(run)
    assert (counts["no_grad"], counts["inference_mode"], counts["neutral"]) == (1, 0, 0)
    in_setup = sum(op.id in run.set_up for op in run.leaves)
    assert sum(counts.values()) + in_setup == len(run.leaves)
    assert in_setup >= 8  # four to make the layer, two inputs, and what the step does


def test_of_a_composite_only_the_calls_inside_count(trace: TraceText) -> None:
    run = trace(snippet(TEXT))
    (composite,) = (op for op in run.operations if op.name == "cross_entropy" and op.parent is None)
    inside = Run(run).children.get(composite.id, [composite])
    recorded = [op for op in Run(run).leaves if op.status == "recorded"]
    assert status_counts(Run(run))["recorded"] == len(recorded)
    assert {op.id for op in inside} <= {op.id for op in recorded}


INITIALISED = """
w = nn.Parameter(torch.empty(3, 2))
nn.init.trunc_normal_(w, std=0.5)
e = nn.Embedding(4, 2, padding_idx=0)
with torch.no_grad():
    w[0].fill_(1)
"""


def test_all_that_initialising_computes_prepares(trace: TraceText) -> None:
    """`trunc_normal_` looks at values, `padding_idx` writes to a row."""
    run = trace(snippet(INITIALISED))
    counts = status_counts(Run(run))
    assert {status: count for status, count in counts.items() if count} == {"no_grad": 2}


TRAINS = """
m = nn.Sequential(nn.Linear(2, 2), nn.BatchNorm1d(2), nn.Linear(2, 1))
o = torch.optim.Adam(m.parameters())
for step in range(3):
    loss = nn.functional.cross_entropy(m(torch.ones(3, 2)), torch.zeros(3, 1))
    loss.backward()
    nn.utils.clip_grad_norm_(m.parameters(), 1.0)
    o.step()
    o.zero_grad()
"""


@pytest.mark.parametrize("text", [TEXT, TRAINS])
def test_a_run_that_goes_on_counts_as_it_will_at_its_end(tracer: Tracer, text: str) -> None:
    builder = TraceBuilder(Snippet(path=None, text=snippet(text)))
    counts: list[int] = []

    def take(batch: list[list[object]]) -> None:
        for row in batch:  # the count goes on from wherever a batch ends
            builder.add_batch([row])
            counts.append(builder.progress.operations)

    builder.add_exited(tracer.run(request_for(snippet(text)), take))
    assert operation_count(builder.finish()) == counts[-1]
    assert counts[-1] < builder.operation_count

"""What people do on purpose has no warning: wrong ones would be worse than none."""

from __future__ import annotations

import pytest

from tests.support import TraceText, snippet

PRACTICE = {
    "two networks that train against each other": """
        make, judge = nn.Linear(4, 2), nn.Linear(2, 1)
        of_make = torch.optim.SGD(make.parameters(), lr=0.1)
        of_judge = torch.optim.SGD(judge.parameters(), lr=0.1)
        for _ in range(2):
            fake = make(torch.randn(8, 4))
            of_judge.zero_grad()
            judge(fake.detach()).mean().backward()
            of_judge.step()
            of_make.zero_grad()
            judge(fake).mean().backward()
            of_make.step()
        """,
    "a target network": """
        import copy
        net = nn.Linear(4, 2)
        target = copy.deepcopy(net)
        optimizer = torch.optim.Adam(net.parameters())
        with torch.no_grad():
            wanted = target(torch.randn(8, 4)).max(1).values
        loss = (net(torch.randn(8, 4))[:, 0] - wanted).pow(2).mean()
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        """,
    "a state that is detached from step to step": """
        cell = nn.RNNCell(3, 5)
        optimizer = torch.optim.Adam(cell.parameters())
        h = torch.zeros(2, 5)
        for _ in range(2):
            h = cell(torch.randn(2, 3), h.detach())
            optimizer.zero_grad()
            h.pow(2).mean().backward()
            optimizer.step()
        """,
    "a straight-through estimate": """
        w = torch.randn(4, requires_grad=True)
        q = w + (w.round() - w).detach()
        (q - 1).pow(2).mean().backward()
        """,
    "gradients of several batches": """
        net = nn.Linear(4, 1)
        optimizer = torch.optim.SGD(net.parameters(), lr=0.1)
        for i in range(4):
            net(torch.randn(4, 4)).pow(2).mean().backward()
            if i % 2:
                optimizer.step()
                optimizer.zero_grad()
        """,
    "gradients of gradients": """
        w = torch.randn(3, requires_grad=True)
        x = torch.randn(5, 3)
        (g,) = torch.autograd.grad((x @ w).pow(2).mean(), w, create_graph=True)
        (x @ (w - 0.1 * g)).pow(2).mean().backward()
        """,
    "a factor that is to be constant": """
        net = nn.Linear(3, 1)
        out = net(torch.randn(4, 3))
        scale = out.detach().abs().max().item()
        (out / scale).pow(2).mean().backward()
        """,
    "training and evaluation": """
        net = nn.Sequential(nn.Linear(4, 8), nn.BatchNorm1d(8), nn.Dropout(), nn.Linear(8, 3))
        optimizer = torch.optim.AdamW(net.parameters())
        for _ in range(2):
            net.train()
            loss = net(torch.randn(6, 4)).pow(2).mean()
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
            net.eval()
            with torch.no_grad():
                print(net(torch.randn(6, 4)).mean().item())
        """,
    "updates by hand": """
        w = torch.randn(3, requires_grad=True)
        for _ in range(2):
            (w * w).sum().backward()
            w.data -= 0.1 * w.grad.data
            w.grad.data.zero_()
        """,
    "layers in a list that are registered as well": """
        class Net(nn.Module):
            def __init__(self):
                super().__init__()
                self.a, self.b = nn.Linear(2, 2), nn.Linear(2, 1)
                self.order = [self.a, self.b]

            def forward(self, x):
                for layer in self.order:
                    x = layer(x)
                return x

        net = Net()
        optimizer = torch.optim.SGD(net.parameters(), lr=0.1)
        net(torch.ones(1, 2)).sum().backward()
        optimizer.step()
        """,
}


@pytest.mark.parametrize("name", PRACTICE)
def test_it_has_no_warning(trace: TraceText, name: str) -> None:
    run = trace(snippet(PRACTICE[name]))
    assert run.error is None
    assert [one.code for one in run.findings if one.severity != "info"] == []

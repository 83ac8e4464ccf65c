"""Self-supervised pretraining, then a linear probe on the frozen encoder."""

import torch
import torch.nn as nn
import torch.nn.functional as F

torch.manual_seed(0)
encoder = nn.Sequential(nn.Linear(6, 8), nn.BatchNorm1d(8), nn.ReLU())
projector = nn.Linear(8, 4)
optim = torch.optim.SGD([*encoder.parameters(), *projector.parameters()], lr=0.1, momentum=0.9)


def nt_xent(a, b, t=0.5):
    z = F.normalize(torch.cat([a, b]), dim=1)
    sim = z @ z.T / t
    sim.fill_diagonal_(-9e15)
    n = len(a)
    target = torch.cat([torch.arange(n) + n, torch.arange(n)])
    return F.cross_entropy(sim, target)


for _ in range(2):
    x = torch.randn(5, 6)
    views = [projector(encoder(x + 0.1 * torch.randn_like(x))) for _ in range(2)]
    loss = nt_xent(*views)
    optim.zero_grad()
    loss.backward()
    optim.step()

encoder.eval()
for p in encoder.parameters():
    p.requires_grad_(False)
probe = nn.Linear(8, 3)
probe_optim = torch.optim.LBFGS(probe.parameters(), max_iter=3)
x, y = torch.randn(6, 6), torch.randint(3, (6,))
with torch.no_grad():
    features = encoder(x)


def closure():
    probe_optim.zero_grad()
    loss = F.cross_entropy(probe(features), y)
    loss.backward()
    return loss


probe_optim.step(closure)
print((probe(features).argmax(1) == y).float().mean().item())

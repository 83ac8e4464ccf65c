"""SimCLR: two views, NT-Xent over a projection head."""
import torch
import torch.nn as nn
import torch.nn.functional as F

encoder = nn.Sequential(nn.Conv1d(1, 4, 3, padding=1), nn.BatchNorm1d(4), nn.ReLU(), nn.AdaptiveAvgPool1d(1), nn.Flatten())
projector = nn.Sequential(nn.Linear(4, 8), nn.ReLU(), nn.Linear(8, 4))
optimizer = torch.optim.Adam(list(encoder.parameters()) + list(projector.parameters()), lr=3e-4, weight_decay=1e-6)


def nt_xent(z_i, z_j, temperature=0.5):
    n = z_i.size(0)
    z = F.normalize(torch.cat([z_i, z_j]), dim=1)
    sim = z @ z.T / temperature
    sim.masked_fill_(torch.eye(2 * n, dtype=torch.bool), float("-inf"))
    targets = torch.cat([torch.arange(n, 2 * n), torch.arange(n)])
    return F.cross_entropy(sim, targets)


for _ in range(2):
    x = torch.randn(6, 1, 10)
    x_i, x_j = x + 0.1 * torch.randn_like(x), x * (torch.rand(6, 1, 1) + 0.5)
    loss = nt_xent(projector(encoder(x_i)), projector(encoder(x_j)))
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()

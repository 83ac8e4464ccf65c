"""A Wasserstein critic: the gradients of its last bias cancel, and weights are clipped."""
import torch
from torch import nn
G, D = nn.Linear(4, 3), nn.Sequential(nn.Linear(3, 8), nn.LeakyReLU(0.2), nn.Linear(8, 1))
og, od = torch.optim.RMSprop(G.parameters(), lr=5e-5), torch.optim.RMSprop(D.parameters(), lr=5e-5)
for i in range(4):
    real, z = torch.randn(8, 3), torch.randn(8, 4)
    od.zero_grad()
    ld = -D(real).mean() + D(G(z).detach()).mean()
    ld.backward(); od.step()
    for p in D.parameters():
        p.data.clamp_(-0.01, 0.01)
    if i % 2 == 0:
        og.zero_grad()
        lg = -D(G(z)).mean()
        lg.backward(); og.step()

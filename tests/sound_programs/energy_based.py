"""An energy-based model: Langevin samples by gradients with respect to the input."""

import torch
import torch.nn as nn

torch.manual_seed(0)
energy = nn.Sequential(nn.Linear(2, 16), nn.SiLU(), nn.Linear(16, 1))
opt = torch.optim.Adam(energy.parameters(), lr=1e-3, betas=(0.0, 0.999))
buffer = torch.rand(8, 2)


def langevin(x, steps=3):
    energy.requires_grad_(False)
    x = x.clone().requires_grad_(True)
    for _ in range(steps):
        g = torch.autograd.grad(energy(x).sum(), x)[0]
        x.data.add_(-0.1 * g + 0.01 * torch.randn_like(x))
    energy.requires_grad_(True)
    return x.detach()


for step in range(2):
    real = torch.randn(8, 2)
    fake = langevin(buffer)
    buffer = fake
    e_real, e_fake = energy(real), energy(fake)
    loss = (e_real - e_fake).mean() + 0.1 * (e_real**2 + e_fake**2).mean()
    opt.zero_grad()
    loss.backward()
    opt.step()

"""SNGAN: spectral normalisation in the critic, hinge losses."""
import torch
import torch.nn as nn
import torch.nn.functional as F
from torch.nn.utils.parametrizations import spectral_norm

G = nn.Sequential(nn.Linear(3, 8), nn.ReLU(), nn.Linear(8, 4))
D = nn.Sequential(spectral_norm(nn.Linear(4, 8)), nn.LeakyReLU(0.1), spectral_norm(nn.Linear(8, 1)))
optim_disc = torch.optim.Adam(filter(lambda p: p.requires_grad, D.parameters()), lr=2e-4, betas=(0.0, 0.9))
optim_gen = torch.optim.Adam(G.parameters(), lr=2e-4, betas=(0.0, 0.9))
for i in range(2):
    z = torch.randn(6, 3)
    optim_disc.zero_grad()
    optim_gen.zero_grad()
    disc_loss = F.relu(1.0 - D(torch.randn(6, 4))).mean() + F.relu(1.0 + D(G(z))).mean()
    disc_loss.backward()
    optim_disc.step()

    z = torch.randn(6, 3)
    optim_disc.zero_grad()
    optim_gen.zero_grad()
    gen_loss = -D(G(z)).mean()
    gen_loss.backward()
    optim_gen.step()

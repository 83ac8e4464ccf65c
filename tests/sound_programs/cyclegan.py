"""CycleGAN: chained generators, frozen discriminators, a history of images."""

import itertools

import torch
import torch.nn as nn

torch.manual_seed(0)


def set_requires_grad(nets, value):
    for net in nets:
        for p in net.parameters():
            p.requires_grad = value


G_AB, G_BA, D_A, D_B = (
    nn.Sequential(nn.Conv2d(1, 1, 3, padding=1), nn.InstanceNorm2d(1)) for _ in range(4)
)
opt_g = torch.optim.Adam(itertools.chain(G_AB.parameters(), G_BA.parameters()), lr=2e-4)
opt_d = torch.optim.Adam(itertools.chain(D_A.parameters(), D_B.parameters()), lr=2e-4)
gan, cyc = nn.MSELoss(), nn.L1Loss()
pool = []
for i in range(2):
    a, b = torch.rand(2, 1, 6, 6), torch.rand(2, 1, 6, 6)
    fake_b, fake_a = G_AB(a), G_BA(b)
    set_requires_grad([D_A, D_B], False)
    opt_g.zero_grad()
    pa, pb = D_A(fake_a), D_B(fake_b)
    loss_g = gan(pa, torch.ones_like(pa)) + gan(pb, torch.ones_like(pb))
    loss_g = loss_g + 10 * (cyc(G_BA(fake_b), a) + cyc(G_AB(fake_a), b))
    loss_g.backward()
    opt_g.step()
    set_requires_grad([D_A, D_B], True)
    opt_d.zero_grad()
    pool.append(fake_a.detach())
    for d, real, fake in ((D_A, a, pool[0]), (D_B, b, fake_b)):
        pr, pf = d(real), d(fake.detach())
        (0.5 * (gan(pr, torch.ones_like(pr)) + gan(pf, torch.zeros_like(pf)))).backward()
    opt_d.step()

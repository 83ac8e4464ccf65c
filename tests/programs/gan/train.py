"""A GAN: the discriminator gets better and better, the generator never does. Why?"""

import torch
from losses import discriminator_loss, generator_loss
from networks import Discriminator, Generator

G, D = Generator(), Discriminator()
opt_g = torch.optim.SGD(G.parameters(), lr=0.1)
opt_d = torch.optim.SGD(D.parameters(), lr=0.1)

for step in range(2):
    fake = G.sample(4)
    opt_d.zero_grad()
    discriminator_loss(D, torch.randn(4, 2), fake).backward()
    opt_d.step()
    opt_g.zero_grad()
    generator_loss(D, fake).backward()
    opt_g.step()

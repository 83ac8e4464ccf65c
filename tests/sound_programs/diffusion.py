"""DDPM: predict the noise at a random time, sample under no_grad, keep an EMA."""
import math

import torch
from torch import nn


class Denoiser(nn.Module):
    def __init__(self, dim=4, width=16):
        super().__init__()
        self.time = nn.Sequential(nn.Linear(8, width), nn.SiLU())
        self.inp, self.out = nn.Linear(dim, width), nn.Linear(width, dim)
        nn.init.zeros_(self.out.bias)

    def forward(self, x, t):
        freqs = torch.exp(-math.log(10000) * torch.arange(4) / 4)
        emb = t[:, None].float() * freqs[None]
        emb = torch.cat([emb.sin(), emb.cos()], dim=-1)
        return self.out(torch.nn.functional.silu(self.inp(x) + self.time(emb)))


T = 10
betas = torch.linspace(1e-4, 0.02, T)
alphas_cumprod = torch.cumprod(1 - betas, dim=0)
model = Denoiser()
ema = torch.optim.swa_utils.AveragedModel(model, multi_avg_fn=torch.optim.swa_utils.get_ema_multi_avg_fn(0.99))
optimizer = torch.optim.AdamW(model.parameters(), lr=2e-4)
for _ in range(3):
    x0 = torch.randn(8, 4)
    t, noise = torch.randint(0, T, (8,)), torch.randn_like(x0)
    a = alphas_cumprod[t][:, None]
    loss = nn.functional.mse_loss(model(a.sqrt() * x0 + (1 - a).sqrt() * noise, t), noise)
    optimizer.zero_grad()
    loss.backward()
    torch.nn.utils.clip_grad_norm_(model.parameters(), 1.0)
    optimizer.step()
    ema.update_parameters(model)


@torch.no_grad()
def sample(n):
    x = torch.randn(n, 4)
    for i in reversed(range(T)):
        t = torch.full((n,), i)
        a, b = alphas_cumprod[i], betas[i]
        x = (x - b / (1 - a).sqrt() * ema(x, t)) / (1 - b).sqrt()
        if i > 0:
            x += b.sqrt() * torch.randn_like(x)
    return x


print(sample(3).shape)

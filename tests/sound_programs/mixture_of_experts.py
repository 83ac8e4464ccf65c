"""A mixture of experts, in which an expert may see no sample of a batch."""

import torch
import torch.nn as nn
import torch.nn.functional as F

torch.manual_seed(0)


class MoE(nn.Module):
    def __init__(self, n=3):
        super().__init__()
        self.gate = nn.Linear(4, n)
        self.experts = nn.ModuleList(nn.Linear(4, 4) for _ in range(n))

    def forward(self, x):
        p = self.gate(x).softmax(-1)
        top, index = p.max(-1)
        out = torch.zeros_like(x)
        for i, expert in enumerate(self.experts):
            mask = index == i
            if mask.any():
                out[mask] = top[mask, None] * expert(x[mask])
        return out, p.mean(0).pow(2).sum()


model = nn.ModuleDict({"moe": MoE(), "head": nn.Linear(4, 2)})
opt = torch.optim.AdamW(model.parameters(), lr=1e-3)
for _ in range(3):
    h, aux = model["moe"](torch.randn(6, 4))
    loss = F.cross_entropy(model["head"](h), torch.randint(2, (6,))) + 0.01 * aux
    opt.zero_grad()
    loss.backward()
    opt.step()

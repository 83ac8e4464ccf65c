"""One training step of a small GPT: twelve blocks, the first six of them frozen."""

import torch
from torch import nn
from torch.nn import functional as F


class Block(nn.Module):
    def __init__(self, width, heads):
        super().__init__()
        self.ln1, self.ln2 = nn.LayerNorm(width), nn.LayerNorm(width)
        self.q_proj = nn.Linear(width, width)
        self.k_proj = nn.Linear(width, width)
        self.v_proj = nn.Linear(width, width)
        self.out_proj = nn.Linear(width, width)
        self.mlp = nn.Sequential(
            nn.Linear(width, 4 * width), nn.GELU(), nn.Linear(4 * width, width)
        )
        self.heads = heads

    def split(self, a):
        return a.unflatten(-1, (self.heads, -1)).transpose(1, 2)

    def forward(self, h):
        a = self.ln1(h)
        q, k, v = self.q_proj(a), self.k_proj(a), self.v_proj(a)
        with torch.no_grad():
            self.peak = q.abs().amax()
        o = F.scaled_dot_product_attention(
            self.split(q), self.split(k), self.split(v), is_causal=True
        )
        h = h + self.out_proj(o.transpose(1, 2).flatten(2))
        return h + self.mlp(self.ln2(h))


class TinyGPT(nn.Module):
    def __init__(self, vocabulary=100, layers=12, width=64, heads=4):
        super().__init__()
        self.embed = nn.Embedding(vocabulary, width)
        self.place = nn.Embedding(32, width)
        self.blocks = nn.ModuleList(Block(width, heads) for _ in range(layers))
        self.ln = nn.LayerNorm(width)
        self.head = nn.Linear(width, vocabulary)

    def forward(self, tokens):
        h = self.embed(tokens) + self.place(torch.arange(tokens.shape[1]))
        for block in self.blocks:
            h = block(h)
        return self.head(self.ln(h))


torch.manual_seed(0)
model = TinyGPT()
model.embed.requires_grad_(False)
model.place.requires_grad_(False)
for block in model.blocks[:6]:
    block.requires_grad_(False)
opt = torch.optim.AdamW(p for p in model.parameters() if p.requires_grad)

tokens = torch.randint(0, 100, (2, 32))
logits = model(tokens)
loss = F.cross_entropy(logits[:, :-1].flatten(0, 1), tokens[:, 1:].flatten())
loss.backward()
opt.step()

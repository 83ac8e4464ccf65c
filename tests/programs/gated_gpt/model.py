import torch
from torch import nn


class Block(nn.Module):
    def __init__(self, width):
        super().__init__()
        self.norm = nn.LayerNorm(width)
        self.mix = nn.Linear(width, width)

    def forward(self, x):
        return torch.relu(self.mix(self.norm(x)))


class GPT(nn.Module):
    def __init__(self, vocabulary, width, layers):
        super().__init__()
        self.embedding = nn.Embedding(vocabulary, width)
        self.blocks = nn.ModuleList(Block(width) for _ in range(layers))
        self.gates = [nn.Linear(width, 1) for _ in range(layers)]
        self.head = nn.Linear(width, vocabulary)

    def forward(self, tokens):
        x = self.embedding(tokens)
        for block, gate in zip(self.blocks, self.gates):
            x = x + torch.sigmoid(gate(x)) * block(x)
        return self.head(x)

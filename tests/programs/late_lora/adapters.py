import torch
from torch import nn


class Adapted(nn.Module):
    def __init__(self, linear, rank):
        super().__init__()
        self.linear = linear
        self.down = nn.Parameter(torch.randn(rank, linear.in_features))
        self.up = nn.Parameter(torch.zeros(linear.out_features, rank))

    def forward(self, x):
        return self.linear(x) + x @ self.down.T @ self.up.T


def add_adapters(model, rank):
    model.first = Adapted(model.first, rank)
    model.second = Adapted(model.second, rank)

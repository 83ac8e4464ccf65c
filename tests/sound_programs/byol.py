"""BYOL: an online network, a target in training mode under no_grad, moved by EMA."""
import copy

import torch
import torch.nn as nn
import torch.nn.functional as F


def mlp(dim, hidden, out):
    return nn.Sequential(nn.Linear(dim, hidden), nn.BatchNorm1d(hidden), nn.ReLU(inplace=True), nn.Linear(hidden, out))


class BYOL(nn.Module):
    def __init__(self, moving_average_decay=0.99):
        super().__init__()
        self.online_encoder = nn.Sequential(mlp(6, 12, 8), mlp(8, 12, 4))
        self.target_encoder = copy.deepcopy(self.online_encoder)
        for p in self.target_encoder.parameters():
            p.requires_grad = False
        self.predictor = mlp(4, 12, 4)
        self.decay = moving_average_decay

    @torch.no_grad()
    def update_moving_average(self):
        for online, target in zip(self.online_encoder.parameters(), self.target_encoder.parameters()):
            target.data = target.data * self.decay + online.data * (1 - self.decay)

    def forward(self, one, two):
        p_one = self.predictor(self.online_encoder(one))
        p_two = self.predictor(self.online_encoder(two))
        with torch.no_grad():
            t_one = self.target_encoder(one).detach()
            t_two = self.target_encoder(two).detach()
        return (self.loss(p_one, t_two) + self.loss(p_two, t_one)).mean()

    @staticmethod
    def loss(x, y):
        x, y = F.normalize(x, dim=-1), F.normalize(y, dim=-1)
        return 2 - 2 * (x * y).sum(dim=-1)


learner = BYOL()
opt = torch.optim.Adam([p for p in learner.parameters() if p.requires_grad], lr=3e-4)
for _ in range(2):
    images = torch.randn(8, 6)
    loss = learner(images + 0.1 * torch.randn_like(images), images + 0.1 * torch.randn_like(images))
    opt.zero_grad()
    loss.backward()
    opt.step()
    learner.update_moving_average()

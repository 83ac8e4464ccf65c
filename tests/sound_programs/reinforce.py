"""REINFORCE: a list of log probabilities is summed up into one loss."""
import torch
import torch.nn as nn
from torch.distributions import Normal


class Policy(nn.Module):
    def __init__(self):
        super().__init__()
        self.mean = nn.Linear(3, 1)
        self.log_std = nn.Parameter(torch.zeros(1))

    def forward(self, s):
        return Normal(self.mean(s), self.log_std.exp())


pi = Policy()
optimizer = torch.optim.Adam(pi.parameters(), lr=1e-2)
for episode in range(2):
    log_probs, rewards = [], []
    s = torch.randn(3)
    for t in range(4):
        dist = pi(s)
        a = dist.sample()
        log_probs.append(dist.log_prob(a).sum())
        rewards.append(-a.pow(2).sum().item())
        s = torch.randn(3)
    R, loss = 0, 0
    for r, lp in zip(rewards[::-1], log_probs[::-1]):
        R = r + 0.98 * R
        loss = loss - lp * R
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()

"""A dueling double DQN with a replay buffer and a soft target."""

import copy
import random

import torch
import torch.nn as nn
import torch.nn.functional as F


class Dueling(nn.Module):
    def __init__(self):
        super().__init__()
        self.body = nn.Sequential(nn.Linear(4, 8), nn.ReLU())
        self.value, self.advantage = nn.Linear(8, 1), nn.Linear(8, 2)

    def forward(self, s):
        h = self.body(s)
        a = self.advantage(h)
        return self.value(h) + a - a.mean(-1, keepdim=True)


class Agent:
    def __init__(self):
        self.online = Dueling()
        self.target = copy.deepcopy(self.online)
        for p in self.target.parameters():
            p.requires_grad = False
        self.opt = torch.optim.RMSprop(self.online.parameters(), lr=1e-3)
        self.memory = []

    def act(self, s):
        if random.random() < 0.1:
            return random.randrange(2)
        with torch.no_grad():
            return self.online(s.unsqueeze(0)).argmax(1).item()

    def learn(self):
        batch = random.sample(self.memory, 4)
        s, a, r, n = (torch.stack(t) for t in zip(*batch))
        q = self.online(s).gather(1, a).squeeze(1)
        with torch.no_grad():
            best = self.online(n).argmax(1, keepdim=True)
            y = r + 0.99 * self.target(n).gather(1, best).squeeze(1)
        loss = F.smooth_l1_loss(q, y)
        self.opt.zero_grad()
        loss.backward()
        for p in self.online.parameters():
            p.grad.data.clamp_(-1, 1)
        self.opt.step()
        for t, p in zip(self.target.parameters(), self.online.parameters()):
            t.data.lerp_(p.data, 0.05)
        return loss.item()


random.seed(0)
torch.manual_seed(0)
agent = Agent()
s = torch.randn(4)
for t in range(7):
    a = agent.act(s)
    n = torch.randn(4)
    agent.memory.append((s, torch.tensor([a]), torch.tensor(1.0), n))
    s = n
    if len(agent.memory) >= 4:
        print(agent.learn())

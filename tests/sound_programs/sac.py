"""SAC: twin critics with targets, a squashed Gaussian policy, a learned temperature."""
import copy

import torch
import torch.nn as nn
import torch.nn.functional as F
from torch.distributions import Normal


class SoftQNetwork(nn.Module):
    def __init__(self):
        super().__init__()
        self.fc1, self.fc2 = nn.Linear(3 + 1, 16), nn.Linear(16, 1)

    def forward(self, x, a):
        return self.fc2(F.relu(self.fc1(torch.cat([x, a], 1))))


class Actor(nn.Module):
    def __init__(self):
        super().__init__()
        self.fc1 = nn.Linear(3, 16)
        self.fc_mean, self.fc_logstd = nn.Linear(16, 1), nn.Linear(16, 1)

    def get_action(self, x):
        h = F.relu(self.fc1(x))
        mean, log_std = self.fc_mean(h), torch.tanh(self.fc_logstd(h))
        normal = Normal(mean, log_std.exp())
        x_t = normal.rsample()
        y_t = torch.tanh(x_t)
        log_prob = normal.log_prob(x_t) - torch.log(1 - y_t.pow(2) + 1e-6)
        return y_t, log_prob.sum(1, keepdim=True)


actor, qf1, qf2 = Actor(), SoftQNetwork(), SoftQNetwork()
qf1_target, qf2_target = copy.deepcopy(qf1), copy.deepcopy(qf2)
q_optimizer = torch.optim.Adam(list(qf1.parameters()) + list(qf2.parameters()), lr=1e-3)
actor_optimizer = torch.optim.Adam(list(actor.parameters()), lr=3e-4)
log_alpha = torch.zeros(1, requires_grad=True)
a_optimizer = torch.optim.Adam([log_alpha], lr=1e-3)
alpha = log_alpha.exp().item()

for global_step in range(4):
    obs, next_obs, reward = torch.randn(8, 3), torch.randn(8, 3), torch.randn(8, 1)
    action = torch.rand(8, 1) * 2 - 1
    with torch.no_grad():
        next_action, next_log_pi = actor.get_action(next_obs)
        q_next = torch.min(qf1_target(next_obs, next_action), qf2_target(next_obs, next_action))
        target = reward + 0.99 * (q_next - alpha * next_log_pi)
    qf_loss = F.mse_loss(qf1(obs, action), target) + F.mse_loss(qf2(obs, action), target)
    q_optimizer.zero_grad()
    qf_loss.backward()
    q_optimizer.step()

    if global_step % 2 == 0:
        pi, log_pi = actor.get_action(obs)
        actor_loss = (alpha * log_pi - torch.min(qf1(obs, pi), qf2(obs, pi))).mean()
        actor_optimizer.zero_grad()
        actor_loss.backward()
        actor_optimizer.step()
        with torch.no_grad():
            _, log_pi = actor.get_action(obs)
        alpha_loss = (-log_alpha.exp() * (log_pi - 1.0)).mean()
        a_optimizer.zero_grad()
        alpha_loss.backward()
        a_optimizer.step()
        alpha = log_alpha.exp().item()

    for q, q_target in ((qf1, qf1_target), (qf2, qf2_target)):
        for param, target_param in zip(q.parameters(), q_target.parameters()):
            target_param.data.copy_(0.005 * param.data + 0.995 * target_param.data)

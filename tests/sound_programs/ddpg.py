"""DDPG: an actor that is trained through the critic."""
import copy

import torch
import torch.nn as nn

actor = nn.Sequential(nn.Linear(3, 16), nn.ReLU(), nn.Linear(16, 1), nn.Tanh())
critic = nn.Sequential(nn.Linear(4, 16), nn.ReLU(), nn.Linear(16, 1))
actor_target, critic_target = copy.deepcopy(actor), copy.deepcopy(critic)
actor_optimizer = torch.optim.Adam(actor.parameters(), lr=1e-3)
critic_optimizer = torch.optim.Adam(critic.parameters(), lr=1e-3)

for step in range(3):
    state, next_state = torch.randn(8, 3), torch.randn(8, 3)
    action, reward = torch.rand(8, 1), torch.randn(8, 1)
    target_Q = critic_target(torch.cat([next_state, actor_target(next_state)], 1))
    target_Q = reward + (0.99 * target_Q).detach()
    critic_loss = nn.functional.mse_loss(critic(torch.cat([state, action], 1)), target_Q)
    critic_optimizer.zero_grad()
    critic_loss.backward()
    critic_optimizer.step()

    actor_loss = -critic(torch.cat([state, actor(state)], 1)).mean()
    actor_optimizer.zero_grad()
    actor_loss.backward()
    actor_optimizer.step()

    for net, target in ((critic, critic_target), (actor, actor_target)):
        for param, target_param in zip(net.parameters(), target.parameters()):
            target_param.data.copy_(0.005 * param.data + (1 - 0.005) * target_param.data)

"""DQN with a replay buffer and a target network under no_grad."""
import random
from collections import deque

import torch
import torch.nn as nn
import torch.nn.functional as F


class QNet(nn.Module):
    def __init__(self):
        super().__init__()
        self.fc1 = nn.Linear(4, 16)
        self.fc2 = nn.Linear(16, 2)

    def forward(self, x):
        return self.fc2(F.relu(self.fc1(x)))

    def act(self, obs, epsilon):
        if random.random() < epsilon:
            return random.randint(0, 1)
        with torch.no_grad():
            return self(obs).argmax().item()


policy_net, target_net = QNet(), QNet()
target_net.load_state_dict(policy_net.state_dict())
target_net.eval()
optimizer = torch.optim.AdamW(policy_net.parameters(), lr=1e-3, amsgrad=True)
memory = deque(maxlen=100)

state = torch.randn(4)
for t in range(24):
    action = policy_net.act(state, 0.5)
    next_state, reward = torch.randn(4), random.random()
    memory.append((state, action, reward, next_state))
    state = next_state
    if len(memory) < 16:
        continue
    states, actions, rewards, next_states = zip(*random.sample(memory, 8))
    q = policy_net(torch.stack(states)).gather(1, torch.tensor(actions).unsqueeze(1)).squeeze(1)
    with torch.no_grad():
        best = target_net(torch.stack(next_states)).max(1).values
    expected = best * 0.99 + torch.tensor(rewards)
    loss = F.smooth_l1_loss(q, expected)
    optimizer.zero_grad()
    loss.backward()
    torch.nn.utils.clip_grad_value_(policy_net.parameters(), 100)
    optimizer.step()
    if t % 4 == 0:
        target_net.load_state_dict(policy_net.state_dict())

"""PPO in the manner of CleanRL: a rollout under no_grad, then minibatch epochs."""
import torch
import torch.nn as nn
from torch.distributions import Categorical


def layer_init(layer, std=2**0.5, bias_const=0.0):
    torch.nn.init.orthogonal_(layer.weight, std)
    torch.nn.init.constant_(layer.bias, bias_const)
    return layer


class Agent(nn.Module):
    def __init__(self):
        super().__init__()
        self.critic = nn.Sequential(layer_init(nn.Linear(4, 16)), nn.Tanh(), layer_init(nn.Linear(16, 1), std=1.0))
        self.actor = nn.Sequential(layer_init(nn.Linear(4, 16)), nn.Tanh(), layer_init(nn.Linear(16, 2), std=0.01))

    def get_value(self, x):
        return self.critic(x)

    def get_action_and_value(self, x, action=None):
        probs = Categorical(logits=self.actor(x))
        if action is None:
            action = probs.sample()
        return action, probs.log_prob(action), probs.entropy(), self.critic(x)


agent = Agent()
optimizer = torch.optim.Adam(agent.parameters(), lr=2.5e-4, eps=1e-5)
steps = 8
obs, actions = torch.zeros(steps, 4), torch.zeros(steps)
logprobs, rewards, values = torch.zeros(steps), torch.zeros(steps), torch.zeros(steps)

for update in range(2):
    next_obs = torch.randn(4)
    for step in range(steps):
        obs[step] = next_obs
        with torch.no_grad():
            action, logprob, _, value = agent.get_action_and_value(next_obs)
            values[step] = value.flatten()
        actions[step], logprobs[step] = action, logprob
        rewards[step] = torch.randn(())
        next_obs = torch.randn(4)

    with torch.no_grad():
        next_value = agent.get_value(next_obs).reshape(1, -1)
        advantages = torch.zeros_like(rewards)
        last = 0
        for t in reversed(range(steps)):
            following = next_value if t == steps - 1 else values[t + 1]
            delta = rewards[t] + 0.99 * following - values[t]
            advantages[t] = last = (delta + 0.99 * 0.95 * last).squeeze()
        returns = advantages + values

    for epoch in range(2):
        for mb in torch.randperm(steps).split(4):
            _, newlogprob, entropy, newvalue = agent.get_action_and_value(obs[mb], actions.long()[mb])
            ratio = (newlogprob - logprobs[mb]).exp()
            with torch.no_grad():
                clipfrac = ((ratio - 1.0).abs() > 0.2).float().mean().item()
            adv = advantages[mb]
            adv = (adv - adv.mean()) / (adv.std() + 1e-8)
            pg_loss = torch.max(-adv * ratio, -adv * torch.clamp(ratio, 0.8, 1.2)).mean()
            v_loss = 0.5 * ((newvalue.view(-1) - returns[mb]) ** 2).mean()
            loss = pg_loss - 0.01 * entropy.mean() + v_loss * 0.5
            optimizer.zero_grad()
            loss.backward()
            nn.utils.clip_grad_norm_(agent.parameters(), 0.5)
            optimizer.step()
    print(clipfrac)

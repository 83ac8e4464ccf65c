"""MAML on sine waves with functional_call, second order."""
import torch
import torch.nn as nn
import torch.nn.functional as F
from torch.func import functional_call

model = nn.Sequential(nn.Linear(1, 8), nn.ReLU(), nn.Linear(8, 1))
meta_optimizer = torch.optim.Adam(model.parameters(), lr=1e-3)
inner_lr = 0.01


def sample_task():
    amplitude, phase = torch.rand(1) * 4 + 0.1, torch.rand(1) * 3.14

    def draw(n):
        x = torch.rand(n, 1) * 10 - 5
        return x, amplitude * torch.sin(x + phase)

    return draw


for iteration in range(2):
    meta_loss = 0.0
    for _ in range(2):
        draw = sample_task()
        x, y = draw(5)
        fast_weights = dict(model.named_parameters())
        for _ in range(2):
            loss = F.mse_loss(functional_call(model, fast_weights, (x,)), y)
            grads = torch.autograd.grad(loss, fast_weights.values(), create_graph=True)
            fast_weights = {n: w - inner_lr * g for (n, w), g in zip(fast_weights.items(), grads)}
        x, y = draw(5)
        meta_loss = meta_loss + F.mse_loss(functional_call(model, fast_weights, (x,)), y)
    meta_optimizer.zero_grad()
    meta_loss.backward()
    meta_optimizer.step()
    print(meta_loss.item())

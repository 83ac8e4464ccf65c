"""A physics-informed network: derivatives of the output in the loss."""
import torch
from torch import nn

model = nn.Sequential(nn.Linear(1, 16), nn.Tanh(), nn.Linear(16, 1))
optimizer = torch.optim.Adam(model.parameters(), lr=1e-3)


def derivative(y, x):
    return torch.autograd.grad(y, x, grad_outputs=torch.ones_like(y), create_graph=True)[0]


for epoch in range(3):
    t = torch.rand(20, 1, requires_grad=True)
    u = model(t)
    du = derivative(u, t)
    d2u = derivative(du, t)
    physics = (d2u + 4 * u).pow(2).mean()
    t0 = torch.zeros(1, 1, requires_grad=True)
    boundary = (model(t0) - 1).pow(2).mean() + derivative(model(t0), t0).pow(2).mean()
    loss = physics + boundary
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()
    if epoch % 2 == 0:
        print(epoch, loss.item())

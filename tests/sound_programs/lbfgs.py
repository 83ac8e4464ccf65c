"""LBFGS with a closure: a regression, and an image that is optimised."""
import torch
import torch.nn as nn

x = torch.linspace(0, 1, 20).unsqueeze(1)
y = torch.sin(6 * x)
model = nn.Sequential(nn.Linear(1, 8), nn.Tanh(), nn.Linear(8, 1))
optimizer = torch.optim.LBFGS(model.parameters(), lr=0.8, max_iter=4, line_search_fn="strong_wolfe")


def closure():
    optimizer.zero_grad()
    loss = nn.functional.mse_loss(model(x), y)
    loss.backward()
    return loss


for i in range(2):
    print("STEP", i, optimizer.step(closure).item())
with torch.no_grad():
    print(nn.functional.mse_loss(model(x), y).item())

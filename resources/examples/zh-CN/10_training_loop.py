import torch
from torch import nn

torch.manual_seed(0)
model = nn.Sequential(nn.Linear(2, 8), nn.Tanh(), nn.Linear(8, 1))
optimizer = torch.optim.SGD(model.parameters(), lr=0.1, momentum=0.9)
inputs = torch.randn(32, 2)
targets = inputs.prod(dim=1, keepdim=True)

for step in range(5):
    optimizer.zero_grad()  # 否则梯度会累积
    loss = nn.functional.mse_loss(model(inputs), targets)
    loss.backward()
    optimizer.step()  # 原地进行，在 no_grad 之下
    print(f"step {step}: loss {loss.item():.4f}")

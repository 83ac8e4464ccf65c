"""Monte Carlo dropout: dropout stays on at prediction, on purpose."""
import torch
from torch import nn

model = nn.Sequential(nn.Linear(4, 16), nn.ReLU(), nn.Dropout(0.3), nn.Linear(16, 1))
optimizer = torch.optim.Adam(model.parameters(), lr=1e-2)
x, y = torch.randn(8, 4), torch.randn(8, 1)
for _ in range(2):
    optimizer.zero_grad()
    nn.functional.mse_loss(model(x), y).backward()
    optimizer.step()


def enable_dropout(model):
    for m in model.modules():
        if m.__class__.__name__.startswith("Dropout"):
            m.train()


model.eval()
enable_dropout(model)
with torch.no_grad():
    predictions = torch.stack([model(x) for _ in range(4)])
print(predictions.mean(0).shape, predictions.std(0).mean().item())

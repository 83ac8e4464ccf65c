"""An exponential moving average of the weights, used for evaluation only."""
import copy

import torch
from torch import nn


class ModelEma:
    def __init__(self, model, decay=0.99):
        self.module = copy.deepcopy(model)
        self.module.eval()
        self.decay = decay

    def update(self, model):
        with torch.no_grad():
            for ema_v, model_v in zip(self.module.state_dict().values(), model.state_dict().values()):
                ema_v.copy_(self.decay * ema_v + (1.0 - self.decay) * model_v)


def validate(model, loader):
    model.eval()
    losses = 0.0
    with torch.no_grad():
        for x, y in loader:
            losses += nn.functional.mse_loss(model(x), y).item()
    return losses / len(loader)


model = nn.Sequential(nn.Linear(3, 6), nn.BatchNorm1d(6), nn.ReLU(), nn.Linear(6, 1))
ema = ModelEma(model)
optimizer = torch.optim.RMSprop(model.parameters(), lr=1e-2)
loader = [(torch.randn(5, 3), torch.randn(5, 1)) for _ in range(2)]
for epoch in range(2):
    model.train()
    for x, y in loader:
        optimizer.zero_grad()
        loss = nn.functional.mse_loss(model(x), y)
        loss.backward()
        optimizer.step()
        ema.update(model)
    print(epoch, validate(model, loader), validate(ema.module, loader))

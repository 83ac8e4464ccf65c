"""Stochastic weight averaging with torch.optim.swa_utils."""
import torch
from torch import nn
from torch.optim.swa_utils import SWALR, AveragedModel, update_bn

loader = [(torch.randn(6, 3), torch.randn(6, 1)) for _ in range(2)]
model = nn.Sequential(nn.Linear(3, 6), nn.BatchNorm1d(6), nn.ReLU(), nn.Linear(6, 1))
swa_model = AveragedModel(model)
optimizer = torch.optim.SGD(model.parameters(), lr=0.1)
swa_scheduler = SWALR(optimizer, swa_lr=0.05)
for epoch in range(3):
    for x, y in loader:
        optimizer.zero_grad()
        nn.functional.mse_loss(model(x), y).backward()
        optimizer.step()
    if epoch > 0:
        swa_model.update_parameters(model)
        swa_scheduler.step()
update_bn(loader, swa_model)
swa_model.eval()
with torch.no_grad():
    print(swa_model(loader[0][0]).shape)

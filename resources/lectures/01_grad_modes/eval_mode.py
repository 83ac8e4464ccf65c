import torch
from torch import nn

torch.manual_seed(0)
model = nn.Sequential(
    nn.Linear(4, 4), nn.BatchNorm1d(4), nn.Dropout()
)
data = torch.randn(8, 4)

trained = model(data)
model.eval()
evaluated = model(data)
with torch.no_grad():
    predicted = model(data)

import torch
from torch import nn

torch.manual_seed(0)
layer = nn.Linear(64, 64)
head = nn.Linear(64, 1)
x = torch.ones(256, 64)

trained = head(torch.relu(layer(x)))
layer.requires_grad_(False)
frozen = head(torch.relu(layer(x)))
with torch.no_grad():
    predicted = head(torch.relu(layer(x)))
with torch.inference_mode():
    served = head(torch.relu(layer(x)))

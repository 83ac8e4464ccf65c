"""Adapters are added to a trained model, and only they are to learn. Nothing changes. Why?"""

import torch
from adapters import add_adapters
from backbone import Encoder

model = Encoder(width=8)
add_adapters(model, rank=2)
optimizer = torch.optim.SGD(model.parameters(), lr=0.1)
model.freeze_all()

data, target = torch.randn(4, 8), torch.randn(4, 1)
for step in range(2):
    loss = (model(data) - target).pow(2).mean()
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()

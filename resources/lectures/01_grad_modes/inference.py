import torch
from torch import nn

torch.manual_seed(0)
model = nn.Linear(2, 2)
x = torch.ones(1, 2)

with torch.no_grad():
    a = model(x)
with torch.inference_mode():
    with torch.no_grad():
        b = model(x)
    with torch.inference_mode():
        c = model(x)
print(a.is_inference(), b.is_inference(), c.is_inference())

w = torch.ones(1, 2, requires_grad=True)
fine = (a * w).sum()
try:
    fails = (c * w).sum()
except RuntimeError as error:
    print(error)

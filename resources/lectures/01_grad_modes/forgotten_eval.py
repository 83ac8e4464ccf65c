import torch
from torch import nn

torch.manual_seed(0)
norm = nn.BatchNorm1d(2)
data = torch.ones(4, 2)

print(norm.running_mean)
with torch.no_grad():
    wrong = norm(data)
print(norm.running_mean)

norm.eval()
with torch.no_grad():
    right = norm(data)
print(norm.running_mean)

import torch
from torch import nn

torch.manual_seed(0)
features = nn.Linear(4, 4)
head = nn.Linear(4, 1)
features.requires_grad_(False)
images = torch.ones(8, 4)

found = features(images)
score = head(found)
score.sum().backward()

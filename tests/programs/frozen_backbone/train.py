"""A classifier is fine-tuned; the new head is to learn, and the loss does not move."""

import torch
from freeze import freeze_backbone
from model import Classifier
from torch import nn

torch.manual_seed(0)
model = Classifier(classes=3)
freeze_backbone(model)
optimizer = torch.optim.SGD(model.parameters(), lr=0.1)
images, labels = torch.randn(8, 3, 8, 8), torch.randint(0, 3, (8,))

for step in range(2):
    model.eval()
    with torch.no_grad():
        before = nn.functional.cross_entropy(model(images), labels)
    model.train()
    optimizer.zero_grad()
    loss = nn.functional.cross_entropy(model(images), labels)
    loss.requires_grad_(True)
    loss.backward()
    optimizer.step()

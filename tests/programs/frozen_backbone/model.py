import torch
from torch import nn


class Block(nn.Module):
    def __init__(self, width):
        super().__init__()
        self.conv = nn.Conv2d(width, width, 3, padding=1)

    def forward(self, x):
        return x + torch.relu(self.conv(x))


class Backbone(nn.Module):
    def __init__(self, width=4, blocks=2):
        super().__init__()
        self.stem = nn.Conv2d(3, width, 3, padding=1)
        self.blocks = nn.ModuleList(Block(width) for _ in range(blocks))

    def forward(self, x):
        x = self.stem(x)
        for block in self.blocks:
            x = block(x)
        with torch.no_grad():
            self.mean = x.mean()
        return x.mean(dim=(2, 3))


class Classifier(nn.Module):
    def __init__(self, classes, width=4):
        super().__init__()
        self.backbone = Backbone(width)
        self.head = nn.Linear(width, classes)

    def forward(self, x):
        return self.head(self.backbone(x))

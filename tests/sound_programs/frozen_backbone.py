"""Transfer learning: a frozen backbone, a new head, the backbone unfrozen for the last epoch."""
import torch
import torch.nn as nn


class Backbone(nn.Module):
    def __init__(self):
        super().__init__()
        self.conv1 = nn.Conv2d(3, 4, 3, padding=1)
        self.bn1 = nn.BatchNorm2d(4)
        self.fc = nn.Linear(4, 10)

    def forward(self, x):
        x = torch.relu(self.bn1(self.conv1(x))).mean(dim=(2, 3))
        return self.fc(x)


def set_parameter_requires_grad(model, feature_extracting):
    if feature_extracting:
        for param in model.parameters():
            param.requires_grad = False


model = Backbone().eval()
set_parameter_requires_grad(model, feature_extracting=True)
model.fc = nn.Linear(model.fc.in_features, 2)
params_to_update = [p for p in model.parameters() if p.requires_grad]
optimizer = torch.optim.SGD(params_to_update, lr=0.001, momentum=0.9)
criterion = nn.CrossEntropyLoss()
for epoch in range(2):
    inputs, labels = torch.randn(4, 3, 6, 6), torch.randint(0, 2, (4,))
    optimizer.zero_grad()
    with torch.set_grad_enabled(True):
        outputs = model(inputs)
        loss = criterion(outputs, labels)
        _, preds = torch.max(outputs, 1)
        loss.backward()
        optimizer.step()
    print(loss.item() * inputs.size(0), torch.sum(preds == labels.data).item())

import torch
from torch import nn

torch.manual_seed(0)


def block(inputs, outputs, count):
    layers = []
    for _ in range(count):
        layers += [nn.Conv2d(inputs, outputs, 3, padding=1), nn.ReLU()]
        inputs = outputs
    return [*layers, nn.MaxPool2d(2)]


features = nn.Sequential(
    *block(3, 8, 2), *block(8, 16, 2), *block(16, 32, 3), *block(32, 32, 3), *block(32, 32, 3)
)
classifier = nn.Sequential(
    nn.Linear(32, 64),
    nn.ReLU(),
    nn.Dropout(),
    nn.Linear(64, 64),
    nn.ReLU(),
    nn.Dropout(),
    nn.Linear(64, 10),
)
for parameter in features.parameters():
    parameter.requires_grad = False
images, labels = torch.randn(2, 3, 32, 32), torch.tensor([1, 4])
optimizer = torch.optim.SGD(classifier.parameters(), lr=0.01)
loss = nn.functional.cross_entropy(classifier(features(images).flatten(1)), labels)
loss.backward()
optimizer.step()

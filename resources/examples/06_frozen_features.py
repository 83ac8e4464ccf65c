import torch
from torch import nn

torch.manual_seed(0)


class SmallVGG(nn.Module):
    """VGG16 for 32 x 32 images, an eighth as wide.

    13 convolutions and 3 linear layers have weights.
    """

    def __init__(self):
        super().__init__()
        self.features = nn.Sequential(
            *block(3, 8, 2), *block(8, 16, 2), *block(16, 32, 3),
            *block(32, 64, 3), *block(64, 64, 3),
        )
        self.classifier = nn.Sequential(
            nn.Linear(64, 64), nn.ReLU(), nn.Dropout(),
            nn.Linear(64, 64), nn.ReLU(), nn.Dropout(),
            nn.Linear(64, 10),
        )

    def forward(self, images):
        features = self.features(images)
        return self.classifier(torch.flatten(features, 1))


def block(inputs, outputs, convolutions):
    for _ in range(convolutions):
        yield nn.Conv2d(inputs, outputs, 3, padding=1)
        yield nn.ReLU()
        inputs = outputs
    yield nn.MaxPool2d(2)


model = SmallVGG()
for param in model.features.parameters():
    param.requires_grad = False

# The convolutions are skipped: neither images nor
# frozen parameters require grad. Autograd keeps
# nothing of them, and backward ends before them.
images, labels = torch.randn(4, 3, 32, 32), torch.randint(0, 10, (4,))
optimizer = torch.optim.SGD(model.classifier.parameters(), lr=0.01)
loss = nn.functional.cross_entropy(model(images), labels)
loss.backward()
optimizer.step()

for name, param in model.named_parameters():
    print(f"{name:<20}", "None" if param.grad is None else "reached")

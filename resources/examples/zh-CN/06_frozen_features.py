import torch
from torch import nn

torch.manual_seed(0)


class SmallVGG(nn.Module):
    """用于 32 x 32 图像的 VGG16，宽度为八分之一。

    13 个卷积层和 3 个线性层有权重。
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

# 卷积被跳过：图像和冻结的参数都不需要梯度。
# 自动求导不保留它们的任何东西，反向传播
# 在它们之前就结束了。
images, labels = torch.randn(4, 3, 32, 32), torch.randint(0, 10, (4,))
optimizer = torch.optim.SGD(model.classifier.parameters(), lr=0.01)
loss = nn.functional.cross_entropy(model(images), labels)
loss.backward()
optimizer.step()

for name, param in model.named_parameters():
    print(f"{name:<20}", "None" if param.grad is None else "reached")

"""The CIFAR tutorial: running loss, accuracy under no_grad, the best state kept."""
import copy

import torch
import torch.nn as nn
import torch.nn.functional as F
from torch.utils.data import DataLoader, TensorDataset, random_split


class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.conv1, self.pool = nn.Conv2d(3, 4, 3), nn.MaxPool2d(2, 2)
        self.bn = nn.BatchNorm2d(4)
        self.fc1, self.fc2 = nn.Linear(4 * 9, 16), nn.Linear(16, 3)
        self.dropout = nn.Dropout(0.5)

    def forward(self, x):
        x = self.pool(F.relu(self.bn(self.conv1(x))))
        x = torch.flatten(x, 1)
        return self.fc2(self.dropout(F.relu(self.fc1(x))))


dataset = TensorDataset(torch.randn(12, 3, 8, 8), torch.randint(0, 3, (12,)))
train_set, test_set = random_split(dataset, [8, 4])
trainloader, testloader = DataLoader(train_set, batch_size=4, shuffle=True), DataLoader(test_set, batch_size=4)
net = Net()
criterion = nn.CrossEntropyLoss(label_smoothing=0.1)
optimizer = torch.optim.SGD(net.parameters(), lr=0.01, momentum=0.9)
scheduler = torch.optim.lr_scheduler.CosineAnnealingLR(optimizer, 2)
best_acc, best_state = 0.0, copy.deepcopy(net.state_dict())
history = {"loss": [], "accuracy": []}
for epoch in range(2):
    net.train()
    running_loss = 0.0
    for inputs, labels in trainloader:
        optimizer.zero_grad()
        outputs = net(inputs)
        loss = criterion(outputs, labels)
        loss.backward()
        optimizer.step()
        running_loss += loss.item()
    scheduler.step()
    net.eval()
    correct = total = 0
    with torch.no_grad():
        for images, labels in testloader:
            _, predicted = torch.max(net(images).data, 1)
            total += labels.size(0)
            correct += (predicted == labels).sum().item()
    history["loss"].append(running_loss)
    history["accuracy"].append(correct / total)
    if correct / total >= best_acc:
        best_acc, best_state = correct / total, copy.deepcopy(net.state_dict())
net.load_state_dict(best_state)

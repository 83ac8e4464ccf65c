import torch
from torch import nn

torch.manual_seed(0)
model = nn.Sequential(nn.Linear(4, 8), nn.ReLU(), nn.Linear(8, 3))
loss_function = nn.CrossEntropyLoss()
test_loader = [
    (torch.randn(4, 4), torch.randint(0, 3, (4,)))
    for batch in range(3)
]


@torch.no_grad()
def evaluate(model, loader):
    model.eval()  # 与记录无关
    total_loss, correct, total = 0.0, 0, 0
    for inputs, labels in loader:
        outputs = model(inputs)
        total_loss += loss_function(outputs, labels).item()
        _, predicted = torch.max(outputs, 1)
        correct += (predicted == labels).sum().item()
        total += labels.size(0)
    return total_loss / len(loader), correct / total


loss, accuracy = evaluate(model, test_loader)
print(f"loss {loss:.3f}, accuracy {accuracy:.0%}")

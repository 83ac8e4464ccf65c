"""Several losses: two heads with learned weights, one backward each on a shared graph."""
import torch
import torch.nn as nn


class MultiTask(nn.Module):
    def __init__(self):
        super().__init__()
        self.shared = nn.Sequential(nn.Linear(5, 10), nn.ReLU())
        self.classify, self.regress = nn.Linear(10, 3), nn.Linear(10, 1)
        self.log_vars = nn.Parameter(torch.zeros(2))

    def forward(self, x):
        h = self.shared(x)
        return self.classify(h), self.regress(h)


model = MultiTask()
optimizer = torch.optim.Adam(model.parameters(), lr=1e-3)
for _ in range(2):
    x, label, value = torch.randn(6, 5), torch.randint(0, 3, (6,)), torch.randn(6, 1)
    logits, predicted = model(x)
    losses = torch.stack(
        [nn.functional.cross_entropy(logits, label), nn.functional.mse_loss(predicted, value)]
    )
    total = (torch.exp(-model.log_vars) * losses + model.log_vars).sum()
    optimizer.zero_grad()
    total.backward()
    optimizer.step()

for _ in range(2):
    logits, predicted = model(torch.randn(6, 5))
    optimizer.zero_grad()
    nn.functional.cross_entropy(logits, label).backward(retain_graph=True)
    nn.functional.mse_loss(predicted, value).backward()
    optimizer.step()

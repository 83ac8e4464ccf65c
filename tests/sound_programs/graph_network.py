"""A graph network by index_add, with masks for training and for validation."""

import torch
import torch.nn as nn
import torch.nn.functional as F

torch.manual_seed(0)


class GCN(nn.Module):
    def __init__(self):
        super().__init__()
        self.w1, self.w2 = nn.Linear(5, 8, bias=False), nn.Linear(8, 3, bias=False)

    def propagate(self, x, edges):
        out = torch.zeros_like(x)
        out.index_add_(0, edges[1], x[edges[0]])
        return out

    def forward(self, x, edges):
        x = F.relu(self.propagate(self.w1(x), edges))
        x = F.dropout(x, p=0.5, training=self.training)
        return F.log_softmax(self.propagate(self.w2(x), edges), dim=1)


model = GCN()
x, y, edges = torch.randn(7, 5), torch.randint(3, (7,)), torch.randint(7, (2, 20))
train_mask = torch.arange(7) < 4
opt = torch.optim.Adam(model.parameters(), lr=0.01, weight_decay=5e-4)
for epoch in range(3):
    model.train()
    opt.zero_grad()
    out = model(x, edges)
    loss = F.nll_loss(out[train_mask], y[train_mask])
    loss.backward()
    opt.step()
    model.eval()
    with torch.no_grad():
        pred = model(x, edges).argmax(dim=1)
        acc = int((pred[~train_mask] == y[~train_mask]).sum()) / 3
    print(epoch, loss.item(), acc)

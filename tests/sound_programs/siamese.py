"""A siamese network with a triplet loss, one embedding net called three times."""
import torch
import torch.nn as nn


class EmbeddingNet(nn.Module):
    def __init__(self):
        super().__init__()
        self.convnet = nn.Sequential(nn.Conv2d(1, 4, 3), nn.PReLU(), nn.MaxPool2d(2))
        self.fc = nn.Sequential(nn.Linear(4 * 9, 8), nn.PReLU(), nn.Linear(8, 2))

    def forward(self, x):
        output = self.convnet(x)
        return self.fc(output.view(output.size(0), -1))


class TripletNet(nn.Module):
    def __init__(self, embedding_net):
        super().__init__()
        self.embedding_net = embedding_net

    def forward(self, *xs):
        return tuple(self.embedding_net(x) for x in xs)

    def get_embedding(self, x):
        return self.embedding_net(x)


model = TripletNet(EmbeddingNet())
loss_fn = nn.TripletMarginLoss(margin=5.0)
optimizer = torch.optim.Adam(model.parameters(), lr=1e-3)
losses, total_loss = [], 0
for _ in range(2):
    model.train()
    optimizer.zero_grad()
    outputs = model(*(torch.randn(3, 1, 8, 8) for _ in range(3)))
    loss = loss_fn(*outputs)
    losses.append(loss.item())
    total_loss += loss.item()
    loss.backward()
    optimizer.step()
model.eval()
with torch.no_grad():
    print(model.get_embedding(torch.randn(2, 1, 8, 8)).numpy().shape)

"""An encoder with a pooled output that a tagging head does not use; all parameters are optimized."""
import torch
import torch.nn as nn


class Encoder(nn.Module):
    def __init__(self, dim=8):
        super().__init__()
        self.embed, self.pooler = nn.Embedding(20, dim), nn.Linear(dim, dim)
        self.layer = nn.TransformerEncoderLayer(dim, 2, 16, batch_first=True)

    def forward(self, ids):
        hidden = self.layer(self.embed(ids))
        return hidden, torch.tanh(self.pooler(hidden[:, 0]))


class Tagger(nn.Module):
    def __init__(self):
        super().__init__()
        self.encoder, self.head = Encoder(), nn.Linear(8, 5)

    def forward(self, ids):
        hidden, _ = self.encoder(ids)
        return self.head(hidden)


model = Tagger()
optimizer = torch.optim.AdamW(model.parameters(), lr=1e-3)
for _ in range(2):
    ids, tags = torch.randint(0, 20, (4, 6)), torch.randint(0, 5, (4, 6))
    loss = nn.functional.cross_entropy(model(ids).flatten(0, 1), tags.flatten())
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()

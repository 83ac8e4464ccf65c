import torch
from torch import nn

torch.manual_seed(0)
embed = nn.Embedding(100, 32)
layer = nn.TransformerEncoderLayer(d_model=32, nhead=4, dim_feedforward=64, batch_first=True)
encoder = nn.TransformerEncoder(layer, num_layers=12)
head = nn.Linear(32, 100)

for block in encoder.layers[:6]:
    block.requires_grad_(False)

tokens = torch.randint(0, 100, (2, 10))
logits = head(encoder(embed(tokens)))
loss = nn.functional.cross_entropy(logits.flatten(0, 1), tokens.flatten())
loss.backward()

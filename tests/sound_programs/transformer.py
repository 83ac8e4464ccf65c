"""nn.TransformerEncoder with a causal mask, a warm-up schedule and label smoothing."""
import math

import torch
from torch import nn


class TransformerModel(nn.Module):
    def __init__(self, ntoken=13, d_model=8, nhead=2, nlayers=2, dropout=0.1):
        super().__init__()
        self.embedding = nn.Embedding(ntoken, d_model)
        position = torch.arange(20).unsqueeze(1)
        div_term = torch.exp(torch.arange(0, d_model, 2) * (-math.log(10000.0) / d_model))
        pe = torch.zeros(20, 1, d_model)
        pe[:, 0, 0::2] = torch.sin(position * div_term)
        pe[:, 0, 1::2] = torch.cos(position * div_term)
        self.register_buffer("pe", pe)
        layer = nn.TransformerEncoderLayer(d_model, nhead, 16, dropout)
        self.transformer_encoder = nn.TransformerEncoder(layer, nlayers, enable_nested_tensor=False)
        self.linear = nn.Linear(d_model, ntoken)

    def forward(self, src, src_mask):
        src = self.embedding(src) * math.sqrt(8) + self.pe[: src.size(0)]
        return self.linear(self.transformer_encoder(src, src_mask))


model = TransformerModel()
optimizer = torch.optim.Adam(model.parameters(), lr=1.0, betas=(0.9, 0.98), eps=1e-9)
scheduler = torch.optim.lr_scheduler.LambdaLR(optimizer, lambda s: 0.01 * min((s + 1) ** -0.5, (s + 1) / 4))
mask = nn.Transformer.generate_square_subsequent_mask(6)
model.train()
for step in range(2):
    data = torch.randint(0, 13, (7, 3))
    output = model(data[:-1], mask)
    loss = nn.functional.cross_entropy(output.view(-1, 13), data[1:].reshape(-1), label_smoothing=0.1)
    optimizer.zero_grad()
    loss.backward()
    torch.nn.utils.clip_grad_norm_(model.parameters(), 0.5)
    optimizer.step()
    scheduler.step()

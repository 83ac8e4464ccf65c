"""A recurrent language model: hidden state repackaged, gradients clipped, weights by hand."""

import torch
import torch.nn as nn
import torch.nn.functional as F


class RNNModel(nn.Module):
    def __init__(self, ntoken, ninp):
        super().__init__()
        self.drop = nn.Dropout(0.2)
        self.encoder = nn.Embedding(ntoken, ninp)
        self.rnn = nn.LSTM(ninp, ninp, 2, dropout=0.2)
        self.decoder = nn.Linear(ninp, ntoken)
        self.decoder.weight = self.encoder.weight
        nn.init.uniform_(self.encoder.weight, -0.1, 0.1)
        nn.init.zeros_(self.decoder.bias)

    def forward(self, input, hidden):
        emb = self.drop(self.encoder(input))
        output, hidden = self.rnn(emb, hidden)
        return F.log_softmax(self.decoder(self.drop(output)).view(-1, 12), dim=1), hidden

    def init_hidden(self, bsz):
        weight = next(self.parameters())
        return weight.new_zeros(2, bsz, 6), weight.new_zeros(2, bsz, 6)


def repackage_hidden(h):
    return h.detach() if isinstance(h, torch.Tensor) else tuple(repackage_hidden(v) for v in h)


def evaluate(source):
    model.eval()
    hidden = model.init_hidden(3)
    total = 0.0
    with torch.no_grad():
        for i in range(0, source.size(0) - 1, 4):
            data, targets = source[i : i + 4], source[i + 1 : i + 5].view(-1)
            data = data[: targets.numel() // 3]
            output, hidden = model(data, hidden)
            hidden = repackage_hidden(hidden)
            total += len(data) * F.nll_loss(output, targets).item()
    return total


def train(source, lr):
    model.train()
    hidden = model.init_hidden(3)
    for i in range(0, source.size(0) - 4, 4):
        model.zero_grad()
        hidden = repackage_hidden(hidden)
        output, hidden = model(source[i : i + 4], hidden)
        loss = F.nll_loss(output, source[i + 1 : i + 5].view(-1))
        loss.backward()
        torch.nn.utils.clip_grad_norm_(model.parameters(), 0.25)
        for p in model.parameters():
            p.data.add_(p.grad, alpha=-lr)


torch.manual_seed(1)
model = RNNModel(12, 6)
corpus = torch.randint(12, (13, 3))
for epoch in range(2):
    train(corpus, 1.0)
    print(evaluate(corpus))

"""Encoder and decoder with an optimizer each, attention and teacher forcing."""

import random

import torch
import torch.nn as nn
import torch.nn.functional as F

random.seed(0)
torch.manual_seed(0)


class EncoderRNN(nn.Module):
    def __init__(self, n, h):
        super().__init__()
        self.embedding, self.gru = nn.Embedding(n, h), nn.GRU(h, h)

    def forward(self, token, hidden):
        return self.gru(self.embedding(token).view(1, 1, -1), hidden)


class AttnDecoderRNN(nn.Module):
    def __init__(self, h, n):
        super().__init__()
        self.embedding, self.attn = nn.Embedding(n, h), nn.Linear(2 * h, 5)
        self.combine, self.gru, self.out = nn.Linear(2 * h, h), nn.GRU(h, h), nn.Linear(h, n)
        self.dropout = nn.Dropout(0.1)

    def forward(self, token, hidden, outputs):
        e = self.dropout(self.embedding(token).view(1, 1, -1))
        w = F.softmax(self.attn(torch.cat((e[0], hidden[0]), 1)), dim=1)
        c = torch.bmm(w.unsqueeze(0), outputs.unsqueeze(0))
        o = F.relu(self.combine(torch.cat((e[0], c[0]), 1)).unsqueeze(0))
        o, hidden = self.gru(o, hidden)
        return F.log_softmax(self.out(o[0]), dim=1), hidden


encoder, decoder = EncoderRNN(9, 6), AttnDecoderRNN(6, 9)
eo = torch.optim.SGD(encoder.parameters(), lr=0.01)
do = torch.optim.SGD(decoder.parameters(), lr=0.01)
total = 0
for it in range(3):
    eo.zero_grad()
    do.zero_grad()
    source, target = torch.randint(9, (3,)), torch.randint(9, (3,))
    hidden, outputs = torch.zeros(1, 1, 6), torch.zeros(5, 6)
    for i, token in enumerate(source):
        out, hidden = encoder(token, hidden)
        outputs[i] = out[0, 0]
    loss, token, forced = 0, torch.tensor([[0]]), random.random() < 0.5
    for t in range(3):
        out, hidden = decoder(token, hidden, outputs)
        loss += F.nll_loss(out, target[t : t + 1])
        token = target[t] if forced else out.topk(1)[1].squeeze().detach()
    loss.backward()
    eo.step()
    do.step()
    total += loss.item() / 3
print(total)

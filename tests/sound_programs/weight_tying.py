"""A word language model with tied weights, and a loss curve kept as numbers."""
import torch
import torch.nn as nn


class TiedLM(nn.Module):
    def __init__(self, ntoken=15, ninp=8):
        super().__init__()
        self.drop = nn.Dropout(0.2)
        self.encoder = nn.Embedding(ntoken, ninp)
        self.rnn = nn.GRU(ninp, ninp)
        self.decoder = nn.Linear(ninp, ntoken)
        self.decoder.weight = self.encoder.weight
        self.init_weights()

    def init_weights(self):
        nn.init.uniform_(self.encoder.weight, -0.1, 0.1)
        nn.init.zeros_(self.decoder.bias)

    def forward(self, tokens, hidden):
        output, hidden = self.rnn(self.drop(self.encoder(tokens)), hidden)
        return nn.functional.log_softmax(self.decoder(self.drop(output)).view(-1, 15), dim=1), hidden


model, lr = TiedLM(), 2.0
model.train()
hidden = torch.zeros(1, 2, 8)
data = torch.randint(0, 15, (13, 2))
curve = []
for i in range(0, 12, 4):
    hidden = hidden.detach()
    model.zero_grad()
    output, hidden = model(data[i : i + 4], hidden)
    loss = nn.functional.nll_loss(output, data[i + 1 : i + 5].view(-1))
    loss.backward()
    torch.nn.utils.clip_grad_norm_(model.parameters(), 0.25)
    for p in model.parameters():
        p.data.add_(p.grad, alpha=-lr)
    curve.append(loss.item())

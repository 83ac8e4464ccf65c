"""Truncated backpropagation through time: the state is detached from chunk to chunk."""
import torch
import torch.nn as nn


class CharRNN(nn.Module):
    def __init__(self, vocab=12, hidden=8):
        super().__init__()
        self.embedding = nn.Embedding(vocab, hidden)
        self.lstm = nn.LSTM(hidden, hidden, num_layers=2, batch_first=True)
        self.head = nn.Linear(hidden, vocab)

    def forward(self, x, state):
        out, state = self.lstm(self.embedding(x), state)
        return self.head(out), state


def repackage_hidden(h):
    if isinstance(h, torch.Tensor):
        return h.detach()
    return tuple(repackage_hidden(v) for v in h)


model = CharRNN()
optimizer = torch.optim.SGD(model.parameters(), lr=1.0)
text = torch.randint(0, 12, (2, 25))
state, total_loss = (torch.zeros(2, 2, 8), torch.zeros(2, 2, 8)), 0.0
for start in range(0, 24, 8):
    inputs, targets = text[:, start : start + 8], text[:, start + 1 : start + 9]
    state = repackage_hidden(state)
    logits, state = model(inputs, state)
    loss = nn.functional.cross_entropy(logits.reshape(-1, 12), targets.reshape(-1))
    model.zero_grad()
    loss.backward()
    torch.nn.utils.clip_grad_norm_(model.parameters(), 0.25)
    optimizer.step()
    total_loss += loss.item()
print(total_loss / 3)

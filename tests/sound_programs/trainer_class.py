"""A small trainer with callbacks, a schedule, early stopping and the best weights kept."""

import copy

import torch
import torch.nn as nn
import torch.nn.functional as F


class EarlyStopping:
    def __init__(self, patience):
        self.patience, self.best, self.bad, self.state = patience, float("inf"), 0, None

    def __call__(self, value, model):
        if value < self.best:
            self.best, self.bad = value, 0
            self.state = copy.deepcopy(model.state_dict())
        else:
            self.bad += 1
        return self.bad > self.patience


class Trainer:
    def __init__(self, model, lr):
        self.model = model
        decay = [p for p in model.parameters() if p.ndim > 1]
        rest = [p for p in model.parameters() if p.ndim <= 1]
        self.optimizer = torch.optim.AdamW(
            [{"params": decay, "weight_decay": 0.1}, {"params": rest, "weight_decay": 0.0}], lr=lr
        )
        self.scheduler = torch.optim.lr_scheduler.OneCycleLR(self.optimizer, lr, total_steps=6)
        self.stopping = EarlyStopping(2)

    def fit(self, train, valid, epochs):
        for _ in range(epochs):
            self.model.train()
            for x, y in train:
                self.optimizer.zero_grad(set_to_none=True)
                loss = F.cross_entropy(self.model(x), y, label_smoothing=0.1)
                loss.backward()
                norm = nn.utils.clip_grad_norm_(self.model.parameters(), 1.0)
                if torch.isfinite(norm):
                    self.optimizer.step()
                self.scheduler.step()
            if self.stopping(self.validate(valid), self.model):
                break
        self.model.load_state_dict(self.stopping.state)

    @torch.inference_mode()
    def validate(self, batches):
        self.model.eval()
        return sum(F.cross_entropy(self.model(x), y).item() for x, y in batches) / len(batches)


torch.manual_seed(0)
net = nn.Sequential(nn.Linear(5, 8), nn.LayerNorm(8), nn.GELU(), nn.Dropout(0.1), nn.Linear(8, 3))
data = [(torch.randn(4, 5), torch.randint(3, (4,))) for _ in range(2)]
Trainer(net, 1e-2).fit(data, data[:1], 3)

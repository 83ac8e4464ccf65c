"""A Lightning-like module and its trainer, with validation under inference_mode."""
import torch
import torch.nn as nn
import torch.nn.functional as F


class LitClassifier(nn.Module):
    def __init__(self, lr=1e-2):
        super().__init__()
        self.lr = lr
        self.backbone = nn.Sequential(nn.Linear(8, 16), nn.BatchNorm1d(16), nn.ReLU(), nn.Dropout(0.2))
        self.head = nn.Linear(16, 3)

    def forward(self, x):
        return self.head(self.backbone(x))

    def training_step(self, batch, batch_idx):
        x, y = batch
        return F.cross_entropy(self(x), y)

    def validation_step(self, batch, batch_idx):
        x, y = batch
        return (self(x).argmax(dim=-1) == y).float().mean()

    def configure_optimizers(self):
        optimizer = torch.optim.AdamW(self.parameters(), lr=self.lr)
        return optimizer, torch.optim.lr_scheduler.StepLR(optimizer, 1)


class Trainer:
    def __init__(self, max_epochs, gradient_clip_val=1.0):
        self.max_epochs = max_epochs
        self.clip = gradient_clip_val

    def fit(self, module, train_loader, val_loader):
        optimizer, scheduler = module.configure_optimizers()
        for epoch in range(self.max_epochs):
            module.train()
            for i, batch in enumerate(train_loader):
                loss = module.training_step(batch, i)
                optimizer.zero_grad()
                loss.backward()
                torch.nn.utils.clip_grad_norm_(module.parameters(), self.clip)
                optimizer.step()
            scheduler.step()
            module.eval()
            with torch.inference_mode():
                acc = torch.stack([module.validation_step(b, i) for i, b in enumerate(val_loader)])
            print(epoch, loss.item(), acc.mean().item())


batches = [(torch.randn(6, 8), torch.randint(0, 3, (6,))) for _ in range(3)]
Trainer(max_epochs=2).fit(LitClassifier(), batches[:2], batches[2:])

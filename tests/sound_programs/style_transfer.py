"""Neural style transfer: frozen features, an image that is the only thing trained."""
import torch
import torch.nn as nn
import torch.nn.functional as F


def gram_matrix(x):
    a, b, c, d = x.size()
    features = x.view(a * b, c * d)
    return torch.mm(features, features.t()).div(a * b * c * d)


class StyleLoss(nn.Module):
    def __init__(self, target_feature):
        super().__init__()
        self.target = gram_matrix(target_feature).detach()

    def forward(self, input):
        self.loss = F.mse_loss(gram_matrix(input), self.target)
        return input


class ContentLoss(nn.Module):
    def __init__(self, target):
        super().__init__()
        self.target = target.detach()

    def forward(self, input):
        self.loss = F.mse_loss(input, self.target)
        return input


cnn = nn.Sequential(nn.Conv2d(3, 4, 3), nn.ReLU(inplace=False), nn.Conv2d(4, 4, 3)).eval()
style, content = torch.rand(1, 3, 8, 8), torch.rand(1, 3, 8, 8)
model, style_losses, content_losses = nn.Sequential(), [], []
for i, layer in enumerate(cnn):
    model.add_module(f"layer_{i}", layer)
    if isinstance(layer, nn.Conv2d):
        content_losses.append(ContentLoss(model(content).detach()))
        model.add_module(f"content_loss_{i}", content_losses[-1])
        style_losses.append(StyleLoss(model(style).detach()))
        model.add_module(f"style_loss_{i}", style_losses[-1])

input_img = content.clone()
optimizer = torch.optim.LBFGS([input_img], max_iter=3)
input_img.requires_grad_(True)
model.eval()
model.requires_grad_(False)


def closure():
    with torch.no_grad():
        input_img.clamp_(0, 1)
    optimizer.zero_grad()
    model(input_img)
    loss = 100 * sum(sl.loss for sl in style_losses) + sum(cl.loss for cl in content_losses)
    loss.backward()
    return loss


for _ in range(2):
    optimizer.step(closure)
with torch.no_grad():
    input_img.clamp_(0, 1)

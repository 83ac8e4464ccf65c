"""An adversarial patch and a saliency map of a fixed classifier."""

import torch
import torch.nn as nn
import torch.nn.functional as F

torch.manual_seed(0)
victim = nn.Sequential(
    nn.Conv2d(3, 4, 3), nn.BatchNorm2d(4), nn.ReLU(), nn.Flatten(), nn.Linear(144, 3)
)
victim.eval()
victim.requires_grad_(False)
patch = nn.Parameter(torch.rand(3, 4, 4))
opt = torch.optim.Adam([patch], lr=0.05)
for step in range(3):
    images = torch.rand(2, 3, 8, 8)
    images[:, :, 2:6, 2:6] = patch
    loss = F.cross_entropy(victim(images), torch.tensor([1, 1]))
    opt.zero_grad()
    loss.backward()
    opt.step()
    with torch.no_grad():
        patch.clamp_(0, 1)
x = torch.rand(1, 3, 8, 8, requires_grad=True)
victim(x).max().backward()
print(x.grad.abs().amax(1).shape)

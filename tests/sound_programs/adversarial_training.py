"""FGSM and PGD attacks on the inputs, and training on what they give."""
import torch
import torch.nn as nn
import torch.nn.functional as F

model = nn.Sequential(nn.Linear(6, 16), nn.ReLU(), nn.Linear(16, 3))
optimizer = torch.optim.SGD(model.parameters(), lr=0.1, momentum=0.9)


def fgsm(data, target, epsilon):
    data = data.clone().detach()
    data.requires_grad = True
    loss = F.cross_entropy(model(data), target)
    model.zero_grad()
    loss.backward()
    return torch.clamp(data + epsilon * data.grad.sign(), -3, 3).detach()


def pgd(data, target, epsilon, steps=2):
    adv = data.detach() + 0.001 * torch.randn_like(data)
    for _ in range(steps):
        adv.requires_grad_()
        with torch.enable_grad():
            loss = F.cross_entropy(model(adv), target)
        grad = torch.autograd.grad(loss, [adv])[0]
        adv = adv.detach() + epsilon / steps * torch.sign(grad.detach())
        adv = torch.min(torch.max(adv, data - epsilon), data + epsilon)
    return adv


for step in range(2):
    x, y = torch.randn(5, 6), torch.randint(0, 3, (5,))
    for attack in (fgsm, pgd):
        x_adv = attack(x, y, 0.1)
        optimizer.zero_grad()
        loss = F.cross_entropy(model(x_adv), y)
        loss.backward()
        optimizer.step()

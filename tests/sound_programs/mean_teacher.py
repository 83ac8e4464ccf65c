"""Mean teacher: a consistency loss against a teacher that is updated after each step."""
import copy

import torch
import torch.nn as nn
import torch.nn.functional as F


def create_model(ema=False):
    model = nn.Sequential(nn.Linear(6, 12), nn.BatchNorm1d(12), nn.ReLU(), nn.Dropout(0.2), nn.Linear(12, 3))
    if ema:
        for param in model.parameters():
            param.detach_()
    return model


def update_ema_variables(model, ema_model, alpha, global_step):
    alpha = min(1 - 1 / (global_step + 1), alpha)
    for ema_param, param in zip(ema_model.parameters(), model.parameters()):
        ema_param.data.mul_(alpha).add_(param.data, alpha=1 - alpha)


student, teacher = create_model(), create_model(ema=True)
optimizer = torch.optim.SGD(student.parameters(), lr=0.1, momentum=0.9, nesterov=True)
student.train()
teacher.train()
for step in range(3):
    x, y, unlabelled = torch.randn(8, 6), torch.randint(0, 3, (8,)), torch.randn(8, 6)
    with torch.no_grad():
        ema_logit = teacher(unlabelled + 0.1 * torch.randn_like(unlabelled))
    consistency = F.mse_loss(F.softmax(student(unlabelled), 1), F.softmax(ema_logit, 1))
    loss = F.cross_entropy(student(x), y) + 0.5 * consistency
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()
    update_ema_variables(student, teacher, 0.99, step)

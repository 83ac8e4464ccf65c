"""Per-sample gradients with torch.func, and a Gaussian mixture fitted by hand."""

import torch
import torch.nn as nn
import torch.nn.functional as F
from torch.func import functional_call, grad, vmap

torch.manual_seed(0)
net = nn.Linear(3, 1)
params = {k: v.detach() for k, v in net.named_parameters()}


def loss_of(p, x, y):
    return F.mse_loss(functional_call(net, p, (x.unsqueeze(0),)).squeeze(0), y)


per_sample = vmap(grad(loss_of), in_dims=(None, 0, 0))(params, torch.randn(4, 3), torch.randn(4, 1))
print({k: v.shape for k, v in per_sample.items()})
mu = torch.randn(2, requires_grad=True)
log_sigma = torch.zeros(2, requires_grad=True)
logits = torch.zeros(2, requires_grad=True)
data = torch.cat([torch.randn(8) - 2, torch.randn(8) + 2])
for i in range(3):
    mix = torch.distributions.MixtureSameFamily(
        torch.distributions.Categorical(logits=logits),
        torch.distributions.Normal(mu, log_sigma.exp()),
    )
    nll = -mix.log_prob(data).mean()
    grads = torch.autograd.grad(nll, [mu, log_sigma, logits])
    with torch.no_grad():
        for p, g in zip([mu, log_sigma, logits], grads):
            p -= 0.1 * g
print(mu)

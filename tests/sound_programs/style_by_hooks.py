"""Style transfer by feature hooks on a fixed network in evaluation mode."""

import torch
import torch.nn as nn
import torch.nn.functional as F

torch.manual_seed(0)
vgg = nn.Sequential(
    nn.Conv2d(3, 4, 3, padding=1), nn.ReLU(), nn.Conv2d(4, 4, 3, padding=1), nn.ReLU()
).eval()
for p in vgg.parameters():
    p.requires_grad_(False)
features = {}
for name in ("0", "2"):
    vgg.get_submodule(name).register_forward_hook(
        lambda module, args, out, name=name: features.__setitem__(name, out)
    )


def gram(t):
    b, c, h, w = t.shape
    f = t.reshape(b * c, h * w)
    return f @ f.t() / (b * c * h * w)


content, style = torch.rand(1, 3, 8, 8), torch.rand(1, 3, 8, 8)
vgg(content)
want_content = features["2"].detach()
vgg(style)
want_style = {k: gram(v).detach() for k, v in features.items()}
image = content.clone().requires_grad_(True)
opt = torch.optim.LBFGS([image], max_iter=2)
for _ in range(2):

    def closure():
        opt.zero_grad()
        vgg(image)
        loss = F.mse_loss(features["2"], want_content)
        for k, g in want_style.items():
            loss = loss + 1e3 * F.mse_loss(gram(features[k]), g)
        loss.backward()
        return loss

    opt.step(closure)

import torch
from torch import nn

torch.manual_seed(0)
lr = 0.1
model = nn.Linear(3, 1)
inputs, targets = torch.randn(8, 3), torch.randn(8, 1)


# Changing a leaf that requires grad in place is
# only allowed where nothing is recorded.
@torch.no_grad()
def update(model):
    for param in model.parameters():
        param.add_(param.grad, alpha=-lr)


loss = nn.functional.mse_loss(model(inputs), targets)
loss.backward()
update(model)
better = nn.functional.mse_loss(model(inputs), targets)
print(f"loss: {loss.item():.3f}, then {better.item():.3f}")

# As an operator: w stays the leaf that it was.
w = torch.ones(3, requires_grad=True)
(w**2).sum().backward()
with torch.no_grad():
    w -= lr * w.grad
print("w:", w, "leaf:", w.is_leaf)

# The trap: `v = ...` makes a new tensor, no leaf.
# The second backward adds to the old leaf, which
# has no name any more. The new v has no .grad.
v = torch.ones(3, requires_grad=True)
(v**2).sum().backward()
v = v - lr * v.grad
(v**2).sum().backward()
print("v:", v, "leaf:", v.is_leaf)

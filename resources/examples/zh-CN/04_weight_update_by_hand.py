import torch
from torch import nn

torch.manual_seed(0)
lr = 0.1
model = nn.Linear(3, 1)
inputs, targets = torch.randn(8, 3), torch.randn(8, 1)


# 需要梯度的叶子张量只有在不记录的地方
# 才允许原地改变。
@torch.no_grad()
def update(model):
    for param in model.parameters():
        param.add_(param.grad, alpha=-lr)


loss = nn.functional.mse_loss(model(inputs), targets)
loss.backward()
update(model)
better = nn.functional.mse_loss(model(inputs), targets)
print(f"loss: {loss.item():.3f}, then {better.item():.3f}")

# 作为运算符：w 仍是原来的叶子张量。
w = torch.ones(3, requires_grad=True)
(w**2).sum().backward()
with torch.no_grad():
    w -= lr * w.grad
print("w:", w, "leaf:", w.is_leaf)

# 陷阱：`v = ...` 产生新的张量，不是叶子张量。
# 第二次反向传播累积到旧的叶子张量上，而它
# 已经没有名字。新的 v 没有 .grad。
v = torch.ones(3, requires_grad=True)
(v**2).sum().backward()
v = v - lr * v.grad
(v**2).sum().backward()
print("v:", v, "leaf:", v.is_leaf)

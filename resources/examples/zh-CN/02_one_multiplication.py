import torch

# A 需要梯度：自动求导会记录对它的使用。
A = torch.tensor([1.0, 2.0, 3.0], requires_grad=True)
B = A * 6
print("recorded:           ", B)

# 在 no_grad 之下：值相同，没有 grad_fn。
with torch.no_grad():
    C = A * 6
print("under no_grad:      ", C)

# 没有输入需要梯度，所以什么也不记录。
D = torch.tensor([1.0, 2.0, 3.0], requires_grad=False)
E = D * 6
print("requires_grad=False:", E)

# 三个相等的值进入求和，但只有一个
# 通回 A：A.grad 是 6，不是 12。
(B + C + E).sum().backward()
print("A.grad:             ", A.grad)

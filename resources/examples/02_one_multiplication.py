import torch

# A requires grad: autograd records what is done with it.
A = torch.tensor([1.0, 2.0, 3.0], requires_grad=True)
B = A * 6
print("recorded:           ", B)

# The same line under no_grad: the same values, no grad_fn.
with torch.no_grad():
    C = A * 6
print("under no_grad:      ", C)

# No input requires grad: not recorded, without any block.
D = torch.tensor([1.0, 2.0, 3.0], requires_grad=False)
E = D * 6
print("requires_grad=False:", E)

# Three equal values go into the sum. Only one of them leads
# back to A, so A.grad is 6 and not 12.
(B + C + E).sum().backward()
print("A.grad:             ", A.grad)

import torch

# A requires grad: autograd records its use.
A = torch.tensor([1.0, 2.0, 3.0], requires_grad=True)
B = A * 6
print("recorded:           ", B)

# Under no_grad: the same values, no grad_fn.
with torch.no_grad():
    C = A * 6
print("under no_grad:      ", C)

# No input requires grad, so nothing is recorded.
D = torch.tensor([1.0, 2.0, 3.0], requires_grad=False)
E = D * 6
print("requires_grad=False:", E)

# Three equal values go into the sum, but only one
# leads back to A: A.grad is 6, not 12.
(B + C + E).sum().backward()
print("A.grad:             ", A.grad)

import torch
from torch import nn

model = nn.Linear(3, 1)
data = torch.ones(2, 3)

with torch.inference_mode():
    output = model(data)


@torch.inference_mode()
def predict(inputs):
    return model(inputs)


print("block:     requires_grad =", output.requires_grad)
print("decorator: requires_grad =", predict(data).requires_grad)

# The price of its speed: autograd refuses to save
# such a tensor for a backward pass.
weight = torch.ones(2, 1, requires_grad=True)
try:
    weight * output
except RuntimeError as error:
    print("weight * output:", error)

# A copy made outside is a tensor like any other.
loss = (weight * output.clone()).sum()
loss.backward()
print("weight.grad:", weight.grad.flatten())

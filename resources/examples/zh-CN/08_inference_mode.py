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

# 快的代价：自动求导拒绝为反向传播保存
# 这样的张量。
weight = torch.ones(2, 1, requires_grad=True)
try:
    weight * output
except RuntimeError as error:
    print("weight * output:", error)

# 在外面做的副本是普通的张量。
loss = (weight * output.clone()).sum()
loss.backward()
print("weight.grad:", weight.grad.flatten())

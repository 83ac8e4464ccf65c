import torch
from torch import nn

model = nn.Linear(3, 1)
data = torch.ones(2, 3)


def predict(inputs):
    with torch.no_grad():  # until the block ends
        return model(inputs)


@torch.no_grad()  # for as long as the function runs
def predict_decorated(inputs):
    return model(inputs)


print("block:     requires_grad =", predict(data).requires_grad)
print("decorator: requires_grad =", predict_decorated(data).requires_grad)

# Neither leaves anything switched off behind it.
output = model(data)
print("after:     requires_grad =", output.requires_grad)
output.sum().backward()
print("model.weight.grad:", model.weight.grad)

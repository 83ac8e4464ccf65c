import torch
from torch import nn

model = nn.Linear(3, 1)
data = torch.ones(2, 3)


def predict(inputs):
    with torch.no_grad():  # 直到代码块结束
        return model(inputs)


@torch.no_grad()  # 在函数运行期间
def predict_decorated(inputs):
    return model(inputs)


print("block:     requires_grad =", predict(data).requires_grad)
print("decorator: requires_grad =", predict_decorated(data).requires_grad)

# 两者结束后都不会留下任何关闭的开关。
output = model(data)
print("after:     requires_grad =", output.requires_grad)
output.sum().backward()
print("model.weight.grad:", model.weight.grad)

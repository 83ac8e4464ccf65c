"""Texts as a browser copies them from articles: words, bullets, line numbers, no indentation."""

from __future__ import annotations

NUMBERED = """\
PyTorch——torch.no_grad的用法

  • 在推理阶段,我们只需要前向传播(forward pass),而不需要计算梯度
    1
    2
    3
    4
    5
    6
    7
    8
    9
    @torch.no_grad()
    def evaluate_model(model, test_loader):
    model.eval() # 设置模型为评估模式,改回训练模式可以调用 model.train()
    total_loss = 0
    for data, target in test_loader:
    output = model(data)
    loss = loss_function(output, target)
    total_loss += loss.item()
    return total_loss

更新模型参数时不计算梯度

    1
    2
    3
    4
    @torch.no_grad()
    def update_weights(model):
    for param in model.parameters():
    param.add_(1.0) # 在参数上加 1,不会记录到计算图中

  • 仅在特定代码块中禁用梯度计算
    1
    2
    3
    def inference(model, input_data):
    with torch.no_grad():
    return model(input_data)

  • 示例:
    1
    2
    3
    4
    @torch.inference_mode()
    def evaluate_model(model, test_loader):
    model.eval()
    ..."""

FLATTENED = """\
Precise Control with the requires_grad Attribute
This is useful in transfer learning, such as freezing layers of a pre-trained model:
import torch
import torchvision
model = torchvision.models.vgg16(pretrained=True)
for param in model.features.parameters():
param.requires_grad = False
The above code disables gradient computation for the parameters of the features.
x = torch.randn(2, 2)
x.requires_grad = True
lin0 = nn.Linear(2, 2)
lin1 = nn.Linear(2, 2)
lin2 = nn.Linear(2, 2)
x1 = lin0(x)
with torch.no_grad():
x2 = lin1(x1)
x3 = lin2(x2)
x3.sum().backward()
print(lin0.weight.grad, lin1.weight.grad, lin2.weight.grad)
The output is: (None, None, tensor([[-1.4481, -1.1789], [-1.4481, -1.1789]])).
model = torchvision.models.vgg16(pretrained=True)
model.eval()
with torch.no_grad():
output = model(input_tensor)
This combination ensures that gradient computation is disabled during inference.
- For transfer learning, use
requires_grad=Falseto freeze pre-trained layers. - For inference deployment, combine
model.eval()andtorch.no_grad()."""

WITH_PICTURES = """\
Step 2: Install and Import the Torch Library
Torch library contains all the essential functionality of the PyTorch framework:
import torch
Step 4: Disable the Gradient using the “torch.no_grad()” function
B = A * 6
Gradient disabled:
Step 5: Verify Gradients
print(‘Gradient Disabled: ’, B)
Conclusion"""

SENTENCES_OF_CODE = """\
Evaluating PyTorch Models: with torch.no_grad
vs model.eval()
The model.eval()
method sets the model to evaluation mode. In evaluation, this is disabled.
model.eval()
achieves this. - Batch Normalization Behavior: layers use statistics.
Feature | torch.no_grad() |
model.eval() |
---|---|---|
Code Example
import torch
# Define a simple model with dropout and batch normalization
class MyModel(torch.nn.Module):
def __init__(self):
super(MyModel, self).__init__()
self.linear = torch.nn.Linear(10, 5)
self.dropout = torch.nn.Dropout(0.2)
def forward(self, x):
x = self.linear(x)
x = self.dropout(x)
return x
# Create an instance of the model
model = MyModel()
# Evaluate the model
with torch.no_grad():
model.eval() # Deactivates dropout
# ...
Conclusion"""

PROMPTS = """\
>>> x = torch.ones(2, requires_grad=True)
>>> for _ in range(2):
...     x = x * 2
...
>>> x.sum().backward()"""

ARTICLES = {
    "numbered": NUMBERED,
    "flattened": FLATTENED,
    "with pictures": WITH_PICTURES,
    "sentences of code": SENTENCES_OF_CODE,
    "prompts": PROMPTS,
}

import torch
from torch import nn

torch.manual_seed(0)


class Model(nn.Module):
    def __init__(self):
        super().__init__()
        self.linear = nn.Linear(10, 5)
        self.dropout = nn.Dropout(0.2)
        self.batch_norm = nn.BatchNorm1d(5)

    def forward(self, x):
        return self.batch_norm(self.dropout(self.linear(x)))


def try_twice(how):
    first, second = model(x), model(x)
    same = torch.equal(first, second)
    seen = int(model.batch_norm.num_batches_tracked)
    print(f"{how:<20} the same twice: {same!s:<6}"
          f"recorded: {first.requires_grad!s:<6}"
          f"batches counted: {seen}")


model = Model()
x = torch.randn(6, 10)

# train() 和 eval() 决定层计算什么，no_grad
# 决定记录什么：共四种组合。no_grad 之下的
# 训练模式仍会改变滑动统计量。
try_twice("train()")
model.eval()
try_twice("eval()")
with torch.no_grad():
    model.train()
    try_twice("train() and no_grad")
    model.eval()
    try_twice("eval() and no_grad")

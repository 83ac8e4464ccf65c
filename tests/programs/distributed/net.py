from torch import nn


class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.head = nn.Linear(4, 1)
        self.aux = nn.Linear(4, 1)

    def forward(self, x, rank):
        return self.head(x) + self.aux(x) if rank == 0 else self.head(x)

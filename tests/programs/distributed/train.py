"""Rank 1 does not call `aux`.

With --unused, DDP expects that this may happen.  With --alone, there is no DDP, and each rank has
weights of its own.
"""

import sys

import torch
import torch.distributed as dist
from net import Net
from torch.nn.parallel import DistributedDataParallel

dist.init_process_group("gloo")
rank = dist.get_rank()
if "--alone" in sys.argv:
    torch.manual_seed(rank)
    model = Net()
else:
    model = DistributedDataParallel(Net(), find_unused_parameters="--unused" in sys.argv)
optimizer = torch.optim.SGD(model.parameters(), lr=0.1)
for step in range(2):
    loss = model(torch.randn(3, 4), rank).square().mean()
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()
print(f"rank {rank}:", [name for name, p in model.named_parameters() if p.grad is None])
dist.barrier()
dist.destroy_process_group()

"""A small GPT whose layers have gates: the loss falls, and the gates stay at one half. Why?"""

from model import GPT
from trainer import fit

model = GPT(vocabulary=12, width=8, layers=3)
fit(model, steps=2)

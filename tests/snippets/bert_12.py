import torch
from transformers import BertConfig, BertForSequenceClassification

torch.manual_seed(0)
model = BertForSequenceClassification(BertConfig(
    vocab_size=50, hidden_size=8, num_hidden_layers=12, num_attention_heads=2,
    intermediate_size=16, max_position_embeddings=16, num_labels=3,
))  # fmt: skip
for parameter in model.bert.parameters():
    parameter.requires_grad_(False)
optimizer = torch.optim.AdamW(model.parameters(), lr=1e-3)

for _ in range(2):
    ids = torch.randint(0, 50, (4, 8))
    labels = torch.randint(0, 3, (4,))
    out = model(input_ids=ids, labels=labels)
    optimizer.zero_grad()
    out.loss.backward()
    optimizer.step()
    print(out.loss.item())

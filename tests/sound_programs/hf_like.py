"""Fine-tuning a small encoder with a Hugging Face-like output object and training arguments."""
from dataclasses import dataclass

import torch
import torch.nn as nn


@dataclass
class Output:
    loss: torch.Tensor
    logits: torch.Tensor


@dataclass
class TrainingArguments:
    num_train_epochs: int = 1
    gradient_accumulation_steps: int = 2
    max_grad_norm: float = 1.0
    learning_rate: float = 5e-4


class Encoder(nn.Module):
    def __init__(self, vocab, dim):
        super().__init__()
        self.word_embeddings = nn.Embedding(vocab, dim, padding_idx=0)
        self.position_embeddings = nn.Embedding(16, dim)
        self.layer_norm = nn.LayerNorm(dim)
        self.layer = nn.ModuleList(
            [nn.TransformerEncoderLayer(dim, 2, dim * 2, batch_first=True) for _ in range(2)]
        )

    def forward(self, input_ids, attention_mask):
        positions = torch.arange(input_ids.size(1)).unsqueeze(0)
        h = self.layer_norm(self.word_embeddings(input_ids) + self.position_embeddings(positions))
        for block in self.layer:
            h = block(h, src_key_padding_mask=attention_mask == 0)
        return h


class ForSequenceClassification(nn.Module):
    def __init__(self, vocab=30, dim=8, num_labels=2):
        super().__init__()
        self.encoder = Encoder(vocab, dim)
        self.dropout = nn.Dropout(0.1)
        self.classifier = nn.Linear(dim, num_labels)

    def forward(self, input_ids, attention_mask, labels=None):
        h = self.encoder(input_ids, attention_mask)
        logits = self.classifier(self.dropout(h[:, 0]))
        loss = None if labels is None else nn.functional.cross_entropy(logits, labels)
        return Output(loss, logits)


def train(model, args, batches):
    no_decay = ["bias", "layer_norm", "norm1", "norm2"]
    groups = [
        {
            "params": [p for n, p in model.named_parameters() if not any(d in n for d in no_decay)],
            "weight_decay": 0.01,
        },
        {
            "params": [p for n, p in model.named_parameters() if any(d in n for d in no_decay)],
            "weight_decay": 0.0,
        },
    ]
    optimizer = torch.optim.AdamW(groups, lr=args.learning_rate)
    scheduler = torch.optim.lr_scheduler.LambdaLR(optimizer, lambda step: 1 / (step + 1))
    model.zero_grad()
    total_loss = 0.0
    for _ in range(args.num_train_epochs):
        model.train()
        for step, inputs in enumerate(batches):
            outputs = model(**inputs)
            loss = outputs.loss / args.gradient_accumulation_steps
            loss.backward()
            total_loss += loss.detach()
            if (step + 1) % args.gradient_accumulation_steps == 0:
                torch.nn.utils.clip_grad_norm_(model.parameters(), args.max_grad_norm)
                optimizer.step()
                scheduler.step()
                model.zero_grad()
    return total_loss / len(batches)


@torch.no_grad()
def evaluate(model, batches):
    model.eval()
    hits = [(model(**b).logits.argmax(-1) == b["labels"]).float().mean().item() for b in batches]
    return sum(hits) / len(hits)


def batch():
    return {
        "input_ids": torch.randint(1, 30, (3, 6)),
        "attention_mask": torch.ones(3, 6, dtype=torch.long),
        "labels": torch.randint(0, 2, (3,)),
    }


if __name__ == "__main__":
    model = ForSequenceClassification()
    batches = [batch() for _ in range(4)]
    print(train(model, TrainingArguments(), batches), evaluate(model, batches[:1]))

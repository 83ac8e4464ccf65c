"""Knowledge distillation from a frozen teacher in evaluation mode."""
import torch
import torch.nn as nn
import torch.nn.functional as F

teacher = nn.Sequential(nn.Linear(8, 32), nn.ReLU(), nn.Dropout(0.1), nn.Linear(32, 4))
student = nn.Sequential(nn.Linear(8, 8), nn.ReLU(), nn.Linear(8, 4))


def distillation_loss(student_logits, teacher_logits, labels, T=4.0, alpha=0.7):
    soft = F.kl_div(
        F.log_softmax(student_logits / T, dim=1),
        F.softmax(teacher_logits / T, dim=1),
        reduction="batchmean",
    )
    return soft * (alpha * T * T) + F.cross_entropy(student_logits, labels) * (1.0 - alpha)


optimizer = torch.optim.Adam(student.parameters(), lr=1e-3)
teacher.eval()
student.train()
for epoch in range(2):
    running_loss = 0.0
    for inputs, labels in [(torch.randn(5, 8), torch.randint(0, 4, (5,))) for _ in range(2)]:
        optimizer.zero_grad()
        with torch.no_grad():
            teacher_logits = teacher(inputs)
        loss = distillation_loss(student(inputs), teacher_logits, labels)
        loss.backward()
        optimizer.step()
        running_loss += loss.item()
    print(epoch, running_loss)

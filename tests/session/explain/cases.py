"""A snippet for each `WhyCode`: what is asked, and what the answer has to say."""

from __future__ import annotations

from typing import NamedTuple

from app.contract.records import WhyCode


class Case(NamedTuple):
    """`lines` are all the lines that the reason names; the snippet's first line is line 3."""

    text: str
    name: str
    code: WhyCode
    says: str
    lines: tuple[int, ...]


W = "w = torch.ones(2, requires_grad=True)\n"
V = "v = torch.ones(2, requires_grad=True)\n"

CASES = {
    "reached": Case(W + "(w * 2).sum().backward()\n", "w", "accumulated", "line 4 reached w", (4,)),
    "reached after clearing": Case(
        W + "for _ in range(2):\n    w.grad = None\n    (w * 2).sum().backward()\n",
        "w", "accumulated", "filled its .grad", (6,),
    ),
    "two passes": Case(
        W + "(w * 2).sum().backward()\n(w * 3).sum().backward()\n",
        "w", "accumulated_repeatedly", "2 backward passes (line 4 and line 5)", (4, 5),
    ),
    "set by hand": Case(
        W + "w.grad = torch.ones(2)\n", "w", "assigned", "set by hand on line 4", (4,)
    ),
    "set by hand, then added to": Case(
        W + "w.grad = torch.ones(2)\nw.sum().backward()\n",
        "w", "accumulated", "set by hand on line 4 before, so both", (5,),
    ),
    "zeroed in place": Case(
        W + "w.sum().backward()\nw.grad.zero_()\n", "w", "assigned", "zeros on line 5", (5,)
    ),
    "filled with zeros in place": Case(
        W + "w.sum().backward()\nw.grad.fill_(0)\n", "w", "assigned", "zeros on line 5", (5,)
    ),
    "frozen by a line": Case(
        "m = nn.Linear(2, 1)\nm.weight.requires_grad = False\nm(torch.ones(2)).sum().backward()\n",
        "m.weight", "frozen", "set to False on line 4", (4,),
    ),
    "frozen by nothing but no_grad": Case(
        W + "with torch.no_grad():\n    w = w * 2\nw.requires_grad_(False)\n",
        "w", "frozen", "result of w * 2 on line 5, which ran under torch.no_grad() (line 4)",
        (5, 4),
    ),
    "not frozen, but another tensor of the leaf's name": Case(
        W + "for _ in range(2):\n    w.sum().backward()\n    with torch.no_grad():\n"
        "        w = w - 0.1 * w.grad\n    w.requires_grad_(False)\n    break\n",
        "w", "frozen", "(line 6). The name w no longer refers to the leaf", (7, 6),
    ),
    "not frozen, but detached in place": Case(
        W + V + "h = w * 2\nh.retain_grad()\nh.detach_()\nv.sum().backward()\n",
        "h", "frozen", "h does not require grad; h.detach_() on line 7 dropped its history", (7,),
    ),
    "not frozen, and its data set": Case(
        V + "w = nn.Parameter(torch.ones(2), requires_grad=False)\nw.data = torch.zeros(2)\n"
        "(v * w).sum().backward()\n",
        "w", "frozen", "w does not require grad; it was made without requires_grad=True", (),
    ),
    "no pass": Case(W + "y = w * 2\n", "w", "no_backward", "backward() was not called", ()),
    "a failed pass": Case(
        W + "with torch.no_grad():\n    y = w.sum()\ny.backward()\n",
        "w", "backward_failed", "would not start, with RuntimeError: element 0", (5, 4, 6),
    ),
    "a pass that did not start": Case(
        W + "(w * 2).backward()\n",
        "w", "backward_failed", "would not start, with RuntimeError: grad can be implicitly", (4,),
    ),
    "a pass that failed before it got there": Case(
        W + "h = torch.sigmoid(w * 2)\nh[h > 0.5] = 0\nh.sum().backward()\n",
        "w", "backward_failed", "is at version 1; expected version 0 instead.", (6,),
    ),
    "unused": Case(
        W + V + "v.sum().backward()\n", "w", "unused", "no operation used w", (5,)
    ),
    "unused though initialised and updated": Case(
        "m = nn.ModuleList([nn.Linear(1, 1), nn.Linear(1, 1)])\n"
        "o = torch.optim.SGD(m.parameters(), lr=0.1)\n"
        "m[0](torch.ones(1)).sum().backward()\no.step()\n",
        "m.1.weight", "unused", "no operation used m.1.weight", (5,),
    ),
    "cut in one place in each pass of a loop": Case(
        W + V + "loss = 0\nfor i in range(3):\n    y = w * 2\n    z = y.detach()\n"
        "    loss = loss + (z * v).sum()\nloss.backward()\n",
        "w", "cut", "every path from there to loss is cut: at y.detach() on line 8", (7, 8),
    ),
    "cut elsewhere in other passes": Case(
        W + V + "for i in range(2):\n    y = w * 2\n    if i:\n        z = y.detach()\n"
        "    else:\n        z = y.round().long()\n    (z * v).sum().backward()\n",
        "w", "cut", "In other backward passes it is cut elsewhere: at y.round().long() on line 10",
        (6, 8, 10),
    ),
    "no part of the gradients that the loss is made of": Case(
        W + V + "x = torch.ones(2, requires_grad=True)\n"
        "(g,) = torch.autograd.grad((w * x + v).sum(), x, create_graph=True)\n"
        "(g ** 2).sum().backward()\n",
        "v", "not_on_path", "gradients that autograd.grad on line 6 had made, and these do not",
        (6, 7),
    ),
    "leading nowhere in later passes": Case(
        W + V + "for i in range(3):\n    y = w * 2\n"
        "    z = torch.tensor([n + 0 for n in y.tolist()]) if i else y.detach()\n"
        "    loss = (z * v).sum()\n    loss.backward()\n",
        "w", "cut", "In the 2 backward passes after that one its result does not lead to loss",
        (6, 7),
    ),
    "only skipped": Case(
        W + V + "with torch.no_grad():\n    y = w * 2\n(y * v).sum().backward()\n",
        "w", "only_skipped", "w * 2 on line 6 ran under torch.no_grad() (line 5)", (6, 5),
    ),
    "only skipped, for three reasons": Case(
        W + V + "a = w.detach()\nb = w.argmax()\nc = w.tolist()\n(a * v).sum().backward()\n",
        "w", "only_skipped", "not one of the 3 operations that used it was recorded", (5, 6, 7),
    ),
    "requires_grad set too late": Case(
        "w = torch.ones(2)\n" + V + "y = w * v\nw.requires_grad_()\ny.sum().backward()\n",
        "w", "only_skipped", "did not require grad yet when w * v on line 5 ran; it was set on",
        (5,),
    ),
    "cut by a block": Case(
        W + V + "y = w * 2\nwith torch.no_grad():\n    z = y * 3\n(z * v).sum().backward()\n",
        "w", "cut", "only through y * 3 on line 7, which ran under torch.no_grad() (line 6)",
        (5, 7, 6),
    ),
    "cut by a decorator": Case(
        W + V + "@torch.no_grad()\ndef f(x):\n    return x * 3\n"
        "y = w * 2\n(f(y) * v).sum().backward()\n",
        "w", "cut", "under the decorator @torch.no_grad() (line 5)", (8, 7, 5),
    ),
    "cut by a statement": Case(
        W + V + "y = w * 2\ntorch.set_grad_enabled(False)\nz = y * 3\n"
        "torch.set_grad_enabled(True)\n(z * v).sum().backward()\n",
        "w", "cut", "ran after torch.set_grad_enabled(", (5, 7, 6),
    ),
    "cut by inference mode": Case(
        W + V + "y = w * 2\nwith torch.inference_mode():\n    z = y * 3\n"
        "(z.clone() * v).sum().backward()\n",
        "w", "cut", "ran under torch.inference_mode() (line 6)", (5, 7, 6),
    ),
    "cut by detach": Case(
        W + V + "y = w * 2\nz = y.detach()\n(z * v).sum().backward()\n",
        "w", "cut", "line 6, which passed the values on without their history", (5, 6),
    ),
    "cut by detach in place": Case(
        W + V + "y = w * 2\ny.detach_()\n(y * v).sum().backward()\n",
        "w", "cut", "y.detach_() on line 6", (5, 6),
    ),
    "cut by a copy": Case(
        W + V + "y = (w * 2).sum()\nz = torch.tensor([y, y])\n(z * v).sum().backward()\n",
        "w", "cut", "copied the values without their history", (5, 6),
    ),
    "cut by argmax": Case(
        W + V + "y = w * 2\nz = y.argmax()\n(z * v).sum().backward()\n",
        "w", "cut", "y.argmax() on line 6, which is not differentiable", (5, 6),
    ),
    "cut by the second result": Case(
        W + V + "y = w * 2\nm, i = y.max(0)\n(i * v).sum().backward()\n",
        "w", "cut", "y.max(0) on line 6, which gives a result that cannot carry a gradient", (5, 6),
    ),
    "cut in a buffer": Case(
        W + V + "y = w * 2\nb = torch.zeros(2)\nwith torch.no_grad():\n    b[0] = y[0]\n"
        "(b * v).sum().backward()\n",
        "w", "cut", "b[0] = y[0] on line 8", (5, 8, 7),
    ),
    "cut twice in a row": Case(
        W + V + "y = w * 2\nwith torch.no_grad():\n    z = y * 3\n"
        "u = (z + v).detach()\n(u * v).sum().backward()\n",
        "w", "cut", "(line 6), and then through (z + v).detach() on line 8", (5, 7, 6, 8),
    ),
    "cut on both paths": Case(
        W + V + "y = w * 2\nwith torch.no_grad():\n    a = y * 3\nb = y.detach()\n"
        "(a * v + b * v).sum().backward()\n",
        "w", "cut", "every path from there to (a * v + b * v).sum() is cut: at y * 3 on line 7",
        (5, 7, 6, 8),
    ),
    "apart": Case(
        W + V + "y = w * 2\n(v * 2).sum().backward()\n",
        "w", "not_on_path", "w * 2 on line 5 was recorded, but its result does not lead to", (5, 6),
    ),
    "used after the pass": Case(
        W + V + "v.sum().backward()\ny = w * 2\n",
        "w", "not_on_path", "line 5 had already run when w * 2 on line 6 used it", (6, 5),
    ),
    "only its shape is used": Case(
        W + V + "y = w * 2\nv.expand_as(y).sum().backward()\n",
        "w", "not_on_path", "does not lead to", (5, 6),
    ),
    "not among the inputs": Case(
        W + V + "(w * v).sum().backward(inputs=[v])\n",
        "w", "not_on_path", "backward(inputs=...) on line 5", (5,),
    ),
    "returned": Case(
        W + "torch.autograd.grad(w.sum(), w)\n",
        "w", "returned", "torch.autograd.grad on line 4", (4,),
    ),
    "returned, then cut": Case(
        W + V + "(step,) = torch.autograd.grad(w.sum(), w)\n"
        "((w.detach() - step) * v).sum().backward()\n",
        "w", "returned", "leaves .grad alone. No backward pass since has reached it: w.sum() on "
        "line 5 was recorded, but its result reaches ((w.detach() - step) * v).sum() only through "
        "w.detach() on line 6, which passed", (5, 6),
    ),
    "an index that was compared": Case(
        W + V + "hits = (w * 2).argmax() == torch.tensor(1)\n(hits * v).sum().backward()\n",
        "w", "cut", "through (w * 2).argmax() on line 5, which is not differentiable, and", (5,),
    ),
    "a number that came back": Case(
        W + "loss = torch.tensor((w * 2).sum().item(), requires_grad=True)\nloss.backward()\n",
        "w", "cut", "reaches loss only through (w * 2).sum().item() on line 4, which took", (4,),
    ),
    "a number that came back as a factor": Case(
        W + V + "scale = w.sum().item()\n(v * scale).sum().backward()\n",
        "w", "cut", "w.sum().item() on line 5, which took the values out of torch", (5,),
    ),
    "numbers in a list": Case(
        W + V + "n = (w * 2).tolist()\n(v * torch.tensor([n, n])).sum().backward()\n",
        "w", "cut", "reaches (v * torch.tensor([n, n])).sum() only through (w * 2).tolist()", (5,),
    ),
    "a part of an array of NumPy's": Case(
        W + V + "a = (w * 2).detach().numpy()[1:]\n(v * torch.from_numpy(a)).sum().backward()\n",
        "w", "cut", "detach() on line 5, which passed the values on without their history,", (5,),
    ),
    "a number that is printed only": Case(
        W + V + "print(w.sum().item())\nv.sum().backward()\n",
        "w", "not_on_path", "does not lead to v.sum()", (5, 6),
    ),
    "a number that Python computed with": Case(
        W + V + "n = w.sum().item() / 2\n(v * n).sum().backward()\n",
        "w", "not_on_path", "does not lead to (v * n).sum()", (5, 6),
    ),
    "asked of torch.autograd.grad, which had no path to it": Case(
        W + V + "torch.autograd.grad((v * 2).sum(), [v, w], allow_unused=True)\n"
        "v.sum().backward()\n",
        "w", "unused", "no operation used w", (6,),
    ),
    "a result": Case(
        "w = torch.randn(2, requires_grad=True) * 0.1\nw.sum().backward()\nw.grad\n",
        "w", "non_leaf", "leaf is the unnamed result of torch.randn(2, requires_grad=True)", (3,),
    ),
    "cleared": Case(
        "m = nn.Linear(1, 1)\no = torch.optim.SGD(m.parameters(), lr=0.1)\n"
        "m(torch.ones(1)).sum().backward()\no.zero_grad()\n",
        "m.weight", "cleared", "on line 6. The backward pass on line 5 had filled it", (5, 6),
    ),
    "cleared, and not reached again": Case(
        W + V + "w.sum().backward()\nw.grad = None\ny = w.detach()\n(y * v).sum().backward()\n",
        "w", "cleared", "No backward pass since has reached it", (5, 6, 7),
    ),
    "cleared, and the next pass failed": Case(
        W + V + "h = torch.ones(2)\nfor _ in range(2):\n    h = torch.tanh(w * h)\n"
        "    loss = (h * v).sum()\n    w.grad = v.grad = None\n    loss.backward()\n",
        "w", "cleared", "since has reached it: the backward pass on line 10 failed, with",
        (9, 10),
    ),
    "cleared, and the next pass was of something else": Case(
        W + V + "w.sum().backward()\nw.grad = None\n(v * 2).sum().backward()\n",
        "w", "cleared", "w.sum() on line 5 was recorded, but its result does not lead to (v",
        (5, 6, 7),
    ),
    "cleared, and the next pass failed elsewhere": Case(
        W + V + "w.sum().backward()\nw.grad = None\n(v * 2).backward()\n",
        "w", "cleared", "It would not have reached w: w.sum() on line 5 was recorded, but",
        (5, 6, 7),
    ),
}  # fmt: skip

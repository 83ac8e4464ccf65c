"""Entries into torch: a small program for each, run plain and traced by `test_entries`.

What a program does not print itself is printed by the lines before and after it, which are part of
both runs: `BEFORE` prints the autograd nodes that each backward pass can reach, found by a walk of
its own, `AFTER` prints every tensor among the variables, bit for bit, with its `.grad`.
"""

from __future__ import annotations

BEFORE = """\
import torch
import torch.nn.functional as F
from torch import nn
from torch.autograd import graph as _graph
_engine = _graph._engine_run_backward
def _walk(outputs, *args, **kwargs):
    starts = outputs if isinstance(outputs, (list, tuple)) else (outputs,)
    stack = [getattr(t, "grad_fn", None) or getattr(t, "node", None) for t in starts]
    seen = set()
    while stack:
        node = stack.pop()
        if node is not None and node not in seen:
            seen.add(node)
            stack += [successor for successor, _ in node.next_functions]
    names = sorted(n.name().removeprefix("torch::autograd::") for n in seen)
    print("REACHABLE", *names)
    seen.clear()
    return _engine(outputs, *args, **kwargs)
torch.autograd._engine_run_backward = _graph._engine_run_backward = _walk
"""

AFTER = """
def _bits(t):
    if t is None or t.is_meta:
        return None
    if t.is_nested:
        return [_bits(part) for part in t.unbind()]
    if t.layout is not torch.strided:
        return _bits(t.to_dense())
    if t.is_quantized:
        return _bits(t.int_repr())
    plain = t.resolve_conj().resolve_neg().clone(memory_format=torch.contiguous_format)
    return plain.reshape(-1).view(torch.uint8).tolist()
with torch.no_grad():
    for _name, _value in list(globals().items()):
        if isinstance(_value, nn.Module):
            _value = dict(_value.named_parameters())
        elif not isinstance(_value, dict):
            _value = {"": _value}
        for _key, _tensor in list(_value.items()):
            if not isinstance(_tensor, torch.Tensor) or _name.startswith("_"):
                continue
            _plain = _tensor.detach() if type(_tensor) is not torch.Tensor else _tensor
            _kind = type(_tensor).__name__, _tensor.dtype, _tensor.requires_grad
            print(_name, _key, *_kind, _bits(_plain))
            if not _tensor.is_inference():
                print("version", _tensor._version)
            if _tensor.is_leaf:
                print("grad", _bits(_tensor.grad))
"""

ENTRIES: dict[str, str] = {
    "operators": """
        x = torch.randn(3, requires_grad=True)
        y = -x + 2 * x / (1 - x) ** 2 + x @ x + abs(x) % 3
        q = x.detach() // 2
        z = (1 / x) + (2 - x) * (2 ** x)
        (y + z).sum().backward()
        print(x > 0, x == x, ~(x < 0), 1 < x)
        """,
    "methods and functions": """
        x = torch.rand(2, 3, requires_grad=True)
        y = x.exp().log().clamp(0.1, 0.9).sort().values.cumsum(1).flatten()
        z = torch.einsum("ij,kj->ik", x, x) + torch.linalg.norm(x) + torch.fft.rfft(x).abs().sum()
        w = torch.special.erf(x) + F.gelu(x) + torch.where(x > 0.5, x, 0.0)
        (y.sum() + z.sum() + w.sum()).backward()
        """,
    "in-place": """
        x = torch.randn(3, requires_grad=True)
        y = x.clone()
        y.mul_(2).add_(1)
        y += x
        y *= 2
        F.relu(y, inplace=True)
        y = torch.cat([y, x])
        y.sigmoid_()
        y.sum().backward()
        """,
    "out": """
        x = torch.randn(3)
        out = torch.empty(3)
        torch.mul(x, 2, out=out)
        torch.sort(x, out=(out, torch.empty(3, dtype=torch.int64)))
        w = torch.randn(3, requires_grad=True)
        with torch.no_grad():
            torch.add(w, w, out=out)
        """,
    "indexing": """
        x = torch.randn(4, 4, requires_grad=True)
        y = x[1] + x[:, 2] + x[None, 0, ..., :].squeeze() + x[[0, 1, 2, 3], [0, 1, 2, 3]]
        z = x[x > 0].sum() + x[torch.tensor([0, 2])].sum() + x[-1, -1] + x[1:3, ::2].sum()
        (y.sum() + z).backward()
        """,
    "index assignment": """
        x = torch.randn(3, 3, requires_grad=True)
        v = torch.randn(3, requires_grad=True)
        y = x.clone()
        y[0] = v
        y[1, 2] = 3.0
        y[:, 1] = v * 2
        y[y > 1] = 0.5
        y[[0, 2]] = v
        y[y < -1] = v[0]
        y[...] = y * 2
        y[:] = y + 1
        y.sum().backward()
        """,
    "index assignment to views": """
        x = torch.randn(3, 3, requires_grad=True)
        v = torch.randn(3, requires_grad=True)
        a = x.clone()
        a[0][1] = v[0]
        (a * a).sum().backward()
        b = x.clone()
        u = b[1:]
        u[0] = v
        u[:, 1] += v[:2]
        (u * u).sum().backward(retain_graph=True)
        (b * b).sum().backward()
        c = x * 1
        w = c[0]
        w[:] = v
        w[...] = v * 2
        w[w > 0] = v[0]
        t = c.t()
        t[1] = v
        t[0, 0] = 5
        (c.exp().sum() + t.sum() + w.sum()).backward()
        d = x.detach().clone()
        d[1:][0] = v
        (d * d).sum().backward()
        """,
    "views of views changed in place": """
        x = torch.randn(4, 4, requires_grad=True)
        y = x.clone()
        v = y[1:]
        w = v[:, 2:]
        w.mul_(2)
        v[0].add_(1)
        y.t()[0].sub_(w[0, 0])
        s = y.as_strided((2,), (5,))
        s.mul_(3)
        (y.sum() + v.sum() + w.sum() + s.sum()).backward()
        """,
    "views of a view made without grad mode": """
        x = torch.randn(4, requires_grad=True)
        y = x.clone()
        with torch.no_grad():
            v = y[:2]
            v.mul_(2)
        z = y.detach()
        z[0] = 1
        y.sum().backward()
        del v
        """,
    "complex": """
        v = torch.randn(3, requires_grad=True)
        c = torch.complex(v, v * 2)
        d = c.clone()
        d.real = v
        d.imag *= v
        d.imag = v + 1
        e = torch.view_as_real(d * c.conj()).sum() + (d.real + d.imag + d.angle()).sum()
        (e + d.abs().sum()).backward()
        r = v.clone()
        r.real = v * 2
        r.sum().backward()
        """,
    "foreach": """
        a = [torch.randn(3, requires_grad=True) for _ in range(3)]
        b = torch._foreach_mul(a, 2.0)
        torch._foreach_add_(b, a)
        c = torch._foreach_exp(b)
        sum(t.sum() for t in c).backward()
        with torch.no_grad():
            torch._foreach_add_(a, 1.0)
            torch._foreach_zero_([t.grad for t in a])
        p, q, r = a
        """,
    "optimizers": """
        for kind in (torch.optim.SGD, torch.optim.Adam, torch.optim.AdamW, torch.optim.RMSprop):
            for options in ({"foreach": True}, {"foreach": False}):
                w = torch.ones(3, requires_grad=True)
                o = kind([w], lr=0.1, **options)
                for _ in range(2):
                    o.zero_grad()
                    (w * w).sum().backward()
                    o.step()
                print(w)
        """,
    "fused optimizers": """
        for kind in (torch.optim.SGD, torch.optim.Adam, torch.optim.AdamW, torch.optim.Adagrad):
            w = torch.ones(3, requires_grad=True)
            o = kind([w], lr=0.1, fused=True)
            for _ in range(2):
                o.zero_grad()
                (w * w).sum().backward()
                o.step()
            print(w, o.state[w])
        """,
    "LBFGS and its closure": """
        w = torch.ones(3, requires_grad=True)
        o = torch.optim.LBFGS([w], lr=0.5, max_iter=3, line_search_fn="strong_wolfe")
        def closure():
            o.zero_grad()
            loss = (w - 2).pow(2).sum()
            loss.backward()
            return loss
        for _ in range(2):
            print(o.step(closure))
        """,
    "schedulers and clipping": """
        w = torch.ones(3, requires_grad=True)
        o = torch.optim.SGD([w], lr=0.1, momentum=0.9)
        s = torch.optim.lr_scheduler.StepLR(o, 1)
        for _ in range(3):
            o.zero_grad(set_to_none=False)
            (w * w).sum().backward()
            print(nn.utils.clip_grad_norm_([w], 0.5))
            nn.utils.clip_grad_value_([w], 0.1)
            o.step()
            s.step()
        """,
    "modules": """
        class Block(nn.Module):
            def __init__(self):
                super().__init__()
                self.convs = nn.ModuleList([nn.Conv2d(3, 3, 3, padding=1) for _ in range(2)])
                self.norms = nn.ModuleDict({"a": nn.BatchNorm2d(3), "b": nn.GroupNorm(3, 3)})
                self.scale = nn.ParameterList([nn.Parameter(torch.ones(1))])
            def forward(self, x):
                x = self.norms["a"](self.convs[0](x)).relu()
                return self.norms["b"](self.convs[1](x)) * self.scale[0]
        net = nn.Sequential(Block(), nn.Flatten(), nn.Linear(48, 2), nn.Dropout(0.5))
        F.cross_entropy(net(torch.randn(2, 3, 4, 4)), torch.tensor([0, 1])).backward()
        """,
    "shared and frozen modules": """
        layer = nn.Linear(3, 3)
        net = nn.Sequential(layer, nn.ReLU(), layer)
        layer.bias.requires_grad_(False)
        net(torch.randn(2, 3)).sum().backward()
        """,
    "hooks of modules": """
        net = nn.Sequential(nn.Linear(2, 2), nn.Tanh())
        net[0].register_forward_pre_hook(lambda m, a: (a[0] * 2,))
        net[0].register_forward_hook(lambda m, a, o: o + 1)
        net[1].register_full_backward_hook(lambda m, i, o: (i[0] * 3,))
        net[1].register_full_backward_pre_hook(lambda m, o: (o[0] + 1,))
        torch.nn.modules.module.register_module_forward_hook(lambda m, a, o: print(type(m)))
        net(torch.randn(2, 2, requires_grad=True)).sum().backward()
        """,
    "lazy modules": """
        net = nn.Sequential(nn.LazyConv1d(2, 3), nn.ReLU(), nn.Flatten(), nn.LazyLinear(2))
        net(torch.randn(2, 3, 5)).sum().backward()
        """,
    "recurrent modules": """
        x = torch.randn(4, 2, 3, requires_grad=True)
        for kind in (nn.RNN, nn.LSTM, nn.GRU):
            net = kind(3, 4, num_layers=2, bidirectional=True, dropout=0.1)
            out, state = net(x)
            out.sum().backward()
            print(sum(p.grad.sum() for p in net.parameters()))
        cell = nn.LSTMCell(3, 4)
        h, c = cell(x[0])
        h, c = cell(x[1], (h, c))
        (h + c).sum().backward()
        packed = nn.utils.rnn.pack_padded_sequence(x, [4, 2])
        last, _ = nn.LSTM(3, 4)(packed)
        nn.utils.rnn.pad_packed_sequence(last)[0].sum().backward()
        """,
    "attention, both paths": """
        net = nn.MultiheadAttention(4, 2, batch_first=True)
        x = torch.randn(2, 3, 4)
        y, weights = net(x, x, x)
        y.sum().backward()
        net.eval()
        with torch.no_grad():
            fast, _ = net(x, x, x, need_weights=False)
        q = torch.randn(2, 2, 3, 4, requires_grad=True)
        F.scaled_dot_product_attention(q, q, q, is_causal=True).sum().backward()
        """,
    "transformer": """
        layer = nn.TransformerEncoderLayer(4, 2, 8, batch_first=True)
        net = nn.TransformerEncoder(layer, 2)
        x = torch.randn(2, 3, 4)
        net(x).sum().backward()
        net.eval()
        with torch.inference_mode():
            fast = net(x, src_key_padding_mask=torch.zeros(2, 3, dtype=torch.bool))
        whole = nn.Transformer(4, 2, 1, 1, 8, batch_first=True)
        whole(x, x).sum().backward()
        """,
    "embeddings": """
        net = nn.Embedding(5, 3, padding_idx=0, max_norm=1.0)
        bag = nn.EmbeddingBag(5, 3, mode="sum", sparse=True)
        i = torch.tensor([[1, 2], [0, 4]])
        (net(i).sum() + bag(i).sum()).backward()
        print(bag.weight.grad)
        """,
    "losses": """
        x = torch.randn(3, 4, requires_grad=True)
        t = torch.tensor([0, 1, 3])
        loss = F.cross_entropy(x, t) + F.nll_loss(F.log_softmax(x, 1), t) + F.mse_loss(x, x * 0)
        loss = loss + nn.BCEWithLogitsLoss()(x, (x > 0).float()) + F.smooth_l1_loss(x, x + 1)
        loss = loss + F.kl_div(F.log_softmax(x, 1), F.softmax(x, 1), reduction="batchmean")
        loss.backward()
        """,
    "parametrizations": """
        net = nn.utils.parametrizations.weight_norm(nn.Linear(3, 3))
        nn.utils.parametrizations.spectral_norm(net2 := nn.Linear(3, 3))
        nn.utils.parametrizations.orthogonal(net3 := nn.Linear(3, 3))
        class Symmetric(nn.Module):
            def forward(self, x):
                return x.triu() + x.triu(1).transpose(-1, -2)
        net4 = nn.Linear(3, 3)
        nn.utils.parametrize.register_parametrization(net4, "weight", Symmetric())
        x = torch.randn(2, 3)
        (net(x) + net2(x) + net3(x) + net4(x)).sum().backward()
        with nn.utils.parametrize.cached():
            (net4(x) + net4(x)).sum().backward()
        """,
    "old weight norm": """
        import warnings
        warnings.simplefilter("ignore")
        net = nn.utils.weight_norm(nn.Linear(3, 3))
        net(torch.randn(2, 3)).sum().backward()
        """,
    "custom Function": """
        class Double(torch.autograd.Function):
            @staticmethod
            def forward(ctx, x, factor):
                ctx.save_for_backward(x)
                ctx.factor = factor
                return x * factor, (x > 0)
            @staticmethod
            def backward(ctx, g, _):
                (x,) = ctx.saved_tensors
                return g * ctx.factor + x * 0, None
        x = torch.randn(3, requires_grad=True)
        y, mask = Double.apply(x, 2.0)
        y.sum().backward()
        """,
    "custom Function with setup_context": """
        class Cube(torch.autograd.Function):
            generate_vmap_rule = True
            @staticmethod
            def forward(x):
                return x ** 3, 3 * x ** 2
            @staticmethod
            def setup_context(ctx, inputs, output):
                ctx.save_for_backward(output[1])
                ctx.mark_non_differentiable(output[1])
            @staticmethod
            def backward(ctx, g, _):
                return g * ctx.saved_tensors[0]
            @staticmethod
            def jvp(ctx, t):
                return t * 3, None
        x = torch.randn(3, requires_grad=True)
        Cube.apply(x)[0].sum().backward()
        print(torch.func.vmap(lambda t: Cube.apply(t)[0])(x))
        print(torch.func.grad(lambda t: Cube.apply(t)[0].sum())(x.detach()))
        """,
    "custom Function, once differentiable, in-place": """
        class Clamp(torch.autograd.Function):
            @staticmethod
            def forward(ctx, x):
                ctx.mark_dirty(x)
                return x.clamp_(min=0)
            @staticmethod
            @torch.autograd.function.once_differentiable
            def backward(ctx, g):
                return g * 2
        x = torch.randn(3, requires_grad=True)
        y = x * 1
        z = Clamp.apply(y)
        z.sum().backward()
        try:
            torch.autograd.grad(Clamp.apply(x * 1).sum(), x, create_graph=True)[0].sum().backward()
        except RuntimeError as error:
            print(error)
        """,
    "custom operator": """
        @torch.library.custom_op("ours::sine", mutates_args=())
        def sine(x: torch.Tensor, factor: float) -> torch.Tensor:
            return torch.from_numpy(__import__("numpy").sin(x.detach().numpy())) * factor
        def setup(ctx, inputs, output):
            ctx.save_for_backward(inputs[0])
            ctx.factor = inputs[1]
        def back(ctx, g):
            return g * ctx.saved_tensors[0].cos() * ctx.factor, None
        sine.register_autograd(back, setup_context=setup)
        x = torch.randn(3, requires_grad=True)
        y = sine(x, 2.0)
        z = torch.ops.ours.sine(x, 3.0)
        (y + z).sum().backward()
        @torch.library.custom_op("ours::fill", mutates_args={"x"})
        def fill(x: torch.Tensor) -> None:
            x.fill_(1)
        b = torch.zeros(3)
        fill(b)
        """,
    "operator of torch.library": """
        lib = torch.library.Library("waysold", "DEF")
        lib.define("twice(Tensor x) -> Tensor")
        lib.impl("twice", lambda x: x * 2, "CompositeImplicitAutograd")
        x = torch.randn(3, requires_grad=True)
        torch.ops.waysold.twice(x).sum().backward()
        torch.ops.aten.mul.Tensor(x, x).sum().backward()
        """,
    "checkpoint": """
        from torch.utils.checkpoint import checkpoint, checkpoint_sequential
        net = nn.Sequential(nn.Linear(2, 2), nn.Tanh(), nn.Dropout(0.5))
        x = torch.randn(3, 2, requires_grad=True)
        checkpoint(net, x, use_reentrant=False).sum().backward()
        checkpoint(net, x, use_reentrant=True).sum().backward()
        checkpoint_sequential(net, 2, x, use_reentrant=False).sum().backward()
        checkpoint(lambda a, b: (a * b).sin().exp(), x, x + 1, use_reentrant=False).sum().backward()
        """,
    "torch.func": """
        from torch.func import functional_call, grad, grad_and_value, hessian
        from torch.func import jacfwd, jacrev, jvp, vjp, vmap
        x = torch.randn(3, requires_grad=True)
        f = lambda t: (t ** 3).sum()
        print(grad(f)(x), jacrev(torch.sin)(x), jacfwd(torch.sin)(x), hessian(f)(x))
        y = vmap(lambda t: t * 2)(x)
        y.sum().backward()
        print(jvp(torch.sin, (x,), (x,)), vjp(torch.sin, x)[0])
        net = nn.Linear(3, 1)
        p = dict(net.named_parameters())
        def loss(p, x):
            return functional_call(net, p, (x,)).sum()
        g, value = grad_and_value(loss)(p, x)
        per_sample = vmap(grad(loss), in_dims=(None, 0))(p, torch.randn(4, 3))
        """,
    "forward mode": """
        import torch.autograd.forward_ad as fwAD
        x = torch.randn(3, requires_grad=True)
        with fwAD.dual_level():
            d = fwAD.make_dual(x, torch.ones(3))
            y = d.sin() * d
            print(fwAD.unpack_dual(y))
            y.sum().backward()
        """,
    "double backward": """
        x = torch.randn(3, requires_grad=True)
        y = (x ** 3).sum()
        (g,) = torch.autograd.grad(y, x, create_graph=True)
        (g ** 2).sum().backward()
        z = (x.exp() * x).sum()
        z.backward(create_graph=True)
        h = x.grad.sum()
        x.grad = None
        h.backward()
        """,
    "gradient penalty": """
        net = nn.Sequential(nn.Linear(3, 4), nn.Tanh(), nn.Linear(4, 1))
        x = torch.randn(2, 3, requires_grad=True)
        g = torch.autograd.grad(net(x).sum(), x, create_graph=True)[0]
        ((g.norm(dim=1) - 1) ** 2).mean().backward()
        """,
    "autograd.grad": """
        x = torch.randn(3, requires_grad=True)
        w = torch.randn(3, requires_grad=True)
        y = x * 2
        print(torch.autograd.grad((y * y).sum(), [x, y], retain_graph=True))
        print(torch.autograd.grad(y.sum(), [x, w], allow_unused=True, materialize_grads=False))
        print(torch.autograd.functional.jacobian(torch.sin, x))
        print(torch.autograd.functional.hvp(lambda t: (t ** 3).sum(), x, x))
        v = torch.eye(3)
        print(torch.autograd.grad(x * x, x, v, is_grads_batched=True))
        """,
    "several backward passes": """
        x = torch.randn(3, requires_grad=True)
        y = x.exp()
        y.sum().backward(retain_graph=True)
        y.backward(torch.ones(3), retain_graph=True)
        torch.autograd.backward([y.sum(), (y * 2).sum()], inputs=[x])
        try:
            y.sum().backward()
        except RuntimeError as error:
            print(error)
        """,
    "hooks of tensors and nodes": """
        x = torch.randn(3, requires_grad=True)
        y = x * 2
        y.retain_grad()
        x.register_hook(lambda g: g * 2)
        y.register_hook(lambda g: print("y", g))
        x.register_post_accumulate_grad_hook(lambda t: print("done", t.grad))
        y.grad_fn.register_prehook(lambda g: (g[0] + 1,))
        y.grad_fn.register_hook(lambda i, o: print("node", len(i), len(o)))
        handle = y.register_hook(lambda g: g * 0)
        handle.remove()
        y.sum().backward()
        print(y.grad)
        """,
    "multi-gradient hooks": """
        from torch.autograd.graph import register_multi_grad_hook
        x = torch.randn(3, requires_grad=True)
        y = torch.randn(3, requires_grad=True)
        register_multi_grad_hook((x, y), lambda g: print("all", len(g)))
        (x * y).sum().backward()
        """,
    "saved tensor hooks": """
        from torch.autograd.graph import save_on_cpu, saved_tensors_hooks
        x = torch.randn(3, requires_grad=True)
        def pack(t):
            print("pack", t.shape)
            return t * 2
        def unpack(t):
            print("unpack", t.shape)
            return t / 2
        with saved_tensors_hooks(pack, unpack):
            y = (x * x).exp()
        y.sum().backward()
        with save_on_cpu():
            (x * x).sum().backward()
        """,
    "saved tensor hooks that fail": """
        from torch.autograd.graph import saved_tensors_hooks
        x = torch.randn(3, requires_grad=True)
        def unpack(t):
            print("unpack", t.shape)
            raise KeyError("mine")
        with saved_tensors_hooks(lambda t: t, unpack):
            y = x.exp()
        try:
            y.sum().backward()
        except KeyError as error:
            print(error)
        """,
    "sparse": """
        d = torch.randn(3, 3, requires_grad=True)
        s = d.to_sparse()
        torch.sparse.mm(s, d).sum().backward()
        i = torch.tensor([[0, 1], [1, 2]])
        v = torch.randn(2, requires_grad=True)
        c = torch.sparse_coo_tensor(i, v, (3, 3))
        (c @ d).sum().backward(retain_graph=True)
        torch.sparse.sum(c * 2).backward()
        print(c.coalesce().indices(), c.values() if c.is_coalesced() else None)
        import warnings
        warnings.simplefilter("ignore")
        r = torch.eye(3).to_sparse_csr()
        (r @ d).sum().backward()
        """,
    "nested": """
        import warnings
        warnings.simplefilter("ignore")
        for layout in (torch.strided, torch.jagged):
            a = torch.randn(2, 3, requires_grad=True)
            b = torch.randn(4, 3, requires_grad=True)
            n = torch.nested.as_nested_tensor([a, b], layout=layout)
            m = n * 2
            p = torch.nested.to_padded_tensor(m, 0.0)
            p.sum().backward()
            print(a.grad, b.grad)
            parts = [torch.randn(2, 3), torch.randn(1, 3)]
            leaf = torch.nested.nested_tensor(parts, requires_grad=True, layout=layout)
            net = nn.Linear(3, 2)
            torch.nested.to_padded_tensor(net(leaf) * 1, 0.0).sum().backward()
            print(leaf.grad.unbind(), net.weight.grad)
            leaf.detach().unbind()
        del n, m, p, leaf
        """,
    "quantised": """
        import warnings
        warnings.simplefilter("ignore")
        x = torch.randn(3, requires_grad=True)
        q = torch.quantize_per_tensor(x.detach(), 0.1, 0, torch.quint8)
        d = q.dequantize()
        y = torch.fake_quantize_per_tensor_affine(x, 0.1, 0, 0, 255)
        (y * d).sum().backward()
        print(q, q.int_repr())
        """,
    "autocast": """
        net = nn.Linear(3, 3)
        x = torch.randn(2, 3)
        with torch.autocast("cpu", dtype=torch.bfloat16):
            y = net(x)
            z = F.softmax(y, 1)
            with torch.autocast("cpu", enabled=False):
                u = y.float() @ x.t()
        (z.sum() + u.sum()).backward()
        scaler = torch.amp.GradScaler("cpu")
        """,
    "threads": """
        import threading
        x = torch.randn(3, requires_grad=True)
        results = {}
        def work(n):
            y = (x * n).exp()
            with torch.no_grad():
                z = y * 2
            results[n] = torch.autograd.grad(y.sum(), x)[0]
        for n in range(3):
            t = threading.Thread(target=work, args=(n,))
            t.start()
            t.join()
        made = []
        t = threading.Thread(target=lambda: made.append((x * 5).sin()))
        t.start()
        t.join()
        (made[0] * 2).sum().backward()
        """,
    "an executor": """
        from concurrent.futures import ThreadPoolExecutor
        x = torch.randn(3, requires_grad=True)
        with ThreadPoolExecutor(1) as pool:
            parts = list(pool.map(lambda n: (x * n).sum(), range(4)))
        sum(parts).backward()
        """,
    "DataLoader": """
        from torch.utils.data import DataLoader, TensorDataset
        data = TensorDataset(torch.randn(6, 3), torch.arange(6))
        net = nn.Linear(3, 1)
        for x, y in DataLoader(data, batch_size=2, shuffle=True):
            (net(x).squeeze(1) - y).pow(2).mean().backward()
        """,
    "DataLoader with workers": """
        from torch.utils.data import DataLoader, Dataset
        class Data(Dataset):
            def __len__(self):
                return 4
            def __getitem__(self, i):
                return torch.ones(2) * i
        net = nn.Linear(2, 1)
        for x in DataLoader(Data(), batch_size=2, num_workers=2):
            net(x).sum().backward()
        """,
    "generators under a decorator": """
        w = torch.randn(3, requires_grad=True)
        @torch.no_grad()
        def evaluate():
            for i in range(3):
                yield w * i
        for value in evaluate():
            print(value.requires_grad, torch.is_grad_enabled(), (w * 2).requires_grad)
        @torch.inference_mode()
        def infer(x):
            return x * 2
        print(infer(w).is_inference())
        def steps():
            with torch.no_grad():
                yield w * 2
                yield w * 3
        s = steps()
        a = next(s)
        b = w * 2
        c = next(s)
        s.close()
        (w * 2).sum().backward() if torch.is_grad_enabled() else print("off")
        """,
    "grad modes": """
        w = torch.randn(3, requires_grad=True)
        with torch.no_grad():
            a = w * 2
            with torch.enable_grad():
                b = w * 3
        torch.set_grad_enabled(False)
        c = w * 4
        torch.set_grad_enabled(True)
        with torch.inference_mode():
            d = w * 5
        with torch.set_grad_enabled(False):
            e = w * 6
        with torch.autograd.grad_mode.inference_mode(False):
            f = w * 7
        with torch.autograd.set_multithreading_enabled(False), torch.autograd.detect_anomaly(False):
            (b + f).sum().backward()
        """,
    "anomaly mode": """
        import warnings
        warnings.simplefilter("ignore")
        x = torch.zeros(2, requires_grad=True)
        try:
            with torch.autograd.detect_anomaly():
                (x / x).sqrt().sum().backward()
        except RuntimeError as error:
            print(error)
        """,
    "tensor subclasses": """
        class Logging(torch.Tensor):
            calls = []
            @classmethod
            def __torch_function__(cls, func, types, args=(), kwargs=None):
                cls.calls.append(func.__name__)
                return super().__torch_function__(func, types, args, kwargs or {})
        x = torch.randn(3, requires_grad=True).as_subclass(Logging)
        y = x * 2 + 1
        y.sum().backward()
        print(Logging.calls, type(y))
        """,
    "wrapper subclasses": """
        from torch.utils._pytree import tree_map
        class Wrapped(torch.Tensor):
            @staticmethod
            def __new__(cls, inner):
                about = {"dtype": inner.dtype, "requires_grad": inner.requires_grad}
                return torch.Tensor._make_wrapper_subclass(cls, inner.shape, **about)
            def __init__(self, inner):
                self.inner = inner.detach()
            @classmethod
            def __torch_dispatch__(cls, func, types, args=(), kwargs=None):
                print(func)
                unwrap = lambda t: t.inner if isinstance(t, cls) else t
                out = func(*tree_map(unwrap, args), **tree_map(unwrap, kwargs or {}))
                return tree_map(lambda t: cls(t) if isinstance(t, torch.Tensor) else t, out)
            def __repr__(self):
                return f"Wrapped({self.inner})"
        x = Wrapped(torch.ones(3, requires_grad=True))
        y = (x * 2).exp()
        y.sum().backward()
        print(type(x.grad))
        del x, y
        """,
    "dispatch and function modes": """
        from torch.overrides import TorchFunctionMode
        from torch.utils._python_dispatch import TorchDispatchMode
        class Functions(TorchFunctionMode):
            def __torch_function__(self, func, types, args=(), kwargs=None):
                print("function", getattr(func, "__name__", func))
                return func(*args, **(kwargs or {}))
        class Operators(TorchDispatchMode):
            def __torch_dispatch__(self, func, types, args=(), kwargs=None):
                print("operator", func)
                return func(*args, **(kwargs or {}))
        x = torch.ones(2, requires_grad=True)
        with Operators():
            y = F.softplus(x) + x[0]
        with Functions():
            z = F.softplus(x) * 2
        (y + z).sum().backward()
        with torch.device("cpu"):
            u = torch.ones(2)
        """,
    "meta": """
        net = nn.Linear(3, 4, device="meta")
        x = torch.randn(2, 3, device="meta", requires_grad=True)
        y = net(x).relu()
        y.sum().backward()
        print(x.grad.shape, net.weight.grad.device)
        with torch.device("meta"):
            t = torch.ones(3)
        """,
    "fake tensors": """
        from torch._subclasses.fake_tensor import FakeTensorMode
        with FakeTensorMode() as mode:
            x = torch.randn(3, requires_grad=True)
            y = (x * 2).sum()
            y.backward()
            print(x.grad, y)
        del x, y
        """,
    "scripted functions": """
        import warnings
        warnings.simplefilter("ignore")
        @torch.jit.script
        def f(x, n: int):
            for i in range(n):
                x = x * 2 + 1
            return x.tanh()
        w = torch.randn(3, requires_grad=True)
        y = f(w, 2)
        y.sum().backward()
        with torch.no_grad():
            z = f(w, 1)
        """,
    "scripted modules": """
        import warnings
        warnings.simplefilter("ignore")
        class Net(nn.Module):
            def __init__(self):
                super().__init__()
                self.fc = nn.Linear(3, 3)
                self.register_buffer("b", torch.ones(3))
            def forward(self, x):
                return self.fc(x) + self.b
            @torch.jit.export
            def other(self, x):
                return self.fc(x) * 2
        net = torch.jit.script(Net())
        w = torch.randn(3, requires_grad=True)
        net(w).sum().backward()
        net.other(w).sum().backward()
        net.fc(w).sum().backward()
        """,
    "traced modules": """
        import warnings
        warnings.simplefilter("ignore")
        net = nn.Sequential(nn.Linear(3, 4), nn.ReLU(), nn.BatchNorm1d(4))
        w = torch.randn(2, 3, requires_grad=True)
        t = torch.jit.trace(net, torch.randn(2, 3))
        t(w).sum().backward()
        f = torch.jit.trace(lambda a: a.sin() * a.shape[0], torch.ones(2))
        f(w).sum().backward()
        frozen = torch.jit.freeze(t.eval())
        frozen(w).sum().backward()
        print(f.graph, f.code)
        """,
    "symbolic tracing": """
        import torch.fx
        net = nn.Sequential(nn.Linear(3, 4), nn.ReLU())
        g = torch.fx.symbolic_trace(net)
        print(g.code)
        g(torch.randn(2, 3)).sum().backward()
        from torch.fx.experimental.proxy_tensor import make_fx
        print(make_fx(lambda x: x.sin() + 1)(torch.ones(2)).code)
        e = torch.export.export(net, (torch.randn(2, 3),))
        print(e.graph)
        e.module()(torch.randn(2, 3)).sum().backward()
        """,
    "distributed in one process": """
        import os, tempfile
        import torch.distributed as dist
        from torch.nn.parallel import DistributedDataParallel
        store = dist.FileStore(tempfile.mktemp(), 1)
        dist.init_process_group("gloo", store=store, rank=0, world_size=1)
        net = DistributedDataParallel(nn.Sequential(nn.Linear(3, 2), nn.ReLU()))
        o = torch.optim.SGD(net.parameters(), lr=0.1)
        for _ in range(2):
            o.zero_grad()
            net(torch.randn(2, 3)).sum().backward()
            o.step()
        t = torch.ones(2)
        dist.all_reduce(t)
        dist.destroy_process_group()
        """,
    "leaving torch": """
        import numpy as np
        x = torch.randn(3, requires_grad=True)
        n = x.detach().numpy()
        y = torch.from_numpy(np.sin(n)) + torch.as_tensor(n) + torch.tensor(x.tolist())
        z = x.sum().item() * x
        s = torch.tensor([float(v) for v in x]) * x
        (y * x + z + s).sum().backward()
        print(np.asarray(x.detach()), int(x[0]), bool(x[0] > 0), f"{x[0]:.3f}", x.numel())
        """,
    "copies and pickles": """
        import copy, io
        net = nn.Linear(2, 2)
        other = copy.deepcopy(net)
        buffer = io.BytesIO()
        torch.save(net.state_dict(), buffer)
        buffer.seek(0)
        other.load_state_dict(torch.load(buffer))
        x = torch.randn(2, requires_grad=True)
        (net(x) + other(copy.copy(x))).sum().backward()
        y = copy.deepcopy(x)
        """,
    "requires_grad and data": """
        x = torch.randn(3)
        x.requires_grad = True
        y = x * 2
        x.data.mul_(2)
        x.data = torch.ones(3)
        y.detach_()
        z = y.requires_grad_()
        (z * x).sum().backward()
        x.requires_grad_(False)
        with torch.no_grad():
            x.sub_(1)
            x.set_(torch.zeros(3))
        """,
    "random": """
        x = torch.rand(3, requires_grad=True)
        g = torch.Generator().manual_seed(3)
        y = F.dropout(x, 0.5) * torch.randn(3, generator=g) + torch.bernoulli(x.detach())
        d = torch.distributions.Normal(x, 1.0)
        (y + d.rsample() + d.log_prob(torch.ones(3))).sum().backward()
        torch.distributions.Categorical(logits=x).sample()
        print(torch.randperm(5), torch.multinomial(torch.ones(4), 2))
        with torch.random.fork_rng():
            torch.rand(3)
        print(torch.rand(2))
        """,
    "averaged and pruned models": """
        net = nn.Linear(3, 2)
        average = torch.optim.swa_utils.AveragedModel(net)
        average.update_parameters(net)
        import torch.nn.utils.prune
        nn.utils.prune.l1_unstructured(net, "weight", amount=0.5)
        net(torch.randn(2, 3)).sum().backward()
        vector = nn.utils.parameters_to_vector(net.parameters())
        nn.utils.vector_to_parameters(vector.detach() * 2, net.parameters())
        """,
    "initialisation": """
        w = torch.empty(3, 3, requires_grad=True)
        nn.init.xavier_uniform_(w)
        nn.init.orthogonal_(w)
        nn.init.trunc_normal_(w)
        nn.init.constant_(w, 2.0)
        net = nn.Linear(3, 3)
        net.apply(lambda m: nn.init.zeros_(m.weight))
        net.double().half().float().requires_grad_(False)
        """,
    "vmap, stack_module_state": """
        from torch.func import functional_call, stack_module_state, vmap
        nets = [nn.Linear(3, 2) for _ in range(3)]
        params, buffers = stack_module_state(nets)
        base = nn.Linear(3, 2, device="meta")
        call = lambda p, x: functional_call(base, p, (x,))
        out = vmap(call, in_dims=(0, None))(params, torch.ones(3))
        out.sum().backward()
        print({k: v.grad for k, v in params.items()})
        """,
    "flex and higher-order": """
        from torch._higher_order_ops import cond
        from torch.utils.checkpoint import checkpoint
        x = torch.randn(3, requires_grad=True)
        y = checkpoint(lambda t: t.sin(), x, use_reentrant=False)
        z = torch.cartesian_prod(x, x).sum() + torch.block_diag(x, x).sum()
        z = z + torch.cdist(x[None], x[None]).sum()
        a, b = torch.meshgrid(x, x, indexing="ij")
        u = torch.unique(x.detach())
        (y.sum() + z + a.sum() + b.sum() + torch.broadcast_tensors(x, x[:1])[1].sum()).backward()
        """,
    "a deep chain": """
        x = torch.randn((), requires_grad=True)
        y = x
        for _ in range(3000):
            y = y * 1.0001
        y.backward()
        """,
    "torch.compile": """
        net = nn.Sequential(nn.Linear(3, 4), nn.ReLU())
        compiled = torch.compile(net, backend="eager")
        compiled(torch.randn(2, 3)).sum().backward()
        @torch.compile(backend="eager")
        def f(x):
            return x.sin() * 2
        w = torch.randn(3, requires_grad=True)
        f(w).sum().backward()
        print(type(compiled).__name__, list(compiled.state_dict()))
        """,
    "lists of losses": """
        net = nn.Linear(2, 1)
        losses = [net(torch.randn(2)).squeeze() for _ in range(3)]
        torch.stack(losses).mean().backward()
        total = 0.0
        for loss in [net(torch.randn(2)).squeeze() for _ in range(3)]:
            total += loss
        total.backward()
        """,
    "iteration": """
        x = torch.randn(3, 2, requires_grad=True)
        a, b, c = x
        total = sum(row.sum() for row in x) + max(x[0]) + min(list(x[1]))
        for i, row in enumerate(x):
            total = total + row[i % 2]
        (total + (a * b * c).sum() + torch.cat([*x]).sum()).backward()
        print([1 for row in x if 0.5 in row], sorted(x[:, 0].tolist()))
        """,
    "lifetimes": """
        import sys, weakref
        def seen(t, name):
            weakref.finalize(t, print, "gone:", name).atexit = False
            return t
        def work(x, unused):
            h = seen(x * 2, "h")
            y = seen(h.exp(), "y")
            del h
            print("h deleted", sys.getrefcount(y), sys.getrefcount(x))
            for i in range(2):
                step = seen(y * i, f"step {i}")
                for j in range(2):
                    inner = seen(step + j, f"inner {i} {j}")
            return y.sum()
        x = torch.randn(3, requires_grad=True)
        loss = seen(work(x, torch.ones(2)), "loss")
        print("returned")
        loss.backward()
        print("backward done", sys.getrefcount(loss))
        del loss
        seen(x * 3, "dropped at once")
        print("end")
        class Net(nn.Module):
            def forward(self, x):
                kept = seen(x * 2, "kept")
                out = seen(kept.relu(), "out")
                return out
        print(Net()(seen(torch.ones(2), "input")))
        w = [seen(torch.ones(2), n) for n in range(3)]
        w.pop(1)
        print([seen(t * 2, "listed").sum().item() for t in w])
        seen(torch.nn.Linear(2, 2), "module")(torch.ones(2)).sum().backward()
        with torch.no_grad():
            scratch = seen(torch.ones(2), "scratch")
            scratch = seen(scratch + 1, "scratch 2")
        """,
    "graphs are freed": """
        import gc, weakref
        x = torch.randn(3, requires_grad=True)
        class Keep(torch.autograd.Function):
            @staticmethod
            def forward(ctx, t):
                ctx.noisy = Noisy()
                return t * 2
            @staticmethod
            def backward(ctx, g):
                return g
        class Noisy:
            def __del__(self):
                print("context gone")
        y = Keep.apply(x)
        z = y.sum()
        del y
        print("still there")
        z.backward()
        del z
        print("freed")
        gc.collect()
        print(len([o for o in gc.get_objects() if type(o) is Noisy]))
        """,
    "version counters": """
        x = torch.randn(3, requires_grad=True)
        y = x * 2
        print(y._version)
        y.add_(1)
        v = y[:1]
        v.mul_(2)
        print(y._version, v._version)
        with torch.no_grad():
            x.add_(1)
        x.data.add_(1)
        print(x._version, y.detach()._version, y.data._version)
        e = x.exp()
        e.add_(1)
        try:
            e.sum().backward()
        except RuntimeError as error:
            print(error)
        """,
    "defaults for dtype and device": """
        torch.set_default_dtype(torch.float64)
        print(torch.ones(2).dtype, torch.get_default_device())
        net = nn.Linear(2, 2)
        net(torch.randn(2)).sum().backward()
        torch.set_default_device("meta")
        print(torch.ones(2).device)
        torch.set_default_device("cpu")
        torch.set_default_dtype(torch.float32)
        torch.use_deterministic_algorithms(True)
        print(torch.are_deterministic_algorithms_enabled(), torch.get_num_threads() > 0)
        """,
    "warnings and where they point": """
        import warnings
        x = torch.randn(3, requires_grad=True)
        y = x * 2
        print(y.grad)
        def old():
            warnings.warn("old", stacklevel=2)
        old()
        nn.functional.softmax(x)
        nn.MSELoss()(x, torch.ones(1, 3)).backward()
        with warnings.catch_warnings(record=True) as caught:
            warnings.simplefilter("always")
            (x * 2).grad
            torch.optim.lr_scheduler.StepLR(torch.optim.SGD([x], lr=1.0), 1).step()
        print([(w.category.__name__, w.filename, w.lineno) for w in caught])
        """,
    "tracebacks": """
        import traceback
        net = nn.Sequential(nn.Linear(2, 2), nn.Linear(3, 3))
        class Broken(torch.autograd.Function):
            @staticmethod
            def forward(ctx, x):
                return x * 2
            @staticmethod
            def backward(ctx, g):
                raise ValueError("in backward")
        def attempts():
            yield lambda: net(torch.ones(2))
            yield lambda: F.cross_entropy(torch.ones(2, 3), torch.ones(4, dtype=torch.int64))
            yield lambda: torch.ones(2) @ torch.ones(3)
            yield lambda: torch.ones(2).backward()
            yield lambda: Broken.apply(torch.ones(2, requires_grad=True)).sum().backward()
            yield lambda: torch.ones(2)[5]
            yield lambda: torch.optim.SGD([torch.ones(2)], lr=-1.0)
            yield lambda: F.softmax("text", 0)
            yield lambda: torch.ones(2).nothing
        for attempt in attempts():
            try:
                attempt()
            except Exception as error:
                print("".join(traceback.format_exception(error)))
                print(len(traceback.extract_tb(error.__traceback__)))
        def inner():
            print(traceback.format_stack()[-2:], [f.name for f in traceback.extract_stack()][-2:])
        inner()
        """,
    "processes of torch": """
        import torch.multiprocessing as mp
        def work(queue, t):
            t.add_(1)
            queue.put(float(t.sum()))
        t = torch.zeros(2).share_memory_()
        context = mp.get_context("fork")
        queue = context.SimpleQueue()
        process = context.Process(target=work, args=(queue, t))
        process.start()
        print(queue.get())
        process.join()
        print(t)
        """,
    "pickles and sources": """
        import inspect, io, pickle
        class Net(nn.Module):
            def __init__(self):
                super().__init__()
                self.fc = nn.Linear(2, 2)
            def forward(self, x):
                return self.fc(x)
        net = Net()
        again = pickle.loads(pickle.dumps(net))
        print(inspect.getsource(Net.forward), inspect.signature(net.forward))
        buffer = io.BytesIO()
        torch.save(net, buffer)
        buffer.seek(0)
        loaded = torch.load(buffer, weights_only=False)
        loaded(torch.ones(2)).sum().backward()
        t = pickle.loads(pickle.dumps(torch.ones(2, requires_grad=True) * 1))
        print(repr(t), t.requires_grad)
        """,
    "random state": """
        before = torch.get_rng_state()
        with torch.no_grad():
            x = torch.randn(3, requires_grad=True)
            F.dropout(x, 0.5)
        nn.init.kaiming_uniform_(torch.empty(2, 2))
        print(torch.equal(before, torch.get_rng_state()), torch.initial_seed())
        import random
        print(torch.rand(1), torch.seed() > 0)
        torch.manual_seed(1)
        print(torch.rand(1))
        """,
}

"""Programs at the edges of torch, where a recorder that asks carelessly would be noticed.

Each is run plain and traced by `test_edges`, which compares what it prints and how it ends.
"""

from __future__ import annotations

ASKING: dict[str, str] = {
    "no_grad inside torch.func.grad": """
        class Tagged(torch.Tensor):
            pass
        def f(x):
            with torch.no_grad():
                y = x * x
            return (x ** 2 - y).sum()
        print(torch.func.grad(f)(torch.tensor(3.0)))
        print(type(torch.ones(2).as_subclass(Tagged) + 1).__name__)
        w = torch.ones(2, requires_grad=True)
        (w * 2).sum().backward()
        print(w.grad)
        """,
    "no_grad inside torch.func.vjp, jacrev, jacfwd and hessian": """
        def shifted(x):
            with torch.no_grad():
                largest = x.exp().max()
            return ((x - largest).exp() * x).sum()
        x = torch.linspace(0, 1, 3)
        value, back = torch.func.vjp(shifted, x)
        print(value, back(torch.tensor(1.0)))
        for transform in (torch.func.jacrev, torch.func.jacfwd, torch.func.hessian):
            print(transform(shifted)(x))
        w = x.clone().requires_grad_()
        shifted(w).backward()
        print(w.grad)
        """,
    "a decorated metric inside grad_and_value": """
        seen = []
        @torch.no_grad()
        def metric(prediction, target):
            return (prediction - target).abs().mean()
        def loss(weight, x, target):
            prediction = x @ weight
            metric(prediction, target)
            return ((prediction - target) ** 2).mean()
        weight = torch.ones(3)
        for _ in range(3):
            grad, value = torch.func.grad_and_value(loss)(weight, torch.eye(3), torch.zeros(3))
            weight = weight - 0.1 * grad
            print(value.item())
        model = nn.Linear(3, 1)
        model(weight).sum().backward()
        print(model.weight.grad)
        """,
    "per-sample gradients with inference mode inside": """
        from torch.func import functional_call, grad, vmap
        model = nn.Linear(2, 1)
        weights = {k: v.detach() for k, v in model.named_parameters()}
        def loss(weights, x):
            with torch.no_grad():
                scale = x.norm() + 1
            return (functional_call(model, weights, (x,)) / scale).pow(2).sum()
        per_sample = vmap(grad(loss), in_dims=(None, 0))(weights, torch.eye(2))
        print({k: v.shape for k, v in per_sample.items()})
        model(torch.ones(2)).sum().backward()
        print(model.bias.grad)
        """,
    "saved tensor hooks disabled": """
        w = torch.ones(2, requires_grad=True)
        with torch.autograd.graph.disable_saved_tensors_hooks("not here"), torch.no_grad():
            print(w * 2)
        class Counting(torch.overrides.TorchFunctionMode):
            count = 0
            def __torch_function__(self, func, types, args=(), kwargs=None):
                Counting.count += 1
                return func(*args, **(kwargs or {}))
        with Counting():
            (w * 3).sum().backward()
        print(Counting.count, w.grad)
        """,
    "saved tensor hooks disabled in a loop with inference mode": """
        w = torch.ones(2, requires_grad=True)
        for step in range(3):
            with torch.autograd.graph.disable_saved_tensors_hooks("no"):
                with torch.inference_mode():
                    print((w * step).sum())
                loss = (w * step).sum()
            loss.backward()
        print(w.grad)
        """,
}

MEMORY: dict[str, str] = {
    "functionalize a function that chunks": """
        def f(x):
            a, b = x.chunk(2)
            return a + b
        print(torch.func.functionalize(f)(torch.zeros(4)))
        """,
    "functionalize split, unbind and in-place": """
        def f(x):
            parts = [*x.split(2), *x.reshape(2, 2).unbind()]
            parts[1].add_(1)
            return torch.stack(parts).sum(0)
        print(torch.func.functionalize(f)(torch.arange(4.0)))
        print(torch.func.functionalize(torch.func.vmap(f))(torch.ones(2, 4)))
        """,
    "storage freed behind a view": """
        flat = torch.ones(8)
        part = flat[4:]
        flat.untyped_storage().resize_(0)
        print(part.view(2, 2).shape)
        """,
    "a large storage freed and filled again": """
        flat = torch.arange(4000.0)
        parts = flat[1000:].split(1000)
        size = flat.untyped_storage().nbytes()
        flat.untyped_storage().resize_(0)
        print([part.view(10, 100).shape for part in parts], flat.view(40, 100).shape)
        flat.untyped_storage().resize_(size)
        flat.copy_(torch.arange(4000.0))
        print(parts[2].view(10, 100)[0, :3])
        """,
    "a storage that shrinks": """
        flat = torch.ones(1 << 20, requires_grad=True)
        with torch.no_grad():
            flat.untyped_storage().resize_(64)
            print(flat[:4] * 2, flat.view(1 << 10, 1 << 10).shape)
        """,
    "parameters freed between uses": """
        model = nn.Linear(20, 20)
        saved = [p.detach().clone() for p in model.parameters()]
        sizes = [p.untyped_storage().nbytes() for p in model.parameters()]
        for p in model.parameters():
            p.untyped_storage().resize_(0)
        print([p.view(-1).shape for p in model.parameters()])
        for p, size, value in zip(model.parameters(), sizes, saved):
            p.untyped_storage().resize_(size)
            p.data.copy_(value)
        model(torch.ones(2, 20)).sum().backward()
        print(model.bias.grad)
        """,
}

LEVELS: dict[str, str] = {
    "vjp of what hands an input through": """
        y = torch.tensor(2.0)
        out, back = torch.func.vjp(lambda w, x: (y, x), torch.tensor(3.0), torch.tensor(4.0))
        print(back((torch.tensor(1.0), torch.tensor(1.0))))
        """,
    "jacrev of the identity and of a constant": """
        x = torch.arange(3.0)
        print(torch.func.jacrev(lambda t: t)(x))
        print(torch.func.jacrev(lambda t: torch.ones(2))(x))
        print(torch.func.jacrev(lambda a, b: (a, b.sin()), argnums=(0, 1))(x, x))
        """,
    "vjp of a tree that holds its input": """
        def f(state):
            return {"same": state["a"], "other": [state["b"] * 2, state["a"]]}
        state = {"a": torch.ones(2), "b": torch.zeros(2)}
        out, back = torch.func.vjp(f, state)
        print(back(out))
        """,
    "grad of grad, an input unused": """
        f = torch.func.grad(torch.func.grad(lambda x, y: x ** 3), argnums=(0, 1))
        print(f(torch.tensor(2.0), torch.tensor(1.0)))
        print(torch.func.jacrev(torch.func.jacrev(lambda x: x))(torch.ones(2)).shape)
        """,
}

SWAPS: dict[str, str] = {
    "load_state_dict and double by swapping": """
        lin = nn.Linear(2, 2)
        state = {k: v.clone() for k, v in lin.state_dict().items()}
        torch.__future__.set_swap_module_params_on_conversion(True)
        lin.load_state_dict(state)
        kept = lin.weight
        lin.double()
        print(kept is lin.weight, lin.weight, lin(torch.ones(2, dtype=torch.float64)))
        lin(torch.ones(2, dtype=torch.float64)).sum().backward()
        print(lin.weight.grad)
        """,
    "swap_tensors itself": """
        a, b = torch.ones(2), torch.zeros(3, dtype=torch.int64)
        a.note = "a"
        torch.utils.swap_tensors(a, b)
        print(a, b, a + 1, b * 2, b.note, hasattr(a, "note"))
        p, q = nn.Parameter(torch.ones(2)), nn.Parameter(torch.zeros(2))
        p.sum().backward()
        torch.utils.swap_tensors(p, q)
        print(p, q, p.grad, q.grad)
        (p * q * 3).sum().backward()
        print(p.grad, q.grad)
        """,
    "converting a module of wrapper subclasses": """
        from torch.testing._internal.two_tensor import TwoTensor
        m = nn.Linear(2, 2)
        m.weight = nn.Parameter(TwoTensor(torch.ones(2, 2), torch.zeros(2, 2)))
        m.to(torch.float64)
        print(type(m.weight.data).__name__, m.weight.dtype, m.weight.a.sum())
        """,
    "refused as plainly, and seen by nobody": """
        import weakref
        a, b = torch.ones(2), torch.zeros(2)
        a + b
        print(weakref.getweakrefcount(a), weakref.getweakrefs(a))
        mine = weakref.ref(a)
        print(weakref.getweakrefcount(a), weakref.getweakrefs(a) == [mine])
        try:
            torch.utils.swap_tensors(a, b)
        except RuntimeError as error:
            print(error)
        model = nn.Linear(1, 1)
        opt = torch.optim.SGD(model.parameters(), 0.1)
        loss = model(a[:1]).sum()
        loss.backward()
        opt.step()
        saved = loss.grad_fn.next_functions
        for thing in (model, opt, loss, model.weight, loss.untyped_storage()):
            print(weakref.getweakrefcount(thing), weakref.getweakrefs(thing))
        """,
    "what a checkpoint keeps": """
        import gc
        import weakref
        from torch.utils.checkpoint import checkpoint
        x = torch.ones(2, requires_grad=True)
        loss = checkpoint(torch.sin, x * 2, use_reentrant=False).sum()
        for frame in gc.get_objects():
            if type(frame).__name__ == "_CheckpointFrame":
                print(sorted(vars(frame)), weakref.getweakrefcount(frame))
        loss.backward()
        print(x.grad)
        """,
    "random numbers after updates of views": """
        x = torch.ones(4, requires_grad=True) * 2
        F.dropout(x[:2], 0.5, True, True)
        x[2:].mul_(torch.rand(2)).bernoulli_(generator=(g := torch.Generator()))
        print(x, torch.rand(2), torch.rand(2, generator=g))
        x.sum().backward()
        """,
    "random numbers without recording": """
        x = torch.ones(2, requires_grad=True)
        g = torch.Generator()
        with torch.no_grad():
            print(torch.normal(x, 1.0, generator=g), (x * 1).normal_(generator=g))
        print(torch.rand(2), torch.rand(2, generator=g))
        """,
    "a tensor of any layout gets its own data": """
        jagged = torch.jagged
        parts = [torch.ones(2), torch.ones(3)]
        dense = torch.eye(3)
        for one in (
            torch.nested.nested_tensor(parts), torch.nested.nested_tensor(parts, layout=jagged),
            dense.to_sparse(), dense.to_sparse_csr(), dense.to_mkldnn(), dense.to("meta"), dense,
        ):
            one.data = one.data
            print(one.layout)
        """,
    "an update of a view is made once": """
        import warnings
        class Row(list):
            pass
        class Two:
            def __index__(self):
                print("asked")
                return 1
        x = torch.ones(6, requires_grad=True) * 2
        torch._foreach_mul_(Row([x[:2]]), 3.0)
        with torch.no_grad():
            torch._foreach_mul_(Row([x[4:]]), 5.0)
            x[4:][Two()] = 9.0
        x[1:][Two()] = x[0]
        with warnings.catch_warnings(record=True) as found:
            warnings.simplefilter("always")
            x[2:][torch.tensor([1, 0, 0, 1], dtype=torch.uint8)] = x[:2] * 1
        print(x, len(found))
        x.sum().backward()
        """,
}

COMPILERS: dict[str, str] = {
    "strict export": """
        class M(nn.Module):
            def forward(self, x):
                y = x.sin()
                return y + 1
        program = torch.export.export(M(), (torch.ones(2),), strict=True)
        print([node.target for node in program.graph.nodes if node.op == "call_function"])
        print(program.module()(torch.ones(2)))
        w = torch.ones(2, requires_grad=True)
        M()(w).sum().backward()
        print(w.grad)
        """,
    "explain, and Dynamo's own export": """
        def f(x):
            if x.sum() > 0:
                return x.sin() + 1
            return x
        x = torch.ones(2)
        explained = torch._dynamo.explain(f)(x)
        print(explained.graph_count, explained.graph_break_count)
        def g(x):
            y = x.cos()
            return y * 2
        graph = torch._dynamo.export(g)(x).graph_module
        print(graph(x), sum(node.op == "call_function" for node in graph.graph.nodes))
        compiled = torch.compile(g, backend="eager")
        print(compiled(x))
        print(torch._dynamo.explain(f)(x).graph_count)
        """,
    "stances": """
        f = torch.compile(lambda x: x.sin() + 1, backend="eager", fullgraph=True)
        with torch.compiler.set_stance("default"):
            print(f(torch.ones(2)))
        torch.compiler.set_stance("eager_on_recompile")
        print(f(torch.ones(3)))
        torch.compiler.set_stance("default")
        torch._dynamo.reset()
        print(f(torch.ones(2)), torch._dynamo.eval_frame._stance.stance)
        """,
    "compiled modules": """
        class Net(nn.Module):
            def __init__(self):
                super().__init__()
                self.fc = nn.Linear(2, 2)
            def forward(self, x):
                return self.fc(x).relu()
        net = torch.compile(Net(), backend="eager")
        print(type(net).__name__, list(net.state_dict()))
        with torch.compiler.set_stance("force_eager"):
            net(torch.ones(2)).sum().backward()
        @torch.compile(backend="eager", fullgraph=True)
        def loss(x):
            return net(x).pow(2).sum()
        loss(torch.ones(2)).backward()
        print(net.fc.weight.grad)
        """,
    "graphs of other makers": """
        from torch.fx import symbolic_trace
        from torch.fx.experimental.proxy_tensor import make_fx
        class M(nn.Module):
            def __init__(self):
                super().__init__()
                self.weight = nn.Parameter(torch.ones(2))
            def forward(self, x):
                return F.relu(x * self.weight).sum()
        print(symbolic_trace(M()).code)
        def f(x):
            with torch.no_grad():
                y = x.sin()
            return (y.to(torch.float64) * x).exp()
        print(make_fx(f)(torch.ones(2)).code)
        print(torch.export.export(M(), (torch.ones(2),), strict=False).graph)
        """,
    "every dispatched operator": """
        from torch.utils._python_dispatch import TorchDispatchMode
        class Log(TorchDispatchMode):
            def __torch_dispatch__(self, func, types, args=(), kwargs=None):
                print(func)
                return func(*args, **(kwargs or {}))
        w = torch.ones(2, requires_grad=True)
        with Log():
            y = (w.bfloat16() * 2.5).float()
            with torch.no_grad():
                z = y.t() * 3
            (y * torch.tensor(2.0, dtype=torch.float64)).sum().backward()
        print(w.grad)
        """,
}

MODES: dict[str, str] = {
    "has_torch_function": """
        from torch.overrides import handle_torch_function, has_torch_function_unary
        def mine(t):
            if has_torch_function_unary(t):
                print("handled")
                return handle_torch_function(mine, (t,), t)
            return t * 2
        print(mine(torch.ones(2)))
        class Sub(torch.Tensor):
            @classmethod
            def __torch_function__(cls, func, types, args=(), kwargs=None):
                if func is mine:
                    return "sub"
                return super().__torch_function__(func, types, args, kwargs or {})
        print(mine(torch.ones(2).as_subclass(Sub)))
        """,
    "what asks, in every form": """
        from torch import overrides
        x = torch.ones(2)
        print(overrides.has_torch_function((x,)), overrides.has_torch_function_variadic(x, x))
        print(overrides._get_current_function_mode(), overrides._get_current_function_mode_stack())
        print(torch._C._len_torch_function_stack())
        class Mode(overrides.TorchFunctionMode):
            def __torch_function__(self, func, types, args=(), kwargs=None):
                return func(*args, **(kwargs or {}))
        with Mode(), Mode():
            print(overrides.has_torch_function((x,)), overrides.has_torch_function_unary(x))
            modes = overrides._get_current_function_mode_stack()
            print([type(mode).__name__ for mode in modes], torch._C._len_torch_function_stack())
        with torch.device("cpu"):
            print(torch.get_default_device(), torch.ones(1).device)
            print(len(overrides._get_current_function_mode_stack()))
        torch.set_default_device("meta")
        print(torch.ones(1).device, nn.Linear(1, 1).weight.device)
        torch.set_default_device(None)
        print(torch.ones(1).device, nn.init.ones_(torch.empty(2)))
        """,
    "a library's own dispatch": """
        import functools
        def overridable(function):
            @functools.wraps(function)
            def call(*args):
                if torch.overrides.has_torch_function(args):
                    print("dispatched", function.__name__)
                    return torch.overrides.handle_torch_function(call, args, *args)
                return function(*args)
            return call
        @overridable
        def scaled(x, by):
            return x * by
        w = torch.ones(2, requires_grad=True)
        with torch.no_grad():
            print(scaled(w, 2))
        scaled(w, torch.ones(2)).sum().backward()
        print(w.grad)
        """,
    "scripting what asks": """
        import torch.overrides
        from torch.overrides import has_torch_function_unary
        def f(x):
            if not torch.jit.is_scripting():
                if has_torch_function_unary(x):
                    print("asked")
            return x * 2
        print(f(torch.ones(2)))
        layer = nn.TransformerEncoderLayer(4, 2, 8, batch_first=True).eval()
        with torch.no_grad():
            print(layer(torch.ones(1, 2, 4)))
        """,
}

NAMES: dict[str, str] = {
    "descriptors": """
        from torch.overrides import get_overridable_functions, resolve_name
        print(resolve_name(torch.Tensor.real.__get__), resolve_name(torch.Tensor.imag.__get__))
        print(torch.Tensor.real is torch._C.TensorBase.real)
        table = {torch.Tensor.real.__get__: "real", torch.Tensor.imag.__set__: "imag"}
        print(table[torch._C.TensorBase.real.__get__], table[torch._C.TensorBase.imag.__set__])
        z = torch.zeros(2, dtype=torch.complex64)
        z.real = torch.ones(2)
        z.imag += 2
        print(z, z.real, isinstance(torch.Tensor.real, type(torch.Tensor.imag)))
        try:
            torch.ones(2).imag
        except RuntimeError as error:
            print(error)
        """,
    "array interfaces": """
        t = torch.ones(2)
        for get in (lambda: t.__cuda_array_interface__, lambda: t.grad_dtype, lambda: t.H):
            try:
                print(get())
            except Exception as error:
                print(type(error).__name__, error)
        print(hasattr(t, "__cuda_array_interface__"), t[None].mT.shape)
        """,
    "a subclass that answers for .grad": """
        class Odd(torch.Tensor):
            @classmethod
            def __torch_function__(cls, func, types, args=(), kwargs=None):
                if func is torch.Tensor.grad.__get__:
                    return 7
                return super().__torch_function__(func, types, args, kwargs or {})
        odd = torch.ones(2).as_subclass(Odd)
        print(odd.grad)
        class Named(torch.Tensor):
            @classmethod
            def __torch_function__(cls, func, types, args=(), kwargs=None):
                return torch.overrides.resolve_name(func)
        named = torch.ones(2).as_subclass(Named)
        print(named.real, named.grad, named.grad_fn, named.is_leaf, named + 1, named.requires_grad)
        print(torch.cat([named]), F.relu(named), named.requires_grad_(), named.detach())
        """,
    "signatures and names": """
        import inspect
        from torch.autograd import grad_mode
        for function in (
            nn.Module.__call__, nn.Module.train, torch.no_grad.__enter__, torch.no_grad.__exit__,
            torch.set_grad_enabled.__init__, torch.inference_mode.__enter__, torch.compile,
            torch.autograd.Function.apply, torch.Tensor.as_subclass, torch.from_numpy,
            torch.optim.Optimizer.add_param_group, torch.export.export,
            torch.utils.swap_tensors, torch.overrides.has_torch_function,
        ):
            print(function.__name__, function.__qualname__, getattr(function, "__module__", None))
            print((function.__doc__ or "")[:40].strip())
            try:
                print(inspect.signature(function))
            except ValueError as error:
                print(str(error)[:40])
        print(inspect.getsource(torch.no_grad.__enter__))
        """,
}

WATCHERS: dict[str, str] = {
    "the profiler's list": """
        from torch.profiler import profile
        w = torch.ones(2, requires_grad=True)
        with profile() as prof:
            y = (w.bfloat16().float() * 2.5).t()
            with torch.no_grad():
                print(w * 2, (w.bfloat16() + 1).sum().item())
            y.sum().backward()
        print(sorted((e.key, e.count) for e in prof.key_averages()))
        """,
    "the profiler around a training step": """
        from torch.autograd import profiler
        model = nn.Sequential(nn.Linear(20, 20), nn.BatchNorm1d(20), nn.ReLU())
        opt = torch.optim.Adam(model.parameters())
        with profiler.profile() as prof:
            for _ in range(2):
                loss = model(torch.randn(200, 20)).double().pow(2).mean()
                opt.zero_grad()
                loss.backward()
                with profiler.record_function("mine"):
                    opt.step()
                with torch.no_grad():
                    model[0].weight.mul_(1.0).clamp_(-1, 1)
        print(sorted((e.key, e.count) for e in prof.key_averages()))
        """,
    "a schedule of the profiler": """
        from torch.profiler import profile, schedule
        rows = []
        def ready(prof):
            rows.append(sorted((e.key, e.count) for e in prof.key_averages()))
        w = torch.ones(100, 100, requires_grad=True)
        with profile(schedule=schedule(wait=1, warmup=1, active=1), on_trace_ready=ready) as prof:
            for _ in range(4):
                with torch.inference_mode():
                    w.t() @ w
                (w @ w).relu().sum().backward()
                prof.step()
        print(rows)
        """,
    "a hook that an unpack hook registers": """
        def unpack(t):
            node = torch._C._current_autograd_node()
            node.register_hook(lambda gi, go: print(len(go)))
            return t
        w = torch.ones(2, requires_grad=True)
        with torch.autograd.graph.saved_tensors_hooks(lambda t: t, unpack):
            y = (w * w.detach()).sum()
        y.backward()
        """,
    "gradients that are taken over": """
        w = torch.ones(3, requires_grad=True)
        seen = []
        w.register_hook(lambda g: seen.append(g.data_ptr()))
        (w.exp() * 2).sum().backward()
        print(w.grad.data_ptr() == seen[0], w.grad)
        layer = nn.Linear(3, 3)
        places = []
        for p in layer.parameters():
            p.register_hook(lambda g: places.append(g.data_ptr()))
        layer(torch.ones(2, 3)).pow(2).sum().backward()
        print(sorted(p.grad.data_ptr() in places for p in layer.parameters()))
        """,
    "hooks of every kind on every node": """
        x = torch.ones(2, requires_grad=True)
        y = x * 2
        z = y.sin()
        order = []
        z.register_hook(lambda g: order.append("tensor") or g * 2)
        y.retain_grad()
        for name, t in (("y", y), ("z", z)):
            t.grad_fn.register_prehook(lambda gs, n=name: order.append(("pre", n, len(gs))))
            t.grad_fn.register_hook(lambda i, o, n=name: order.append(("post", n, len(i), len(o))))
        x.register_post_accumulate_grad_hook(lambda t: order.append(("done", t.grad.tolist())))
        def late(grads):
            z.grad_fn.next_functions[0][0].register_prehook(lambda gs: order.append("late"))
        z.grad_fn.register_prehook(late)
        z.sum().backward(retain_graph=True)
        z.sum().backward()
        print(order, x.grad, y.grad)
        """,
    "modules as deep as Python goes": """
        import sys
        layer = nn.Linear(2, 2)
        for _ in range(220):
            layer = nn.Sequential(layer)
        layer(torch.ones(1, 2)).sum().backward()
        class Endless(nn.Module):
            def forward(self, x):
                return self(x)
        try:
            Endless()(torch.ones(1))
        except RecursionError:
            print("endless", sys.getrecursionlimit())
        """,
}

EDGES = ASKING | MEMORY | LEVELS | SWAPS | COMPILERS | MODES | NAMES | WATCHERS

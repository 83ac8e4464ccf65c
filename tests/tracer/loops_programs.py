"""Programs with loops that keep their own counts, and print what a change of the code would show.

`here(*passes)` is called in the given passes, the outermost loop first.  Run as a script, by
whichever Python, it runs each program as it is and with its loops counted, and prints as JSON what
both printed, and for each call the passes that were given and those that were counted.
"""

from __future__ import annotations

import io
import json
import linecache
import sys
from contextlib import redirect_stderr, redirect_stdout
from pathlib import Path
from types import CodeType, FrameType
from typing import Any

PROGRAMS = {
    "nested": """
        for i in range(3):
            j = 0
            while j < 2:
                here(i, j)
                for k in "ab": here(i, j, "ab".index(k))
                j += 1
            here(i)
        here()
        """,
    "passes that do nothing": """
        for i in range(100):
            if i % 40 == 7:
                here(i)
        n = -1
        while n < 50:
            n += 1
            if n in (3, 44):
                here(n)
        """,
    "an item that comes again": """
        one = object()
        n = -1
        while n < 1:
            n += 1
            for _ in [one]:
                here(n, 0)
        for n, item in zip(range(3), [one] * 3):
            for _ in range(1): here(n, 0)
        """,
    "leaving early": """
        for i in range(3):
            for j in range(3):
                if j == 1:
                    continue
                here(i, j)
                if j == 2:
                    break
            else:
                print("never")
            here(i)
            if i == 1:
                break
        else:
            print("never")
        here()
        """,
    "else": """
        for i in range(2):
            for j in range(2):
                here(i, j)
            else:
                here(i)
            n = 0
            while n < 2:
                here(i, n)
                n += 1
            else:
                here(i)
                if i:
                    break
                continue
            print("never")
        else:
            print("never")
        n = 0
        while n < 5:
            n += 1
            if n == 3:
                break
            if n == 1:
                continue
            here(n - 1)
        else:
            print("never")
        while False:
            print("never")
        else:
            here()
        """,
    "a condition is in the pass that it begins": """
        n = -1
        def test():
            global n
            n += 1
            here(n)
            return n < 2
        while test():
            here(n)
        n = -1
        while (n := n + 1) < 2 and here(n) is None:
            here(n)
        n = -1
        while test():
            pass
        else:
            here()
        """,
    "an iterable is outside, and what asks for an item is in its pass": """
        class Items:
            n = -1
            def __iter__(self):
                here(*around)
                return self
            def __next__(self):
                self.n += 1
                here(*around, self.n)
                if self.n == 2:
                    raise StopIteration
                return self.n
        def made():
            here(*around)
            return Items()
        around = ()
        for i in made():
            here(i)
        for outer in range(2):
            around = outer,
            for i in (
                made()
            ):
                here(outer, i)
            for i in made(): here(outer, i)
        """,
    "recursion": """
        def walk(depth, *passes):
            for i in range(2):
                if depth:
                    walk(depth - 1, *passes, i)
                here(*passes, i)
            while depth and i < 3:
                here(*passes, i - 1)
                i += 1
                walk(0, *passes, i - 2)
        walk(2)
        """,
    "recursion in the iterable": """
        def walk(depth):
            for i in walk(depth - 1) if depth else [1, 2]:
                here(i - 1, entered=(depth,))
            return [1, 2]
        walk(2)
        for i in range(2):
            try:
                for j in range(1) if i else 1 / 0:
                    here(i, 0, entered=(0, 0))
            except ZeroDivisionError as error:
                here(i)
        """,
    "generators": """
        def numbers(n):
            for i in range(n):
                here(*around, i)
                got = yield i
                here(*around, i)
                print(got)
        around = ()
        one, other = numbers(2), numbers(3)
        around = ()
        next(one); next(other); next(one); next(other)
        print(list(one))
        around = 0,
        for n in other:
            here(0)
            around = 1,
        def consume(iterator):
            global around
            n = 0
            around = 0,
            for item in iterator:
                here(n)
                n += 1
                around = n,
        consume(numbers(2))
        around = ()
        three = numbers(3)
        next(three)
        for i in range(3):
            around = i,
            try:
                print(three.send("sent"))
            except StopIteration as stop:
                print(stop.value)
        four = numbers(2)
        around = ()
        next(four)
        four.close()
        print(list(four))
        """,
    "resumed from other passes, in the same pass": """
        def halves():
            while True:
                here(*around, 0)
                yield
                here(*around, 0)
                yield
                break
        steps = halves()
        for i in range(3):
            around = i,
            next(steps, None)
        """,
    "what a generator does at its end": """
        def numbers():
            try:
                for i in range(3):
                    try:
                        yield i
                    finally:
                        here(*around, i)
                        print("left", i)
            finally:
                here(*around)  # a break is in the pass that it leaves
        def delegating():
            for j in range(2):
                got = yield from numbers()
                print(got)
        around = 0,
        for i in numbers():
            if i == 1:
                break
            around = i + 1,
        around = ()
        generator = numbers()
        next(generator)
        around = ()
        del generator
        generator = numbers()
        next(generator)
        try:
            generator.throw(KeyError("thrown"))
        except KeyError as error:
            print(error)
        around = 0, 0
        generator = delegating()
        next(generator)
        around = ()  # it closes the inner one by itself, in no frame
        generator.close()
        """,
    "comprehensions are not loops": """
        def both(i):
            here(i)
            return i
        for i in range(2):
            print([both(i) for _ in range(2)], {both(i) for _ in "ab"}, sum(both(i) for _ in "ab"))
            call = lambda: both(i)
            call()
            print([[both(i) for _ in range(1)] for _ in range(2)])
        for i, item in enumerate(both(i) for i in range(2)):
            here(i)
        """,
    "exceptions": """
        def fail(*passes):
            here(*passes)
            raise ValueError(passes)
        for attempt in range(2):
            try:
                for i in range(3):
                    n = 0
                    while True:
                        here(attempt, i, n)
                        for j in range(2):
                            if i == 1:
                                fail(attempt, i, n, j)
                        n += 1
                        if n == 2:
                            break
            except ValueError as error:
                here(attempt)
                print(error)
            finally:
                here(attempt)
        def again(fails):
            for i in range(2):
                here(i)
                if fails:
                    raise ValueError
            here()
        for fails in (True, False):
            pass
        def both():
            here()
            try:
                again(True)
            except ValueError:
                here()
            again(False)
            here()
        both()
        """,
    "try, finally and return": """
        from contextlib import contextmanager, suppress
        @contextmanager
        def manager(*passes):
            here(*passes)
            try:
                yield
            finally:
                here(*passes)
        def run():
            with manager():
                for i in range(3):
                    with manager(i), suppress(KeyError):
                        try:
                            if i == 0:
                                continue
                            if i == 1:
                                raise KeyError
                            return here(i)
                        except LookupError:
                            here(i)
                            raise
                        finally:
                            here(i)
                            for j in range(2): here(i, j)
        run()
        run()
        """,
    "classes": """
        class Count:
            n = 0
        class Made:
            for i in range(2):
                here(i)
                def method(self):
                    here()
                    for j in range(2):
                        here(j)
            while Count.n < 2:
                class Inner:
                    for k in range(1):
                        here(Count.n, k)
                Count.n += 1
        Made().method()
        for i in range(2):
            class Again(Made):
                here(i)
                for j in "a": here(i, 0)
            (lambda: here(i))()
        print(sorted(vars(Made)))
        """,
    "threads": """
        import threading
        turns = [threading.Semaphore(1), threading.Semaphore(0)]
        def work(which):
            for i in range(3):
                turns[which].acquire()
                here(i)
                turns[1 - which].release()
                n = 0
                while n < 2:
                    here(i, n)
                    n += 1
        for i in range(2):
            threads = [threading.Thread(target=work, args=(which,)) for which in (0, 1)]
            for j, thread in enumerate(threads):
                thread.start()
                here(i, j)
            for thread in threads:
                thread.join()
        """,
    "coroutines": """
        import asyncio
        class Items:
            n = -1
            def __aiter__(self):
                return self
            async def __anext__(self):
                self.n += 1
                await asyncio.sleep(0)
                if self.n == 2:
                    raise StopAsyncIteration
                return self.n
        async def one():
            async for i in Items():
                here(i)
                for j in range(2):
                    await asyncio.sleep(0)
                    here(i, j)
            else:
                here()
            return [i async for i in Items()]
        async def numbers():
            for i in range(2):
                here(i)
                yield i
        async def both():
            print(await asyncio.gather(one(), one()))
        async def over():
            n = 0
            while await asyncio.sleep(0, n < 2):
                here(n)
                n += 1
        asyncio.run(both())
        asyncio.run(over())
        """,
    "targets": """
        class Box: pass
        box, items = Box(), {}
        for box.value in range(2): here(box.value)
        for items["a"], (first, *rest) in [(0, "abc"), (1, "de")]: here(items["a"])
        for i, j in zip(range(2), range(2)): here(j)
        for n, pair in enumerate(enumerate("ab")): here(n); print(pair)
        print(box.value, items, first, rest, i, j, n)
        """,
    "matching": """
        for i, value in enumerate([1, "a", (2, 3), None]):
            match value:
                case int():
                    here(i)
                case str() if here(i) is None:
                    here(i)
                case (a, b):
                    for j in (a, b):
                        here(i, j - 2)
                case _:
                    here(i)
        """,
    "lifetimes": """
        import gc, sys, weakref
        gc.disable()
        class Item: pass
        def made(n):
            for i in range(n):
                item = Item()
                weakref.finalize(item, print, "item", i)
                yield item
                del item
                print("next")
        class Held(list): pass
        def run():
            for item in made(2):
                print(sys.getrefcount(item))
                del item
            held = Held([Item(), Item()])
            weakref.finalize(held, print, "held")
            for item in held:
                print(sys.getrefcount(held), sys.getrefcount(item))
                del held[:]
            del held
            for item in Held([1]):
                pass
            items = iter([Item(), Item()])
            for item in items:
                print(sys.getrefcount(items), len(list(items)))
            return sorted(locals())
        print(run())
        for kept in weakref.WeakSet(), Held([Item()]):
            for item in kept:
                weakref.finalize(item, print, "kept")
        del kept, item
        """,
    "the protocol": """
        import sys, traceback
        def caller():
            frame = sys._getframe(2)
            return frame.f_code.co_name, frame.f_lineno
        class Items:
            def __init__(self, error=StopIteration(7)):
                self.error = error
            def __iter__(self):
                print("iter", caller())
                return Iterator(self.error)
        class Iterator:
            def __init__(self, error):
                self.n, self.error = 0, error
            def __iter__(self):
                print("never")
                return self
            def __next__(self):
                self.n += 1
                print("next", caller())
                if self.n == 3:
                    raise self.error
                return self.n
            def __length_hint__(self):
                print("never")
        class Old:
            def __getitem__(self, n):
                if n == 2:
                    raise IndexError
                return n
        class Wrong:
            def __iter__(self):
                return 1
        class Fails:
            def __bool__(self):
                raise ValueError("neither")
        def over(items):
            try:
                for item in items:
                    print(item, sorted(locals()))
                print("over")
            except BaseException:
                traceback.print_exc()
        for items in [Items(), Items(ValueError("next")), Items(KeyboardInterrupt()), Old()]:
            over(items)
        for items in [Wrong(), 5, None, {1: 2}, iter("ab"), (x / 0 for x in [1])]:
            over(items)
        for condition in Fails(), 0:
            try:
                while condition: pass
                while (
                    condition
                    or Fails()
                ):
                    pass
            except ValueError:
                traceback.print_exc()
        try:
            changing = {1: 1}
            for key in changing:
                changing[key + 1] = 1
        except RuntimeError:
            traceback.print_exc()
        try:
            for a, b in [(1, 2), (3,)]:
                print(a, b)
        except ValueError:
            traceback.print_exc()
        """,
    "names, sources and lines": """
        import inspect, warnings
        def f(x):
            "Doc."
            for i in range(x):
                while i:
                    i -= 1
                    warnings.warn_explicit("w", UserWarning, "f", inspect.currentframe().f_lineno)
            return sorted(locals())
        code = f.__code__
        print(f(2), f.__doc__, code.co_names, code.co_varnames, code.co_freevars, code.co_cellvars)
        print(code.co_firstlineno, len({code, code.replace(co_name="g")}), code == f.__code__)
        print(sorted(name for name in globals() if name != "here"))
        class A:
            "Doc of A."
            for x in range(2): pass
            while x: x -= 1
        print(A.__doc__, sorted(vars(A)))
        """,
    "deep recursion": """
        import sys
        def walk(*passes):
            for i in [1]:
                while i:
                    here(*passes, 0, 0)
                    if len(passes) < 200:
                        walk(*passes, 0, 0)
                    i = 0
        walk()
        def endless():
            for i in [1]: endless()
        try:
            endless()
        except RecursionError:
            print("too deep")
        """,
}
"""By what they are about."""


def _number_of(frame: FrameType) -> int | None:
    return 0 if frame.f_code.co_filename == "<snippet>" else None


def run(text: str, *, counted: bool) -> tuple[str, list[Any]]:
    """Return what a program prints, and the calls of `here`: the passes that it gave, its entries
    where it gave them, and those counted if they are."""
    from app.tracer.snippet.loops import Loops
    from app.tracer.snippet.watching import LineWatch

    rows: list[Any] = []
    loops = Loops(_number_of, rows.append)
    calls: list[Any] = []

    def here(*passes: int, entered: tuple[int, ...] | None = None) -> None:
        number = loops.at(sys._getframe(1), {}) if counted else None
        told: list[Any] = []
        while number is not None:
            told.insert(0, rows[number])
            number = rows[number].outer
        found = [row.passed for row in told], [row.entry for row in told]
        calls.append([list(passes), entered and list(entered), *found])

    lines = LineWatch(text, "<snippet>", None)
    code: CodeType = compile(text, "<snippet>", "exec", dont_inherit=True)
    linecache.cache["<snippet>"] = (len(text), None, text.splitlines(keepends=True), "<snippet>")
    printed = io.StringIO()
    try:
        with redirect_stdout(printed), redirect_stderr(printed):
            exec(lines.begin(code) if counted else code, {"__name__": "__main__", "here": here})
    finally:
        lines.end()
    return printed.getvalue(), calls


if __name__ == "__main__":
    from textwrap import dedent

    sys.path.insert(0, str(Path(__file__).parents[2]))
    found = {}
    for name, program in PROGRAMS.items():
        text = dedent(program).lstrip("\n")
        found[name] = (run(text, counted=False)[0], *run(text, counted=True))
    print(json.dumps(found))

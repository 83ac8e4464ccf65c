"""Programs, and which of their lines run.

In the margin of each line: "+" a statement begins there that runs, "-" one that does not, "." the
statement above goes on, nothing else.  Run as a script, by whichever Python, it prints what the
watch makes of each.
"""

from __future__ import annotations

import json
import sys
from contextlib import redirect_stdout, suppress
from pathlib import Path

PROGRAMS = {
    "branches": """\
+ x = 1
+ if x > 3:
-     x = 5
+ elif x > 2:
-     x = 6
-     x = 7
  else:
+     x = 8
+ y = 1 if x else (
.     2)
+ if x: y = 2
+ if not x: y = 3
""",
    "functions": """\
+ def called(a,
.            b=(1,
.               2),
. ):
      \"\"\"Docstrings are
      not statements.\"\"\"
+     def inner():
-         return 1
+     return a
  # a comment
-     print("behind a return")

+ def never():
      # a comment
-     if never:
-         pass
-     return 1
+ async def coroutine():
-     pass
+ def documented():
      "that is all"
+ f = lambda x: (
.     x,
. )
+ called(1); f(2)
""",
    "loops": """\
+ for i in range(2):
+     if i == 5:
-         break
+     continue
-     print("behind a continue")
  else:
+     i = 7
+ for i in []:
-     i = 1
  else:
+     pass
+ while i < 0:
-     i = 1
+ while True:
+     if i:
+         break
-     i = 2
  else:
-     i = 3
+ for i in (1,
.           2): pass
""",
    "exceptions": """\
+ def fails():
+     raise ValueError(
.         1
.     )
-     print("behind a raise")
+ try:
+     x = 1
+     fails()
-     x = 2
  except KeyError:
-     x = 3
  except ValueError as error:
+     x = 4
  else:
-     x = 5
  finally:
+     x = 6
+ try:
+     pass
  except (ValueError,
          KeyError):
-     pass
  else:
+     pass
+ def left_by_a_call():
+     fails()
-     return 1
+ try:
+     left_by_a_call()
-     pass
  except ValueError:
+     ...
""",
    "blocks of with": """\
+ import contextlib
+ with contextlib.suppress(ValueError):
+     int("1")
+     int("x")
-     int("2")
+ @contextlib.contextmanager
. def managed():
+     try:
+         yield 1
-         print("not resumed after an error")
      finally:
+         x = 1
+ with (
.     contextlib.suppress(KeyError),
.     managed() as y,
. ):
+     {}[y]
-     y = 2
""",
    "matching": """\
+ point = (1, 2)
+ match point:
      case 1:
-         x = 1
      case (1, y) if y > 5:
-         x = 2
      case (
          1,
          y,
      ):
+         x = 3
      case _:
-         x = 4
""",
    "classes": """\
+ class A:
      \"\"\"A docstring.\"\"\"
      x: int
+     y: int = 2
+     if y > 3:
-         z = 1
+     def method(self):
-         return 1
+     @property
.     def read(self):
          global counter
+         return 1
+     class Inner: pass
+ A().read
""",
    "generators": """\
+ def never_started():
-     yield 1
+ def left_alone():
+     yield 1
-     yield 2
+ def run_to_the_end():
+     for i in range(2):
+         got = yield i
+     return 3
+ kept = never_started()
+ alive = left_alone()
+ next(alive)
+ list(run_to_the_end())
+ squares = [
.     i
.     for i in range(2)
. ]
""",
    "coroutines": """\
+ import asyncio
+ class Numbers:
+     def __aiter__(self):
+         return self
+     async def __anext__(self):
+         raise StopAsyncIteration
-         return 1
+ async def work():
+     async for i in Numbers():
-         pass
+     await asyncio.sleep(0)
+     try:
+         return 1
      finally:
+         pass
+ async def never_awaited():
-     return 1
+ asyncio.run(work())
""",
    "declarations": """\
  from __future__ import annotations
+ import os
+ def f():
      global g
      x: int
+     g = h = 1
+     def inner():
          nonlocal h
-         h = 2
      "a string that nobody uses"
+     1
+     ...
+     assert g
+     del g
+ f()
  "another"
""",
    "code that is copied": """\
+ import types
+ def add(a):
+     if a > 5:
-         return 1
+     return a + 1
+ again = types.FunctionType(add.__code__.replace(co_name="again"), {})
+ again(1)
+ @types.coroutine
. def pause():
+     yield
-     return 1
+ next(pause())
""",
    "code made at run time": """\
+ exec("a = 1\\nif a:\\n    b = 2\\nelse:\\n    c = 3")
+ eval(
.     "1"
. )
+ if a == 2:
-     exec("d = 1")
""",
    "several on one line": """\
+ a = 1; b = (
. 2); c = 3
+ if a: b = 1; c = 2
+ def f(): return 1
+ class A: pass
+ for i in (): pass
""",
    "impossible branches": """\
+ if False:
-     x = 1
+ if __debug__:
+     x = 2
+ while 0:
-     x = 3
+ if True:
+     x = 4
  else:
-     x = 5
""",
    "texts over several lines": """\
+ text = \"\"\"
.
. # no comment
. if x:
. \"\"\"
+ other = f\"\"\"
. {text
. }\"\"\"; more = 1
+ long = 1 + \\
.     2
""",
    "the end of the run": """\
+ import sys
+ def stop():
+     sys.exit()
-     return 1
+ if sys:
+     stop()
-     print("not here")
- print("nor here")
- def late():
-     return 1
""",
}


def parse(program: str) -> tuple[str, str]:
    """The text without its margin, and the margin."""
    lines = program.splitlines()
    return "\n".join(line[2:] for line in lines), "".join(line[:1] or " " for line in lines)


def watch(text: str) -> str:
    """The states of the lines of `text`, run here and now."""
    from app.tracer.snippet.watching import LineWatch

    lines = LineWatch(text, "<snippet>", None)
    code = lines.begin(compile(text, "<snippet>", "exec", dont_inherit=True))
    with redirect_stdout(sys.stderr), suppress(SystemExit):
        exec(code, {"__name__": "__main__"})
    (row,) = lines.end()
    return row.states


if __name__ == "__main__":
    sys.path.insert(0, str(Path(__file__).parents[2]))
    print(json.dumps({name: watch(parse(text)[0]) for name, text in PROGRAMS.items()}))

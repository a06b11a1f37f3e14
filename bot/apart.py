"""A function called in a process of its own: what it loads and uses up does not stay in a serving worker's memory.

For rare heavy work: Excel, Word, plots.  ``python -m bot.apart`` reads a pickled call from standard input and writes what came
of it to standard output; both ends are this program's own, and nothing of it ever comes from outside.
"""

import contextlib
import os
import pickle
import resource
import subprocess
import sys
import threading
from collections.abc import Callable
from pathlib import Path
from typing import ParamSpec, TypeVar

P = ParamSpec("P")
R = TypeVar("R")

ROOT = Path(__file__).parent.parent
PATIENCE_SECONDS = 50
"""Below the minute after which the server takes a worker for dead."""
MOST_MEMORY = 1500 * 1024 * 1024
"""Of address space: a file made to exhaust memory ends the process that reads it, and nobody else's."""
_NICER = 5
_one_at_a_time = threading.Lock()


class NotDone(OSError):
    """The process did not finish: out of time or memory, or it could not be started."""


def apart(function: Callable[P, R], *values: P.args, **named: P.kwargs) -> R:
    """What ``function``, one that its module's name finds, gives for these arguments; all of it must be picklable.

    A worker does one such thing at a time.

    Raises:
        NotDone: nothing came of it.
        Exception: what the function raised.
    """
    call = pickle.dumps((function, values, named))
    if not _one_at_a_time.acquire(timeout=PATIENCE_SECONDS):
        raise NotDone("other work in a process of its own takes too long")
    try:
        done = subprocess.run(
            [sys.executable, "-m", "bot.apart"],
            input=call,
            stdout=subprocess.PIPE,
            cwd=ROOT,
            timeout=PATIENCE_SECONDS,
            check=True,
        )
    except (subprocess.SubprocessError, OSError) as error:
        raise NotDone(f"{function.__module__}.{function.__qualname__}: {error}") from error
    finally:
        _one_at_a_time.release()
    result, raised = pickle.loads(done.stdout)
    if raised is not None:
        raise raised
    made: R = result
    return made


def _answer() -> None:
    """Read the call, make it, write its result."""
    with contextlib.suppress(OSError, ValueError):
        os.nice(_NICER)
        resource.setrlimit(resource.RLIMIT_AS, (MOST_MEMORY, MOST_MEMORY))
    out = os.fdopen(os.dup(1), "wb")
    os.dup2(2, 1)  # what a library prints is no answer
    function, values, named = pickle.load(sys.stdin.buffer)
    try:
        answer = pickle.dumps((function(*values, **named), None))
    except MemoryError:
        raise
    except Exception as error:
        answer = pickle.dumps((None, error))
    out.write(answer)
    out.close()


if __name__ == "__main__":
    _answer()

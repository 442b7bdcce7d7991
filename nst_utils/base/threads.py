"""Sums that come out the same whatever the number of threads that add them.

A product of matrices is shared out among the threads of BLAS, and where its sums are cut depends on how many
there are: the last bits with them. A worker of Dask or of a cluster has one thread, a laptop has several, and a table
made here or there must be the same table.
"""

import contextlib
import threading
from collections.abc import Iterator

_entering = threading.Lock()
_inside = 0  # how many blocks are being run, in all threads of Python
_limit = None  # gives BLAS its threads back


@contextlib.contextmanager
def one_blas_thread() -> Iterator[None]:
    """A block, or as a decorator a function, in which BLAS has one thread.

    The number of threads is one for the whole process: the first block takes them away, the last gives them back.
    """
    global _inside, _limit
    from threadpoolctl import threadpool_limits

    with _entering:
        if _inside == 0:
            _take_control()
            _limit = threadpool_limits(1, user_api="blas")
        _inside += 1
    try:
        yield
    finally:
        with _entering:
            _inside -= 1
            if _inside == 0:
                _take_control()
                _limit.restore_original_limits()


def _take_control() -> None:
    """Let this thread of Python set the number.

    Since threadpoolctl 3.8 only the first that ever did may, while it lives. Another could neither limit BLAS nor give
    it back, and would be told nothing.
    """
    import threadpoolctl

    openblas = getattr(threadpoolctl, "OpenBLASController", None)
    if hasattr(openblas, "clear_controlling_thread"):
        openblas.clear_controlling_thread(force=True)

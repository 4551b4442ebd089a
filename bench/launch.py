"""Run a command; report its CPU, wall and peak memory as the last line of standard error.

A program of its own, and a small one: a child's peak starts at the size of the process that forks it.
"""

import os
import sys
import time

if __name__ == "__main__":
    words = sys.argv[1:]
    start = time.perf_counter()
    child = os.posix_spawnp(words[0], words, os.environ)
    _, status, usage = os.wait4(child, 0)
    wall = time.perf_counter() - start
    sys.stderr.write(f"\n{usage.ru_utime + usage.ru_stime} {wall} {usage.ru_maxrss}")
    sys.exit(0 if status == 0 else 1)

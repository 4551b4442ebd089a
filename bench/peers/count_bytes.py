"""Count the n-grams of bytes of a text in a dictionary, in plain Python: what a short script does.

count_bytes.py TEXT     n-grams of 1 to 6 bytes within lines, line end included; prints how many occur at least twice
"""

import sys
from collections import defaultdict

ORDER = 6
MIN_COUNT = 2


def count(path: str) -> dict[bytes, int]:
    counts: dict[bytes, int] = defaultdict(int)
    with open(path, "rb") as file:  # noqa: PTH123 (pathlib would be a large part of the start-up)
        for line in file:
            size = len(line)
            for start in range(size):
                for end in range(start + 1, min(start + ORDER, size) + 1):
                    counts[line[start:end]] += 1
    return {ngram: count for ngram, count in counts.items() if count >= MIN_COUNT}


if __name__ == "__main__":
    print(len(count(sys.argv[1])))

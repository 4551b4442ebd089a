"""Write the models of BytePiece 0.6.3 that tests/golden/bytepiece.json asks for, as SHA-256 of each.

    python bench/peers/train_bytepiece.py tests/golden/bytepiece.json

Needs bytepiece==0.6.3, and pyahocorasick built with AHOCORASICK_BYTES=1.
"""

import hashlib
import json
import sys
import tempfile
from pathlib import Path

from bytepiece import Trainer


def text_of(case):
    """The text of a case: a file, or parts, each so many times."""
    if "file" in case:
        return Path(case["file"]).read_bytes().decode()
    return "".join(part * times for part, times in case["parts"])


def main(path):
    cases = json.loads(Path(path).read_text("utf-8"))
    for case in cases:
        trainer = Trainer(max_vocab_size=list(case["models"]), **case["options"])
        trainer.max_vocab_size = sorted(map(int, case["models"]), reverse=True)
        trainer.train([text_of(case)])
        with tempfile.TemporaryDirectory() as folder:
            trainer.save(f"{folder}/model")
            for size in case["models"]:
                model = Path(f"{folder}/model.{size}").read_bytes()
                case["models"][size] = hashlib.sha256(model).hexdigest()
    Path(path).write_text(json.dumps(cases, indent=1, ensure_ascii=True) + "\n", "utf-8")


main(sys.argv[1])

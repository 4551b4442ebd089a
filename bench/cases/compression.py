"""How many bytes a token stands for, in text that no tokenizer was trained on."""

from collections.abc import Iterator

from context import Context, Row
from token_tools import (
    BYTEPIECE,
    ENTROPY,
    HUGGINGFACE,
    MINENT,
    OWN,
    RAW,
    RUSTBPE,
    SENTENCEPIECE,
    TEXTS,
    TokenTool,
    trained,
)

COLUMNS = {
    "text": "",
    "ids": ",d",
    "program": "",
    "cuts text before": "",
    "newlines": "",
    "text comes back": "",
    "bytes a token": ".3f",
    "bits a byte": ".3f",
    "minent's bytes a token more, %": "+.1f",
}

# What takes minutes runs where a goal names it.
TOOLS: dict[tuple[str, int], tuple[TokenTool, ...]] = {
    ("zh", 32_000): (MINENT, OWN, ENTROPY, BYTEPIECE, SENTENCEPIECE, RAW, HUGGINGFACE, RUSTBPE),
    ("en", 32_000): (MINENT, OWN, ENTROPY, SENTENCEPIECE, RAW, HUGGINGFACE, RUSTBPE),
    ("mixed", 32_000): (MINENT, OWN, ENTROPY, HUGGINGFACE, RUSTBPE),
    ("code", 32_000): (MINENT, OWN, ENTROPY, HUGGINGFACE, RUSTBPE),
    ("zh", 8_000): (MINENT, HUGGINGFACE, RUSTBPE),
    ("en", 8_000): (MINENT, HUGGINGFACE, RUSTBPE),
    ("zh", 64_000): (MINENT, HUGGINGFACE, RUSTBPE),
    ("en", 64_000): (MINENT, HUGGINGFACE, RUSTBPE),
}


def rows(context: Context) -> Iterator[Row]:
    for (text, size), tools in TOOLS.items():
        corpus, heldout = map(context.file, TEXTS[text])
        found: dict[str, float] = {}
        for tool in context.present(tools):
            counted = tool.count(trained(context, tool, corpus, size), heldout)
            found[tool.name] = heldout.stat().st_size / counted.tokens
            # Those that let newlines stand alone are compared with minent when it does so too.
            ours = found[OWN.name if tool.newlines == OWN.newlines and OWN.name in found else MINENT.name]
            row: Row = {
                "text": text,
                "ids": size,
                "program": tool.name,
                "cuts text before": tool.cut,
                "newlines": tool.newlines,
                "text comes back": "yes" if counted.same else "no",
                "bytes a token": found[tool.name],
                "bits a byte": counted.entropy,
            }
            if tool not in (MINENT, OWN, ENTROPY):
                row["minent's bytes a token more, %"] = 100 * (ours / found[tool.name] - 1)
            yield row

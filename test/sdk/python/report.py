"""Tells the test what a client saw."""
import hashlib
import json


def report(annotated: list[str], dtype: str, shape: str, data: bytes, type: str, status: int, title: str, detail: str) -> None:
    print(json.dumps({
        "annotated": annotated,
        "slice": {"dtype": dtype, "shape": [int(n) for n in shape.split(",")], "bytes": len(data), "sha256": hashlib.sha256(data).hexdigest()},
        "problem": {"type": type, "status": status, "title": title, "detail": detail},
    }))

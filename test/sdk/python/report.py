"""Tells the test what a client saw."""
import hashlib
import json


# Two grades, of which one is right.
GRADES = {"missing": "exclude", "resamples": 0, "predictions": [{"study": "study_0001", "severity": 0}, {"study": "study_0002", "severity": 3}]}


def report(annotated: list[str], dtype: str, shape: str, data: bytes, type: str, status: int, title: str, detail: str, accuracy: float | None, dice: float | None, run: str) -> None:
    print(json.dumps({
        "annotated": annotated,
        "slice": {"dtype": dtype, "shape": [int(n) for n in shape.split(",")], "bytes": len(data), "sha256": hashlib.sha256(data).hexdigest()},
        "problem": {"type": type, "status": status, "title": title, "detail": detail},
        "scores": {"accuracy": accuracy, "dice": dice, "run": run},
    }))

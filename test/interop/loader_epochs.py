"""Epochs of examples/pytorch_slices.py with two workers, and with two ranks of two workers each.

Input: {"origin", "examples"}. Output: for each case the slices of three epochs, as "study:index" in the order they came.
The example's batches do not say which slices they hold, so the images are matched with the catalog's by their values.
"""
import json
import sys

request = json.load(sys.stdin)
sys.path.insert(0, request["examples"])
from pytorch_slices import loader  # noqa: E402


def epochs(rank, world, named=()):
    batches = loader(request["origin"], "", workers=2, batch=4, size="8x8", window=None, seed=3, rank=rank, world=world)
    passes = []
    for n in range(3):
        if named:
            batches.set_epoch(named[n])
        # The voxel in the middle says which slice it is: study * 100 + index.
        passes.append([int(image.flatten()[27]) for images, _, _ in batches for image in images])
    return passes


if __name__ == "__main__":
    print(json.dumps({"alone": epochs(0, 1), "ranks": [epochs(rank, 2) for rank in (0, 1)], "resumed": epochs(0, 1, (2, 0, 1))}))

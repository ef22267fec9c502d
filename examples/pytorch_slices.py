"""Slices from niiserve as PyTorch datasets: a few requests for a batch, the next ones under way meanwhile.

    for images, masks, labelled in loader("http://127.0.0.1:8080", "split=train&lesion=true", batch=32):
        ...
"""
import json
import time
from concurrent.futures import ThreadPoolExecutor
from urllib.error import HTTPError
from urllib.request import Request, urlopen

import torch
from safetensors.torch import load
from torch.utils.data import DataLoader, IterableDataset, get_worker_info


def fetch(url, body=None, tries=8):
    """Bytes of an answer; a 503 or 429 is asked again when the service says."""
    for left in range(tries - 1, -1, -1):
        try:
            data = None if body is None else json.dumps(body).encode()
            return urlopen(Request(url, data, {"Content-Type": "application/json"}), timeout=120).read()
        except HTTPError as error:
            if error.code not in (429, 503) or left == 0:
                raise RuntimeError(error.read().decode()) from error
            time.sleep(float(error.headers.get("Retry-After", 1)))


class Slices(IterableDataset):
    """Batches of (image, mask, labelled): float tensors [N, 1, H, W], and whether each slice has a mask at all.

    `query` is any filter of `GET /v1/slices`; every epoch is shuffled by its own seed, the same on every machine.
    Of several DataLoader workers each takes its shard.
    """

    def __init__(self, server, query="", batch=32, size="256x256", window="lung", seed=0, ahead=3):
        self.server, self.query, self.batch, self.ahead = server, query, batch, ahead
        self.request = {"size": size, "window": window, "dtype": "float32", "arrays": ["image", "mask"], "missingMask": "zeros"}
        self.epoch = seed

    def __iter__(self):
        worker = get_worker_info()
        shard, shards = (worker.id, worker.num_workers) if worker else (0, 1)
        url = f"{self.server}/v1/slices.ndjson?{self.query}&shuffle={self.epoch}&shard={shard}&shards={shards}"
        rows = [json.loads(line) for line in fetch(url).splitlines()]
        self.epoch += 1
        groups = [rows[first:first + self.batch] for first in range(0, len(rows), self.batch)]
        with ThreadPoolExecutor(self.ahead) as pool:
            pending = [pool.submit(self.read, group) for group in groups[:self.ahead]]
            for group in groups[self.ahead:]:
                yield pending.pop(0).result()
                pending.append(pool.submit(self.read, group))
            for future in pending:
                yield future.result()

    def read(self, rows):
        items = [{"study": row["study"], "index": row["index"]} for row in rows]
        tensors = load(fetch(f"{self.server}/v1/batches.safetensors", {"items": items, **self.request}))
        labelled = torch.tensor([row["lesionPixels"] is not None for row in rows])
        return tensors["image"].unsqueeze(1), tensors["mask"].unsqueeze(1).float(), labelled


def collate(batch):
    """The dataset makes whole batches already: masks that are not there are zeros, and `labelled` tells them apart."""
    return batch


def loader(server, query="", workers=0, **options):
    return DataLoader(Slices(server, query, **options), batch_size=None, num_workers=workers, collate_fn=collate)


if __name__ == "__main__":
    import sys

    server = sys.argv[1] if len(sys.argv) > 1 else "http://127.0.0.1:8080"
    begin, slices = time.time(), 0
    for images, masks, labelled in loader(server, "minLungFraction=0.05"):
        slices += len(images)
    print(f"{slices} slices in {time.time() - begin:.1f} s; the last batch: {tuple(images.shape)}, {int(labelled.sum())} labelled")

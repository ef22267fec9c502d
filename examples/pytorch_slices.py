"""Slices from niiserve as a PyTorch loader: a few requests for a batch, the next ones under way meanwhile.

    pip install torch safetensors urllib3

    batches = loader("http://127.0.0.1:8080", "split=train&lesion=true", batch=32, workers=2)
    for epoch in range(10):
        batches.set_epoch(epoch)          # as DistributedSampler has it; without it each pass is the next epoch
        for images, masks, labelled in batches:
            ...
"""
import json
import time
from concurrent.futures import ThreadPoolExecutor

import torch
import torch.distributed as dist
import urllib3
from safetensors.torch import load
from torch.utils.data import DataLoader, IterableDataset, get_worker_info

# A 503 or 429 is asked again when the service says (Retry-After).
RETRY = urllib3.Retry(total=8, status_forcelist=[429, 503], allowed_methods=None, backoff_factor=0.5, raise_on_status=False)


class Slices(IterableDataset):
    """Batches of (image, mask, labelled): float tensors [N, 1, H, W], and whether each slice has a mask at all.

    `query` is any filter of `GET /v1/slices`. Every epoch has an order of its own, the same on every machine. Each
    worker of each rank takes its shard; with several ranks all shards are cut to one length, so that no rank waits.
    """

    def __init__(self, server, query="", batch=32, size="256x256", window="lung", seed=0, ahead=3, rank=None, world=None):
        self.server, self.query, self.batch, self.seed, self.ahead = server, query, batch, seed, ahead
        self.request = {"size": size, "dtype": "float32", "arrays": ["image", "mask"], "missingMask": "zeros"}
        if window is not None:  # else HU
            self.request["window"] = window
        distributed = dist.is_available() and dist.is_initialized()
        self.rank = rank if rank is not None else dist.get_rank() if distributed else 0
        self.world = world if world is not None else dist.get_world_size() if distributed else 1
        # Shared memory: workers that live on between epochs see it change.
        self.epoch = torch.zeros((), dtype=torch.int64).share_memory_()

    def __iter__(self):
        worker = get_worker_info()
        id, workers = (worker.id, worker.num_workers) if worker else (0, 1)
        shards = self.world * workers
        query = f"{self.query}&shuffle={self.seed}&epoch={int(self.epoch)}"
        # Opened here, inside the worker: a connection does not survive a fork.
        with urllib3.PoolManager(maxsize=self.ahead, retries=RETRY) as session, ThreadPoolExecutor(self.ahead) as pool:
            rows = [json.loads(line) for line in fetch(session, f"{self.server}/v1/slices.ndjson?{query}&shard={self.rank * workers + id}&shards={shards}").splitlines()]
            if self.world > 1:
                total = json.loads(fetch(session, f"{self.server}/v1/slices?{query}&limit=1"))["total"]
                rows = rows[:total // shards]
            groups = [rows[first:first + self.batch] for first in range(0, len(rows), self.batch)]
            pending = [pool.submit(self.read, session, group) for group in groups[:self.ahead]]
            for group in groups[self.ahead:]:
                yield pending.pop(0).result()
                pending.append(pool.submit(self.read, session, group))
            for future in pending:
                yield future.result()

    def read(self, session, rows):
        items = [{"study": row["study"], "index": row["index"]} for row in rows]
        tensors = load(fetch(session, f"{self.server}/v1/batches.safetensors", {"items": items, **self.request}))
        labelled = torch.tensor([row["lesionPixels"] is not None for row in rows])
        return tensors["image"].unsqueeze(1), tensors["mask"].unsqueeze(1).float(), labelled


def fetch(session, url, body=None):
    """Bytes of an answer."""
    answer = session.request("GET" if body is None else "POST", url, json=body, timeout=120)
    if answer.status != 200:
        raise RuntimeError(answer.data.decode())
    return answer.data


class Loader(DataLoader):
    """Each pass is the next epoch, from 0, or the one that `set_epoch` named."""

    upcoming = 0

    def set_epoch(self, epoch):
        self.upcoming = epoch

    def __iter__(self):
        self.dataset.epoch.fill_(self.upcoming)
        self.upcoming += 1
        return super().__iter__()


def collate(batch):
    """The dataset makes whole batches already: masks that are not there are zeros, and `labelled` tells them apart."""
    return batch


def loader(server, query="", workers=0, **options):
    """Batches, read by `workers` processes, each of which keeps `ahead` requests under way."""
    return Loader(Slices(server, query, **options), batch_size=None, num_workers=workers, collate_fn=collate, persistent_workers=workers > 0)


if __name__ == "__main__":
    import sys

    server = sys.argv[1] if len(sys.argv) > 1 else "http://127.0.0.1:8080"
    begin, slices = time.time(), 0
    for images, masks, labelled in loader(server, "minLungFraction=0.05"):
        slices += len(images)
    print(f"{slices} slices in {time.time() - begin:.1f} s; the last batch: {tuple(images.shape)}, {int(labelled.sum())} labelled")

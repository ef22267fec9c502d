"""Train the U-Net of train_unet.py on several labels at once: each pixel is one of them, or background.

    python train_labels.py http://127.0.0.1:8080 "left lung" "right lung"

The labels are of the dataset's first label set; `curl http://127.0.0.1:8080/v1/dataset` lists them.
"""
import argparse
import json

import torch
import urllib3
from safetensors.torch import load
from torch.nn.functional import cross_entropy

from pytorch_slices import RETRY, fetch
from train_unet import UNet


def values_of(dataset, names):
    """The set, and the value of each name in it."""
    labels = dataset["labelSets"][0]
    known = {label["name"]: label["value"] for label in labels["labels"] if label["value"] is not None}
    missing = [name for name in names if name not in known]
    if missing:
        raise SystemExit(f"no label {', '.join(missing)}; there are {', '.join(known)}")
    return labels["name"], [known[name] for name in names]


def batches(session, server, query, set_name, values, size, batch):
    """Images [N, 1, H, W] in the window of the chest's soft tissue, and classes [N, H, W]: 0, or the place of the label from 1."""
    rows = [json.loads(line) for line in fetch(session, f"{server}/v1/slices.ndjson?{query}").splitlines()]
    for first in range(0, len(rows), batch):
        items = [{"study": row["study"], "index": row["index"]} for row in rows[first:first + batch]]
        body = {"items": items, "arrays": ["image", "labels"], "set": set_name, "dtype": "float32", "window": "-300,1400", "size": size}
        arrays = load(fetch(session, f"{server}/v1/batches.safetensors", body))
        classes = torch.zeros(arrays["labels"].shape, dtype=torch.long)
        for place, value in enumerate(values, 1):
            classes[arrays["labels"] == value] = place
        yield arrays["image"].unsqueeze(1), classes


def dice(found, classes, count):
    """2 |A ∩ B| / (|A| + |B|) of each label."""
    both = [2 * ((found == label) & (classes == label)).sum() for label in range(1, count + 1)]
    total = [(found == label).sum() + (classes == label).sum() for label in range(1, count + 1)]
    return [int(b) / max(int(t), 1) for b, t in zip(both, total)]


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("server")
    parser.add_argument("labels", nargs="+", help="names of labels")
    parser.add_argument("--query", default="annotated=true", help="filter of GET /v1/slices")
    parser.add_argument("--epochs", type=int, default=8)
    parser.add_argument("--size", default="96x96")
    options = parser.parse_args()
    torch.manual_seed(0)
    session = urllib3.PoolManager(retries=RETRY)
    set_name, values = values_of(json.loads(fetch(session, f"{options.server}/v1/dataset")), options.labels)
    model = UNet(classes=len(values) + 1)
    optimizer = torch.optim.AdamW(model.parameters(), lr=5e-3)
    for epoch in range(options.epochs):
        model.train()
        query = f"{options.query}&shuffle=0&epoch={epoch}"
        for images, classes in batches(session, options.server, query, set_name, values, options.size, 8):
            optimizer.zero_grad()
            logits = model(images)
            loss = cross_entropy(logits, classes)
            loss.backward()
            optimizer.step()
    model.eval()
    with torch.no_grad():
        pairs = [(model(images).argmax(1), classes) for images, classes in batches(session, options.server, options.query, set_name, values, options.size, 16)]
    found, classes = (torch.cat(each) for each in zip(*pairs))
    for name, value in zip(options.labels, dice(found, classes, len(values))):
        print(f"{name}: Dice {value:.3f} on the slices it was trained on")


if __name__ == "__main__":
    main()

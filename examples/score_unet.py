"""Train the U-Net of train_unet.py, predict the studies it has not seen, and let the service score the masks.

    python score_unet.py http://127.0.0.1:8080

Where the service keeps evaluations (EVALUATIONS_FILE), the scores become a run of it: with intervals, to compare with others.
"""
import io
import json
from pathlib import Path

import numpy as np
import torch
import urllib3
from safetensors.torch import load
from torch.nn.functional import interpolate

from pytorch_slices import RETRY, fetch
from train_unet import arguments, target, train


@torch.no_grad()
def predict(session, server, model, study, size):
    """The lesion mask of a study: uint8 [k, j, i], as the dataset's own."""
    columns, rows, slices = study["shape"]
    if study["axes"][2] not in "SI":
        raise ValueError(f"{study['id']}: its axial slices do not lie along k ({study['axes']})")
    model.eval()
    mask = np.empty((slices, rows, columns), np.uint8)
    for first in range(0, slices, 16):
        items = [{"study": study["id"], "index": k} for k in range(first, min(first + 16, slices))]
        body = {"items": items, "size": size, "dtype": "float32", "window": "lung"}
        images = load(fetch(session, f"{server}/v1/batches.safetensors", body))["image"].unsqueeze(1)
        logits = interpolate(model(images), (rows, columns), mode="bilinear")
        mask[first:first + len(items)] = logits[:, 0] > 0
    return mask


def send(session, method, url, data, kind):
    """JSON of an answer; None where the service keeps no evaluations."""
    answer = session.request(method, url, body=data, headers={"Content-Type": kind}, timeout=120)
    said = json.loads(answer.data)
    if answer.status == 404 and said.get("type", "").endswith("evaluations-off"):
        return None
    if answer.status >= 300:
        raise RuntimeError(said["detail"])
    return said


def npy(mask):
    file = io.BytesIO()
    np.save(file, mask)
    return file.getvalue()


def shown(value, digits=3):
    return "-" if value is None else f"{value:.{digits}f}"


def main():
    parser = arguments(__doc__.splitlines()[0])
    parser.add_argument("--save", type=Path, help="a folder to keep the predicted masks in, as .npy")
    options = parser.parse_args()
    torch.manual_seed(0)
    server, query, size = options.server, target(options.seed), f"{options.size}x{options.size}"
    for epoch, loss, model in train(server, f"{query}&split=train", options.epochs, size):
        print(f"epoch {epoch}: loss {loss:.3f}", flush=True)

    session = urllib3.PoolManager(retries=RETRY)
    studies = [json.loads(line) for line in fetch(session, f"{server}/v1/studies.ndjson?{query}&split=test").splitlines()]
    about = json.dumps({"name": "U-Net", "algorithm": "examples/train_unet.py", "version": f"{options.epochs} epochs of {size}"})
    run = send(session, "POST", f"{server}/v1/evaluations.json?{query}&split=test", about, "application/json")
    print(f"{'study':<12} {'Dice':>6} {'NSD':>6} {'HD95 mm':>8}  lesions found")
    for study in studies:
        mask = predict(session, server, model, study, size)
        if options.save:
            options.save.mkdir(parents=True, exist_ok=True)
            np.save(options.save / f"{study['id']}.npy", mask)
        method, url = ("POST", f"studies/{study['id']}/mask/scores.json") if run is None else ("PUT", f"evaluations/{run['id']}/masks/{study['id']}")
        score = send(session, method, f"{server}/v1/{url}", npy(mask), "application/octet-stream")
        lesions = score["lesions"]
        print(f"{study['id']:<12} {shown(score['dice']):>6} {shown(score['nsd']['value']):>6} {shown(score['hd95Mm'], 1):>8}"
              f"  {lesions['detected']} of {lesions['reference']}, {lesions['falsePositives']} invented", flush=True)
    if run is not None:
        means = json.loads(fetch(session, f"{server}/v1/evaluations/{run['id']}.json"))["aggregates"]
        print(f"mean of {means['dice']['n']}: Dice {shown(means['dice']['mean'])} ({shown(means['dice']['low'])} to {shown(means['dice']['high'])}), "
              f"NSD {shown(means['nsd']['mean'])}, lesion recall {shown(means['lesionRecall']['mean'])}: /v1/evaluations/{run['id']}.json")


if __name__ == "__main__":
    main()

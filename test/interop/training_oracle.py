"""Read everything that training reads from a niiserve, with the libraries it is made for, and compare with nibabel.

Input: {"origin", "root", "examples", "studies": [{"id", "category", "image", "mask" or null}]}. Output: what was compared.
"""
import io
import json
import random
import sys
from urllib.request import Request, urlopen

import dask.array
import nibabel as nib
import numpy as np
import safetensors.numpy
import safetensors.torch
import tensorstore
import torch
import webdataset as wds
import zarr
from zarr.storage import FsspecStore

request = json.load(sys.stdin)
origin = request["origin"]
sys.path.insert(0, request["examples"])
from splits import split  # noqa: E402

PLANES = {"axial": 2, "coronal": 1, "sagittal": 0}
counts = {}
images, masks, affines, zooms = {}, {}, {}, {}
for study in request["studies"]:
    file = nib.load(study["image"])
    # In float64, as nibabel scales; the service's float32 is the nearest to it.
    images[study["id"]], affines[study["id"]] = file.get_fdata() if file.dataobj.slope != 1 or file.dataobj.inter != 0 else np.asarray(file.dataobj), file.affine
    zooms[study["id"]] = file.header.get_zooms()
    if study["mask"]:
        masks[study["id"]] = (np.asarray(nib.load(study["mask"]).dataobj) != 0).astype(np.uint8)


def count(what, n=1):
    counts[what] = counts.get(what, 0) + n


def get(path):
    return urlopen(origin + path).read()


def post(path, body):
    return urlopen(Request(origin + path, json.dumps(body).encode(), {"Content-Type": "application/json"})).read()


def stored_axis(study, plane):
    """Which stored axis a plane is perpendicular to, as nibabel's io_orientation says."""
    return list(nib.io_orientation(affines[study])[:, 0]).index({"axial": 2, "coronal": 1, "sagittal": 0}[plane])


def slice_of(volume, study, index, plane="axial"):
    return np.take(volume, index, stored_axis(study, plane)).T


def same(what, got, expected):
    got, expected = np.asarray(got), np.asarray(expected)
    assert got.shape == expected.shape, f"{what}: {got.shape} is not {expected.shape}"
    assert np.array_equal(got, expected.astype(got.dtype), equal_nan=got.dtype.kind == "f"), f"{what}: values differ"
    count(what.split(" ")[0])


def batches():
    numbers = random.Random(5)
    for plane in PLANES:
        for wanted in [set(images), set(masks)]:
            by_shape = {}
            for study in wanted:
                by_shape.setdefault((images[study].dtype.str, slice_of(images[study], study, 0, plane).shape), []).append(study)
            for studies in by_shape.values():
                items = [{"study": study, "index": numbers.randrange(images[study].shape[stored_axis(study, plane)])} for study in numbers.choices(sorted(studies), k=40)]
                arrays = ["image", "mask"] if wanted == set(masks) else ["image"]
                body = {"items": items, "arrays": arrays, "plane": plane}
                expected = np.stack([slice_of(images[i["study"]], i["study"], i["index"], plane) for i in items])
                answers = {"safetensors": safetensors.numpy.load(post("/v1/batches.safetensors", body)), "npz": np.load(io.BytesIO(post("/v1/batches.npz", body)))}
                if expected.dtype.str in ("<i2", "<f4", "|u1"):
                    answers["torch"] = {name: tensor.numpy() for name, tensor in safetensors.torch.load(post("/v1/batches.safetensors", body)).items()}
                for name, answer in answers.items():
                    same(f"{name} image {plane}", answer["image"], expected)
                    if len(arrays) > 1:
                        same(f"{name} mask {plane}", answer["mask"], np.stack([slice_of(masks[i["study"]], i["study"], i["index"], plane) for i in items]))
                raw = post("/v1/batches.raw", {**body, "dtype": "float32", "arrays": ["image"]})
                same(f"raw {plane}", np.frombuffer(raw, "<f4").reshape(expected.shape), expected.astype(np.float32))


def boxes():
    numbers = random.Random(6)
    for study, image in images.items():
        for _ in range(8):
            sizes = [numbers.randrange(1, n + 4) for n in image.shape]
            starts = [numbers.randrange(1 - size, n) for size, n in zip(sizes, image.shape)]
            box = {axis: [start, start + size] for axis, start, size in zip("ijk", starts, sizes)}
            arrays = ["image", "mask"] if study in masks else ["image"]
            body = {"items": [{"study": study, "box": box}], "arrays": arrays, "dtype": "float32", "pad": -1000}
            answer = safetensors.numpy.load(post("/v1/batches.safetensors", body))
            archive = np.load(io.BytesIO(post("/v1/batches.npz", body)))

            def cut(volume, outside):
                padded = np.pad(volume.astype(np.float32), [(size, size) for size in sizes], constant_values=outside)
                return padded[tuple(slice(start + size, start + 2 * size) for start, size in zip(starts, sizes))].T

            same("boxes image", answer["image"][0], cut(image, -1000))
            if study in masks:
                same("boxes mask", answer["mask"][0], cut(masks[study], 0))
            expected = affines[study] @ np.vstack([np.hstack([np.eye(3), np.array(starts)[:, None]]), [[0, 0, 0, 1]]])
            assert np.allclose(answer["affine"][0], expected[:3], atol=1e-4)
            assert np.allclose(answer["spacing"][0], nib.affines.voxel_sizes(affines[study]), atol=1e-6)
            assert answer["index"][0].tolist() == starts
            for name in ("image", "affine", "spacing", "index"):
                assert np.array_equal(archive[name], answer[name], equal_nan=True), name
            assert archive["study"].tolist() == [study]


def webdataset():
    seen = set()
    for shard in range(2):
        url = f"pipe:curl -sf '{origin}/v1/webdataset.tar?arrays=image,mask&missingMask=zeros&shuffle=3&shard={shard}&shards=2'"
        for sample in wds.WebDataset(url, shardshuffle=False).decode():
            study, index = sample["json"]["study"], sample["json"]["index"]
            assert (study, index) not in seen
            seen.add((study, index))
            same("webdataset image", sample["image.npy"], slice_of(images[study], study, index))
            mask = slice_of(masks[study], study, index) if study in masks else np.zeros_like(sample["image.npy"], np.uint8)
            same("webdataset mask", sample["mask.npy"], mask)
            rows = [json.loads(line) for line in get("/v1/slices.ndjson").splitlines()] if not counts.get("rows") else None
            if rows:
                count("rows", len(rows))
    assert seen == {(study, index) for study in images for index in range(images[study].shape[stored_axis(study, "axial")])}


def zarrs():
    for study, image in images.items():
        group = zarr.open_group(FsspecStore.from_url(f"{origin}/zarr/{study}"), mode="r")
        same("zarr image", group["0"][:], image.T)
        assert group.attrs["ome"]["version"] == "0.5"
        scale = group.attrs["ome"]["multiscales"][0]["datasets"][0]["coordinateTransformations"][0]["scale"]
        assert np.allclose(scale, nib.affines.voxel_sizes(affines[study])[::-1]), scale
        same("dask image", dask.array.from_zarr(group["0"])[1:].compute(), image.T[1:])
        for path, volume in [("0", image), *([("labels/mask/0", masks[study])] if study in masks else [])]:
            store = tensorstore.open({"driver": "zarr3", "kvstore": f"{origin}/zarr/{study}/{path}/"}).result()
            same(f"tensorstore {path}", store.read().result(), volume.T)
        assert ("labels" in group) == (study in masks)
        if study in masks:
            same("zarr mask", group["labels/mask/0"][:], masks[study].T)


def splits():
    studies = [(study["id"], study["category"]) for study in request["studies"]]
    for seed in range(20):
        for ratios in ["0.7,0.15,0.15", "0.5,0.25,0.25", "0.34,0.33,0.33", "1,0,0"]:
            answer = json.loads(get(f"/v1/splits?seed={seed}&ratios={ratios}"))
            assert split(studies, seed, ratios.split(",")) == [answer["train"], answer["val"], answer["test"]], (seed, ratios)
            count("splits")


for check in batches, boxes, webdataset, zarrs, splits:
    check()
print(json.dumps({"torch": torch.__version__, **counts}))

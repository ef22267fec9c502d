"""A study as a Zarr array, lazily: only the slices that a computation touches come over the wire.

    python zarr_dask.py http://127.0.0.1:8080 study_0004
"""
import sys

import dask.array
import zarr
from zarr.storage import FsspecStore

server = sys.argv[1] if len(sys.argv) > 1 else "http://127.0.0.1:8080"
study = sys.argv[2] if len(sys.argv) > 2 else "study_0004"

group = zarr.open_group(FsspecStore.from_url(f"{server}/zarr/{study}"), mode="r")
scale = group.attrs["ome"]["multiscales"][0]["datasets"][0]["coordinateTransformations"][0]["scale"]
image = dask.array.from_zarr(group["0"])
mask = dask.array.from_zarr(group["labels/mask/0"])
print(f"{study}: {image.shape} {image.dtype}, {scale[0]:g} x {scale[1]:g} x {scale[2]:g} mm, in chunks of {image.chunksize}")

lesion = mask > 0
mean, voxels = dask.compute(image[lesion].mean(), lesion.sum())
print(f"mean of the lesion: {mean:.1f} HU, {voxels * scale[0] * scale[1] * scale[2] / 1000:.1f} mL")

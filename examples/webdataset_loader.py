"""An epoch of slices through the `webdataset` library, as one stream that it reads as it comes.

    python webdataset_loader.py http://127.0.0.1:8080
"""
import sys

import webdataset as wds

server = sys.argv[1] if len(sys.argv) > 1 else "http://127.0.0.1:8080"
shards = 2

# The service shuffles: by the seed alone, and so that each volume is decoded once. One URL for each shard.
query = "annotated=true&arrays=image,mask&window=lung&dtype=float16&size=256x256&shuffle=7"
urls = [f"pipe:curl --silent --show-error --fail --retry 5 '{server}/v1/webdataset.tar?{query}&shard={shard}&shards={shards}'" for shard in range(shards)]

dataset = wds.WebDataset(urls, shardshuffle=False).decode().to_tuple("__key__", "image.npy", "mask.npy", "json")
count = 0
for key, image, mask, facts in dataset:
    assert image.shape == mask.shape == (256, 256)
    assert key.startswith(facts["study"])
    count += 1
print(f"{count} samples; the last: {key}, lesion {facts['lesionPixels']} pixels of {facts['category']}")

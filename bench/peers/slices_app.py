"""A slice server as a good researcher writes it: FastAPI, tuned indexed_gzip, Pillow.

Each worker keeps every file open with its prebuilt index; a lock per file, because a handle has one position;
plain `def` endpoints, so that Starlette's thread pool decodes (indexed_gzip lets go of the GIL while it does).
BENCH_MANIFEST names the dataset's manifest, BENCH_INDEX_FOLDER where the indexes are.
"""
import io
import json
import os
import threading

import numpy as np
from fastapi import FastAPI
from fastapi.responses import Response
from PIL import Image

from tuned import open_tuned

with open(os.environ['BENCH_MANIFEST'], encoding='utf-8') as file:
    dataset = json.load(file)
COLUMNS, ROWS, SLICES = dataset['shape']
SLICE_BYTES, OFFSET = dataset['sliceBytes'], dataset['voxelOffset']
handles = {study['id']: open_tuned(study['file'], os.environ['BENCH_INDEX_FOLDER']) for study in dataset['studies']}
locks = {study: threading.Lock() for study in handles}
app = FastAPI()


def stored(study, index):
    with locks[study]:
        handles[study].seek(OFFSET + index * SLICE_BYTES)
        return handles[study].read(SLICE_BYTES)


@app.get('/ready')
def ready():
    return {'studies': len(handles)}


@app.get('/slices/{study}/{index}.raw')
def raw(study: str, index: int):
    return Response(stored(study, index), media_type='application/octet-stream')


@app.get('/slices/{study}/{index}.png')
def png(study: str, index: int, center: float = -600, width: float = 1500):
    hu = np.frombuffer(stored(study, index), '<i2').reshape(ROWS, COLUMNS)
    grey = (hu[::-1].astype(np.float32) - (center - width / 2)) * (255 / width)  # first row anterior
    picture = Image.fromarray(np.rint(grey).clip(0, 255).astype(np.uint8))
    out = io.BytesIO()
    picture.save(out, 'PNG')
    return Response(out.getvalue(), media_type='image/png')

"""Slices read in this very process: read_slices.py MODE INDEX_FOLDER, jobs {slices: [...]} or {prepare: [...]}.

open      nibabel with indexed_gzip installed, as installed; images stay open, so its index grows and is kept
load      the same, but nib.load for every slice, as a Dataset's __getitem__ usually does
tuned     indexed_gzip with the settings of tuned.py, prebuilt index, handles open
inflate   the whole file through Python's gzip, then the slice
"""
import gzip
import sys
import time
import zlib

import nibabel as nib
import numpy as np

import lines
from tuned import open_tuned

mode, index_folder = sys.argv[1:3]
handles = {}


def prepare(path):
    if mode == 'tuned':
        handles[path] = open_tuned(path, index_folder)
    elif mode == 'open':
        handles[path] = nib.load(path)
        handles[path].dataobj[..., -1]  # one read of the end builds the index of all before it


def read(item):
    path = item['file']
    if mode == 'tuned':
        handles[path].seek(item['offset'])
        return handles[path].read(item['bytes'])
    if mode == 'inflate':
        with open(path, 'rb') as file:
            return gzip.decompress(file.read())[item['offset']:item['offset'] + item['bytes']]
    image = handles[path] if mode == 'open' else nib.load(path)
    return np.asarray(image.dataobj[..., item['index']])


def perform(job):
    for path in job.get('prepare', ()):
        prepare(path)
    ms, problems = [], []
    for item in job.get('slices', ()):
        begin = time.perf_counter()
        pixels = read(item)
        ms.append((time.perf_counter() - begin) * 1000)
        stored = pixels if isinstance(pixels, bytes) else pixels.astype('<i2').tobytes(order='F')
        if zlib.crc32(stored) != item['crc32']:
            problems.append(f"{path_of(item)} slice {item['index']}: other bytes than expected")
    return {'ms': ms, 'problems': problems}


def path_of(item):
    return item['file'].rsplit('/', 1)[-1]


lines.serve(perform)

"""A training job's reading, alone: batches of slices as torch tensors. loader.py MODE INDEX_FOLDER.

Job: {dataset: path of the manifest, order: [[study number, index], ...], batch, port}; the answer: {seconds, slices,
bytes, problems}. Worker processes are up and have their files open when the clock starts; it stops when the last
batch is there.

nibabel     torch's DataLoader, two worker processes, nib.load(...).dataobj[..., k] in __getitem__
open        the same with images that stay open in each worker, their indexed_gzip index grown before the clock starts
tuned       the same with tuned indexed_gzip: prebuilt indexes, handles open in each worker
batches     niiserve's POST /v1/batches.safetensors by two threads, one connection each
webdataset  niiserve's GET /v1/webdataset.tar, shuffled, one connection
"""
import http.client
import io
import json
import sys
import tarfile
import time
import zlib
from concurrent.futures import ThreadPoolExecutor
from threading import local

import nibabel as nib
import numpy as np
import torch
from torch.utils.data import DataLoader, Dataset

import lines
from tuned import open_tuned

WORKERS = 2
mode, index_folder = sys.argv[1:3]


class Slices(Dataset):
    """Axial slices, in the order given, read from the local disk."""

    def __init__(self, manifest, order):
        self.files = [study['file'] for study in manifest['studies']]
        self.shape, self.bytes, self.offset = manifest['shape'], manifest['sliceBytes'], manifest['voxelOffset']
        self.order = order
        self.handles = {}

    def __len__(self):
        return len(self.order)

    def __getitem__(self, item):
        study, index = self.order[item]
        if mode in ('nibabel', 'open'):
            image = self.handles[study] if mode == 'open' else nib.load(self.files[study])
            pixels = np.asarray(image.dataobj[..., index]).T
            return torch.from_numpy(np.array(pixels, order='C'))
        handle = self.handles[study]
        handle.seek(self.offset + index * self.bytes)
        pixels = np.frombuffer(bytearray(handle.read(self.bytes)), '<i2')
        return torch.from_numpy(pixels.reshape(self.shape[1], self.shape[0]))


def open_handles(_worker):
    dataset = torch.utils.data.get_worker_info().dataset
    if mode == 'tuned':
        dataset.handles = {study: open_tuned(file, index_folder) for study, file in enumerate(dataset.files)}
    elif mode == 'open':
        dataset.handles = {study: nib.load(file) for study, file in enumerate(dataset.files)}
        for image in dataset.handles.values():
            image.dataobj[..., -1]  # one read of the end builds the index of all before it


def from_disk(job, manifest):
    order = job['order']
    # The first batch of each worker starts it and opens its files: it comes before the clock.
    head = WORKERS * job['batch']
    loader = DataLoader(Slices(manifest, order[-head:] + order), batch_size=job['batch'], num_workers=WORKERS,
                        worker_init_fn=open_handles)
    batches = iter(loader)
    for _ in range(WORKERS):
        next(batches)
    yield None
    yield from batches


connections = local()


def from_batches(job, manifest):
    names = [study['id'] for study in manifest['studies']]
    order, size = job['order'], job['batch']

    def fetch(start):
        if not hasattr(connections, 'http'):
            connections.http = http.client.HTTPConnection('127.0.0.1', job['port'])
        items = [{'study': names[study], 'index': index} for study, index in order[start:start + size]]
        connections.http.request('POST', '/v1/batches.safetensors', json.dumps({'items': items}),
                                 {'Content-Type': 'application/json'})
        answer = connections.http.getresponse()
        if answer.status != 200:
            raise RuntimeError(f'status {answer.status}: {answer.read(300)}')
        return safetensors(answer)

    pool = ThreadPoolExecutor(WORKERS)
    yield None
    yield from pool.map(fetch, range(0, len(order), size))
    pool.shutdown()


def safetensors(answer):
    """The `image` of a safetensors body (little-endian length, JSON header, then the tensors' bytes)."""
    header = json.loads(answer.read(int.from_bytes(answer.read(8), 'little')))['image']
    first, last = header['data_offsets']
    data = bytearray(last - first)
    view, filled = memoryview(data), 0
    while filled < len(data):
        read = answer.readinto(view[filled:])
        if read == 0:
            raise RuntimeError('the batch ends early')
        filled += read
    answer.read()
    return torch.frombuffer(data, dtype={'I16': torch.int16}[header['dtype']]).reshape(header['shape'])


def from_webdataset(job, _manifest):
    yield None
    http_connection = http.client.HTTPConnection('127.0.0.1', job['port'])
    http_connection.request('GET', f"/v1/webdataset.tar?shuffle={job['seed']}")
    answer = http_connection.getresponse()
    if answer.status != 200:
        raise RuntimeError(f'status {answer.status}: {answer.read(300)}')
    with tarfile.open(fileobj=answer, mode='r|') as tar:
        for member in tar:
            if member.name.endswith('.image.npy'):
                pixels = np.load(io.BytesIO(tar.extractfile(member).read()))
                yield (member.name, torch.from_numpy(pixels))
    http_connection.close()


READERS = {'nibabel': from_disk, 'open': from_disk, 'tuned': from_disk, 'batches': from_batches, 'webdataset': from_webdataset}


def perform(job):
    with open(job['dataset'], encoding='utf-8') as file:
        manifest = json.load(file)
    if mode == 'tuned':
        for study in manifest['studies']:
            open_tuned(study['file'], index_folder).close()
    try:
        return measure(job, manifest)
    except RuntimeError as error:
        return {'seconds': 0, 'slices': 0, 'bytes': 0, 'problems': [str(error)]}


def measure(job, manifest):
    reader = READERS[mode](job, manifest)
    next(reader)
    kept = []  # a slice of each batch is looked at once the clock has stopped
    slices, read = 0, 0
    begin = time.perf_counter()
    for batch in reader:
        name, pixels = batch if isinstance(batch, tuple) else (None, batch)
        count = 1 if name else len(pixels)
        if slices % 16 == 0:
            kept.append((name or job['order'][slices], (pixels if name else pixels[0]).clone()))
        slices, read = slices + count, read + pixels.numel() * pixels.element_size()
    seconds = time.perf_counter() - begin
    return {'seconds': seconds, 'slices': slices, 'bytes': read, 'problems': faults(kept, manifest)}


def faults(kept, manifest):
    numbers = {study['id']: number for number, study in enumerate(manifest['studies'])}
    found = []
    for place, pixels in kept:
        if isinstance(place, str):  # study_0255_017.image.npy
            study, index = place.split('.')[0].rsplit('_', 1)
            place = numbers[study.rsplit('/', 1)[-1]], int(index)
        expected = manifest['studies'][place[0]]['sliceCrc32'][place[1]]
        if zlib.crc32(np.ascontiguousarray(pixels.numpy())) != expected:
            found.append(f'slice {place}: other bytes than expected')
    return found


lines.serve(perform)

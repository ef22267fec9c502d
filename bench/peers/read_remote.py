"""Slices of files behind HTTP, as somebody reads them who tunes: fsspec's file system, indexed_gzip with a prebuilt index
kept beside the program, handles kept open and shared out, and as many threads as clients.

read_remote.py INDEX_FOLDER, jobs {threads, slices: [{url, file, offset, bytes, crc32}]}
"""
import sys
import threading
import time
import zlib
from collections import defaultdict
from concurrent.futures import ThreadPoolExecutor

import fsspec
from indexed_gzip import IndexedGzipFile

import lines
from tuned import BUFFER, SPACING, build_index

index_folder = sys.argv[1]
files = fsspec.filesystem('http')
idle = defaultdict(list)
lock = threading.Lock()


def handle(item):
    with lock:
        if idle[item['url']]:
            return idle[item['url']].pop()
    # What a slice needs comes in one request, and nothing is read ahead of it.
    remote = files.open(item['url'], cache_type='readahead', block_size=256 * 1024)
    return IndexedGzipFile(fileobj=remote, spacing=SPACING, buffer_size=BUFFER, index_file=build_index(item['file'], index_folder))


def read(item):
    begin = time.perf_counter()
    opened = handle(item)
    opened.seek(item['offset'])
    pixels = opened.read(item['bytes'])
    ms = (time.perf_counter() - begin) * 1000
    with lock:
        idle[item['url']].append(opened)
    return ms, None if zlib.crc32(pixels) == item['crc32'] else f"{item['url']}: other bytes than expected"


def perform(job):
    for path in job.get('prepare', ()):
        build_index(path, index_folder)
    begin, cpu = time.perf_counter(), time.process_time()
    with ThreadPoolExecutor(job.get('threads', 1)) as pool:
        results = list(pool.map(read, job.get('slices', ())))
    return {'ms': [ms for ms, _ in results], 'problems': [problem for _, problem in results if problem],
            'seconds': time.perf_counter() - begin, 'cpuSeconds': time.process_time() - cpu}


lines.serve(perform)

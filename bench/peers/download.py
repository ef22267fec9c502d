"""Download a .nii.gz and decode it, as a client of a file server does. Job: {port, volumes: [{path, offset, crc32}]}."""
import gzip
import http.client
import time
import zlib

import lines


def perform(job):
    connection = http.client.HTTPConnection('127.0.0.1', job['port'])
    ms, problems = [], []
    for volume in job['volumes']:
        begin = time.perf_counter()
        connection.request('GET', volume['path'])
        decoded = gzip.decompress(connection.getresponse().read())
        ms.append((time.perf_counter() - begin) * 1000)
        if zlib.crc32(memoryview(decoded)[volume['offset']:]) != volume['crc32']:
            problems.append(f"{volume['path']}: decodes to other voxels")
    connection.close()
    return {'ms': ms, 'problems': problems}


lines.serve(perform)

"""Whole images and masks of a dataset, their slices, boxes and byte ranges, as the service answers and as nibabel reads them.

JSON in: `origin`, `root`. The images are int16 with a header that does not scale, the masks hold 0 and 1, both as `.nii.gz`.
"""
import gzip
import json
import sys
from pathlib import Path

import nibabel as nib
import numpy as np
from service import Service, Tally

request = json.load(sys.stdin)
service = Service(request['origin'])
tally = Tally()
random = np.random.default_rng(41)
volumes = 0


def same_bytes(path, actual, expected):
    tally.note(actual == expected, f'{path}: {len(actual)} bytes are not the {len(expected)} expected')


def spliced(path, size):
    """A file put together from answers to Range requests, of any length and cut anywhere."""
    cuts = sorted({0, size, 1, 353, *random.integers(0, size, 6).tolist()})
    parts = []
    for start, stop in zip(cuts, cuts[1:]):
        headers, part = service.get(path, 206, Range=f'bytes={start}-{stop - 1}')
        tally.note(headers['Content-Range'] == f'bytes {start}-{stop - 1}/{size}', f'{path}: {headers["Content-Range"]}')
        parts.append(part)
    last = service.get(path, 206, Range='bytes=-1000')[1]
    tally.note(b''.join(parts)[-1000:] == last, f'{path}: the last 1000 bytes')
    return b''.join(parts)


def compare(file, route, dtype):
    packed = file.read_bytes()
    unpacked = gzip.decompress(packed)
    image = nib.load(file)
    expected = np.asarray(image.dataobj).T.astype(dtype)
    raw = expected.tobytes()

    for k in random.permutation(len(expected)):
        for extension in ('npy', 'raw'):
            path = f'{route}/slices/{k}.{extension}'
            tally.array(path, service.array(path)[1], expected[k])

    for extension in ('npy', 'raw'):
        headers, values = service.array(f'{route}.{extension}')
        tally.array(f'{route}.{extension}', values, expected)
        affine = np.array(headers['Array-Affine'].split(','), float).reshape(3, 4)
        tally.note(np.allclose(affine, image.affine[:3], rtol=0, atol=1e-9), f'{route}.{extension}: affine {affine}')
    same_bytes(f'{route}.nii', service.get(f'{route}.nii')[1], unpacked)
    same_bytes(f'{route}.nii.gz', service.get(f'{route}.nii.gz')[1], packed)

    for _ in range(12):
        bounds = [sorted(random.choice(size + 1, 2, replace=False).tolist()) for size in image.shape]
        path = f'{route}.npy?' + '&'.join(f'{axis}={start}:{stop}' for axis, (start, stop) in zip('ijk', bounds))
        (i, j, k) = (slice(*bound) for bound in bounds)
        headers, values = service.array(path)
        tally.array(path, values, expected[k, j, i])
        first = np.array(headers['Array-Affine'].split(','), float).reshape(3, 4)[:, 3]
        place = nib.affines.apply_affine(image.affine, [bound[0] for bound in bounds])
        tally.note(np.allclose(first, place, rtol=0, atol=1e-6), f'{path}: begins at {first}, not {place}')

    for extension, content in (('raw', raw), ('nii', unpacked), ('nii.gz', packed)):
        same_bytes(f'{route}.{extension} in ranges', spliced(f'{route}.{extension}', len(content)), content)
    npy = service.get(f'{route}.npy')[1]
    same_bytes(f'{route}.npy in ranges', spliced(f'{route}.npy', len(npy)), npy)


root = Path(request['root'])
for file in sorted(root.glob('studies/*/*.nii.gz')):
    study = file.name.removesuffix('.nii.gz')
    compare(file, f'/v1/studies/{study}/image', '<i2')
    volumes += 1
for file in sorted(root.glob('masks/*.nii.gz')):
    study = file.name.removesuffix('_mask.nii.gz')
    compare(file, f'/v1/studies/{study}/mask', '|u1')
    volumes += 1

json.dump(tally.report(volumes=volumes), sys.stdout)

"""Volumes that lie in every way a scanner can store them, and whether the service shows each right side up.

JSON in: `do` is `write` (makes a dataset of them in `root`) or `compare` (asks the service at `origin` for everything,
against NumPy, nibabel and Pillow reading the same files).
"""
import gzip
import io
import itertools
import json
import struct
import sys
import warnings
from pathlib import Path

import nibabel as nib
import numpy as np
from nibabel.affines import apply_affine
from nibabel.eulerangles import euler2mat
from PIL import Image
from read_nifti import take
from render_oracle import cast_values
from service import Service, Tally

STORED = ['int16', 'uint8', 'float32', 'int8', 'uint16', 'int32', 'float64', 'uint32', 'int64', 'uint64']
SCALINGS = [None, (2.0, -1024.0), (np.float32(0.1), np.float32(-300.25))]
WINDOWS = {'lung': (-600, 1500), 'mediastinal': (40, 400), 'bone': (400, 1800), '35.5,333.25': (35.5, 333.25)}
PLANES = {'axial': 2, 'coronal': 1, 'sagittal': 0}
ORIENTATIONS = ('native', 'radiological')
MILLIMETRES = (0.7, 1.3, 3.1)


def signed_permutations():
    for order in itertools.permutations(range(3)):
        for signs in itertools.product((1, -1), repeat=3):
            matrix = np.zeros((3, 3))
            matrix[list(order), range(3)] = signs
            yield matrix


def recipes():
    """(directions 3 x 3, shape, which forms the header holds) of every volume."""
    for directions in signed_permutations():
        yield directions, (5, 4, 3), 'sform'
    flips = list(signed_permutations())
    for n, angles in enumerate([(0.2, 0.1, -0.3), (0.7, -0.7, 0.1), (1.0, 0.6, -1.2), (-0.4, 2.0, 0.78), (0, 0.785, 0), (2.9, -1.1, 0.5)]):
        yield euler2mat(*angles) @ flips[7 * n], (5, 4, 3), ('sform', 'qform')[n % 2]
    for n in (0, 3, 11, 20, 38, 47):
        yield flips[n], (5, 4, 3), 'qform'
    yield flips[9], (5, 4, 3), 'both, unlike'
    yield flips[0], (5, 4, 3), 'neither'
    for n, shape in enumerate([(5, 4, 1), (5, 1, 3), (1, 4, 3), (5, 4)]):
        yield flips[13 * n % 48], shape, 'sform'
    for n in (2, 29):
        yield flips[n], (37, 29, 11), 'sform'


def write(root):
    random = np.random.default_rng(4)
    for folder in ('studies/CT-1', 'masks'):
        Path(root, folder).mkdir(parents=True)
    for n, (directions, shape, forms) in enumerate(recipes()):
        dtype = np.dtype(STORED[n % len(STORED)] if min(shape) < 11 else 'int16')
        values = random.integers(-1200, 2200, shape)
        if dtype.kind == 'f':
            values = values / 3
            values.flat[:3] = np.nan, np.inf, -np.inf
        elif dtype.itemsize == 1 or dtype.kind == 'u':
            values = np.clip(values, np.iinfo(dtype).min, np.iinfo(dtype).max)
        affine = np.eye(4)
        affine[:3, :3] = directions * MILLIMETRES
        affine[:3, 3] = random.uniform(-200, 200, 3)
        scaling = SCALINGS[n % 3] if min(shape) < 11 else None
        big_endian = n % 4 == 3
        save(Path(root, 'studies', 'CT-1', f'study_{n:04}.nii.gz'), values.astype(dtype), affine, forms, scaling, big_endian)
        save(Path(root, 'masks', f'study_{n:04}_mask.nii.gz'), random.integers(0, 2, shape).astype(np.uint8), affine, forms, None, False)
    return n + 1


def save(path, values, affine, forms, scaling, big_endian):
    header = nib.Nifti1Header(endianness='>' if big_endian else '<')
    image = nib.Nifti1Image(values, affine, header, dtype=values.dtype)
    image.header.set_xyzt_units('mm')
    image.set_sform(affine, 1 if forms in ('sform', 'both, unlike') else 0)
    with warnings.catch_warnings():
        warnings.simplefilter('ignore')
        image.set_qform(np.diag([1, 1, 1, 1]) if forms == 'both, unlike' else affine, 1 if forms in ('qform', 'both, unlike') else 0)
    file = bytearray(image.to_bytes())
    if scaling is not None:
        struct.pack_into('>ff' if big_endian else '<ff', file, 112, *scaling)  # scl_slope, scl_inter
    path.write_bytes(gzip.compress(bytes(file), mtime=0))


class Volume:
    """A file as nibabel and NumPy have it."""

    def __init__(self, path):
        self.image = nib.load(path)
        self.stored = np.asarray(self.image.dataobj.get_unscaled())
        slope, inter = float(self.image.dataobj.slope), float(self.image.dataobj.inter)
        self.scaling = None if (slope, inter) == (1, 0) else (slope, inter)
        self.stored = self.stored.reshape([*self.stored.shape, 1][:3]).astype(self.stored.dtype.newbyteorder('<'))
        self.numbers = np.arange(self.stored.size).reshape(self.stored.shape)
        self.axes = [int(axis) for axis in nib.orientations.io_orientation(self.image.affine)[:, 0]]

    def count(self, plane):
        return self.stored.shape[self.axes.index(PLANES[plane])]

    def voxels(self, plane, orientation, index):
        """Which voxel each pixel is, and where it is in mm."""
        numbers = take(self.image, self.numbers, plane, orientation, index)
        return numbers, apply_affine(self.image.affine, np.stack(np.unravel_index(numbers, self.stored.shape), -1))

    def values(self, numbers, window=None, dtype='auto'):
        stored = self.stored.ravel()[numbers]
        if dtype == 'auto' and window is None and self.scaling is None:
            return stored
        if dtype == 'auto':
            dtype = 'uint8' if window is not None else 'float32'
        return cast_values(stored, self.scaling, window, dtype)


def places(headers, rows, columns):
    """Where the answer's header says that the centre of each pixel is."""
    affine = np.array(headers['Array-Affine'].split(','), float).reshape(3, 4)
    row, column = np.mgrid[:rows, :columns]
    return apply_affine(np.vstack([affine, [0, 0, 0, 1]]), np.stack([column, row, np.zeros_like(row)], -1))


def edges(headers, rows, columns):
    """The four corners of the picture's field, which no resampling moves."""
    affine = np.array(headers['Array-Affine'].split(','), float).reshape(3, 4)
    corners = [(column, row, 0) for row in (-0.5, rows - 0.5) for column in (-0.5, columns - 0.5)]
    return apply_affine(np.vstack([affine, [0, 0, 0, 1]]), np.array(corners))


class Comparison:
    def __init__(self, origin):
        self.service = Service(origin)
        self.tally = Tally()

    def array(self, path, expected, where):
        headers, values = self.service.array(path)
        self.tally.array(path, values, expected)
        found = places(headers, *expected.shape)
        self.tally.note(np.allclose(found, where, rtol=0, atol=1e-6), lambda: f'{path}: pixel (0, 0) at {found[0, 0]}, not {where[0, 0]}')
        return headers

    def picture(self, path, expected, within=0):
        headers, body = self.service.get(path)
        pixels = np.asarray(Image.open(io.BytesIO(body)))
        near = pixels.shape == expected.shape and np.abs(pixels.astype(int) - expected.astype(int)).max() <= within
        self.tally.note(near, lambda: f'{path}: {pixels.shape} {pixels.ravel()[:6]}, expected {expected.shape} {expected.ravel()[:6]}')
        return headers

    def slices(self, route, volume, mask):
        """Every slice as it is; one of each plane, both ways up, in every type and window, as array and picture."""
        for plane, orientation in itertools.product(PLANES, ORIENTATIONS):
            for index in range(volume.count(plane)):
                numbers, where = volume.voxels(plane, orientation, index)
                extension = ('npy', 'raw')[index % 2]
                query = f'{extension}?plane={plane}&orientation={orientation}'
                self.array(f'{route}/image/slices/{index}.{query}', volume.values(numbers), where)
            lesion = (mask.stored.ravel()[numbers] != 0).astype(np.uint8)
            at = f'slices/{index}'
            query = f'plane={plane}&orientation={orientation}'
            self.array(f'{route}/mask/{at}.npy?{query}', lesion, where)
            self.picture(f'{route}/mask/{at}.png?{query}&aspect=voxel', lesion * 255)
            for dtype in ('int16', 'float16', 'float32'):
                self.array(f'{route}/image/{at}.raw?{query}&dtype={dtype}', volume.values(numbers, dtype=dtype), where)
                self.array(f'{route}/mask/{at}.raw?{query}&dtype={dtype}', lesion.astype(dtype), where)
            for name, window in WINDOWS.items():
                for dtype in ('auto', 'uint8', 'float16', 'float32'):
                    self.array(f'{route}/image/{at}.npy?{query}&window={name}&dtype={dtype}', volume.values(numbers, window, dtype), where)
                self.picture(f'{route}/image/{at}.png?{query}&aspect=voxel&window={name}', volume.values(numbers, window), within=1)
            hu = cast_values(volume.stored.ravel()[numbers], volume.scaling, None, 'float64')
            self.picture(f'{route}/image/{at}.png?{query}&aspect=voxel&bits=16', cast_values(hu + 32768, None, None, 'uint16'))

    def defaults(self, route, volume):
        """What pictures and arrays are when nothing is said: the one as on a light box, the other as stored."""
        for plane in PLANES:
            index = volume.count(plane) // 2
            numbers, where = volume.voxels(plane, 'native', index)
            self.array(f'{route}/image/slices/{index}.npy?plane={plane}', volume.values(numbers), where)
            radiological, where = volume.voxels(plane, 'radiological', index)
            headers, body = self.service.get(f'{route}/image/slices/{index}.png?plane={plane}')
            size = Image.open(io.BytesIO(body)).size
            expected = radiological.shape if plane == 'axial' else squared(radiological.shape, where)
            self.tally.note(size[::-1] == expected, f'{route} {plane}: a picture of {size}, not of {expected[::-1]}')
            self.tally.note(headers['Slice-Window'] == '-600,1500', f'{route}: {headers["Slice-Window"]}')

    def boxes(self, route, volume):
        for i, j, k in itertools.product(*([(0, size), (size - 1, size)] for size in volume.stored.shape)):
            path = f'{route}/image.npy?i={i[0]}:{i[1]}&j={j[0]}:{j[1]}&k={k[0]}:{k[1]}'
            headers, values = self.service.array(path)
            numbers = volume.numbers[slice(*i), slice(*j), slice(*k)].T
            self.tally.array(path, values, volume.values(numbers))
            affine = np.array(headers['Array-Affine'].split(','), float).reshape(3, 4)
            begins = apply_affine(volume.image.affine, (i[0], j[0], k[0]))
            self.tally.note(np.allclose(affine, np.c_[volume.image.affine[:3, :3], begins], rtol=0, atol=1e-6), f'{path}: {affine}')

    def sizes(self, route, volume, mask):
        """Resampled slices, against Pillow's antialiased linear filter; the field must stay where it is."""
        for plane, orientation in itertools.product(PLANES, ORIENTATIONS):
            index = volume.count(plane) // 2
            numbers, where = volume.voxels(plane, orientation, index)
            rows, columns = numbers.shape
            query = f'slices/{index}.npy?plane={plane}&orientation={orientation}'
            field = edges(self.service.array(f'{route}/image/{query}')[0], rows, columns)
            longer = 64 / max(rows, columns)
            wanted = {
                'size=64': (round_half_up(rows * longer), round_half_up(columns * longer)),
                'size=50x9': (9, 50),
                'size=7x61': (61, 7),
                'aspect=physical': squared((rows, columns), where)
            }
            hu = Image.fromarray(volume.values(numbers, dtype='float32'))
            for parameter, shape in wanted.items():
                for dtype, within in (('float32', 2e-3), ('int16', 0.502)):
                    path = f'{route}/image/{query}&{parameter}&dtype={dtype}'
                    headers, values = self.service.array(path)
                    expected = np.asarray(hu.resize(shape[::-1], Image.BILINEAR))
                    same = values.shape == shape and np.abs(values.astype(float) - expected).max() <= within
                    self.tally.note(same, lambda: f'{path}: {values.shape}, expected {shape}: {values.ravel()[:5]}, {expected.ravel()[:5]}')
                    self.tally.note(np.allclose(edges(headers, *shape), field, rtol=0, atol=1e-6), f'{path}: the field has moved')
                path = f'{route}/mask/{query}&{parameter}'
                nearest = [((np.arange(to) * 2 + 1) * size // (2 * to)) for size, to in zip((rows, columns), shape)]
                lesion = (mask.stored.ravel()[numbers] != 0).astype(np.uint8)[np.ix_(*nearest)]
                self.tally.array(path, self.service.array(path)[1], lesion)

    def kinds(self, route, volume, mask):
        """The other kinds of picture, at native size."""
        for plane, orientation in itertools.product(PLANES, ORIENTATIONS):
            index = volume.count(plane) // 3
            numbers, _ = volume.voxels(plane, orientation, index)
            grey = np.repeat(volume.values(numbers, WINDOWS['lung'])[:, :, None], 3, 2)
            lesion = mask.stored.ravel()[numbers] != 0
            at, query = f'{route}/image/slices/{index}', f'plane={plane}&orientation={orientation}&aspect=voxel'
            self.picture(f'{at}.webp?{query}', grey, within=1)
            green = np.where(lesion[:, :, None], np.array([0, 255, 0], np.uint8), grey)
            self.picture(f'{at}.png?{query}&overlay=mask&overlayColor=00FF00&overlayOpacity=1', green, within=1)
            half = np.where(lesion[:, :, None], grey * 0.6 + np.array([255, 64, 64]) * 0.4, grey)
            self.picture(f'{at}.png?{query}&overlay=mask', np.rint(half), within=1)


def squared(shape, where):
    """rows, columns where the coarser axis is stretched until pixels are square in mm; along an axis of one voxel the header says how far."""
    row = np.linalg.norm(where[1, 0] - where[0, 0])
    column = np.linalg.norm(where[0, 1] - where[0, 0])
    rows, columns = shape
    return (round_half_up(rows * row / column), columns) if row > column else (rows, round_half_up(columns * column / row))


def round_half_up(value):
    return int(np.floor(value + 0.5))


def compare(origin, root):
    comparison = Comparison(origin)
    volumes = 0
    for path in sorted(Path(root).glob('studies/*/*.nii.gz')):
        study = path.name.removesuffix('.nii.gz')
        route = f'/v1/studies/{study}'
        volume = Volume(path)
        mask = Volume(Path(root, 'masks', f'{study}_mask.nii.gz'))
        comparison.slices(route, volume, mask)
        comparison.boxes(route, volume)
        if min(volume.stored.shape) > 1:
            comparison.defaults(route, volume)
        if min(volume.stored.shape) >= 11:
            comparison.sizes(route, volume, mask)
            comparison.kinds(route, volume, mask)
        volumes += 1
    return comparison.tally.report(volumes=volumes)


if __name__ == '__main__':
    request = json.load(sys.stdin)
    with np.errstate(all='ignore'):
        json.dump(write(request['root']) if request['do'] == 'write' else compare(request['origin'], request['root']), sys.stdout)

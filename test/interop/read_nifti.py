"""Reads NIfTI files with nibabel and says what it sees: JSON in (a list of requests), JSON out (a list of answers).

Each request has `path`, and may have `planes`: slices of it are then taken with NumPy, [plane, orientation, index] each,
as the contract describes them, and are given back as rows of stored values, which are whole (as text, since some have 64 bits).
"""
import json
import logging
import sys
import warnings

import nibabel as nib
import numpy as np
from nibabel.orientations import io_orientation

warnings.simplefilter('ignore')
logging.getLogger('nibabel').setLevel(logging.CRITICAL)

READING = {'axial': (2, 1, 0), 'coronal': (1, 2, 0), 'sagittal': (0, 2, 1)}


def take(image, voxels, plane, orientation, index):
    """Rows of a slice; radiological ones come out of the volume as nibabel reorients it to RAS."""
    towards = io_orientation(image.affine)
    normal, rows, columns = READING[plane]
    stored = [int(axis) for axis in towards[:, 0]].index(normal)
    if orientation == 'native':
        return np.take(voxels, index, axis=stored).T
    if towards[stored, 1] < 0:
        index = voxels.shape[stored] - 1 - index
    canonical = nib.orientations.apply_orientation(voxels, towards)
    flat = np.take(canonical, index, axis=normal)
    flat = flat.T if rows > columns else flat
    return flat[::-1, ::-1]


def answer(request):
    try:
        image = nib.load(request['path'])
        voxels = np.asarray(image.dataobj.get_unscaled())
        found = {
            'shape': list(image.shape),
            'dtype': voxels.dtype.name,
            'voxOffset': int(image.dataobj.offset),
            'slope': float(image.dataobj.slope),
            'inter': float(image.dataobj.inter),
            'voxelSizes': [float(size) for size in nib.affines.voxel_sizes(image.affine)],
            'affine': image.affine.tolist(),
            'axes': ''.join(code or '?' for code in nib.aff2axcodes(image.affine)),
        }
        found['slices'] = [[[str(int(value)) for value in row] for row in take(image, voxels, *plane)] for plane in request.get('planes', [])]
        return found
    except Exception as error:
        return {'error': str(error)}


if __name__ == '__main__':
    # A file may hold NaN where JSON cannot: such answers become errors, as nothing useful is left of them.
    answers = []
    for request in json.load(sys.stdin):
        found = answer(request)
        try:
            json.dumps(found, allow_nan=False)
        except ValueError:
            found = {'error': 'not finite'}
        answers.append(found)
    json.dump(answers, sys.stdout)

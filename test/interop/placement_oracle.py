"""Masks whose values are scaled, and headers that say where voxels are twice, wrongly or not at all: against nibabel.

JSON in: `do` is `write` (makes a dataset of them in `root`) or `compare` (asks the service at `origin`).
"""
import gzip
import json
import sys
import warnings
from pathlib import Path

import nibabel as nib
import numpy as np
from nibabel.affines import voxel_sizes
from service import Service, Tally

SHAPE = (6, 5, 4)
LAS = np.array([[-.7, 0, 0, 100], [0, .7, 0, -100], [0, 0, 8, -300], [0, 0, 0, 1]])
SHEARED = np.array([[-.7, .02, .3, 100], [.01, .7, .1, -100], [0, .005, 8, -300], [0, 0, 0, 1]])
TURNED = nib.affines.from_matvec(nib.eulerangles.euler2mat(.3, -.2, .5) @ np.diag([.6, .9, 3]), [5, 6, 7])
EQUAL_ROWS = np.array([[1, 2, 0, 0], [1, 2, 0, 0], [0, 0, 8, 0], [0, 0, 0, 1]], float)

# What nibabel is given, as float64, to be written with a header of this type: it chooses scl_slope and scl_inter.
WRITTEN = {
    'int16': [0, 1], 'uint8': [0, 1], 'int8': [0, 1], 'uint16': [0, 1], 'int32': [0, 1], 'float32': [0, 1], 'float64': [0, .5],
    'int16 of three labels': [0, 1, 2, 3], 'int16 upside down': [0, -1], 'int16 of fractions': [0, .25, .5, 1], 'uint8 of large labels': [0, 1000, 250000]
}
# sform, qform (None: code 0), zooms (None: those of the form)
PLACED = {
    'sform': (LAS, None, None), 'qform': (None, TURNED, None), 'both': (LAS, LAS, None), 'neither': (None, None, (.5, .6, 7)), 'turned': (TURNED, None, None),
    'sheared': (SHEARED, None, None), 'zooms': (LAS, None, (2, 2, 2)), 'no zooms': (LAS, None, (0, 0, 0)),
    'zeros over qform': (np.diag([0, 0, 0, 1.]), TURNED, None), 'equal rows over qform': (EQUAL_ROWS, LAS, None)
}


def save(path, values, sform, qform, zooms, dtype):
    header = nib.Nifti1Header()
    header.set_data_dtype(dtype)
    image = nib.Nifti1Image(values, None, header)
    image.header.set_xyzt_units('mm')
    with warnings.catch_warnings():
        warnings.simplefilter('ignore')
        image.set_qform(qform, 0 if qform is None else 1)
        image.set_sform(sform, 0 if sform is None else 1, update_affine=False)
    if qform is None and sform is not None:
        image.header['pixdim'][1:4] = voxel_sizes(sform)
    if zooms is not None:
        image.header['pixdim'][1:4] = zooms
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(gzip.compress(image.to_bytes(), mtime=0))


def write(root):
    random = np.random.default_rng(11)
    placed, written = list(PLACED.values()), list(WRITTEN.items())
    count = max(len(placed), len(written))
    for n in range(count):
        sform, qform, zooms = placed[n % len(placed)]
        name, values = written[n % len(written)]
        image = random.integers(-1000, 400, SHAPE).astype('int16')
        mask = np.array(values)[random.integers(0, len(values), SHAPE)].astype('float64')
        save(Path(root, f'studies/CT-1/study_{n:04}.nii.gz'), image, sform, qform, zooms, 'int16')
        # The mask's own header says something else: that counts for nothing.
        save(Path(root, f'masks/study_{n:04}_mask.nii.gz'), mask, np.eye(4), None, None, name.split()[0])
    return count


def geometry(image):
    """nibabel's affine, the qform's where the sform is singular; None where that is all zero too."""
    sform, code = image.get_sform(coded=True)
    if code and abs(np.linalg.det(sform[:3, :3])) < 1e-12:
        return image.get_qform()
    return image.affine


def compare(origin, root):
    service, tally = Service(origin), Tally()
    studies = 0
    for path in sorted(Path(root).glob('studies/*/*.nii.gz')):
        study = path.name.removesuffix('.nii.gz')
        image, mask = nib.load(path), nib.load(Path(root, 'masks', f'{study}_mask.nii.gz'))
        affine = geometry(image)
        facts = service.json(f'/v1/studies/{study}')
        near = lambda name, found, expected, rtol=1e-6: tally.note(np.allclose(found, expected, rtol=rtol, atol=1e-6), lambda: f'{study} {name}: {found}, nibabel has {expected}')
        near('affine', facts['affine'], affine)
        near('spacing', facts['spacing'], voxel_sizes(affine))
        tally.note(facts['axes'] == ''.join(nib.aff2axcodes(affine)), lambda: f'{study}: {facts["axes"]}, nibabel has {nib.aff2axcodes(affine)}')
        slope = 0 if mask.dataobj.slope == 1 else abs(mask.dataobj.slope) / 2
        halfStep = slope if mask.get_data_dtype().kind in 'iu' else 0
        lesion = (np.abs(mask.get_fdata()) > halfStep).astype('uint8')
        tally.note(0 < lesion.sum() < lesion.size, lambda: f'{study}: a mask that tests nothing')
        tally.note(facts['mask']['voxels'] == lesion.sum(), lambda: f'{study}: {facts["mask"]["voxels"]} voxels, expected {lesion.sum()}')
        near('volume', facts['mask']['volumeMl'], lesion.sum() * abs(np.linalg.det(affine[:3, :3])) / 1000, 1e-5)
        headers, values = service.array(f'/v1/studies/{study}/mask.npy')
        tally.array(f'{study} mask', values, lesion.T)
        near('mask affine', np.array(headers['Array-Affine'].split(','), float).reshape(3, 4), affine[:3])
        for plane, axis in (('axial', 2), ('coronal', 1), ('sagittal', 0)):
            stored = int(np.argmax(nib.io_orientation(affine)[:, 0] == axis))
            for index in range(SHAPE[stored]):
                tally.array(f'{study} {plane} {index}', service.array(f'/v1/studies/{study}/mask/slices/{index}.npy?plane={plane}')[1], np.take(lesion, index, stored).T)
        axial = int(np.argmax(nib.io_orientation(affine)[:, 0] == 2))
        perSlice = [item['lesionPixels'] for item in service.json(f'/v1/studies/{study}/slices')['items']]
        tally.note(perSlice == lesion.sum(tuple({0, 1, 2} - {axial})).tolist(), lambda: f'{study}: {perSlice} lesion pixels')
        scale = service.json(f'/zarr/{study}/labels/mask/zarr.json')['attributes']['ome']['multiscales'][0]['datasets'][0]['coordinateTransformations'][0]['scale']
        near('zarr scale', scale[::-1], voxel_sizes(affine))
        studies += 1
    return tally.report(studies=studies)


if __name__ == '__main__':
    request = json.load(sys.stdin)
    json.dump(write(request['root']) if request['do'] == 'write' else compare(request['origin'], request['root']), sys.stdout, default=int)

"""Every slice of every mask of a dataset, as the service answers and as nibabel reads it. JSON in: `origin`, `root`."""
import io
import json
import sys
from pathlib import Path

import nibabel as nib
import numpy as np
from PIL import Image
from service import Service, Tally

request = json.load(sys.stdin)
service = Service(request['origin'])
tally = Tally()
slices = 0

for file in sorted(Path(request['root'], 'masks').glob('*.nii.gz')):
    study = file.name.removesuffix('_mask.nii.gz')
    image = nib.load(file)
    stored = np.asarray(image.dataobj)
    lesion = (stored != 0).astype(np.uint8)
    route = f'/v1/studies/{study}/mask'

    facts = service.json(f'/v1/studies/{study}')['mask']
    millilitres = float(lesion.sum() * np.prod(image.header.get_zooms()[:3], dtype=np.float64) / 1000)
    tally.note(facts['voxels'] == int(lesion.sum()), f'{study}: voxels {facts["voxels"]}')
    tally.note(abs(facts['volumeMl'] - millilitres) <= 1e-6 * millilitres, f'{study}: {facts["volumeMl"]} mL, not {millilitres}')
    tally.note(facts['slices'] == np.flatnonzero(lesion.any(axis=(0, 1))).tolist(), f'{study}: slices {facts["slices"]}')
    tally.array(f'{route}.npy', service.array(f'{route}.npy')[1], lesion.T)

    for k in range(stored.shape[2]):
        slices += 1
        expected = lesion[:, :, k].T
        for path in (f'{route}/slices/{k}.npy', f'{route}/slices/{k}.raw'):
            tally.array(path, service.array(path)[1], expected)
        # The real masks hold 0 and 1, so this is also what is stored.
        path = f'{route}/slices/{k}.npy?dtype=int16'
        tally.array(path, service.array(path)[1], stored[:, :, k].T.astype('<i2'))
        # LAS: i grows to the left, as a radiologist sees it; j to the front, which is up and so turned round.
        for query, picture in (('?orientation=native', expected), ('', expected[::-1])):
            path = f'{route}/slices/{k}.png{query}'
            pixels = np.asarray(Image.open(io.BytesIO(service.get(path)[1])))
            tally.array(path, pixels, picture * np.uint8(255))

json.dump(tally.report(slices=slices), sys.stdout)

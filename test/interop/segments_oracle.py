"""Label sets of several labels, each a segment of one SEG, read by dicomweb-client and highdicom against nibabel.

JSON in: `do` is `write` (a dataset in nnU-Net's layout in `root`), or `compare` (what the service at `origin` makes of them; the SEG
and a CT slice of each study are left in `files` for other programs).
"""
import io
import json
import logging
import sys
import warnings
from pathlib import Path

import highdicom as hd
import nibabel as nib
import numpy as np
from dicomweb_client.api import DICOMwebClient
from pydicom.dataset import Dataset
from service import Tally

warnings.simplefilter('ignore')
logging.disable(logging.WARNING)

# Values by name; a region is of several values, and overlaps its parts. One label has no voxel.
LABELS = {'kidney, left': [1], 'kidney, right': [2], 'tumour': [7], 'nobody': [9], 'both kidneys': [1, 2]}
# As MosMedData lies, as a scanner stores sagittal slices, and one with rows that are no whole number of bytes.
STUDIES = {'case_1': ('LAS', (16, 12, 6)), 'case_2': ('PIR', (8, 6, 16)), 'case_3': ('RPI', (7, 5, 9))}


def write(root):
    random = np.random.default_rng(7)
    for folder in ('imagesTr', 'labelsTr'):
        Path(root, folder).mkdir()
    labels = {'background': 0, **{name: of[0] if len(of) == 1 else of for name, of in LABELS.items()}}
    Path(root, 'dataset.json').write_text(json.dumps({'channel_names': {'0': 'CT'}, 'labels': labels, 'numTraining': len(STUDIES), 'file_ending': '.nii.gz'}))
    for id, (codes, shape) in STUDIES.items():
        to = nib.orientations.axcodes2ornt(codes)
        affine = np.zeros((4, 4))
        for axis, (along, sign) in enumerate(to):
            affine[int(along), axis] = sign * (0.8, 1.1, 2.5)[axis]
        affine[:, 3] = [-30, 20, 110, 1]
        nib.save(nib.Nifti1Image(random.integers(-1000, 1000, shape).astype(np.int16), affine), Path(root, 'imagesTr', f'{id}_0000.nii.gz'))
        nib.save(nib.Nifti1Image(random.choice(np.array([0, 0, 0, 1, 2, 7], np.uint8), shape), affine), Path(root, 'labelsTr', f'{id}.nii.gz'))
    return len(STUDIES)


def compare(origin, root, files):
    client = DICOMwebClient(f'{origin}/dicomweb')
    tally = Tally()
    segments = 0
    for json_object in client.search_for_studies():
        found = Dataset.from_json(json_object)
        uid, id = found.StudyInstanceUID, found.PatientID
        ct, organs = [Dataset.from_json(one) for one in client.search_for_series(uid)]
        slices = client.retrieve_series(uid, ct.SeriesInstanceUID)
        (file,) = client.retrieve_series(uid, organs.SeriesInstanceUID)
        slices[0].save_as(Path(files, f'{id}-ct.dcm'))
        file.save_as(Path(files, f'{id}-seg.dcm'))
        seg = hd.seg.segread(io.BytesIO(Path(files, f'{id}-seg.dcm').read_bytes()))
        names = [seg.get_segment_description(n).segment_label for n in seg.segment_numbers]
        tally.note(names == [name for name in LABELS if name != 'nobody'], f'{id}: its segments are {names}')
        stored = nib.load(Path(root, 'labelsTr', f'{id}.nii.gz'))
        volume = hd.get_volume_from_series(slices)
        # The series is by InstanceNumber; highdicom's volume has an order of its own.
        order = [int(round(float(volume.map_reference_to_indices(np.array([one.ImagePositionPatient], float))[0][0]))) for one in slices]
        bits = seg.get_pixels_by_source_instance([one.SOPInstanceUID for one in slices], assert_missing_frames_are_empty=True)
        for n, name in enumerate(names):
            mask = np.isin(np.asarray(stored.dataobj), LABELS[name]).astype(np.uint8)
            expected = hd.Volume.from_nibabel(nib.Nifti1Image(mask, stored.affine, dtype=np.uint8)).match_geometry(volume, tol=1e-4).array[order]
            tally.note(np.array_equal(bits[..., n], expected), lambda: f'{id}, {name}: {int(bits[..., n].sum())} voxels, expected {int(expected.sum())}')
            segments += 1
        # Frame by frame, as OHIF could ask for them: each packed from its own first bit.
        pixels = np.unpackbits(np.frombuffer(file.PixelData, np.uint8), bitorder='little')[:file.NumberOfFrames * file.Rows * file.Columns]
        frames = client.retrieve_instance_frames(uid, organs.SeriesInstanceUID, file.SOPInstanceUID, list(range(1, file.NumberOfFrames + 1)))
        alone = [np.unpackbits(np.frombuffer(frame, np.uint8), bitorder='little')[:file.Rows * file.Columns] for frame in frames]
        tally.note(np.array_equal(np.concatenate(alone), pixels), f'{id}: its frames are not its pixels')
    return tally.report(segments=segments)


if __name__ == '__main__':
    request = json.load(sys.stdin)
    json.dump(write(request['root']) if request['do'] == 'write' else compare(request['origin'], request['root'], request['files']), sys.stdout)

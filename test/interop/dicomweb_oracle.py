"""The dataset in `root`, read from the DICOMweb service at `origin` as dicomweb-client, pydicom and highdicom read it,
against nibabel reading the same files. JSON in: `origin`, `root`, and a folder `files` in which one CT slice and one
segmentation of each study are left for other programs.
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


class Comparison:
    def __init__(self, origin, files):
        self.client = DICOMwebClient(f'{origin}/dicomweb')
        self.files = Path(files)
        self.tally = Tally()
        self.counts = {'studies': 0, 'volumes': 0, 'segmentations': 0}

    def study(self, found, image_path, mask_path):
        uid = found.StudyInstanceUID
        self.counts['studies'] += 1
        series = [Dataset.from_json(one) for one in self.client.search_for_series(uid)]
        ct = next(one for one in series if one.Modality == 'CT')
        slices = self.client.retrieve_series(uid, ct.SeriesInstanceUID)
        self.metadata(uid, ct.SeriesInstanceUID, slices)
        self.image(image_path, slices)
        self.frames(uid, slices)
        for one in series:
            if one.Modality == 'SEG':
                (file,) = self.client.retrieve_series(uid, one.SeriesInstanceUID)
                self.metadata(uid, one.SeriesInstanceUID, [file])
                self.segmentation(mask_path, slices, file, image_path)
                file.save_as(self.files / f'{found.PatientID}-seg.dcm')
        slices[0].save_as(self.files / f'{found.PatientID}-ct.dcm')

    def metadata(self, study, series, files):
        """The JSON says what the files say."""
        for json_object, file in zip(self.client.retrieve_series_metadata(study, series), files, strict=True):
            said = Dataset.from_json(json_object)
            expected = Dataset(file)
            pixels = expected.pop(0x7FE00010)
            self.tally.note(said == expected, lambda: f'{series}: {said.to_json()[:300]} is not {expected.to_json()[:300]}')
            file[0x7FE00010] = pixels

    def frames(self, study, slices):
        for file in slices[:2]:
            frames = self.client.retrieve_instance_frames(study, file.SeriesInstanceUID, file.SOPInstanceUID, [1])
            self.tally.note(frames == [file.PixelData], f'{file.SOPInstanceUID}: the frame is not the pixels of the file')

    def image(self, path, slices):
        """highdicom's volume of the series lies and reads as nibabel's of the file."""
        nifti = nib.load(path)
        hu = np.asarray(nifti.dataobj, dtype=np.float64).reshape([*nifti.shape, 1][:3])
        hu = np.clip(np.rint(np.nan_to_num(hu, nan=0, posinf=1e9, neginf=-1e9)), -32768, 32767)
        from_nifti = volume_of(hu, nifti.affine)
        if len(slices) < 2:
            return
        self.counts['volumes'] += 1
        from_dicom = hd.get_volume_from_series(slices)
        expected = from_nifti.match_geometry(from_dicom, tol=1e-4)
        self.tally.note(np.allclose(from_dicom.affine, expected.affine, rtol=0, atol=1e-4), lambda: f'{path}: {from_dicom.affine.tolist()} is not {expected.affine.tolist()}')
        self.tally.note(np.array_equal(from_dicom.array, expected.array), lambda: f'{path}: {from_dicom.array.ravel()[:6]} is not {expected.array.ravel()[:6]}')

    def segmentation(self, path, slices, file, image_path):
        buffer = io.BytesIO()
        file.save_as(buffer)
        seg = hd.seg.segread(io.BytesIO(buffer.getvalue()))
        self.counts['segmentations'] += 1
        mask = np.asarray(nib.load(path).dataobj)
        mask = (mask.reshape([*mask.shape, 1][:3]) != 0).astype(np.uint8)
        named = {uid for _, _, uid in seg.get_source_image_uids()}
        self.tally.note(named <= {one.SOPInstanceUID for one in slices}, f'{path}: names slices that are not of the image')
        bits = seg.get_pixels_by_source_instance([one.SOPInstanceUID for one in slices], combine_segments=True, assert_missing_frames_are_empty=True, ignore_spatial_locations=False)
        affine = nib.load(image_path).affine
        if len(slices) < 2:
            return
        ct = hd.get_volume_from_series(slices)
        expected = volume_of(mask, affine).match_geometry(ct, tol=1e-4).array
        # highdicom's volume has its slices in an order of its own; those of the series are by InstanceNumber.
        order = [int(round(float(ct.map_reference_to_indices(np.array([one.ImagePositionPatient], float))[0][0]))) for one in slices]
        self.tally.note(np.array_equal(bits, expected[order]), lambda: f'{path}: {int(bits.sum())} voxels, expected {int(expected.sum())}')


def volume_of(array, affine):
    """A NIfTI volume in DICOM's coordinates."""
    return hd.Volume.from_nibabel(nib.Nifti1Image(array, affine, dtype=array.dtype))


def compare(origin, root, files):
    comparison = Comparison(origin, files)
    studies = comparison.client.search_for_studies(get_remaining=True, limit=20)
    for json_object in studies:
        found = Dataset.from_json(json_object)
        image = next(Path(root).glob(f'studies/*/{found.PatientID}.nii.gz'))
        comparison.study(found, image, Path(root, 'masks', f'{found.PatientID}_mask.nii.gz'))
    return comparison.tally.report(**comparison.counts)


if __name__ == '__main__':
    request = json.load(sys.stdin)
    with np.errstate(all='ignore'):
        json.dump(compare(request['origin'], request['root'], request['files']), sys.stdout)

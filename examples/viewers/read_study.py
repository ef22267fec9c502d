"""Read a study by DICOMweb, as any DICOM program would: a volume in HU with its place, and its mask.

    pip install dicomweb-client highdicom
    python read_study.py http://127.0.0.1:8080 study_0255 [key]
"""
import io
import sys

import highdicom as hd
from dicomweb_client.api import DICOMwebClient
from dicomweb_client.session_utils import create_session_from_user_pass
from pydicom.dataset import Dataset

origin, study_id, *key = sys.argv[1:]
session = create_session_from_user_pass('niiserve', key[0]) if key else None
client = DICOMwebClient(f'{origin}/dicomweb', session=session)

found = client.search_for_studies(search_filters={'PatientID': study_id})
if not found:
    sys.exit(f'no study {study_id} is served as DICOM: its id is wrong, or it is not ready yet')
study = Dataset.from_json(found[0])
for series in map(Dataset.from_json, client.search_for_series(study.StudyInstanceUID)):
    files = client.retrieve_series(study.StudyInstanceUID, series.SeriesInstanceUID)
    if series.Modality == 'CT':
        volume = hd.get_volume_from_series(files)
        print(f'image: {volume.array.shape} HU {volume.array.min()} to {volume.array.max()}, {volume.spacing} mm')
    else:
        buffer = io.BytesIO()
        files[0].save_as(buffer)
        buffer.seek(0)
        segmentation = hd.seg.segread(buffer)
        labels = [segment.SegmentLabel for segment in segmentation.SegmentSequence]
        print(f'{series.SeriesDescription}: {segmentation.NumberOfFrames} frames with {", ".join(labels)}')

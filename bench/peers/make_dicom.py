"""Slices as DICOM, sent to Orthanc. Job: {port, slices: [{voxels, offset, bytes, rows, columns, study, index}]};
answer: {ids: [Orthanc's id of each instance]}. Rows are turned so that the first is anterior, as in any CT."""
import http.client
import io
import json

import numpy as np
from pydicom.dataset import FileDataset, FileMetaDataset
from pydicom.uid import CTImageStorage, ExplicitVRLittleEndian, generate_uid

import lines


def dicom(item):
    with open(item['voxels'], 'rb') as file:
        file.seek(item['offset'])
        hu = np.frombuffer(file.read(item['bytes']), '<i2').reshape(item['rows'], item['columns'])
    meta = FileMetaDataset()
    meta.MediaStorageSOPClassUID = CTImageStorage
    meta.MediaStorageSOPInstanceUID = generate_uid()
    meta.TransferSyntaxUID = ExplicitVRLittleEndian
    out = FileDataset(None, {}, file_meta=meta, preamble=b'\0' * 128)
    out.SOPClassUID, out.SOPInstanceUID = meta.MediaStorageSOPClassUID, meta.MediaStorageSOPInstanceUID
    out.PatientID = item['study']
    out.StudyInstanceUID = generate_uid(entropy_srcs=[item['study']])
    out.SeriesInstanceUID = generate_uid(entropy_srcs=[item['study'], 'series'])
    out.Modality, out.InstanceNumber = 'CT', item['index'] + 1
    out.Rows, out.Columns = hu.shape
    out.SamplesPerPixel, out.PhotometricInterpretation = 1, 'MONOCHROME2'
    out.BitsAllocated, out.BitsStored, out.HighBit, out.PixelRepresentation = 16, 16, 15, 1
    out.RescaleIntercept, out.RescaleSlope = 0, 1
    out.PixelData = hu[::-1].tobytes()
    file = io.BytesIO()
    out.save_as(file, enforce_file_format=True)
    return file.getvalue()


def perform(job):
    connection = http.client.HTTPConnection('127.0.0.1', job['port'])
    ids = []
    for item in job['slices']:
        connection.request('POST', '/instances', dicom(item), {'Content-Type': 'application/dicom'})
        ids.append(json.loads(connection.getresponse().read())['ID'])
    connection.close()
    return {'ids': ids}


lines.serve(perform)

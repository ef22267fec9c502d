"""Writes one tiny dataset in each layout, with nibabel, and prints what nibabel reads back from them.

Reads {"folder": …} from its standard input. Prints {layout: {study: {image: sha256, shape, mask: sha256 or null,
labels: {set: {sha256, voxels: {value: count}}}}}}; hashes are of the voxels as [k, j, i], little-endian, as stored.
"""
import hashlib
import json
import pathlib
import sys

import nibabel as nib
import numpy as np

ROOT = pathlib.Path(json.load(sys.stdin)['folder'])
RANDOM = np.random.default_rng(20200428)
LAS = np.diag([-0.8, 0.7, 5.0, 1.0])
# KiTS: the first stored axis goes along the body.
SAI = np.array([[0, 0, -0.8, 0], [0, -0.8, 0, 0], [-3.0, 0, 0, 0], [0, 0, 0, 1]])


def save(path, voxels, affine=LAS):
    path = ROOT / path
    path.parent.mkdir(parents=True, exist_ok=True)
    nib.save(nib.Nifti1Image(voxels, affine), path)


def scan(shape=(9, 8, 6)):
    voxels = RANDOM.integers(-1000, 400, shape).astype('int16')
    voxels[0] = -1000
    return voxels


def labels(values, shape=(9, 8, 6)):
    return RANDOM.choice(np.array([0, 0, *values], 'uint8'), shape).astype('uint8')


def sha(voxels):
    return hashlib.sha256(np.ascontiguousarray(voxels.T).tobytes()).hexdigest()


def read(path):
    return np.asanyarray(nib.load(ROOT / path).dataobj)


def facts(image, sets, union):
    found = {'image': sha(read(image)), 'shape': list(read(image).shape), 'mask': None, 'labels': {}}
    for name, path in sets.items():
        voxels = read(path)
        values, counts = np.unique(voxels, return_counts=True)
        found['labels'][name] = {'sha256': sha(voxels), 'voxels': {str(int(v)): int(n) for v, n in zip(values, counts) if v != 0}}
    if union is not None:
        found['mask'] = sha(union(read(next(iter(sets.values())))).astype('uint8'))
    return found


def write_json(path, value):
    (ROOT / path).parent.mkdir(parents=True, exist_ok=True)
    (ROOT / path).write_text(json.dumps(value))


def nonzero(voxels):
    return voxels != 0


def nnunet():
    for case in ('kidney_001', 'kidney_002'):
        save(f'nnunet/imagesTr/{case}_0000.nii.gz', scan())
        save(f'nnunet/imagesTr/{case}_0001.nii.gz', scan())
        save(f'nnunet/labelsTr/{case}.nii.gz', labels([1, 2, 3]))
    save('nnunet/imagesTs/kidney_003_0000.nii.gz', scan())
    save('nnunet/imagesTs/kidney_003_0001.nii.gz', scan())
    write_json('nnunet/dataset.json', {'channel_names': {'0': 'CT', '1': 'PET'}, 'labels': {'background': 0, 'kidney': 1, 'tumour': 2, 'cyst': 3, 'whole': [1, 2, 3]}, 'numTraining': 2, 'file_ending': '.nii.gz'})
    write_json('nnunet/splits_final.json', [{'train': ['kidney_001'], 'val': ['kidney_002']}, {'train': ['kidney_002'], 'val': ['kidney_001']}])
    found = {case: facts(f'nnunet/imagesTr/{case}_0000.nii.gz', {'labels': f'nnunet/labelsTr/{case}.nii.gz'}, nonzero) for case in ('kidney_001', 'kidney_002')}
    return {**found, 'kidney_003': facts('nnunet/imagesTs/kidney_003_0000.nii.gz', {}, None)}


def msd():
    save('msd/imagesTr/liver_0.nii.gz', scan())
    save('msd/labelsTr/liver_0.nii.gz', labels([1, 2]))
    save('msd/imagesTs/liver_1.nii.gz', scan())
    (ROOT / 'msd/imagesTr/._liver_0.nii.gz').write_bytes(b'\0\5\x16\7' + bytes(60))
    write_json('msd/dataset.json', {'name': 'Liver', 'modality': {'0': 'CT'}, 'labels': {'0': 'background', '1': 'liver', '2': 'cancer'}, 'training': [{'image': './imagesTr/liver_0.nii.gz', 'label': './labelsTr/liver_0.nii.gz'}], 'test': ['./imagesTs/liver_1.nii.gz']})
    return {'liver_0': facts('msd/imagesTr/liver_0.nii.gz', {'labels': 'msd/labelsTr/liver_0.nii.gz'}, nonzero), 'liver_1': facts('msd/imagesTs/liver_1.nii.gz', {}, None)}


def covid19_ct_seg():
    root, found = 'covid19-ct-seg', {}
    for name in ('coronacases_001', 'radiopaedia_10_85902_1', 'radiopaedia_10_85902_3'):
        save(f'{root}/COVID-19-CT-Seg_20cases/{name}.nii.gz', scan())
        both = labels([1, 2, 3])
        save(f'{root}/Lung_and_Infection_Mask/{name}.nii.gz', both)
        save(f'{root}/Infection_Mask/{name}.nii.gz', (both == 3).astype('uint8'))
        save(f'{root}/Lung_Mask/{name}.nii.gz', np.where(both == 3, 1, both).astype('uint8'))
        found[name] = facts(f'{root}/COVID-19-CT-Seg_20cases/{name}.nii.gz', {folder: f'{root}/{folder}/{name}.nii.gz' for folder in ('Infection_Mask', 'Lung_and_Infection_Mask', 'Lung_Mask')}, nonzero)
    return found


def totalsegmentator():
    root, found = 'totalsegmentator', {}
    for subject, structures in (('s0001', ('aorta', 'liver', 'spleen')), ('s0002', ('liver', 'spleen'))):
        save(f'{root}/{subject}/ct.nii.gz', scan())
        for structure in structures:
            save(f'{root}/{subject}/segmentations/{structure}.nii.gz', labels([1]))
        found[subject] = facts(f'{root}/{subject}/ct.nii.gz', {}, None)
    for subject, structures in (('s0001', ('aorta', 'liver', 'spleen')), ('s0002', ('liver', 'spleen'))):
        found[subject]['painted'] = painted(subject, structures)
    (ROOT / root / 'meta.csv').write_text('image_id;age;split\ns0001;50;train\ns0002;60;test\n')
    return found


def brain():
    '''The Decathlon's fourth axis: channels.'''
    root = 'msd-channels'
    voxels = np.stack([scan(), scan(), scan()], axis=3)
    save(f'{root}/imagesTr/brain_0.nii.gz', voxels)
    save(f'{root}/labelsTr/brain_0.nii.gz', labels([1, 2]))
    write_json(f'{root}/dataset.json', {'name': 'Brain', 'modality': {'0': 'FLAIR', '1': 'T1w', '2': 'T2w'}, 'labels': {'0': 'background', '1': 'edema', '2': 'tumour'}, 'training': [{'image': './imagesTr/brain_0.nii.gz', 'label': './labelsTr/brain_0.nii.gz'}], 'test': []})
    read_back = read(f'{root}/imagesTr/brain_0.nii.gz')
    return {'channels': [sha(read_back[..., n]) for n in range(3)]}


def table():
    '''A CSV that niiserve.json names, with two sets.'''
    save('table/scans/x.nii.gz', scan())
    save('table/lesions/x.nii.gz', labels([1]))
    save('table/lobes/x.nii.gz', labels([1, 2, 3, 4, 5]))
    write_json('table/niiserve.json', {'studies': 'studies.csv', 'labels': {'mask': [{'value': 1, 'name': 'lesion'}]}})
    (ROOT / 'table/studies.csv').write_text('id,image,mask,mask_lobes\nx,scans/x.nii.gz,lesions/x.nii.gz,lobes/x.nii.gz\n')
    return {'x': facts('table/scans/x.nii.gz', {'mask': 'table/lesions/x.nii.gz', 'lobes': 'table/lobes/x.nii.gz'}, nonzero)}


def mosmed():
    '''MosMedData's folders, without a registry.'''
    save('mosmed/studies/CT-1/study_0001.nii.gz', scan())
    save('mosmed/masks/study_0001_mask.nii.gz', labels([1]))
    save('mosmed/studies/CT-0/study_0002.nii.gz', scan())
    return {'study_0001': facts('mosmed/studies/CT-1/study_0001.nii.gz', {'mask': 'mosmed/masks/study_0001_mask.nii.gz'}, nonzero), 'study_0002': facts('mosmed/studies/CT-0/study_0002.nii.gz', {}, None)}


def painted(subject, names):
    '''One label map of binary files: the place among the sorted names of the dataset; the higher where they overlap.'''
    all_names = ['aorta', 'liver', 'spleen']
    whole = None
    for name in names:
        bits = read(f'totalsegmentator/{subject}/segmentations/{name}.nii.gz') != 0
        whole = np.zeros(bits.shape, 'uint8') if whole is None else whole
        whole[bits] = all_names.index(name) + 1
    return sha(whole)


def kits():
    save('kits/case_00000/imaging.nii.gz', scan((6, 9, 8)), SAI)
    save('kits/case_00000/segmentation.nii.gz', labels([1, 2, 3], (6, 9, 8)), SAI)
    return {'case_00000': facts('kits/case_00000/imaging.nii.gz', {'segmentation': 'kits/case_00000/segmentation.nii.gz'}, nonzero)}


def plain():
    save('plain/ward/a.nii.gz', scan())
    save('plain/ward/a_seg.nii.gz', labels([1, 4]))
    save('plain/b.nii', scan())
    return {'ward.a': facts('plain/ward/a.nii.gz', {'seg': 'plain/ward/a_seg.nii.gz'}, nonzero), 'b': facts('plain/b.nii', {}, None)}


print(json.dumps({'nnunet': nnunet(), 'msd': msd(), 'covid19-ct-seg': covid19_ct_seg(), 'totalsegmentator': totalsegmentator(), 'kits': kits(), 'plain': plain(), 'table': table(), 'mosmed': mosmed(), 'msd-channels': brain()}))

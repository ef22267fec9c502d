"""Does with NumPy and Pillow what the render folder does: JSON in (a list of requests), JSON out (a list of answers).

Arrays travel as base64 of little-endian bytes; `type` is NumPy's name of theirs. Which answer a request gets is its `ask`.
"""
import base64
import io
import json
import sys

import numpy as np

try:
    from PIL import Image
except ImportError:
    Image = None


def array(request):
    return np.frombuffer(base64.b64decode(request['data']), request['type'])


def packed(values):
    return base64.b64encode(values.tobytes()).decode()


def cast_values(stored, scaling, window, dtype):
    """The contract's sentences on HU, windows and casts, said in NumPy."""
    values = stored.astype(np.float64)
    if scaling is not None:
        slope, inter = scaling
        values = values * slope + inter
    dtype = np.dtype(dtype)
    if window is not None:
        center, width = window
        values = np.clip((values - (center - width / 2)) / width, 0, 1)
        if dtype == np.uint8:
            values = values * 255
    if dtype.kind == 'f':
        most = np.finfo(dtype).max.astype(np.float64)
        values = np.where(np.isfinite(values), np.clip(values, -most, most), values)
    else:
        limits = np.iinfo(dtype)
        values = np.clip(np.rint(np.where(np.isnan(values), 0, values)), limits.min, limits.max)
    return values.astype(dtype)


def cast(request):
    return {'data': packed(cast_values(array(request), request['scaling'], request['window'], request['dtype']))}


def resize(request):
    rows, columns = request['shape']
    image = Image.fromarray(array(request).reshape(rows, columns))
    rows, columns = request['size']
    return {'data': packed(np.asarray(image.resize((columns, rows), Image.BILINEAR)))}


def load(request):
    """A .npy file as numpy.load reads it, and whether numpy.save writes the very same bytes."""
    file = base64.b64decode(request['data'])
    values = np.load(io.BytesIO(file), allow_pickle=False)
    saved = io.BytesIO()
    np.save(saved, values)
    return {'dtype': values.dtype.name, 'shape': values.shape, 'data': packed(values), 'same': saved.getvalue() == file}


def picture(request):
    """A picture as Pillow reads it, and how many bytes Pillow's default PNG of it has."""
    with Image.open(io.BytesIO(base64.b64decode(request['data']))) as image:
        image.load()
        saved = io.BytesIO()
        image.save(saved, 'PNG')
        dpi = image.info.get('dpi')
        return {'mode': image.mode, 'size': image.size, 'text': getattr(image, 'text', {}), 'dpi': dpi,
                'data': packed(np.asarray(image)), 'pillowBytes': len(saved.getvalue())}


ASK = {'cast': cast, 'resize': resize, 'load': load, 'picture': picture}
NEEDS_PILLOW = {'resize', 'picture'}

if __name__ == '__main__':
    with np.errstate(all='ignore'):
        json.dump([None if Image is None and request['ask'] in NEEDS_PILLOW else ASK[request['ask']](request)
                   for request in json.load(sys.stdin)], sys.stdout)

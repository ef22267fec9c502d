"""A client of the service in thirty lines: one connection that is kept open, answers as NumPy arrays."""
import http.client
import io
import json
import math
from urllib.parse import urlsplit

import numpy as np


class Service:
    def __init__(self, origin):
        self.connection = http.client.HTTPConnection(urlsplit(origin).netloc, timeout=120)

    def get(self, path, status=200, **headers):
        """The headers and bytes of an answer that must have this status."""
        self.connection.request('GET', path, headers=headers)
        response = self.connection.getresponse()
        body = response.read()
        assert response.status == status, f'{path}: {response.status} {body[:400]!r}'
        return response.headers, body

    def json(self, path):
        return json.loads(self.get(path)[1])

    def array(self, path):
        """An answer as `.npy` or `.raw`, by its own account: what a client makes of it who knows nothing else."""
        headers, body = self.get(path)
        assert (headers['Array-Order'], headers['Array-Endian']) == ('C', 'little'), path
        shape = tuple(int(size) for size in headers['Array-Shape'].split(','))
        dtype = np.dtype(headers['Array-Dtype']).newbyteorder('<')
        if path.partition('?')[0].endswith('.raw'):
            assert len(body) == math.prod(shape) * dtype.itemsize, f'{path}: {len(body)} bytes are not {shape} of {dtype}'
            return headers, np.frombuffer(body, dtype).reshape(shape)
        file = io.BytesIO(body)
        values = np.load(file, allow_pickle=False)
        assert file.read() == b'', f'{path}: bytes after the array'
        assert (values.shape, values.dtype, values.flags.c_contiguous) == (shape, dtype, True), f'{path}: {values.shape} {values.dtype}'
        return headers, values


class Tally:
    """Counts what was compared, and remembers the first things that differ."""

    def __init__(self):
        self.compared = 0
        self.differences = []

    def note(self, same, what):
        self.compared += 1
        if not same and len(self.differences) < 20:
            self.differences.append(what() if callable(what) else what)

    def array(self, path, actual, expected):
        """Equal in type, shape and every bit (so NaN equals NaN, and 0 is not -0)."""
        expected = np.ascontiguousarray(expected)
        same = actual.dtype == expected.dtype and actual.shape == expected.shape and actual.tobytes() == expected.tobytes()
        self.note(same, lambda: f'{path}: {actual.dtype}{actual.shape} {actual.ravel()[:6]}, expected {expected.dtype}{expected.shape} {expected.ravel()[:6]}')

    def report(self, **facts):
        return {'compared': self.compared, 'differences': self.differences, **facts}

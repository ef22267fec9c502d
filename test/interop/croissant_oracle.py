"""The dataset at `origin` as mlcroissant reads it: JSON in (`url`, `key`), JSON out: what it complains of, and the records
of every record set. Text comes as bytes from mlcroissant, and what is not known as NaN or None.
"""
import json
import logging
import math
import os
import sys
import tempfile

request = json.load(sys.stdin)
os.environ['CROISSANT_CACHE'] = tempfile.mkdtemp()
if request.get('key'):
    os.environ['CROISSANT_BASIC_AUTH_USERNAME'] = 'niiserve'
    os.environ['CROISSANT_BASIC_AUTH_PASSWORD'] = request['key']
logging.disable(logging.WARNING)
import mlcroissant as mlc  # noqa: E402


def plain(value):
    if isinstance(value, bytes):
        return value.decode()
    if value is None or (isinstance(value, float) and math.isnan(value)) or str(value) in ('NaT', '<NA>'):
        return None
    return value.item() if hasattr(value, 'item') else value


dataset = mlc.Dataset(jsonld=request['jsonld'])
report = {'errors': sorted(dataset.metadata.ctx.issues.errors), 'warnings': sorted(dataset.metadata.ctx.issues.warnings), 'records': {}}
for record_set in dataset.metadata.record_sets:
    records = dataset.records(record_set.uuid)
    report['records'][record_set.uuid] = [{name.split('/')[-1]: plain(value) for name, value in record.items()} for record in records]
json.dump(report, sys.stdout)

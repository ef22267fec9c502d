"""The list of studies as a good researcher writes it: FastAPI and SQLite.

The same fields and rows as niiserve's own list (BENCH_STUDIES holds them), nested ones as JSON text. The
endpoint is `async def` (a query of a millisecond is cheaper than a hop to the thread pool) and returns a
JSONResponse of dicts, which skips FastAPI's field-by-field encoder.
"""
import json
import os
import sqlite3

from fastapi import FastAPI
from fastapi.responses import JSONResponse

with open(os.environ['BENCH_STUDIES'], encoding='utf-8') as file:
    studies = json.load(file)
FIELDS = list(studies[0])
BOOLEAN = [field for field in FIELDS if isinstance(studies[0][field], bool)]
NESTED = [field for field in FIELDS if any(isinstance(study[field], (dict, list)) for study in studies)]

db = sqlite3.connect(os.environ['BENCH_DATABASE'], isolation_level=None)
db.row_factory = sqlite3.Row
db.execute('DROP TABLE IF EXISTS studies')
db.execute(f"CREATE TABLE studies ({', '.join(f'{field} PRIMARY KEY' if field == 'id' else field for field in FIELDS)}) WITHOUT ROWID")
db.executemany(f"INSERT INTO studies VALUES ({', '.join('?' * len(FIELDS))})", [
    [json.dumps(study[field]) if field in NESTED and study[field] is not None else study[field] for field in FIELDS]
    for study in studies])
app = FastAPI()


def as_dict(row):
    study = dict(row)
    for field in BOOLEAN:
        study[field] = bool(study[field])
    for field in NESTED:
        if study[field] is not None:
            study[field] = json.loads(study[field])
    return study


@app.get('/ready')
def ready():
    return {'studies': len(studies)}


@app.get('/studies')
async def list_studies(limit: int = 100, after: str = ''):
    rows = db.execute('SELECT * FROM studies WHERE id > ? ORDER BY id LIMIT ?', (after, limit + 1)).fetchall()
    total = db.execute('SELECT count(*) FROM studies').fetchone()[0]
    items = [as_dict(row) for row in rows[:limit]]
    return JSONResponse({'items': items, 'total': total, 'nextCursor': items[-1]['id'] if len(rows) > limit else None})
